/* A process that appends to a real log is killed again and again, at any moment. What it said was
 * written is there, and what it said was signed is still a prefix of the log. */
#include "unit/check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/sim_disk.h"
#include "tools/log_verify.h"
#include "vault/log/log.h"

enum { KILLS = 30, KILL_BATCH_MAX = 5, KILL_SEGMENT_BYTES = 64 * 1024 };

/* What the child tells, over a pipe: nothing is told before it is true. */
struct told {
	uint64_t acked;
	struct merkle_head shown;
};

static struct log *open_killed(struct disk *disk)
{
	static const uint8_t seed[LOG_SEED_SIZE] = {9};
	struct log_config config = {
		.disk = disk, .seed = seed, .segment_bytes = KILL_SEGMENT_BYTES};
	struct log *log = NULL;
	char why[LOG_WHY_MAX];

	assert_int_equal(log_clock_system(&config.clock), 0);
	if (log_open(&config, &log, why) < 0)
		fail_msg("%s", why);
	return log;
}

static void append_and_tell(struct log *log, int pipe_fd, uint64_t number)
{
	struct told told;
	struct entry entry;
	uint64_t seq = 0;

	for (uint64_t i = 0; i <= number % KILL_BATCH_MAX; i++) {
		entry_init(&entry, ENTRY_HEARTBEAT);
		entry_add_number(&entry, ENTRY_COUNT, number);
		assert_int_equal(log_append(log, &entry, NULL, &seq), 0);
	}
	assert_int_equal(log_commit(log), 0);
	if (number % 7 == 0)
		assert_int_equal(log_publish(log), 0);
	told = (struct told){seq + 1, log_head(log).head};
	assert_int_equal(write(pipe_fd, &told, sizeof(told)), sizeof(told));
}

static pid_t start_child(const char *path, int pipe_fd)
{
	pid_t child = fork();
	struct disk *disk = NULL;

	if (child != 0)
		return child;
	if (disk_directory_open(path, &disk) < 0)
		_exit(1);

	struct log *log = open_killed(disk);

	for (uint64_t number = 0;; number++)
		append_and_tell(log, pipe_fd, number);
}

/* Reads what the child tells until it has told `count` times, kills it, and reads the rest. */
static void run_and_kill(const char *path, unsigned count, unsigned delay_us, struct told *told)
{
	struct told news;
	int fds[2], status;

	assert_int_equal(pipe(fds), 0);

	pid_t child = start_child(path, fds[1]);

	assert_true(child > 0);
	close(fds[1]);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(read(fds[0], &news, sizeof(news)), sizeof(news));
		*told = news;
	}
	assert_true(poll(NULL, 0, (int)(delay_us / 1000)) == 0);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while (read(fds[0], &news, sizeof(news)) == (ssize_t)sizeof(news))
		*told = news;
	close(fds[0]);
}

static void check_after_kill(const char *path, const struct told *told)
{
	struct log_verify_report report;
	char why[LOG_VERIFY_WHY_MAX];
	struct merkle_hash root;
	struct disk *disk = NULL;

	assert_int_equal(disk_directory_open(path, &disk), 0);

	struct log *log = open_killed(disk);

	assert_true(log_durable_size(log) >= told->acked);
	assert_int_equal(log_root_at(log, told->shown.size, &root), 0);
	assert_memory_equal(&root, &told->shown.root, sizeof(root));
	log_destroy(log);
	disk_directory_close(disk);
	if (log_verify_directory(path, NULL, &report, why) < 0)
		fail_msg("%s", why);
	assert_true(report.head.size >= told->acked);
}

static void killed_processes_lose_nothing(void **state)
{
	char path[] = "/tmp/ward-kill-XXXXXX", command[64];
	struct told told = {0};
	uint64_t random = 1;

	(void)state;
	assert_non_null(mkdtemp(path));
	for (unsigned i = 0; i < KILLS; i++) {
		run_and_kill(path, (unsigned)(sim_random(&random) % 60),
			     (unsigned)(sim_random(&random) % 8000), &told);
		check_after_kill(path, &told);
	}
	print_message("# %u kills, %llu entries\n", KILLS, (unsigned long long)told.acked);
	assert_true(told.acked > KILLS);
	snprintf(command, sizeof(command), "rm -r '%s'", path);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(killed_processes_lose_nothing)};

	return cmocka_run_group_tests_name("log kill", tests, NULL, NULL);
}
