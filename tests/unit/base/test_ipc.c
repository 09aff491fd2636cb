#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../check.h"
#include "ipc/ipc.h"

struct side {
	struct ipc_channel channel;
	unsigned received, closed;
	uint64_t last;
	int fd;
	uint8_t tail[IPC_TAIL_MAX];
	size_t tail_size;
};

static struct loop *loop;
static struct side vault, front;

static void remember(struct ipc_channel *channel, struct ipc_message *message)
{
	struct side *side = channel->owner;

	side->received++;
	memcpy(&side->last, message->body,
	       sizeof(side->last)); /* `request` or `grant` come first */
	memcpy(side->tail, message->tail, message->tail_size);
	side->tail_size = message->tail_size;
	if (message->fd >= 0)
		side->fd = take_fd(message->fd);
}

static void count_close(struct ipc_channel *channel)
{
	((struct side *)channel->owner)->closed++;
}

static void open_pair_of(enum proc_kind one, enum proc_kind other)
{
	int fds[2];

	memset(&vault, 0, sizeof(vault));
	memset(&front, 0, sizeof(front));
	vault.fd = front.fd = -1;
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(ipc_pair(0, fds), 0);
	assert_int_equal(
		ipc_open(&vault.channel, loop, fds[0], one, other, remember, count_close, &vault),
		0);
	assert_int_equal(
		ipc_open(&front.channel, loop, fds[1], other, one, remember, count_close, &front),
		0);
}

static void open_pair(enum proc_kind other)
{
	open_pair_of(PROC_VAULT, other);
}

static void close_pair(void)
{
	ipc_close(&vault.channel);
	ipc_close(&front.channel);
	loop_destroy(loop);
}

static void turn(void)
{
	assert_int_equal(loop_turn(loop, 0), 0);
}

static void a_message_arrives_whole(void **state)
{
	(void)state;
	struct ipc_refused refused = {.request = 77, .refusal = REFUSAL_BUSY};

	open_pair(PROC_FRONT);
	ipc_send(&vault.channel, IPC_REFUSED, &refused, "why", 3);
	turn();
	assert_int_equal(front.received, 1);
	assert_int_equal(front.last, 77);
	assert_int_equal(front.tail_size, 3);
	assert_memory_equal(front.tail, "why", 3);
	close_pair();
}

static void a_descriptor_rides_along(void **state)
{
	(void)state;
	struct ipc_grant_open open = {.grant = 5};
	autoclose int null_fd = openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);

	open_pair(PROC_RTC);
	ipc_send_fd(&vault.channel, IPC_GRANT_OPEN, &open, NULL, 0, null_fd);
	turn();
	assert_true(front.fd >= 0);
	assert_true(fcntl(front.fd, F_GETFD) & FD_CLOEXEC);
	close(front.fd);
	close_pair();
}

static void control_waits_in_order_and_media_does_not(void **state)
{
	(void)state;
	static const uint8_t piece[IPC_TAIL_MAX];
	struct ipc_bytes bytes = {.request = 0};
	struct ipc_frame frame = {.frame = 1};
	unsigned sent = 0;

	open_pair(PROC_RTC);
	while (ipc_try_send(&vault.channel, IPC_FEED_FRAME, &frame, piece, sizeof(piece)) == 0)
		sent++;
	assert_in_range(sent, 1, 64);
	assert_int_equal(vault.channel.dropped, 1);

	struct ipc_grant_end end = {.grant = 99};

	ipc_send(&vault.channel, IPC_GRANT_END, &end, NULL, 0);
	assert_int_equal(ipc_try_send(&vault.channel, IPC_FEED_FRAME, &frame, piece, 1), -EAGAIN);
	for (int i = 0; i < 8; i++)
		turn();
	assert_int_equal(front.received, sent + 1);
	assert_int_equal(front.last, 99);
	assert_int_equal(vault.channel.queue_size, 0);
	(void)bytes;
	close_pair();
}

static void a_hung_peer_is_given_up(void **state)
{
	(void)state;
	static const uint8_t piece[IPC_TAIL_MAX];
	struct ipc_bytes bytes = {.request = 1};

	open_pair(PROC_FRONT);
	loop_remove(&front.channel.watch); /* hangs: never reads */
	for (size_t queued = 0; queued <= 2 * IPC_QUEUE_BYTES_MAX; queued += sizeof(piece))
		ipc_send(&vault.channel, IPC_BYTES, &bytes, piece, sizeof(piece));
	assert_true(vault.channel.queue_size <= IPC_QUEUE_BYTES_MAX);
	turn();
	assert_int_equal(vault.closed, 1);
	assert_false(ipc_is_open(&vault.channel));
	close(front.channel.watch.fd);
	loop_destroy(loop);
}

