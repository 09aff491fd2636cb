-- Recordings (src/vault/store): what the second version of the database adds.

-- Ten minutes of one camera: one age identity, one pack file. sealed: the private half in a secretbox
-- under STATE/vault/store.key. Deleting the row destroys what the pack holds.
CREATE TABLE epochs (
  camera INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  public BLOB NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (camera, start_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX epochs_by_start ON epochs (start_us);

-- What of one camera became durable together, about ten seconds. start_us, end_us: of its fragments,
-- by the wall clock. epoch_us: in whose pack. size: bytes in the pack. hash: of its text, as in the
-- `media` entry log_seq (0: that of an older log). pieces: block_build_records.
CREATE TABLE blocks (
  camera INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER NOT NULL,
  epoch_us INTEGER NOT NULL,
  size INTEGER NOT NULL,
  hash BLOB NOT NULL,
  log_seq INTEGER NOT NULL,
  pieces BLOB NOT NULL,
  PRIMARY KEY (camera, start_us, log_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_epoch ON blocks (camera, epoch_us);
CREATE INDEX blocks_by_entry ON blocks (camera, log_seq);

-- The sum of blocks.size: there may be millions of rows.
CREATE TABLE store_total (bytes INTEGER NOT NULL) STRICT;
INSERT INTO store_total VALUES (0);
CREATE TRIGGER blocks_added AFTER INSERT ON blocks BEGIN
  UPDATE store_total SET bytes = bytes + NEW.size;
END;
CREATE TRIGGER blocks_removed AFTER DELETE ON blocks BEGIN
  UPDATE store_total SET bytes = bytes - OLD.size;
END;
