#include "box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/check.h"

static uint64_t tick(void *context)
{
	return *(uint64_t *)context += 1000;
}

void box_init(struct box *box)
{
	memset(box, 0, sizeof(*box));
	/* In memory where possible: these tests are not about the disk. */
	snprintf(box->path, sizeof(box->path), "%s/ward-log-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(box->path));
	assert_int_equal(disk_directory_open(box->path, &box->disk), 0);
	memset(box->seed, 7, sizeof(box->seed));
	box->config = (struct log_config){
		.disk = box->disk,
		.clock = {tick, tick, &box->clock, 0x0123456789abcdef},
		.seed = box->seed,
	};
	assert_int_equal(box_open(box), 0);
}

void box_finish(struct box *box)
{
	box_close(box);
	box_shell(box, "find . -mindepth 1 -delete");
	disk_directory_close(box->disk);
	assert_int_equal(rmdir(box->path), 0);
}

int box_open(struct box *box)
{
	box->why[0] = '\0';
	return log_open(&box->config, &box->log, box->why);
}

void box_close(struct box *box)
{
	log_destroy(box->log);
	box->log = NULL;
}

void box_make_entry(struct entry *entry, uint64_t number)
{
	uint8_t sid[16] = {(uint8_t)number, (uint8_t)(number >> 8), 3};
	struct log_opening opening;

	entry_init(entry, ENTRY_VIEW_OPEN);
	entry_add_text(entry, ENTRY_CAM, "c1");
	entry_add_hex(entry, ENTRY_SID, sid, sizeof(sid));
	entry_add_tracks(entry, ENTRY_TRACK_VIDEO | ENTRY_TRACK_MICROPHONE);
	entry_add_text(entry, ENTRY_WHY, "member");
	entry_add_number(entry, ENTRY_GRANT, 0);
	entry_add_pair(entry, ENTRY_ALLOW, 8000000, 10);
	log_commit_value(entry, "acct", "alice", 5, &opening);
	log_commit_value(entry, "from", "192.0.2.7", 9, &opening);
}

void box_fill(struct box *box, uint64_t count)
{
	struct entry entry;
	uint64_t seq;

	for (uint64_t i = 0; i < count; i++) {
		box_make_entry(&entry, box->filled++);
		assert_int_equal(log_append(box->log, &entry, NULL, &seq), 0);
		if (i % 512 == 511)
			assert_int_equal(log_commit(box->log), 0);
	}
	assert_int_equal(log_commit(box->log), 0);
	assert_int_equal(log_publish(box->log), 0);
}

void box_shell(const struct box *box, const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd '%s' && %s", box->path, command);
	assert_int_equal(system(line), 0);
}
