-- Events, kept clips, and sums by camera: what the third version of the database adds.

-- What happened before the cameras (src/vault/diary.h). kind: enum diary_kind, whose numbers never
-- change. end_us: NULL while it lasts. score: how sure its source is, in thousandths; NULL: nobody
-- measured. source: who says so, with model and version if it is one. note: plain text.
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  camera INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER,
  score INTEGER,
  source TEXT NOT NULL,
  note TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_start ON events (camera, start_us);
CREATE INDEX events_lasting ON events (camera) WHERE end_us IS NULL;

-- Spans of a camera's recording that retention leaves alone, from the entry log_seq to removed_seq
-- (0: of an older log).
CREATE TABLE clips (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  camera INTEGER NOT NULL,
  from_us INTEGER NOT NULL,
  to_us INTEGER NOT NULL,
  name TEXT NOT NULL,
  log_seq INTEGER NOT NULL,
  removed_seq INTEGER
) STRICT;
CREATE INDEX clips_by_camera ON clips (camera, from_us) WHERE removed_seq IS NULL;

-- The sum of blocks.size by camera.
CREATE TABLE camera_totals (
  camera INTEGER PRIMARY KEY,
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO camera_totals SELECT camera, sum(size) FROM blocks GROUP BY camera;
CREATE TRIGGER blocks_added_to_camera AFTER INSERT ON blocks BEGIN
  INSERT INTO camera_totals VALUES (NEW.camera, NEW.size)
    ON CONFLICT (camera) DO UPDATE SET bytes = bytes + NEW.size;
END;
CREATE TRIGGER blocks_removed_from_camera AFTER DELETE ON blocks BEGIN
  UPDATE camera_totals SET bytes = bytes - OLD.size WHERE camera = OLD.camera;
END;
