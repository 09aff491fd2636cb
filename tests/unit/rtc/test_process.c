/* The real ward-rtc between a played vault and played browsers: what leaves it, and when it stops.
 */
#include "../check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "visitor.h"

static const char *rtc_path;

struct scene {
	struct rig rig;
	struct visitor visitor;
	struct rig_grant *grant;
};

static bool grant_is_connected(const void *context)
{
	return ((const struct rig_grant *)context)->is_connected;
}

static bool grant_is_over(const void *context)
{
	const struct rig_grant *grant = context;

	return grant->end && !grant->is_open;
}

/* A visitor that was granted, has connected and has seen nothing yet. */
static void begin(struct scene *scene)
{
	rig_start(&scene->rig, rtc_path);
	visitor_init(&scene->visitor, &scene->rig);
	scene->grant = rig_open(&scene->rig, visitor_fingerprint(&scene->visitor));
	rig_offer(&scene->rig, scene->grant->number, IPC_OFFER, scene->visitor.offer);
	assert_int_equal(scene->rig.status, 0);
	assert_true(visitor_connect(&scene->visitor));
	assert_true(rig_until(&scene->rig, grant_is_connected, scene->grant));
}

static void finish(struct scene *scene)
{
	visitor_finish(&scene->visitor);
	rig_finish(&scene->rig);
}

struct wanted {
	const struct visitor *visitor;
	uint64_t video;
};

static bool has_video(const void *context)
{
	const struct wanted *wanted = context;

	return wanted->visitor->video >= wanted->video;
}

static void expect_video(struct scene *scene, uint64_t video)
{
	struct wanted wanted = {&scene->visitor, video};

	assert_true(rig_until(&scene->rig, has_video, &wanted));
	assert_int_equal(scene->visitor.video, video);
}

static void sends_what_is_released(void **state)
{
	static struct scene scene;

	(void)state;
	begin(&scene);
	uint64_t key = rig_feed(&scene.rig, true, 10);

	rig_feed(&scene.rig, false, 3);
	rig_release(scene.grant, key, 2);
	/* one packet of parameter sets; the slices' last bytes make a packet each */
	expect_video(&scene, 1 + 10 + 3);
	assert_int_equal(scene.visitor.first_payload[0] & 31, 24);
	assert_int_equal(scene.visitor.first_payload[3] & 31, 7);
	assert_int_equal(scene.visitor.gaps, 0);
	assert_int_equal(scene.visitor.unreadable, 0);
	finish(&scene);
}

static void sends_nothing_else(void **state)
{
	static struct scene scene;

	(void)state;
	begin(&scene);
	uint64_t key = rig_feed(&scene.rig, true, 10);

	for (int i = 0; i < 10; i++)
		rig_feed(&scene.rig, false, 3);
	rig_for_ms(&scene.rig, 100);
	assert_int_equal(scene.visitor.video, 0);
	rig_release(scene.grant, key, 1);
	expect_video(&scene, 11);
	rig_for_ms(&scene.rig, 100);
	assert_int_equal(scene.visitor.video, 11);
	finish(&scene);
}

static void begins_with_a_key_frame(void **state)
{
	static struct scene scene;

	(void)state;
	begin(&scene);
	uint64_t first = rig_feed(&scene.rig, false, 2);

	rig_feed(&scene.rig, false, 2);
	uint64_t key = rig_feed(&scene.rig, true, 2);

	rig_release(scene.grant, first, 2);
	rig_release(scene.grant, key, 1);
	expect_video(&scene, 3);
	assert_int_equal(scene.visitor.first_payload[0] & 31, 24);
	finish(&scene);
}

static bool has_bye(const void *context)
{
	const struct visitor *visitor = context;

	return visitor->has_bye && visitor->state == DTLS_CLOSED;
}

/* With a group of pictures in the queue, which takes a while at the pace. */
static void a_closed_grant_stops_at_once(void **state)
{
	static struct scene scene;

	(void)state;
	begin(&scene);
	uint64_t key = rig_feed(&scene.rig, true, 60);

	for (int i = 0; i < 20; i++)
		rig_feed(&scene.rig, false, 60);
	rig_release(scene.grant, key, 21);
	struct wanted some = {&scene.visitor, 60};

	assert_true(rig_until(&scene.rig, has_video, &some));
	ipc_close(&scene.grant->channel);
	uint64_t closed_ns = clock_boot_ns();

	assert_true(rig_until(&scene.rig, has_bye, &scene.visitor));
	rig_for_ms(&scene.rig, 200);
	assert_true(scene.visitor.video < 21 * 60);
	assert_true(scene.visitor.last_ns < closed_ns + 100 * CLOCK_NS_PER_MS);
	finish(&scene);
}

