-- The vault's one database. Every row that a log entry stands behind names that entry (log_seq);
-- what is taken back names the entry that took it (removed_seq, used_seq). The database is committed
-- before the log, so after a crash it may be ahead: db.c drops or restores, at start, whatever names
-- an entry that the log does not have. Comments and blank lines are stripped when this is built in.

-- Which log the rows below belong to: a new epoch begins with nobody in it.
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Cameras by the opaque id that the log shows ("c1" is id 1). An id is never used again.
CREATE TABLE cameras (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  log_seq INTEGER NOT NULL
) STRICT;

-- People. role: enum role. The entry log_seq gave this person the right to see anything.
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  role INTEGER NOT NULL,
  all_cameras INTEGER NOT NULL,
  added_us INTEGER NOT NULL,
  log_seq INTEGER NOT NULL,
  removed_seq INTEGER
) STRICT;
CREATE UNIQUE INDEX users_by_name ON users (name) WHERE removed_seq IS NULL;

-- Cameras a person may see, by name (one may be allowed before it is connected), unless all.
CREATE TABLE user_cameras (
  user INTEGER NOT NULL,
  camera TEXT NOT NULL,
  PRIMARY KEY (user, camera)
) STRICT, WITHOUT ROWID;

-- One key for each person: it seals the openings of commitments about that person. Destroying the
-- row forgets the person, and every proof still holds. Person 0 is the house itself.
CREATE TABLE person_keys (
  person INTEGER PRIMARY KEY,
  key BLOB NOT NULL
) STRICT;

-- Devices: Ed25519 public keys made in a browser.
CREATE TABLE devices (
  id BLOB PRIMARY KEY,
  user INTEGER NOT NULL,
  key BLOB NOT NULL,
  name TEXT NOT NULL,
  added_us INTEGER NOT NULL,
  log_seq INTEGER NOT NULL,
  removed_seq INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_user ON devices (user);

-- Pairing links by SHA-256 of their secret: one use, until expires_us.
CREATE TABLE links (
  hash BLOB PRIMARY KEY,
  user INTEGER NOT NULL,
  expires_us INTEGER NOT NULL,
  log_seq INTEGER NOT NULL,
  used_seq INTEGER
) STRICT, WITHOUT ROWID;

-- Bearer tokens by SHA-256 of their secret. verbs: set of enum verb. The entry log_seq is the right.
CREATE TABLE tokens (
  id BLOB PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  user INTEGER NOT NULL,
  verbs INTEGER NOT NULL,
  expires_us INTEGER NOT NULL,
  log_seq INTEGER NOT NULL,
  removed_seq INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE token_cameras (
  token BLOB NOT NULL,
  camera TEXT NOT NULL,
  PRIMARY KEY (token, camera)
) STRICT, WITHOUT ROWID;

-- Whose a session was: entries of the log carry only its number. token: if one was used.
CREATE TABLE sessions (
  sid BLOB PRIMARY KEY,
  user INTEGER NOT NULL,
  token BLOB,
  camera INTEGER NOT NULL,
  log_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Openings of the commitments in entries: nonce and secretbox of salt and value, under the key of
-- the person they are about.
CREATE TABLE openings (
  log_seq INTEGER NOT NULL,
  name TEXT NOT NULL,
  person INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (log_seq, name)
) STRICT, WITHOUT ROWID;
