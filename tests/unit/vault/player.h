/* Asks for recordings through the rig, as a front would. */
#ifndef UNIT_VAULT_PLAYER_H
#define UNIT_VAULT_PLAYER_H

#include "rig.h"
#include "vault/play/plays.h"

enum {
	FRAME_SIZE = RIG_RECORDED_SIZE,
	FRAMES = RIG_RECORDED_FRAMES,
	KEY_EVERY = RIG_RECORDED_KEYS
};

struct player_list {
	struct ipc_row_init init;
	struct ipc_segment segments[8];
	unsigned count;
};

struct rig *player_house(struct rig_device *ret_owner);
uint64_t player_soon_us(int seconds);
void player_sign(const struct rig_device *device, struct ipc_play_ask *ask);
/* A signed request for a play, made from that of a view, whose nonce it takes. */
struct ipc_play_ask player_prepare(struct rig *rig, const struct rig_device *device,
				   const char *camera);
enum refusal player_try_ask(struct rig *rig, const struct ipc_play_ask *ask, struct ipc_done *done);
struct play *player_begin(struct rig *rig, const struct rig_device *device, const char *camera,
			  struct ipc_play_read *ret_ask);
struct player_list player_list(struct rig *rig, const struct ipc_play_read *like);
void player_ask_piece(struct rig *rig, const struct ipc_play_read *like,
		      const struct ipc_segment *segment);
/* The piece's size, which its file has. */
uint64_t player_take_piece(struct rig *rig);
enum refusal player_refused(struct rig *rig, const struct ipc_play_read *ask,
			    const struct ipc_segment *segment);

#endif
