/* The gallery: several pictures that agree name somebody, names need consent and an owner, prints are
 * sealed and bounded, and what is erased is gone. */
#include "../check.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "proto/see/model.h"
#include "rig.h"
#include "vault/db.h"

static struct print print_of(unsigned person)
{
	float numbers[PRINT_SIZE];
	struct print print;

	for (unsigned i = 0; i < PRINT_SIZE; i++)
		numbers[i] = sinf((float)(i * (2 * person + 3)) + (float)person);
	assert_int_equal(print_make(numbers, &print), 0);
	return print;
}

static uint64_t number(struct rig *rig, const char *query)
{
	return db_number(rig->db, db_use(rig->db, query));
}

static struct rig_device owner;

static struct rig *hall_with_an_eye(bool faces)
{
	struct rig *rig = rig_create();
	struct ipc_see see = {.person = SEE_NORMAL, .faces = faces};

	rig_add_person(rig, "ann", ROLE_OWNER, "", &owner);
	rig_add_cam(rig, 0, "hall");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	eyes_set_rule(&rig->vault->eyes, &see);
	rig_add_listener(rig, 0, PROC_EYE);
	ipc_send(&rig->eye.channel, IPC_FACES_STATE, &(struct ipc_number){EYE_LOOKING}, NULL, 0);
	ipc_send(&rig->eye.channel, IPC_EYE_STATE, &(struct ipc_number){EYE_LOOKING}, NULL, 0);
	rig_settle(rig);
	return rig;
}

static void somebody_comes(struct rig *rig, uint32_t stay)
{
	struct ipc_seen seen = {.at_ns = loop_now_ns(rig->loop),
				.camera = rig->vault->eyes.slots[0].camera,
				.stay = stay,
				.score = 501,
				.model = MODEL_PERSON};

	ipc_send(&rig->eye.channel, IPC_SEEN, &seen, NULL, 0);
	rig_settle(rig);
}

static void show_face(struct rig *rig, uint32_t stay, unsigned person)
{
	struct ipc_face face = {.at_ns = loop_now_ns(rig->loop),
				.camera = rig->vault->eyes.slots[0].camera,
				.stay = stay,
				.quality = 500};
	struct print print = print_of(person);

	ipc_send(&rig->eye.channel, IPC_FACE, &face, &print, sizeof(print));
	rig_settle(rig);
}

static void visit(struct rig *rig, uint32_t stay, unsigned person)
{
	somebody_comes(rig, stay);
	for (unsigned i = 0; i < PRINT_AGREE; i++)
		show_face(rig, stay, person);
}

/* REFUSAL_NONE, or why not. `ret_done` may be NULL. */
static enum refusal ask(struct rig *rig, struct rig_end *end, struct ipc_face_ask *body,
			struct ipc_done *ret_done)
{
	enum refusal refusal = REFUSAL_NONE;
	struct rig_message *message;

	body->request = ++rig->request;
	ipc_send(&end->channel, IPC_FACE_ASK, body, NULL, 0);
	rig_settle(rig);
	message = rig_take(rig, end, IPC_DONE);
	if (message && ret_done)
		memcpy(ret_done, message->body, sizeof(*ret_done));
	if (!message) {
		message = rig_wait(rig, end, IPC_REFUSED);
		refusal = (enum refusal)((const struct ipc_refused *)(const void *)message->body)->refusal;
	}
	rig_free(message);
	return refusal;
}

static enum refusal name(struct rig *rig, uint64_t face, const char *as, const char *consent)
{
	struct ipc_face_ask body = {
		.order = FACE_NAME, .id = face, .credential = owner.login};

	text_copy(body.name, sizeof(body.name), as);
	text_copy(body.consent, sizeof(body.consent), consent);
	return ask(rig, &rig->front, &body, NULL);
}

static void several_pictures_make_one_unknown_face(void **state)
{
	struct rig *rig = hall_with_an_eye(true);

	(void)state;
	somebody_comes(rig, 1);
	show_face(rig, 1, 1);
	show_face(rig, 1, 1);
	assert_int_equal(number(rig, "SELECT count(*) FROM faces"), 0);
	show_face(rig, 1, 1);
	assert_int_equal(number(rig, "SELECT count(*) FROM faces WHERE name = '' AND log_seq = 0"), 1);
	assert_int_equal(number(rig, "SELECT face FROM events"), 1);
	/* The same one again is the same, another one is not. */
	visit(rig, 2, 1);
	visit(rig, 3, 2);
	assert_int_equal(number(rig, "SELECT count(*) FROM faces"), 2);
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE face = 1"), 2);
	assert_in_range(number(rig, "SELECT count(*) FROM face_prints WHERE face = 1"), 3,
			FACES_GROUP_MAX);
	rig_destroy(rig);
}

