/* The command on the local socket gets recordings through the same door as everybody. */
#include "../check.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "player.h"

static void connect_tool(struct rig *rig, struct rig_end *end)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock", rig->path) <
		    (int)sizeof(address.sun_path));
	if (rig->vault->tools.listener.fd < 0) {
		int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

		assert_int_equal(bind(listener, (void *)&address, sizeof(address)), 0);
		assert_int_equal(listen(listener, 4), 0);
		assert_int_equal(tools_listen(&rig->vault->tools, listener), 0);
	}
	assert_int_equal(connect(fd, (void *)&address, sizeof(address)), 0);
	rig_open_end(rig, end, fd, PROC_TOOL);
}

static enum refusal answer(struct rig *rig, struct rig_end *tool, struct ipc_done *ret_done)
{
	rig_settle(rig);
	struct rig_message *refused = rig_take(rig, tool, IPC_REFUSED);
	enum refusal refusal = REFUSAL_NONE;

	if (refused) {
		refusal = ((struct ipc_refused *)(void *)refused->body)->refusal;
	} else {
		struct rig_message *done = rig_wait(rig, tool, IPC_DONE);

		memcpy(ret_done, done->body, sizeof(*ret_done));
		rig_free(done);
	}
	rig_free(refused);
	return refusal;
}

static enum refusal open_play(struct rig *rig, struct rig_end *tool, const char *camera,
			      struct ipc_play_read *ret_ask)
{
	struct ipc_play_ask ask = {.request = ++rig->request,
				   .from_us = player_soon_us(-60),
				   .to_us = player_soon_us(60),
				   .tracks = READER_TRACKS};
	struct ipc_done done = {0};

	snprintf(ask.camera, sizeof(ask.camera), "%s", camera);
	ipc_send(&tool->channel, IPC_PLAY_ASK, &ask, NULL, 0);
	enum refusal refusal = answer(rig, tool, &done);

	*ret_ask = (struct ipc_play_read){.from_us = ask.from_us, .to_us = ask.to_us};
	memcpy(ret_ask->sid, done.id, sizeof(ret_ask->sid));
	return refusal;
}

static void ask(struct rig *rig, struct rig_end *tool, struct ipc_play_read *read, enum play_what what)
{
	read->request = ++rig->request;
	read->what = what;
	ipc_send(&tool->channel, IPC_PLAY_READ, read, NULL, 0);
	rig_settle(rig);
}

static void name_first(struct rig *rig, struct rig_end *tool, struct ipc_play_read *read)
{
	struct ipc_segment segment;
	struct ipc_done done;

	ask(rig, tool, read, PLAY_SEGMENTS);
	assert_int_equal(answer(rig, tool, &done), REFUSAL_NONE);
	struct rig_message *rows = rig_take(rig, tool, IPC_SEGMENTS);

	assert_non_null(rows);
	memcpy(&segment, rows->tail, sizeof(segment));
	rig_free(rows);
	read->track = segment.track;
	read->epoch_us = segment.epoch_us;
	read->number = segment.number;
}

static void a_tool_gets_pieces_after_its_export(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read, whole;
	struct ipc_done done;

	(void)state;
	connect_tool(rig, &rig->tool);
	assert_int_equal(open_play(rig, &rig->tool, "porch", &read), REFUSAL_NONE);
	assert_int_equal(rig_entries(rig, "kind play.open\n", "why owner\n"), 1);
	assert_int_equal(rig_entries(rig, "kind grant.create\n", "reason play\n"), 1);
	name_first(rig, &rig->tool, &read);
	ask(rig, &rig->tool, &read, PLAY_FRAGMENT);
	assert_int_equal(answer(rig, &rig->tool, &done), REFUSAL_NOT_ALLOWED);

	whole = read;
	whole.track = TRACK_BIT(TRACK_VIDEO);
	ask(rig, &rig->tool, &whole, PLAY_EXPORT);
	assert_int_equal(answer(rig, &rig->tool, &done), REFUSAL_NONE);
	assert_true(done.log_seq < log_durable_size(rig->log));
	assert_int_equal(rig_entries(rig, "kind export\n", "tracks v\n"), 1);
	ask(rig, &rig->tool, &read, PLAY_FRAGMENT);
	struct rig_message *data = rig_take(rig, &rig->tool, IPC_PLAY_DATA);

	assert_non_null(data);
	rig_free(data);
	assert_null(rig_take(rig, &rig->front, IPC_PLAY_DATA));
	ipc_close(&rig->tool.channel);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind play.close\n", "end left\n"), 1);
	assert_int_equal(rig_entries(rig, "kind play.close\n", "\nspan "), 1);
	assert_int_equal(rig->vault->plays.open, 0);
	rig_destroy(rig);
}

static void nobody_else_has_its_play(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct rig_end other = {0};
	struct ipc_play_read read, none;
	struct ipc_segment first = {0};
	struct ipc_done done;

	(void)state;
	connect_tool(rig, &rig->tool);
	connect_tool(rig, &other);
	assert_int_equal(open_play(rig, &rig->tool, "porch", &read), REFUSAL_NONE);
	name_first(rig, &rig->tool, &read);
	ask(rig, &other, &read, PLAY_SEGMENTS);
	assert_int_equal(answer(rig, &other, &done), REFUSAL_NOT_FOUND);
	read.credential = ann.login;
	assert_int_equal(player_refused(rig, &read, &first), REFUSAL_NOT_FOUND);
	assert_int_equal(open_play(rig, &rig->tool, "attic", &none), REFUSAL_NOT_FOUND);

	/* What belongs to one that hung up while its entry was on the way. */
	struct ipc_play_ask hasty = {.request = 1,
				     .camera = "porch",
				     .from_us = player_soon_us(-60),
				     .to_us = player_soon_us(60),
				     .tracks = READER_TRACKS};

	ipc_send(&other.channel, IPC_PLAY_ASK, &hasty, NULL, 0);
	ipc_close(&other.channel);
	rig_clear(&other);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind play.open\n", ""), 2);
	assert_int_equal(rig_entries(rig, "kind play.close\n", "end left\n"), 1);
	rig_destroy(rig);
}

static void an_owner_ends_it(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_session_ask end = {.credential = ann.login};
	struct ipc_play_read read;
	struct ipc_done done;

	(void)state;
	connect_tool(rig, &rig->tool);
	assert_int_equal(open_play(rig, &rig->tool, "porch", &read), REFUSAL_NONE);
	end.request = ++rig->request;
	memcpy(end.sid, read.sid, sizeof(end.sid));
	ipc_send(&rig->front.channel, IPC_SESSION_END, &end, NULL, 0);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NONE);
	rig_free(rig_wait(rig, &rig->tool, IPC_PLAY_ENDED));
	ask(rig, &rig->tool, &read, PLAY_SEGMENTS);
	assert_int_equal(answer(rig, &rig->tool, &done), REFUSAL_NOT_FOUND);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tool_gets_pieces_after_its_export),
		cmocka_unit_test(nobody_else_has_its_play),
		cmocka_unit_test(an_owner_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
