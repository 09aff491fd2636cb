/* A person's own key: made known by the person's device, which then gets what is sealed for it. */
#include "../check.h"

#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "player.h"
#include "proto/log/ask.h"

enum { PIECE_MAX = 1 << 20 };

/* ---- asking ---- */

static void sign(const struct rig_device *device, struct ipc_key_ask *ask)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	assert_true(credentials_keys_text(ask, &text));
	rig_sign_text(device, &text, &ask->proof);
}

static struct ipc_key_ask prepare(struct rig *rig, const struct rig_device *device,
				  enum key_order order, const char *name)
{
	struct ipc_view_ask view; /* whose nonce it takes */
	struct ipc_key_ask ask = {.order = order, .credential = device->login};

	rig_prepare(rig, device, "porch", VERB_VIEW, &view);
	ask.request = view.request;
	memcpy(ask.proof.nonce, view.proof.nonce, sizeof(ask.proof.nonce));
	snprintf(ask.name, sizeof(ask.name), "%s", name);
	sign(device, &ask);
	return ask;
}

static enum refusal send_ask(struct rig *rig, const struct ipc_key_ask *ask)
{
	struct ipc_done done;

	ipc_send(&rig->front.channel, IPC_KEY_ASK, ask, NULL, 0);
	return rig_answer(rig, &done);
}

static enum refusal order(struct rig *rig, const struct rig_device *device, enum key_order what,
			  const char *name)
{
	struct ipc_key_ask ask = prepare(rig, device, what, name);

	return send_ask(rig, &ask);
}

static enum refusal add_key(struct rig *rig, const struct rig_device *device, const char *name,
			    const uint8_t key[AGE_KEY_SIZE])
{
	struct ipc_key_ask ask = prepare(rig, device, KEY_ADD, name);

	memcpy(ask.key, key, AGE_KEY_SIZE);
	sign(device, &ask);
	return send_ask(rig, &ask);
}

/* ---- rights ---- */

static void each_may_do_what_is_theirs(void **state)
{
	struct rig_device ann, bob, guest;
	struct rig *rig = player_house(&ann);
	uint8_t key[3][AGE_KEY_SIZE], secret[AGE_KEY_SIZE];

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		age_make_key(secret, key[i]);
	rig_add_person(rig, "bob", ROLE_MEMBER, "", &bob);
	rig_add_person(rig, "carl", ROLE_GUEST, "", &guest);
	assert_int_equal(order(rig, &ann, KEY_PRIVATE, ""), REFUSAL_NOT_ALLOWED); /* for nobody */
	assert_int_equal(add_key(rig, &guest, "carl", key[0]), REFUSAL_NOT_ALLOWED);
	assert_int_equal(add_key(rig, &bob, "bob", key[0]), REFUSAL_NONE);
	assert_int_equal(add_key(rig, &ann, "bob", key[1]), REFUSAL_BAD_REQUEST);
	assert_int_equal(add_key(rig, &ann, "ann", key[1]), REFUSAL_NONE);
	assert_int_equal(add_key(rig, &bob, "bob 2", key[2]), REFUSAL_NONE);
	for (enum key_order what = KEY_PRIVATE; what <= KEY_LOCK; what++) {
		assert_int_equal(order(rig, &bob, what, ""), REFUSAL_NOT_ALLOWED);
		assert_int_equal(order(rig, &guest, what, ""), REFUSAL_NOT_ALLOWED);
	}
	assert_int_equal(order(rig, &bob, KEY_REMOVE, "ann"), REFUSAL_NOT_ALLOWED);
	assert_int_equal(order(rig, &bob, KEY_REMOVE, "bob"), REFUSAL_NONE);
	assert_int_equal(order(rig, &ann, KEY_REMOVE, "bob 2"), REFUSAL_NONE);
	assert_int_equal(order(rig, &ann, KEY_PRIVATE, ""), REFUSAL_NONE);
	assert_int_equal(order(rig, &ann, KEY_REMOVE, "ann"), REFUSAL_NOT_ALLOWED); /* the last */
	assert_int_equal(order(rig, &ann, KEY_WINDOW, ""), REFUSAL_NONE);
	assert_int_equal(rig_entries(rig, "kind config", "reason key-added"), 3);
	assert_int_equal(rig_entries(rig, "kind config", "reason key-removed"), 2);
	assert_int_equal(rig_entries(rig, "kind config", "reason keys-private"), 1);
	assert_int_equal(rig_entries(rig, "why owner", "reason keys-window"), 1);
	rig_destroy(rig);
}

