-- Playing back (src/vault/play): what the fourth version of the database adds.

-- What a person may do: set of enum verb. Owners (1) and members (2) may play and mark, guests only if told.
ALTER TABLE users ADD COLUMN verbs INTEGER NOT NULL DEFAULT 3;
UPDATE users SET verbs = 31 WHERE role IN (1, 2);

-- When something was recorded, without the blobs of blocks: a look at a span costs a few pages.
CREATE INDEX blocks_by_time ON blocks (camera, start_us, end_us);
