/* The real ward-thumb behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "film.h"
#include "ipc/ipc.h"

enum { WAIT_MS = 20000 };

static const char *program;
static struct film film;

static struct child {
	pid_t pid;
	struct loop *loop;
	struct ipc_channel warden, vault;
	int ready, pongs, answers;
	uint64_t number; /* of the newest answer */
	uint8_t jpeg[THUMB_SIZE_MAX];
	size_t size;
	bool is_gone;
} child;

static void warden_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	child.ready += message->type == IPC_READY;
	child.pongs += message->type == IPC_PONG;
}

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	assert_int_equal(message->type, IPC_THUMB);
	child.answers++;
	child.number = ((const struct ipc_thumb *)message->body)->number;
	child.size = message->tail_size;
	memcpy(child.jpeg, message->tail, message->tail_size);
}

static void gone(struct ipc_channel *channel)
{
	(void)channel;
	child.is_gone = true;
}

static void wait_for(const int *count, int at_least)
{
	for (int turns = 0; *count < at_least && !child.is_gone && turns < 1000; turns++)
		assert_true(loop_turn(child.loop, WAIT_MS) >= 0);
	assert_true(*count >= at_least);
}

static void start_child(void)
{
	int warden[2], vault[2];
	struct ipc_peer peer = {.kind = PROC_VAULT};

	memset(&child, 0, sizeof(child));
	assert_int_equal(ipc_pair(0, warden), 0);
	assert_int_equal(ipc_pair(0, vault), 0);
	child.pid = fork();
	if (child.pid == 0) {
		dup2(warden[1], 3);
		fcntl(3, F_SETFD, 0);
		execl(program, "ward-thumb", "porch", (char *)NULL);
		_exit(127);
	}
	close(warden[1]);
	assert_int_equal(loop_create(&child.loop), 0);
	assert_int_equal(ipc_open(&child.warden, child.loop, warden[0], PROC_WARDEN, PROC_THUMB,
				  warden_heard, gone, NULL),
			 0);
	assert_int_equal(ipc_open(&child.vault, child.loop, vault[0], PROC_VAULT, PROC_THUMB,
				  vault_heard, gone, NULL),
			 0);
	ipc_send_fd(&child.warden, IPC_PEER, &peer, NULL, 0, vault[1]);
	close(vault[1]);
	ipc_send(&child.warden, IPC_START, &(struct ipc_number){0}, NULL, 0);
	wait_for(&child.ready, 1);
}

static int end_child(void)
{
	int status = -1;

	ipc_close(&child.vault);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	ipc_close(&child.warden);
	loop_destroy(child.loop);
	return status;
}

static void ask(uint64_t number, const void *fragment, size_t size, uint64_t said_size)
{
	struct ipc_thumb_ask body = {.number = number, .size = said_size};
	int fd = memfd_create("piece", MFD_CLOEXEC);

	assert_int_equal(write(fd, fragment, size), size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	ipc_send_fd(&child.vault, IPC_THUMB_ASK, &body, film.init, film.init_size, fd);
	close(fd);
}

static void pictures_come_back_in_order(void **state)
{
	static const struct film_spec specs[] = {
		{FILM_H264, .width = 1920, .height = 1080, .frames = 2},
		{FILM_H265, .width = 640, .height = 360, .frames = 2},
	};

	(void)state;
	start_child();
	for (uint64_t i = 0; i < ARRAY_COUNT(specs); i++) {
		film_make(&specs[i], &film);
		ask(7 + i, film.fragment, film.fragment_size, film.fragment_size);
		wait_for(&child.answers, (int)i + 1);
		assert_int_equal(child.number, 7 + i);
		struct film_picture picture = film_look(child.jpeg, child.size);

		assert_int_equal(picture.width, 240);
		assert_true(picture.left > 240 && picture.right < 15);
	}
	assert_int_equal(end_child(), 0);
}

static void a_broken_one_is_answered_and_the_next_is_made(void **state)
{
	const struct film_spec spec = {FILM_H264, .width = 640, .height = 360, .frames = 2};

	(void)state;
	start_child();
	film_make(&spec, &film);
	ask(1, film.fragment, film.fragment_size / 2, film.fragment_size / 2);
	ask(2, film.fragment, film.fragment_size / 2, film.fragment_size);
	ask(3, film.fragment, 0, 0);
	ask(4, film.fragment, film.fragment_size, UINT64_MAX);
	for (int i = 1; i <= 4; i++) {
		wait_for(&child.answers, i);
		assert_int_equal(child.size, 0);
	}
	ask(5, film.fragment, film.fragment_size, film.fragment_size);
	wait_for(&child.answers, 5);
	assert_int_equal(child.number, 5);
	assert_true(film_look(child.jpeg, child.size).left > 240);
	/* It lives, and says so. */
	ipc_send(&child.warden, IPC_PING, &(struct ipc_number){0}, NULL, 0);
	wait_for(&child.pongs, 1);
	assert_int_equal(end_child(), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_come_back_in_order),
		cmocka_unit_test(a_broken_one_is_answered_and_the_next_is_made),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests_name("thumb process", tests, NULL, NULL);
}
