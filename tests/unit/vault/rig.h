/* A whole vault in a temporary directory, with its real log and database, and everything around it
 * played by the test: warden, front, rtc, cams, transcode, ear, thumb, convert, eye, tool. Messages are collected in inboxes;
 * nothing sleeps, everything waits for a message with a limit. */
#ifndef UNIT_VAULT_RIG_H
#define UNIT_VAULT_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/ipc.h"
#include "spy.h"
#include "vault/vault.h"

enum { RIG_INBOX_MAX = 4096, RIG_CAMS = 3 };

struct rig_message {
	struct rig_message *next;
	enum ipc_type type;
	int fd; /* owned, -1: none */
	size_t tail_size;
	uint8_t *tail;
	uint8_t body[1024];
};

struct rig_end {
	struct ipc_channel channel;
	struct rig_message *first, **last;
	unsigned count;
	bool is_closed;
	struct rig *rig;
};

/* A device with its key, and its login. */
struct rig_device {
	uint8_t id[16];
	uint8_t public_key[32], secret_key[64];
	struct ipc_credential login;
};

struct rig {
	char path[128];
	struct disk *keys; /* the directory of store.key */
	struct loop *loop;
	struct spy spy;
	struct log_clock clock;
	struct disk *store;
	struct log *log;
	struct db *db;
	struct ipc_channel warden_side; /* the vault's end */
	struct vault *vault;
	struct rig_end warden, front, rtc, cams[RIG_CAMS], tool, transcode, ear, thumb, convert, eye;
	unsigned release_messages;
	struct rig_view *views; /* open ones: each finds its releases in its own inbox */
	uint64_t request;
};

/* With everybody connected but cams, tool, transcode, ear, thumb, convert and eye. */
struct rig *rig_create(void);
void rig_destroy(struct rig *rig);
/* The vault's process ends (cleanly or not) and starts again on the same directory. */
void rig_restart(struct rig *rig, bool cleanly);

/* Turns of the loop until nothing happens any more. */
void rig_settle(struct rig *rig);
/* The next message of `type` on this end; others before it stay. Fails the test after 5 s. */
struct rig_message *rig_wait(struct rig *rig, struct rig_end *end, enum ipc_type type);
/* The same, if it is there after the loop has settled; else NULL. */
struct rig_message *rig_take(struct rig *rig, struct rig_end *end, enum ipc_type type);
void rig_free(struct rig_message *message);
void rig_clear(struct rig_end *end);
void rig_open_end(struct rig *rig, struct rig_end *end, int fd, enum proc_kind self);

/* A cam in a slot; and what it says. */
void rig_add_cam(struct rig *rig, unsigned slot, const char *name);
void rig_send_track(struct rig *rig, unsigned slot, enum media_track track, enum media_codec codec);
void rig_send_frame(struct rig *rig, unsigned slot, enum media_track track, uint64_t number,
		    bool is_key, uint32_t size);
/* The cams "porch" and "nursery" in the first two slots, with a picture each. */
struct rig *rig_house(void);
/* The cam sends some groups of pictures of the last seconds: on disk and in the log when this
 * returns. */
enum {
	RIG_RECORDED_SIZE = 5000,
	RIG_RECORDED_FRAMES = 6,
	RIG_RECORDED_KEYS = 3 /* one in these */
};
void rig_record(struct rig *rig, unsigned slot);
/* The same, and of the smaller picture at the same time. */
void rig_record_both(struct rig *rig, unsigned slot);
/* PROC_TRANSCODE, PROC_EAR, PROC_THUMB, PROC_CONVERT or PROC_EYE. */
void rig_add_listener(struct rig *rig, unsigned slot, enum proc_kind kind);
void rig_restart_rtc(struct rig *rig);

/* People, through the tool's orders and the front's messages. */
void rig_order(struct rig *rig, enum admin admin, const char *name, enum role role,
	       const char *tail);
void rig_pair(struct rig *rig, const struct ipc_secret *link, struct rig_device *ret_device);
void rig_sign_in(struct rig *rig, struct rig_device *device);
/* A person with a paired and signed-in device. */
void rig_add_person(struct rig *rig, const char *name, enum role role, const char *cameras,
		    struct rig_device *ret_device);
void rig_add_token(struct rig *rig, const char *user, const char *camera, uint32_t verbs,
		   struct ipc_credential *ret_token, char *ret_id);

/* A signed request for a view; the test may spoil it before rig_ask sends it. */
void rig_prepare(struct rig *rig, const struct rig_device *device, const char *camera,
		 uint32_t verbs, struct ipc_view_ask *ret_ask);
void rig_sign(const struct rig_device *device, struct ipc_view_ask *ask);
/* The same of any request, whose text that is. */
void rig_sign_text(const struct rig_device *device, const struct text *text,
		   struct ipc_proof *proof);
void rig_ask(struct rig *rig, const struct ipc_view_ask *ask);
/* Waits for the answer: REFUSAL_NONE and the grant, or the refusal. */
enum refusal rig_answer(struct rig *rig, struct ipc_done *ret_done);

/* A view that is open: rtc's end of its descriptor. Frames flow once it is connected. */
struct rig_view {
	struct rig_view *next;
	struct rig_end end;
	struct ipc_grant_open open;
	struct ipc_done done;
};
void rig_view(struct rig *rig, const struct rig_device *device, const char *camera, uint32_t verbs,
	      struct rig_view *ret_view);
void rig_view_token(struct rig *rig, const struct ipc_credential *token, const char *camera,
		    struct rig_view *ret_view);
void rig_connect(struct rig *rig, struct rig_view *view, enum view_level level, bool wants_key);
/* Total count of frames released so far on this view and track; clears the inbox. */
uint64_t rig_released(struct rig *rig, struct rig_view *view, enum media_track track);
void rig_close_view(struct rig_view *view);

/* Entries of the log, as text; the number of those that contain both strings. */
unsigned rig_entries(struct rig *rig, const char *one, const char *other);

void rig_query(struct rig *rig, struct rig_end *asker, const struct ipc_credential *credential,
	       struct ipc_query *query);

#endif