static void a_change_is_signed_as_it_is(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_credential token;
	char id[NAME_SIZE];

	(void)state;
	struct ipc_key_ask ask = prepare(rig, &ann, KEY_WINDOW, "");

	ask.days = 3;
	assert_int_equal(send_ask(rig, &ask), REFUSAL_BAD_SIGNATURE);
	ask.proof.is_signed = 0;
	assert_int_equal(send_ask(rig, &ask), REFUSAL_BAD_SIGNATURE);
	ask = prepare(rig, &ann, KEY_WINDOW, "");
	assert_int_equal(send_ask(rig, &ask), REFUSAL_NONE);
	assert_int_equal(send_ask(rig, &ask), REFUSAL_STALE_NONCE);
	ask = prepare(rig, &ann, KEY_LOCK, "");
	ask.may_lose = 1;
	assert_int_equal(send_ask(rig, &ask), REFUSAL_BAD_SIGNATURE);
	ask.order = KEY_ORDER_COUNT;
	assert_int_equal(send_ask(rig, &ask), REFUSAL_BAD_REQUEST);
	rig_add_token(rig, "ann", "porch", VERB_PLAY, &token, id);
	ask = prepare(rig, &ann, KEY_WINDOW, "");
	ask.credential = token;
	assert_int_equal(send_ask(rig, &ask), REFUSAL_NOT_ALLOWED);
	rig_destroy(rig);
}

/* ---- what is sealed ---- */

static struct bytes take_bytes(struct rig *rig, uint8_t *room)
{
	struct rig_message *data = rig_wait(rig, &rig->front, IPC_PLAY_DATA);
	uint64_t size = ((struct ipc_play_data *)(void *)data->body)->size;

	assert_true(size <= PIECE_MAX);
	assert_int_equal(read(data->fd, room, PIECE_MAX), size);
	rig_free(data);
	return (struct bytes){room, size};
}

static void ask_wrap(struct rig *rig, const struct ipc_play_read *like,
		     const struct ipc_segment *segment, const uint8_t key[AGE_KEY_SIZE])
{
	struct ipc_play_read ask = *like;

	ask.request = ++rig->request;
	ask.what = PLAY_WRAP;
	ask.epoch_us = segment->epoch_us;
	memcpy(ask.recipient, key, AGE_KEY_SIZE);
	ipc_send(&rig->front.channel, IPC_PLAY_READ, &ask, NULL, 0);
}

static enum refusal wrap_refused(struct rig *rig, const struct ipc_play_read *like,
				 const struct ipc_segment *segment,
				 const uint8_t key[AGE_KEY_SIZE])
{
	struct ipc_done done;

	ask_wrap(rig, like, segment, key);
	return rig_answer(rig, &done);
}

/* Opens the wrap, and with what is in it the fragment. */
static void open_sealed(struct rig *rig, const struct ipc_play_read *like,
			const struct ipc_segment *segment, const uint8_t secret[AGE_KEY_SIZE],
			const uint8_t epoch[AGE_KEY_SIZE])
{
	static uint8_t file[PIECE_MAX], plain[PIECE_MAX];
	struct ipc_play_read ask = *like;
	uint8_t key[AGE_KEY_SIZE];
	char line[AGE_TEXT_SIZE];
	size_t size;

	crypto_scalarmult_base(key, secret);
	ask_wrap(rig, like, segment, key);
	struct bytes wrap = take_bytes(rig, file);

	assert_int_equal(age_open(secret, wrap.data, wrap.size, plain, &size), 0);
	age_print_secret(epoch, line);
	assert_int_equal(size, strlen(line) + 1);
	assert_memory_equal(plain, line, size - 1);
	ask.is_sealed = 1;
	player_ask_piece(rig, &ask, segment);
	struct bytes sealed = take_bytes(rig, file);

	assert_int_equal(age_open(epoch, sealed.data, sealed.size, plain, &size), 0);
	assert_memory_equal(plain + 4, "free", 4);
}

static void a_sealed_part_opens_for_its_own_persons_key_alone(void **state)
{
	struct rig_device ann, bob;
	struct rig *rig = player_house(&ann);
	uint8_t key[AGE_KEY_SIZE], secret[AGE_KEY_SIZE], other[AGE_KEY_SIZE];
	uint8_t epoch[AGE_KEY_SIZE];
	struct ipc_play_read read, foreign;

	(void)state;
	rig_add_person(rig, "bob", ROLE_OWNER, "", &bob);
	age_make_key(secret, key);
	assert_int_equal(add_key(rig, &ann, "ann", key), REFUSAL_NONE);
	handover_go_on(&rig->vault->store);
	rig_settle(rig);
	struct play *play = player_begin(rig, &ann, "porch", &read);
	struct ipc_segment segment = player_list(rig, &read).segments[0];

	assert_int_equal(player_list(rig, &read).init.is_sealed, 0);
	assert_int_equal(epoch_secret(rig->db, rig->vault->store.key, play->camera->id,
				      segment.epoch_us, epoch),
			 0);
	assert_int_equal(order(rig, &ann, KEY_LOCK, ""), REFUSAL_NONE);
	assert_int_equal(player_refused(rig, &read, &segment), REFUSAL_SEALED);
	assert_int_equal(player_list(rig, &read).init.is_sealed, 1);
	uint64_t before = play->lease.used_bytes;

	open_sealed(rig, &read, &segment, secret, epoch);
	assert_true(play->lease.used_bytes > before + segment.bytes);
	/* Bob plays it, too; but the key is Ann's. */
	player_begin(rig, &bob, "porch", &foreign);
	assert_int_equal(wrap_refused(rig, &foreign, &segment, key), REFUSAL_NOT_FOUND);
	age_make_key(secret, other);
	assert_int_equal(wrap_refused(rig, &read, &segment, other), REFUSAL_NOT_FOUND);
	segment.epoch_us += 2 * EPOCH_LENGTH_US;
	assert_int_equal(wrap_refused(rig, &read, &segment, key), REFUSAL_NOT_FOUND);
	segment.epoch_us = UINT64_MAX;
	assert_int_equal(wrap_refused(rig, &read, &segment, key), REFUSAL_NOT_FOUND);
	rig_destroy(rig);
}

