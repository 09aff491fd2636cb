/* The real ward-demo behind its sandbox: this test is its warden and one RTSP client. */
#include "../check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../child.h"
#include "base/clock.h"
#include "demo/sockets.h"
#include "ipc/ipc.h"
#include "proto/rtsp/rtsp_auth.h"
#include "proto/rtsp/rtsp_stream.h"

#include <libavutil/md5.h>

enum { WAIT_MS = 10000, BUFFER_SIZE = 512 * 1024 };

static const char *program;

struct player {
	pid_t pid;
	struct loop *loop;
	struct ipc_channel warden;
	int ready, fd;
	uint16_t port;
	uint32_t cseq;
	struct rtsp_channels channels;
	uint8_t in[BUFFER_SIZE];
	size_t size, used;
	struct rtsp_message message;
	struct rtsp_item item;
};

static struct player player;

static void warden_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	player.ready += message->type == IPC_READY;
}

static void gone(struct ipc_channel *channel)
{
	(void)channel;
}

static void start_demo(void)
{
	struct ipc_demo words = {.user = "ward", .password = "secret"};
	struct ipc_listen listen = {.kind = LISTEN_DEMO};
	struct ipc_number number = {0};
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int pair[2], listener;

	assert_int_equal(ipc_pair(0, pair), 0);
	assert_int_equal(sockets_listen(0, &listener), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	player.port = ntohs(address.sin_port);
	player.pid = child_spawn(program, pair[1]);
	assert_int_equal(loop_create(&player.loop), 0);
	assert_int_equal(ipc_open(&player.warden, player.loop, pair[0], PROC_WARDEN, PROC_DEMO,
				  warden_heard, gone, NULL), 0);
	ipc_send_fd(&player.warden, IPC_LISTEN, &listen, NULL, 0, listener);
	close(listener);
	ipc_send(&player.warden, IPC_DEMO, &words, NULL, 0);
	ipc_send(&player.warden, IPC_START, &number, NULL, 0);
	for (int i = 0; i < 100 && !player.ready; i++)
		assert_true(loop_turn(player.loop, WAIT_MS) >= 0);
	assert_int_equal(player.ready, 1);
	player.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(player.fd, (struct sockaddr *)&address, size), 0);
}

/* The next item of the connection, within the limit. */
static void take_item(void)
{
	for (;;) {
		int taken = rtsp_stream_next(player.in + player.used, player.size - player.used,
					     &player.channels, &player.item, &player.message);

		if (taken > 0) {
			player.used += (size_t)taken;
			return;
		}
		assert_int_equal(taken, -EAGAIN);
		memmove(player.in, player.in + player.used, player.size - player.used);
		player.size -= player.used;
		player.used = 0;
		struct pollfd ready = {.fd = player.fd, .events = POLLIN};

		assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
		ssize_t got = recv(player.fd, player.in + player.size, BUFFER_SIZE - player.size, 0);

		assert_true(got > 0);
		player.size += (size_t)got;
	}
}

static void hash_md5(enum rtsp_hash hash, const void *data, size_t size,
		     uint8_t ret_digest[RTSP_HASH_SIZE_MAX])
{
	(void)hash;
	av_md5_sum(ret_digest, data, size);
}

static const char *required; /* as an option of the next requests */

/* Asks; the answer's status. `challenge` NULL: without a password. */
static uint32_t ask(enum rtsp_method method, const char *path, const char *header,
		    const struct rtsp_challenge *challenge)
{
	static uint32_t count;
	struct rtsp_credentials words = {"ward", "secret", "0a4f113b", ++count};
	char data[4096], uri[128], value[1024];
	struct text text, authorization;

	snprintf(uri, sizeof(uri), "rtsp://127.0.0.1:%u%s", player.port, path);
	text_init(&text, data, sizeof(data));
	rtsp_build_request(&text, method, uri, ++player.cseq);
	if (challenge) {
		text_init(&authorization, value, sizeof(value));
		rtsp_auth_build(&authorization, challenge, &words, rtsp_method_name(method), uri, hash_md5);
		rtsp_build_header(&text, "Authorization", value);
	}
	if (header)
		rtsp_build_header(&text, "Transport", header);
	if (required)
		rtsp_build_header(&text, "Require", required);
	rtsp_build_end(&text, NULL, NULL, 0);
	assert_false(text.failed);
	assert_int_equal(send(player.fd, data, text.size, 0), text.size);
	do
		take_item();
	while (player.item.kind != RTSP_ITEM_MESSAGE || player.message.is_request);
	assert_int_equal(player.message.cseq, player.cseq);
	return player.message.status;
}

static struct rtsp_challenge md5_challenge(void)
{
	struct rtsp_challenge challenge;

	for (size_t i = 0; i < player.message.header_count; i++)
		if (slice_equals(player.message.headers[i].name, "WWW-Authenticate") &&
		    rtsp_auth_parse(player.message.headers[i].value, &challenge) == 0 &&
		    challenge.hash == RTSP_HASH_MD5)
			return challenge;
	fail_msg("no challenge with MD5");
	return challenge;
}

/* Wall clock in a sender report (RFC 3550 §6.4.1), in seconds. */
static double report_time(const uint8_t *report)
{
	struct bytes_reader reader = bytes_read(report + 8, 8);
	uint32_t seconds = bytes_get_be32(&reader), part = bytes_get_be32(&reader);

	return (double)(seconds - 2208988800u) + (double)part / 4294967296.0;
}

