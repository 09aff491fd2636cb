-- Who can open recordings (src/vault/store/custody.h): what the fifth version of the database adds.

-- People's own keys, as age X25519 recipients: valid from the entry log_seq to removed_seq.
CREATE TABLE recipients (
  key BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  log_seq INTEGER NOT NULL,
  removed_seq INTEGER
) STRICT, WITHOUT ROWID;

-- An epoch's private half for one of them: an age file of its "AGE-SECRET-KEY-1..." line.
CREATE TABLE wraps (
  camera INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  recipient BLOB NOT NULL,
  file BLOB NOT NULL,
  PRIMARY KEY (camera, start_us, recipient)
) STRICT, WITHOUT ROWID;

-- Whether the box itself keeps the private halves; the newest row counts, none: it does.
CREATE TABLE custody (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  is_private INTEGER NOT NULL,
  log_seq INTEGER NOT NULL
) STRICT;