static void ask_block(struct rig *rig, const struct ipc_play_read *like, uint64_t log_seq)
{
	struct ipc_play_read ask = *like;

	ask.request = ++rig->request;
	ask.what = PLAY_BLOCK;
	ask.number = log_seq;
	ipc_send(&rig->front.channel, IPC_PLAY_READ, &ask, NULL, 0);
}

static enum refusal block_refused(struct rig *rig, const struct ipc_play_read *like,
				  uint64_t log_seq)
{
	struct ipc_done done;

	ask_block(rig, like, log_seq);
	return rig_answer(rig, &done);
}

/* What it opens to is the text that the log's entry stands for, and names the fragment. */
static void a_block_is_there_sealed_for_whoever_checks(void **state)
{
	static uint8_t file[PIECE_MAX], plain[PIECE_MAX];
	uint8_t epoch[AGE_KEY_SIZE], hash[SHA256_SIZE];
	char line[8 + 2 * SHA256_SIZE];
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read, other;
	struct text text;
	size_t size;

	(void)state;
	struct play *play = player_begin(rig, &ann, "porch", &read);
	struct ipc_segment segment = player_list(rig, &read).segments[0];

	assert_int_equal(epoch_secret(rig->db, rig->vault->store.key, play->camera->id,
				      segment.epoch_us, epoch),
			 0);
	ask_block(rig, &read, segment.log_seq);
	struct bytes sealed = take_bytes(rig, file);

	assert_int_equal(play->sent_to_us, 0); /* no picture, no sound */
	assert_int_equal(age_open(epoch, sealed.data, sealed.size, plain, &size), 0);
	sha256_parts(&(struct bytes){plain, size}, 1, hash);
	text_init(&text, line, sizeof(line));
	text_add(&text, "sha256 ");
	text_add_hex(&text, hash, sizeof(hash));
	assert_int_equal(rig_entries(rig, "kind media", text.data), 1);
	assert_non_null(memmem(plain, size, "\nseg v 0 ", 9));
	/* None of an entry that is another thing, none of another camera. */
	const uint64_t wrong[] = {0, play->log_seq, INT64_MAX, UINT64_MAX};

	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_int_equal(block_refused(rig, &read, wrong[i]), REFUSAL_NOT_FOUND);
	player_begin(rig, &ann, "nursery", &other);
	assert_int_equal(block_refused(rig, &other, segment.log_seq), REFUSAL_NOT_FOUND);
	rig_destroy(rig);
}

static void a_program_gets_no_key(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_credential token;
	struct ipc_play_read read;
	uint8_t key[AGE_KEY_SIZE], secret[AGE_KEY_SIZE];
	struct ipc_done done;
	char id[NAME_SIZE];

	(void)state;
	age_make_key(secret, key);
	assert_int_equal(add_key(rig, &ann, "ann", key), REFUSAL_NONE);
	handover_go_on(&rig->vault->store);
	player_begin(rig, &ann, "porch", &read);
	struct ipc_segment segment = player_list(rig, &read).segments[0];

	rig_add_token(rig, "ann", "porch", VERB_PLAY, &token, id);
	struct ipc_play_ask ask = player_prepare(rig, &ann, "porch");

	ask.credential = token;
	assert_int_equal(player_try_ask(rig, &ask, &done), REFUSAL_NONE);
	memcpy(read.sid, done.id, sizeof(read.sid));
	read.credential = token;
	assert_int_equal(wrap_refused(rig, &read, &segment, key), REFUSAL_NOT_ALLOWED);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_may_do_what_is_theirs),
		cmocka_unit_test(a_change_is_signed_as_it_is),
		cmocka_unit_test(a_sealed_part_opens_for_its_own_persons_key_alone),
		cmocka_unit_test(a_block_is_there_sealed_for_whoever_checks),
		cmocka_unit_test(a_program_gets_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