static void without_a_vault_all_stops(void **state)
{
	static struct scene scene;

	(void)state;
	begin(&scene);
	ipc_close(&scene.rig.vault);
	assert_true(rig_until(&scene.rig, has_bye, &scene.visitor));
	finish(&scene);
}

static void another_certificate_gets_nothing(void **state)
{
	static struct scene scene;
	static struct visitor thief;
	struct visitor *visitor = &scene.visitor;

	(void)state;
	rig_start(&scene.rig, rtc_path);
	visitor_init(visitor, &scene.rig);
	visitor_init(&thief, &scene.rig);
	scene.grant = rig_open(&scene.rig, visitor_fingerprint(visitor));
	/* an offer with another fingerprint is refused outright */
	rig_offer(&scene.rig, scene.grant->number, IPC_OFFER, thief.offer);
	assert_int_equal(scene.rig.status, 400);
	assert_true(rig_until(&scene.rig, grant_is_over, scene.grant));
	/* the right offer, but another's certificate in the handshake */
	scene.grant = rig_open(&scene.rig, visitor_fingerprint(visitor));
	rig_offer(&scene.rig, scene.grant->number, IPC_OFFER, visitor->offer);
	assert_int_equal(scene.rig.status, 0);
	uint64_t key = rig_feed(&scene.rig, true, 10);

	rig_release(scene.grant, key, 1);
	visitor_connect(&thief);
	assert_true(rig_until(&scene.rig, grant_is_over, scene.grant));
	assert_int_equal(scene.grant->end, VIEW_END_FAILED);
	assert_int_equal(thief.video, 0);
	assert_int_equal(thief.unreadable, 0);
	visitor_finish(&thief);
	finish(&scene);
}

static void a_goodbye_ends_the_grant(void **state)
{
	static struct scene scene;

	(void)state;
	begin(&scene);
	dtls_session_close(scene.visitor.dtls);
	assert_true(rig_until(&scene.rig, grant_is_over, scene.grant));
	assert_int_equal(scene.grant->end, VIEW_END_LEFT);
	finish(&scene);
}

static bool has_rtx(const void *context)
{
	return ((const struct visitor *)context)->rtx > 0;
}

static void sends_again_what_was_lost(void **state)
{
	static struct scene scene;
	uint8_t nack[] = {0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};

	(void)state;
	begin(&scene);
	rig_release(scene.grant, rig_feed(&scene.rig, true, 10), 1);
	expect_video(&scene, 11);
	struct bytes_writer writer = bytes_write(nack + 8, 6);
	uint16_t lost = (uint16_t)(scene.visitor.first_sequence + 4);

	bytes_put_be32(&writer, scene.visitor.ssrc);
	bytes_put_be16(&writer, lost);
	visitor_rtcp(&scene.visitor, nack, sizeof(nack));
	assert_true(rig_until(&scene.rig, has_rtx, &scene.visitor));
	assert_int_equal(scene.visitor.rtx_number, lost);
	assert_int_equal(scene.visitor.rtx, 1);
	finish(&scene);
}

struct asked {
	const struct rig_grant *grant;
	uint32_t before;
};

static bool has_asked(const void *context)
{
	const struct asked *asked = context;

	return asked->grant->wants_key > asked->before;
}

static void asks_for_a_key_frame(void **state)
{
	static struct scene scene;
	uint8_t pli[] = {0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0};

	(void)state;
	begin(&scene);
	uint64_t key = rig_feed(&scene.rig, true, 1);

	rig_release(scene.grant, key, 1);
	expect_video(&scene, 2);
	rig_for_ms(&scene.rig, 600); /* nobody asks twice in half a second */
	struct bytes_writer writer = bytes_write(pli + 8, 4);
	struct asked asked = {scene.grant, scene.grant->wants_key};

	bytes_put_be32(&writer, scene.visitor.ssrc);
	visitor_rtcp(&scene.visitor, pli, sizeof(pli));
	assert_true(rig_until(&scene.rig, has_asked, &asked));
	rig_release(scene.grant, key, 1);
	expect_video(&scene, 4);
	finish(&scene);
}

/* Ten thousand times nonsense of every kind, from the viewer's own address and from a stranger's,
 * while it watches: it goes on watching. */
