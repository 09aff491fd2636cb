/* An eye that was taken over, and a front that asks about faces: whatever they say, the vault stays
 * up, the gallery keeps its bounds, and the diary is not flooded.
 *
 * Input: records of u8 what (message, whether it is made credible), u8 tail (which of a few faces
 * the print shows; from 128 on: no print), body. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit/vault/rig.h"
#include "proto/see/model.h"
#include "vault/db.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CREDIBLE = 0x80,
	RECORDS_MAX = 48,
	TURNS_EVERY = 16,
	STAYS = 12,
	PEOPLE = 40,
	NO_PRINT = 128
};

static struct rig *house;
static struct rig_device owner;

static struct ipc_channel *eye(void)
{
	return &house->eye.channel;
}

static struct ipc_channel *front(void)
{
	return &house->front.channel;
}

static const struct {
	enum ipc_type type;
	struct ipc_channel *(*sender)(void);
} messages[] = {
	{IPC_SEEN, eye},      {IPC_FACE, eye}, {IPC_FACE, eye},      {IPC_FACE_ASK, front},
	{IPC_FACE_LOOK, eye}, {IPC_SEEN, eye}, {IPC_EYE_STATE, eye}, {IPC_FACES_STATE, eye},
};

static void start_eye(void)
{
	rig_add_listener(house, 0, PROC_EYE);
	ipc_send(eye(), IPC_FACES_STATE, &(struct ipc_number){EYE_LOOKING}, NULL, 0);
	ipc_send(eye(), IPC_EYE_STATE, &(struct ipc_number){EYE_LOOKING}, NULL, 0);
	rig_settle(house);
}

static void leave(void)
{
	rig_destroy(house);
}

static void start(void)
{
	struct ipc_see see = {.person = SEE_NORMAL, .faces = 1};

	house = rig_create();
	rig_add_person(house, "ann", ROLE_OWNER, "", &owner);
	rig_add_cam(house, 0, "porch");
	rig_send_track(house, 0, TRACK_VIDEO, CODEC_H264);
	eyes_set_rule(&house->vault->eyes, &see);
	start_eye();
	atexit(leave);
}

static void make_seen_credible(struct ipc_seen *seen)
{
	uint8_t *places = (uint8_t *)seen->path;

	seen->camera = house->vault->eyes.slots[0].camera;
	seen->stay = 1 + seen->stay % STAYS;
	seen->is_end &= 1;
	seen->score %= DIARY_SCORE_MAX + 1;
	seen->model %= MODEL_COUNT;
	seen->boxes %= SEEN_PATH_MAX + 1;
	seen->kind %= SEEN_KIND_COUNT;
	for (size_t i = 0; i < sizeof(seen->path); i++)
		places[i] %= 101;
	memset(&seen->best, 50, sizeof(seen->best));
	if (seen->at_ns & 1)
		seen->at_ns = seen->best_ns = loop_now_ns(house->loop);
}

static void make_ask_credible(struct ipc_face_ask *ask)
{
	ask->credential = owner.login;
	ask->order %= FACE_ORDER_COUNT;
	ask->id &= 63;
	memcpy(ask->camera, "porch", sizeof("porch"));
	ask->name[1] = ask->consent[1] = '\0';
	ask->name[0] = (char)('a' + (uint8_t)ask->name[0] % 26);
	ask->consent[0] = (char)('a' + (uint8_t)ask->consent[0] % 26);
}

static void make_credible(enum ipc_type type, uint8_t *body)
{
	if (type == IPC_SEEN) {
		make_seen_credible((struct ipc_seen *)(void *)body);
	} else if (type == IPC_FACE_ASK) {
		make_ask_credible((struct ipc_face_ask *)(void *)body);
	} else if (type == IPC_FACE) {
		struct ipc_face *face = (struct ipc_face *)(void *)body;

		face->camera = house->vault->eyes.slots[0].camera;
		face->stay = 1 + face->stay % STAYS;
		face->quality = 1 + face->quality % 1000;
	} else if (type == IPC_FACE_LOOK) {
		struct ipc_face_look *look = (struct ipc_face_look *)(void *)body;

		look->number = house->vault->faces_desk.newest;
		look->quality %= 1001;
	} else {
		((struct ipc_number *)(void *)body)->value = EYE_LOOKING;
	}
}

/* One of a few people, or bytes that are no print. */
static size_t make_tail(enum ipc_type type, uint8_t which, uint8_t tail[FACE_PRINT_SIZE])
{
	float numbers[PRINT_SIZE];
	struct print print;

	if (type != IPC_FACE && type != IPC_FACE_LOOK && type != IPC_FACE_ASK)
		return 0;
	memset(tail, which, FACE_PRINT_SIZE);
	if (which >= NO_PRINT)
		return which & 1 ? FACE_PRINT_SIZE : which;
	for (unsigned i = 0; i < PRINT_SIZE; i++)
		numbers[i] =
			sinf((float)(i * (2U * (which % PEOPLE) + 3)) + (float)(which % PEOPLE));
	assert(print_make(numbers, &print) == 0);
	memcpy(tail, &print, sizeof(print));
	return sizeof(print);
}

static size_t send_record(const uint8_t *data, size_t size)
{
	_Alignas(8) uint8_t body[1024] = {0};
	uint8_t tail[FACE_PRINT_SIZE];
	unsigned what = (data[0] & 0x7fU) % ARRAY_COUNT(messages);
	enum ipc_type type = messages[what].type;
	const struct ipc_rule *rule = ipc_rule_of(type);
	size_t body_size = size - 2 < rule->body_size ? size - 2 : rule->body_size;
	size_t tail_size = make_tail(type, data[1], tail);

	memcpy(body, data + 2, body_size);
	if (data[0] & CREDIBLE)
		make_credible(type, body);
	if (ipc_is_open(messages[what].sender()))
		ipc_send(messages[what].sender(), type, body, tail, tail_size);
	return 2 + body_size;
}

static void tidy_up(void)
{
	const struct faces *faces = &house->vault->faces;

	rig_settle(house);
	assert(!journal_stopped(&house->vault->journal));
	assert(ipc_is_open(front()));
	assert(faces->count <= FACES_KNOWN_MAX * (FACES_OWN_MAX + FACES_WRONG_MAX) +
				       FACES_UNKNOWN_MAX * (FACES_GROUP_MAX + FACES_WRONG_MAX));
	rig_clear(&house->front);
	rig_clear(&house->warden);
	rig_clear(&house->cams[0]);
	rig_clear(&house->eye);
	house->vault->eyes.slots[0].begun = 0; /* another minute */
	if (!ipc_is_open(eye()))
		start_eye();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned inputs;

	if (!house)
		start();
	for (unsigned records = 0; size >= 2 && records < RECORDS_MAX; records++) {
		size_t used = send_record(data, size);

		data += used;
		size -= used;
	}
	assert(loop_turn(house->loop, 0) == 0);
	if (++inputs % TURNS_EVERY == 0)
		tidy_up();
	return 0;
}
