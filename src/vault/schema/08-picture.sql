-- The picture of an event (src/vault/diary.h): what the eighth version of the database adds.

-- The moment that shows it best, by the wall clock; NULL: none is known.
ALTER TABLE events ADD COLUMN picture_us INTEGER;
-- Where in it: left, top, right, bottom, a byte each, hundredths of the picture.
ALTER TABLE events ADD COLUMN picture_box INTEGER;
