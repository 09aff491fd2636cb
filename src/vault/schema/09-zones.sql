-- Zones that an owner has drawn (src/vault/zones.h): what the ninth version of the database adds.

-- The newest row of a camera counts. zones: as zones.c packs them. height: hundredths of the picture.
CREATE TABLE zones (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  camera INTEGER NOT NULL,
  zones BLOB NOT NULL,
  height INTEGER NOT NULL,
  dwell_ms INTEGER NOT NULL,
  log_seq INTEGER NOT NULL
) STRICT;
CREATE INDEX zones_by_camera ON zones (camera, id);
