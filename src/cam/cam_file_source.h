/* One file played in a loop at its own pace, as if it were a camera. Times never step back: each
 * round begins where the one before ended. What is wrong with the file costs its own frames only. */
#ifndef CAM_CAM_FILE_SOURCE_H
#define CAM_CAM_FILE_SOURCE_H

#include "cam/cam_file_picture.h"
#include "cam/cam_file_reader.h"
#include "cam/outlet.h"

enum { CAM_FILE_UNIT_SIZE = 160 /* G.711: 20 ms */, CAM_FILE_REASON_SIZE = 128 };

/* One stream of the file that is played. */
struct cam_file_track {
	int stream; /* -1: none */
	enum media_track track;
	struct outlet_format format;
	bool is_told;
	bool has_gap;	    /* a frame was left out before the next one */
	uint64_t last_ns;   /* dts of the newest frame, on Ward's clock */
	size_t unit_size;   /* G.711 that waits for the rest of its 20 ms */
	uint64_t unit_ns;   /* when it began */
	uint8_t unit[CAM_FILE_UNIT_SIZE];
	uint8_t config[64]; /* AAC in a transport stream: made from its headers */
};

struct cam_file_source {
	struct loop *loop;
	struct outlet *outlet;
	const char *name; /* of the camera */
	int fd;
	bool wants_sound;
	struct cam_file_reader *reader;
	struct cam_file_track video, sound;
	struct cam_file_picture picture;
	uint32_t told_version; /* of the picture's parameter sets */
	uint8_t *buffer;       /* FRAME_SIZE_MAX: one picture */
	struct loop_timer timer;
	struct cam_file_packet packet; /* read, not yet due */
	bool has_packet, has_zero;
	int64_t zero_ns;   /* the file's time that is `begin_ns` on Ward's clock */
	uint64_t begin_ns;
	uint64_t end_ns;   /* where what was sent so far ends */
	uint64_t round_frames;
	uint64_t frames, broken;
	enum cam_state state;
	char reason[CAM_FILE_REASON_SIZE];
	void (*changed)(struct cam_file_source *source); /* state or reason */
};

/* `source` is zero-initialised; `loop`, `outlet`, `name` and `changed` are set. Takes `fd`. */
NODISCARD int cam_file_source_init(struct cam_file_source *source, const struct ipc_source *told,
				   int fd);
/* Opens the file and plays it; what goes wrong is in `state` and `reason`. */
void cam_file_source_start(struct cam_file_source *source);
void cam_file_source_finish(struct cam_file_source *source);

#endif
