-- The window of days, and whose a key is (src/vault/store/custody.h): what the seventh version of the
-- database adds.

-- The person whose key it is; 0: it was added on the box.
ALTER TABLE recipients ADD COLUMN user INTEGER NOT NULL DEFAULT 0;

-- In window mode: for how many days the box keeps its own halves; 0: as long as what they open.
ALTER TABLE custody ADD COLUMN days INTEGER NOT NULL DEFAULT 0;

-- Which halves the box holds, the oldest first.
CREATE INDEX epochs_held ON epochs (start_us) WHERE length(sealed) > 0;