/* Whatever is drawn or not: zones say nothing about faces. */
static void the_eye_is_told_of_faces(void **state)
{
	(void)state;
	for (unsigned faces = 0; faces < 2; faces++) {
		struct rig *rig = hall_with_an_eye(faces);
		struct rig_message *message = rig_wait(rig, &rig->eye, IPC_SEE);
		struct ipc_see see;

		memcpy(&see, message->body, sizeof(see));
		assert_int_equal(see.faces, faces);
		rig_free(message);
		rig_destroy(rig);
	}
}

static void who_does_not_ask_for_faces_has_none(void **state)
{
	struct rig *rig = hall_with_an_eye(false);

	(void)state;
	visit(rig, 1, 1);
	assert_int_equal(number(rig, "SELECT count(*) FROM events"), 1);
	assert_int_equal(number(rig, "SELECT count(*) FROM faces"), 0);
	rig_destroy(rig);
}

static void prints_are_sealed_at_rest_and_found_again(void **state)
{
	struct rig *rig = hall_with_an_eye(true);
	struct print print = print_of(1);
	sqlite3_stmt *find;

	(void)state;
	visit(rig, 1, 1);
	find = db_use(rig->db, "SELECT count(*) FROM face_prints WHERE instr(sealed, ?1)");
	db_bind_blob(find, 1, print.numbers, 32);
	assert_int_equal(db_number(rig->db, find), 0);
	assert_int_equal(name(rig, 1, "Mia", "her mother"), REFUSAL_NONE);
	rig_restart(rig, true);
	assert_int_equal(faces_find(&rig->vault->faces, &print), 1);
	rig_destroy(rig);
}

static void a_name_needs_consent_and_stands_in_the_log(void **state)
{
	struct rig *rig = hall_with_an_eye(true);

	(void)state;
	visit(rig, 1, 1);
	assert_int_equal(name(rig, 1, "Mia", ""), REFUSAL_BAD_REQUEST);
	assert_int_equal(name(rig, 1, "", "her mother"), REFUSAL_BAD_REQUEST);
	assert_int_equal(name(rig, 7, "Mia", "her mother"), REFUSAL_NOT_FOUND);
	assert_int_equal(rig_entries(rig, "kind config", "reason face-named"), 0);
	assert_int_equal(name(rig, 1, "Mia", "her mother"), REFUSAL_NONE);
	assert_int_equal(rig_entries(rig, "kind config", "reason face-named"), 1);
	assert_int_equal(number(rig, "SELECT count(*) FROM faces WHERE name = 'Mia' AND consent = "
				     "'her mother' AND log_seq > 0"),
			 1);
	/* More pictures of somebody who is known need no new consent. */
	visit(rig, 2, 2);
	assert_int_equal(name(rig, 2, "Mia", ""), REFUSAL_NONE);
	assert_int_equal(number(rig, "SELECT count(*) FROM faces"), 1);
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE face = 1"), 2);
	visit(rig, 3, 2);
	assert_int_equal(number(rig, "SELECT face FROM events ORDER BY id DESC LIMIT 1"), 1);
	rig_destroy(rig);
}

static void who_is_taken_for_somebody_else_can_say_so(void **state)
{
	struct rig *rig = hall_with_an_eye(true);
	struct ipc_face_ask wrong = {
		.order = FACE_CORRECT, .id = 2, .camera = "hall", .credential = owner.login};
	struct ipc_done done;

	(void)state;
	visit(rig, 1, 1);
	assert_int_equal(name(rig, 1, "Mia", "her mother"), REFUSAL_NONE);
	visit(rig, 2, 1);
	assert_int_equal(ask(rig, &rig->front, &wrong, &done), REFUSAL_NONE);
	assert_int_equal(done.value, 2);
	assert_int_equal(number(rig, "SELECT face FROM events WHERE id = 2"), 2);
	assert_int_equal(number(rig, "SELECT count(*) FROM face_prints WHERE face = 1 AND kind = 2"), 3);
	assert_int_equal(rig_entries(rig, "kind config", "reason face-wrong"), 1);
	visit(rig, 3, 1); /* as alike to what is wrong as to what is right */
	assert_int_equal(number(rig, "SELECT face FROM events WHERE id = 3"), 2);
	wrong.id = 77;
	assert_int_equal(ask(rig, &rig->front, &wrong, NULL), REFUSAL_NOT_FOUND);
	rig_destroy(rig);
}

static void what_is_erased_is_gone(void **state)
{
	struct rig *rig = hall_with_an_eye(true);
	struct ipc_face_ask erase = {
		.order = FACE_ERASE, .id = 1, .credential = owner.login};
	struct print print = print_of(1);

	(void)state;
	visit(rig, 1, 1);
	assert_int_equal(name(rig, 1, "Mia", "her mother"), REFUSAL_NONE);
	visit(rig, 2, 1);
	assert_int_equal(ask(rig, &rig->front, &erase, NULL), REFUSAL_NONE);
	assert_int_equal(rig_entries(rig, "kind erase", "reason face"), 1);
	assert_int_equal(number(rig, "SELECT count(*) FROM faces") +
				 number(rig, "SELECT count(*) FROM face_prints") +
				 number(rig, "SELECT count(*) FROM events WHERE face != 0") +
				 number(rig, "SELECT count(*) FROM person_keys WHERE person > 1000000"),
			 0);
	assert_int_equal(faces_find(&rig->vault->faces, &print), 0);
	assert_int_equal(ask(rig, &rig->front, &erase, NULL), REFUSAL_NOT_FOUND);
	rig_destroy(rig);
}

