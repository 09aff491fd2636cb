-- What speakers were given (src/vault/store/block.h, `spk`): what the sixth version of the database adds.

-- One row a run of a block. sid, talk_seq: of its talk (0: of an older log). run: enum speaker_run.
-- epoch_us: with whose pack it goes. log_seq: the block's `media` entry.
CREATE TABLE spoken (
  camera INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  sid BLOB NOT NULL,
  first INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  hz INTEGER NOT NULL,
  run INTEGER NOT NULL,
  talk_seq INTEGER NOT NULL,
  epoch_us INTEGER NOT NULL,
  log_seq INTEGER NOT NULL,
  PRIMARY KEY (camera, start_us, sid, first)
) STRICT, WITHOUT ROWID;