static void it_plays_only_to_who_knows_the_password(void **state)
{
	int pictures = 0, sounds = 0, reports = 0, last = -1;

	(void)state;
	start_demo();
	assert_int_equal(ask(RTSP_OPTIONS, "/nursery", NULL, NULL), 200);
	assert_int_equal(ask(RTSP_DESCRIBE, "/nursery", NULL, NULL), 401);
	struct rtsp_challenge challenge = md5_challenge();

	assert_int_equal(ask(RTSP_PLAY, "/nursery", NULL, NULL), 401);
	assert_int_equal(ask(RTSP_DESCRIBE, "/other", NULL, &challenge), 404);
	assert_int_equal(ask(RTSP_DESCRIBE, "/nursery", NULL, &challenge), 200);
	assert_non_null(memmem(player.message.body.data, player.message.body.size, "H264/90000", 10));
	assert_non_null(memmem(player.message.body.data, player.message.body.size, "opus/48000/2", 12));
	assert_int_equal(ask(RTSP_PLAY, "/nursery", NULL, &challenge), 455);
	assert_int_equal(ask(RTSP_SETUP, "/nursery/trackID=0", "RTP/AVP;multicast", &challenge), 461);
	assert_int_equal(ask(RTSP_SETUP, "/nursery/trackID=0",
			     "RTP/AVP/TCP;unicast;interleaved=0-1", &challenge), 200);
	assert_int_equal(ask(RTSP_SETUP, "/nursery/trackID=1",
			     "RTP/AVP/TCP;unicast;interleaved=2-3", &challenge), 200);
	for (uint8_t i = 0; i < 4; i++)
		rtsp_channels_add(&player.channels, i);
	assert_int_equal(ask(RTSP_PLAY, "/nursery", NULL, &challenge), 200);
	while (pictures < 10 || sounds < 10) {
		take_item();
		assert_int_equal(player.item.kind, RTSP_ITEM_FRAME);
		const uint8_t *packet = player.item.frame.data;

		if (player.item.channel == 0) {
			int sequence = packet[2] << 8 | packet[3];

			assert_true(reports > 0); /* its clock is known from the first packet on */
			assert_true(last < 0 || sequence == ((last + 1) & 0xffff));
			last = sequence;
			pictures += packet[1] >> 7;
		} else if (player.item.channel == 1) {
			double off = report_time(packet) - (double)clock_real_us() / 1e6;

			assert_true(off > -5 && off < 0.001);
			reports++;
		} else if (player.item.channel == 2) {
			sounds++;
		}
	}
	assert_int_equal(ask(RTSP_GET_PARAMETER, "/nursery", NULL, &challenge), 200);
	assert_int_equal(ask(RTSP_TEARDOWN, "/nursery", NULL, &challenge), 200);
}

static bool describes(const char *words)
{
	const struct slice *body = &player.message.body;

	return memmem(body->data, body->size, words, strlen(words)) != NULL;
}

static void its_speaker_is_for_who_asks_for_it(void **state)
{
	struct rtsp_challenge challenge;

	(void)state;
	assert_int_equal(ask(RTSP_DESCRIBE, "/nursery", NULL, NULL), 401);
	challenge = md5_challenge();
	assert_int_equal(ask(RTSP_DESCRIBE, "/nursery", NULL, &challenge), 200);
	assert_false(describes("a=sendonly"));
	required = "www.onvif.org/ver20/backchannel";
	assert_int_equal(ask(RTSP_DESCRIBE, "/nursery", NULL, &challenge), 200);
	assert_true(describes("a=sendonly"));
	assert_int_equal(ask(RTSP_SETUP, "/nursery/trackID=2", "RTP/AVP;unicast;client_port=5000-5001",
			     &challenge), 461);
	assert_int_equal(ask(RTSP_SETUP, "/nursery/trackID=2", NULL, NULL), 401);
	assert_int_equal(ask(RTSP_SETUP, "/nursery/trackID=2",
			     "RTP/AVP/TCP;unicast;interleaved=0-1", &challenge), 200);
	assert_int_equal(ask(RTSP_PLAY, "/nursery", NULL, &challenge), 200);
	assert_int_equal(ask(RTSP_TEARDOWN, "/nursery", NULL, &challenge), 200);
	assert_int_equal(ask(RTSP_PLAY, "/nursery", NULL, &challenge), 455);
	required = "something.else";
	assert_int_equal(ask(RTSP_DESCRIBE, "/nursery", NULL, &challenge), 551);
	required = NULL;
}

static void garbage_costs_only_its_own_connection(void **state)
{
	static const char garbage[] = "\x16\x03\x01\x02GARBAGE / \r\n\r\n\r\n$\xff\xff\xff$$$$";
	struct ipc_number number = {0};
	int status = -1;

	(void)state;
	(void)!send(player.fd, garbage, sizeof(garbage), MSG_NOSIGNAL);
	close(player.fd);
	ipc_send(&player.warden, IPC_STOP, &number, NULL, 0);
	assert_int_equal(waitpid(player.pid, &status, 0), player.pid);
	assert_int_equal(status, 0);
	ipc_close(&player.warden);
	loop_destroy(player.loop);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_plays_only_to_who_knows_the_password),
		cmocka_unit_test(its_speaker_is_for_who_asks_for_it),
		cmocka_unit_test(garbage_costs_only_its_own_connection),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
