#include "../check.h"

#include <string.h>

#include "base/clock.h"
#include "rig.h"

void rig_send_track(struct rig *rig, unsigned slot, enum media_track track, enum media_codec codec)
{
	struct ipc_track body = {.track = (uint32_t)track,
				 .codec = (uint32_t)codec,
				 .config = 1,
				 .clock_hz = 90000,
				 .channels = 1};

	ipc_send(&rig->cams[slot].channel, IPC_TRACK, &body, "config", 6);
	rig_settle(rig);
}

void rig_send_frame(struct rig *rig, unsigned slot, enum media_track track, uint64_t number,
		    bool is_key, uint32_t size)
{
	static uint8_t bytes[IPC_TAIL_MAX];
	struct ipc_frame body = {.frame = number,
				 .keep_from = number,
				 .pts_ns = clock_boot_ns(),
				 .track = (uint32_t)track,
				 .size = size,
				 .flags = is_key ? FRAME_KEY : 0,
				 .config = 1};

	while (body.offset < size) {
		uint32_t piece =
			size - body.offset < IPC_TAIL_MAX ? size - body.offset : IPC_TAIL_MAX;

		memset(bytes, (int)(number + slot * 100), piece);
		ipc_send(&rig->cams[slot].channel, IPC_FRAME, &body, bytes, piece);
		body.offset += piece;
	}
	rig_settle(rig);
}

struct rig *rig_house(void)
{
	struct rig *rig = rig_create();

	rig_add_cam(rig, 0, "porch");
	rig_add_cam(rig, 1, "nursery");
	for (unsigned slot = 0; slot < 2; slot++) {
		rig_send_track(rig, slot, TRACK_VIDEO, CODEC_H264);
		rig_send_frame(rig, slot, TRACK_VIDEO, 1, true, 5000);
	}
	return rig;
}

static const uint8_t h264[] = {0,    0, 0, 6, 0x67, 0x42, 0xc0, 0x1f, 0xd9,
			       0x00, 0, 0, 0, 4,    0x68, 0xce, 0x3c, 0x80};

static void send_group(struct rig *rig, unsigned slot, enum media_track to)
{
	struct ipc_track track = {.track = (uint32_t)to,
				  .codec = CODEC_H264,
				  .config = 2,
				  .clock_hz = 90000,
				  .width = 640,
				  .height = 360};

	ipc_send(&rig->cams[slot].channel, IPC_TRACK, &track, h264, sizeof(h264));
	for (unsigned i = 0; i < RIG_RECORDED_FRAMES; i++) {
		struct ipc_frame piece = {.frame = i + 1,
					  .pts_ns = clock_boot_ns() -
						    (RIG_RECORDED_FRAMES - i) * CLOCK_NS_PER_S,
					  .track = (uint32_t)to,
					  .size = RIG_RECORDED_SIZE,
					  .flags = i % RIG_RECORDED_KEYS == 0 ? FRAME_KEY : 0,
					  .config = 2};
		uint8_t bytes[RIG_RECORDED_SIZE] = {0};

		memset(bytes, (int)(slot * 16 + i), sizeof(bytes));
		ipc_send(&rig->cams[slot].channel, IPC_FRAME, &piece, bytes, sizeof(bytes));
		rig_settle(rig);
	}
}

static void record(struct rig *rig, unsigned slot, enum record_mode sub)
{
	struct ipc_record rule = {
		.slot = slot, .main = RECORD_CONTINUOUS, .sub = (uint32_t)sub};

	vault_set_record(rig->vault, &rule);
	/* It has just been looked after: on a busy box, too, what follows is one block. */
	rig->vault->store.turn = (slot + 1) % CAMERA_MAX;
	send_group(rig, slot, TRACK_VIDEO);
	if (sub != RECORD_OFF)
		send_group(rig, slot, TRACK_SUB);
	rule.main = rule.sub = RECORD_OFF;
	vault_set_record(rig->vault, &rule);
	journal_commit(&rig->vault->journal);
}

void rig_record(struct rig *rig, unsigned slot)
{
	record(rig, slot, RECORD_OFF);
}

void rig_record_both(struct rig *rig, unsigned slot)
{
	record(rig, slot, RECORD_CONTINUOUS);
}
