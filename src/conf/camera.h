/* One camera: its entry in ward.yml, or its own file STATE/cameras/NAME.yml when it was added by
 * command. Both have the same keys. */
#ifndef CONF_CAMERA_H
#define CONF_CAMERA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "conf/mistake.h"
#include "conf/source.h"
#include "conf/tree.h"
#include "ipc/messages.h"

enum { CAMERA_ZONES_SIZE = 320 };

/* No padding and unused bytes zero: two cameras are equal if their bytes are. */
struct camera {
	char name[NAME_SIZE];
	char url[SOURCE_URL_SIZE]; /* as written: ${secret:...} still in it */
	char sub[SOURCE_URL_SIZE]; /* empty: none */
	uint32_t transport;        /* enum cam_transport */
	uint32_t audio;            /* 0: leave its sound alone */
	uint32_t is_added;         /* by command: it has a file in the state directory */
	uint32_t record;           /* enum record_mode, or CAMERA_RECORD_SAME: as for all */
	uint32_t record_sub;       /* the same; CAMERA_RECORD_SAME: as `record` */
	uint32_t hear_cry;         /* enum hear_level of proto/hear; 0: off */
	uint32_t hear_quiet;       /* minutes after midnight, from << 16 | to; equal: never quiet */
	uint32_t hear_noise;       /* tens of decibels below full scale, 6 - this; 0: off */
	uint32_t hear_alarm;       /* 1: listens for smoke alarms */
	uint32_t see_person;       /* enum see_level */
	uint32_t see_height;       /* least height of a person, per cent of the picture's */
	uint32_t chime;            /* 0: a voice from its speaker is not announced */
	uint32_t echo;             /* 0: what its speaker says stays in its sound */
	uint32_t see_faces;        /* 1: whose face it is, too */
	uint32_t see_animals;      /* enum see_level */
	char see_zones[CAMERA_ZONES_SIZE]; /* as zone.h reads it; empty: the whole picture */
	uint64_t see_dwell_s;
	uint64_t pre_roll_s, post_roll_s; /* OPTION_SAME: as for all */
	uint64_t retention_days;          /* OPTION_SAME: as for all; 0: no limit */
	uint64_t retention_bytes;         /* 0: no limit of its own */
};

enum { CAMERA_RECORD_SAME = RECORD_MODE_COUNT };

/* Reads an entry "NAME: URL" or "NAME: {url: ..., sub: ...}". `file` names the text in mistakes,
 * `secrets` is where its secrets are (see secret.h; they are tried, the URL stays as written). A
 * relative media file is taken from `directory` (NULL: refused). */
struct camera_context {
	const char *file, *key, *secrets, *directory;
};
NODISCARD int camera_parse(const struct camera_context *context, const char *name,
			   const struct tree_node *node, struct camera *ret_camera,
			   struct mistake *ret_mistake);

/* What a camera's URLs name, secrets filled in. `ret_sub` may be NULL. */
NODISCARD int camera_resolve(const struct camera *camera, const char *secrets,
			     struct source *ret_main, struct source *ret_sub,
			     struct mistake *ret_mistake);

/* From a command line: checks name and URL and fills in the defaults. `secrets` empty or NULL, here
 * and below: only the form of ${secret:...} is checked. */
NODISCARD int camera_make(const char *name, const char *url, const char *secrets,
			  struct camera *ret_camera, struct mistake *ret_mistake);

/* One value over the others, by its key: "record", "retention.days". */
NODISCARD int camera_set(struct camera *camera, const char *key, const char *value,
			 const struct mistake_place *place, struct mistake *ret_mistake);

/* STATE/cameras/NAME.yml. Loading gives -ENOENT if there is none. Saving replaces. */
NODISCARD int camera_load(const char *state_dir, const char *name, const char *secrets,
			  struct camera *ret_camera, struct mistake *ret_mistake);
NODISCARD int camera_save(const char *state_dir, const struct camera *camera);
NODISCARD int camera_remove(const char *state_dir, const char *name);

/* All of STATE/cameras, sorted by name. A file with a mistake is left out and `wrong` called with
 * its sentence. Returns how many, at most `max`, or a negative errno. */
typedef void camera_wrong_fn(void *context, const char *sentence);
NODISCARD int camera_load_all(const char *state_dir, const char *secrets,
			      struct camera *ret_cameras, size_t max, camera_wrong_fn *wrong,
			      void *context);

#endif