static void only_an_owner_in_person_asks(void **state)
{
	struct rig *rig = hall_with_an_eye(true);
	struct ipc_face_ask list = {.order = FACE_LIST};
	struct rig_device member;
	char id[NAME_SIZE];

	(void)state;
	rig_add_person(rig, "ben", ROLE_MEMBER, "", &member);
	list.credential = member.login;
	assert_int_equal(ask(rig, &rig->front, &list, NULL), REFUSAL_NOT_ALLOWED);
	rig_add_token(rig, "ann", "hall", VERB_VIEW, &list.credential, id);
	assert_int_equal(ask(rig, &rig->front, &list, NULL), REFUSAL_NOT_ALLOWED);
	visit(rig, 1, 1);
	list.credential = owner.login;
	assert_int_equal(ask(rig, &rig->front, &list, NULL), REFUSAL_NONE);
	rig_free(rig_wait(rig, &rig->front, IPC_ROW_FACE));
	rig_destroy(rig);
}

/* The eye looks at a picture that is sent in; while it does, another one waits for nothing. */
static void a_picture_is_looked_at_by_the_eye(void **state)
{
	struct rig *rig = hall_with_an_eye(true);
	struct ipc_face_ask add = {.order = FACE_ADD,
				   .name = "Mia",
				   .consent = "her mother",
				   .credential = owner.login};
	struct print print = print_of(4);

	(void)state;
	add.request = ++rig->request;
	ipc_send(&rig->front.channel, IPC_FACE_ASK, &add, "JPEG", 4);
	struct rig_message *message = rig_wait(rig, &rig->eye, IPC_FACE_LOOK);
	struct ipc_face_look look;

	memcpy(&look, message->body, sizeof(look));
	assert_int_equal(message->tail_size, 4);
	rig_free(message);
	ipc_send(&rig->front.channel, IPC_FACE_ASK, &add, "JPEG", 4);
	rig_free(rig_wait(rig, &rig->front, IPC_REFUSED));
	look.quality = 400;
	ipc_send(&rig->eye.channel, IPC_FACE_LOOK, &look, &print, sizeof(print));
	rig_free(rig_wait(rig, &rig->front, IPC_DONE));
	assert_int_equal(number(rig, "SELECT count(*) FROM faces WHERE name = 'Mia'"), 1);
	visit(rig, 1, 4);
	assert_int_equal(number(rig, "SELECT face FROM events"), 1);
	/* An eye that goes away leaves nobody waiting. */
	ipc_send(&rig->front.channel, IPC_FACE_ASK, &add, "JPEG", 4);
	rig_free(rig_wait(rig, &rig->eye, IPC_FACE_LOOK));
	ipc_close(&rig->eye.channel);
	rig_free(rig_wait(rig, &rig->front, IPC_REFUSED));
	rig_destroy(rig);
}

static void a_mad_eye_fills_nothing(void **state)
{
	struct rig *rig = hall_with_an_eye(true);

	(void)state;
	for (unsigned i = 1; i <= EYES_STAYS_MAX; i++) {
		somebody_comes(rig, i);
		for (unsigned k = 0; k < 2 * EYES_PRINTS_MAX; k++)
			show_face(rig, i, 10 * i + k % 10);
	}
	assert_in_range(number(rig, "SELECT count(*) FROM faces"), 0, FACES_UNKNOWN_MAX);
	somebody_comes(rig, 99);
	struct ipc_face face = {.camera = rig->vault->eyes.slots[0].camera, .stay = 1, .quality = 5};

	ipc_send(&rig->eye.channel, IPC_FACE, &face, "short", 5);
	rig_settle(rig);
	assert_true(rig->eye.is_closed);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_pictures_make_one_unknown_face),
		cmocka_unit_test(the_eye_is_told_of_faces),
		cmocka_unit_test(who_does_not_ask_for_faces_has_none),
		cmocka_unit_test(prints_are_sealed_at_rest_and_found_again),
		cmocka_unit_test(a_name_needs_consent_and_stands_in_the_log),
		cmocka_unit_test(who_is_taken_for_somebody_else_can_say_so),
		cmocka_unit_test(what_is_erased_is_gone),
		cmocka_unit_test(only_an_owner_in_person_asks),
		cmocka_unit_test(a_picture_is_looked_at_by_the_eye),
		cmocka_unit_test(a_mad_eye_fills_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
