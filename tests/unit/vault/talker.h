/* One camera "porch" with a speaker, an owner's view of it, and a talk over that view: the cam, rtc, the front and
 * ward-talk are the test. */
#ifndef UNIT_VAULT_TALKER_H
#define UNIT_VAULT_TALKER_H

#include "rig.h"
#include "vault/store/block.h"

enum { TALKER_BLOCK = 160, TALKER_RATE = 8000 };

struct talker {
	struct rig *rig;
	struct rig_device owner;
	struct rig_view view;
	struct rig_end process; /* ward-talk */
	struct ipc_done talk;
	uint64_t number; /* of the talk, as the camera knows it */
	uint64_t frame;  /* sent by the process */
};

/* What the black box has, one item for each cause, the newest first. Pauses are left out: a busy box makes some. */
struct talker_sounds {
	struct block_spoken list[4];
	unsigned count;
};

/* What lay on the way to the speaker right before each fdatasync of the log: nothing may. */
struct talker_order {
	struct talker *house;
	unsigned syncs;
	bool was_out;
};

struct talker *talker_create(void);
void talker_destroy(struct talker *house);
void talker_prepare(struct rig *rig, const struct rig_device *device, const struct rig_view *view,
		    struct ipc_talk_ask *ret_ask);
void talker_ask(struct talker *house);
void talker_tell_speaker(struct talker *house, enum speaker_state state);
void talker_start_process(struct talker *house);
/* The process has made the chime that it was asked for. */
void talker_chime(struct talker *house);
void talker_say_made(struct talker *house);
struct talker *talker_talking(void);
void talker_say(struct talker *house, uint64_t sample);
void talker_send_format(struct talker *house, enum media_codec codec);
void talker_send_block(struct talker *house);
unsigned talker_spoken(struct talker *house);
void talker_revoke(struct talker *house);

/* ledger_each_spoken's callback, of a struct talker_sounds. */
bool talker_add_run(void *context, const struct block_spoken *spoken);
void talker_watch_order(struct talker *house, struct talker_order *ret_order);

#endif
