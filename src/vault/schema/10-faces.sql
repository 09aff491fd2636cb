-- Faces (src/vault/faces.h): what the tenth version of the database adds.

-- name: empty: nobody has said who it is. log_seq: the entry that made it known by name; 0: none, or one
-- of an older log. An id is never used again.
CREATE TABLE faces (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  consent TEXT NOT NULL,
  named_us INTEGER NOT NULL,
  seen_us INTEGER NOT NULL,
  log_seq INTEGER NOT NULL
) STRICT;

-- kind: enum faces_kind. event, camera: where it was seen; 0: in a picture that was sent in. sealed: nonce
-- and secretbox of the print, under STATE/vault/faces.key.
CREATE TABLE face_prints (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  face INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  event INTEGER NOT NULL,
  camera INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  quality INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX face_prints_by_face ON face_prints (face);
CREATE INDEX face_prints_by_event ON face_prints (event);

-- Whose face it was; 0: nobody looked, or it was not clear.
ALTER TABLE events ADD COLUMN face INTEGER NOT NULL DEFAULT 0;
CREATE INDEX events_by_face ON events (face) WHERE face != 0;