static void a_closed_peer_is_told_once(void **state)
{
	(void)state;
	struct ipc_request ask = {.request = 1};

	open_pair(PROC_FRONT);
	ipc_send(&front.channel, IPC_NONCE_ASK, &ask, NULL, 0);
	ipc_close(&front.channel);
	turn();
	assert_int_equal(vault.received, 1); /* what was said before still counts */
	assert_int_equal(vault.closed, 1);
	ipc_send(&vault.channel, IPC_DONE, &(struct ipc_done){0}, NULL, 0); /* into the void */
	close_pair();
}

static void the_table_is_kept(void **state)
{
	(void)state;
	struct {
		struct ipc_header header;
		struct ipc_request body;
		uint8_t tail[8];
	} datagram = {.header = {IPC_NONCE_ASK, 0}};
	size_t size = sizeof(datagram.header) + sizeof(datagram.body);

	assert_non_null(ipc_check(&datagram, size, 0, PROC_FRONT, PROC_VAULT));
	assert_null(ipc_check(&datagram, size, 1, PROC_FRONT, PROC_VAULT));
	assert_null(ipc_check(&datagram, size, 0, PROC_RTC, PROC_VAULT));
	assert_null(ipc_check(&datagram, size, 0, PROC_FRONT, PROC_RTC));
	assert_null(ipc_check(&datagram, size - 1, 0, PROC_FRONT, PROC_VAULT));
	assert_null(ipc_check(&datagram, size + 8, 0, PROC_FRONT, PROC_VAULT));
	assert_null(ipc_check(&datagram, 7, 0, PROC_FRONT, PROC_VAULT));
	datagram.header.tail_size = 8;
	assert_null(ipc_check(&datagram, size + 8, 0, PROC_FRONT, PROC_VAULT));
	datagram.header = (struct ipc_header){IPC_TYPE_COUNT, 0};
	assert_null(ipc_check(&datagram, size, 0, PROC_FRONT, PROC_VAULT));
	datagram.header = (struct ipc_header){UINT32_MAX, UINT32_MAX};
	assert_null(ipc_check(&datagram, size, 0, PROC_FRONT, PROC_VAULT));
}

/* The reader of a pair that cannot be trusted any more ends at once. */
static void a_broken_front_ends_its_reader(void **state)
{
	(void)state;
	static const uint32_t garbage[] = {IPC_TYPE_COUNT + 7, 0, 1, 2};

	open_pair(PROC_FRONT);
	assert_int_equal(write(front.channel.watch.fd, garbage, sizeof(garbage)),
			 (ssize_t)sizeof(garbage));
	pid_t child = fork();

	if (child == 0) {
		close(STDERR_FILENO);
		turn();
		_exit(0);
	}
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 1);
	close_pair();
}

static void a_broken_cam_loses_only_its_channel(void **state)
{
	(void)state;
	static const uint32_t garbage[] = {IPC_DONE, 0, 1, 2};

	open_pair(PROC_CAM);
	assert_int_equal(write(front.channel.watch.fd, garbage, sizeof(garbage)),
			 (ssize_t)sizeof(garbage));
	turn();
	turn();
	assert_int_equal(vault.closed, 1);
	assert_int_equal(vault.received, 0);
	close_pair();
}

/* Whoever owns the channel that is asked knows nothing of it. */
static void a_sign_of_life_needs_only_the_loop(void **state)
{
	struct ipc_number sign = {7};

	(void)state;
	open_pair_of(PROC_VAULT, PROC_WARDEN);
	ipc_send(&front.channel, IPC_PING, &sign, NULL, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(vault.received, 0);
	assert_int_equal(front.received, 1);
	assert_int_equal(front.last, 7);
	close_pair();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_whole),
		cmocka_unit_test(a_descriptor_rides_along),
		cmocka_unit_test(control_waits_in_order_and_media_does_not),
		cmocka_unit_test(a_hung_peer_is_given_up),
		cmocka_unit_test(a_closed_peer_is_told_once),
		cmocka_unit_test(a_sign_of_life_needs_only_the_loop),
		cmocka_unit_test(the_table_is_kept),
		cmocka_unit_test(a_broken_front_ends_its_reader),
		cmocka_unit_test(a_broken_cam_loses_only_its_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