static void survives_garbage(void **state)
{
	static struct scene scene;
	static struct visitor stranger;
	static const uint8_t firsts[] = {0,  1,   20,  22,  23,  25,  63,
					 64, 127, 128, 129, 144, 191, 200};
	uint8_t data[1400];

	(void)state;
	begin(&scene);
	visitor_init(&stranger, &scene.rig);
	rig_release(scene.grant, rig_feed(&scene.rig, true, 2), 1);
	expect_video(&scene, 3);
	srand(7);
	for (int i = 0; i < 10000; i++) {
		size_t size = (size_t)rand() % sizeof(data);

		for (size_t k = 0; k < size; k++)
			data[k] = (uint8_t)(rand() >> 8);
		data[0] = firsts[(size_t)rand() % sizeof(firsts)];
		/* what looks like a DTLS record, a STUN message, RTCP */
		if (data[0] >= 20 && data[0] <= 63 && i % 2)
			memcpy(data + 1, "\xfe\xfd\0\0\0\0\0\0\0", 9);
		if (data[0] <= 1)
			memcpy(data + 4, "\x21\x12\xa4\x42", 4);
		visitor_send(i % 2 ? &scene.visitor : &stranger, data, size);
		if (i % 64 == 0)
			rig_for_ms(&scene.rig, 1);
	}
	rig_release(scene.grant, rig_feed(&scene.rig, true, 2), 1);
	expect_video(&scene, 6);
	assert_false(scene.rig.is_gone);
	visitor_finish(&stranger);
	finish(&scene);
}

static void unknown_grants_are_not_found(void **state)
{
	static struct scene scene;

	(void)state;
	begin(&scene);
	rig_offer(&scene.rig, 999, IPC_OFFER, scene.visitor.offer);
	assert_int_equal(scene.rig.status, 404);
	rig_offer(&scene.rig, scene.grant->number, IPC_PATCH, "nonsense");
	assert_int_equal(scene.rig.status, 400);
	rig_offer(&scene.rig, scene.grant->number, IPC_PATCH,
		  "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n");
	assert_int_equal(scene.rig.status, 0);
	assert_string_equal(scene.rig.answer, "");
	rig_offer(&scene.rig, scene.grant->number, IPC_PATCH,
		  "a=ice-ufrag:other\r\na=ice-pwd:anotheranotheranotherano\r\n");
	assert_int_equal(scene.rig.status, 0);
	assert_non_null(strstr(scene.rig.answer, "a=ice-ufrag:"));
	finish(&scene);
}

/* The visitor's offer with other lines in it. */
static const char *offer_of(const struct visitor *visitor, const char *direction, unsigned count)
{
	static char offer[4096];
	const char *print = strstr(visitor->offer, "a=fingerprint:");
	int size = snprintf(offer, sizeof(offer),
			    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n");

	for (unsigned i = 0; i < count; i++)
		size += snprintf(offer + size, sizeof(offer) - (size_t)size,
				 "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n%.*s\r\n"
				 "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijklmn\r\n"
				 "a=setup:actpass\r\na=mid:%u\r\na=%s\r\na=rtcp-mux\r\n"
				 "a=rtpmap:111 opus/48000/2\r\n",
				 (int)strcspn(print, "\r"), print, i, direction);
	return offer;
}

/* Who only talks offers one voice, and nothing else is answered. */
static void a_talker_offers_a_voice(void **state)
{
	static const struct {
		const char *direction;
		unsigned lines;
		uint32_t status;
	} cases[] = {{"sendonly", 1, 0}, {"recvonly", 1, 406}, {"sendonly", 2, 406}};
	static struct scene scene;

	(void)state;
	begin(&scene);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct rig_grant *talk =
			rig_open_talk(&scene.rig, visitor_fingerprint(&scene.visitor));

		rig_offer(&scene.rig, talk->number, IPC_OFFER,
			  offer_of(&scene.visitor, cases[i].direction, cases[i].lines));
		assert_int_equal(scene.rig.status, cases[i].status);
		if (cases[i].status)
			assert_true(rig_until(&scene.rig, grant_is_over, talk));
		else
			assert_non_null(strstr(scene.rig.answer, "a=recvonly\r\n"));
	}
	finish(&scene);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_what_is_released),
		cmocka_unit_test(sends_nothing_else),
		cmocka_unit_test(begins_with_a_key_frame),
		cmocka_unit_test(a_closed_grant_stops_at_once),
		cmocka_unit_test(without_a_vault_all_stops),
		cmocka_unit_test(another_certificate_gets_nothing),
		cmocka_unit_test(a_goodbye_ends_the_grant),
		cmocka_unit_test(sends_again_what_was_lost),
		cmocka_unit_test(asks_for_a_key_frame),
		cmocka_unit_test(survives_garbage),
		cmocka_unit_test(unknown_grants_are_not_found),
		cmocka_unit_test(a_talker_offers_a_voice),
	};

	if (argc != 2)
		return 2;
	rtc_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
