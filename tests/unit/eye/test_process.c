/* The real ward-eye behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ipc.h"

enum { WAIT_MS = 20000, GARBAGE_FRAMES = 60, GARBAGE_SIZE = 1500 };

static const char *program, *models;

static struct {
	pid_t pid;
	struct loop *loop;
	struct ipc_channel warden, vault;
	int ready, pongs, states;
	uint64_t state;
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
	/* Nobody is ever seen in garbage. */
	assert_int_equal(message->type, IPC_EYE_STATE);
	child.state = ((const struct ipc_number *)message->body)->value;
	child.states++;
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

static void start_child(const char *folder)
{
	int warden[2], vault[2];
	struct ipc_peer peer = {.kind = PROC_VAULT};
	struct ipc_file file = {.kind = FILE_MODELS_DIR};

	memset(&child, 0, sizeof(child));
	assert_int_equal(ipc_pair(0, warden), 0);
	assert_int_equal(ipc_pair(0, vault), 0);
	child.pid = fork();
	if (child.pid == 0) {
		dup2(warden[1], 3);
		fcntl(3, F_SETFD, 0);
		execl(program, "ward-eye", (char *)NULL);
		_exit(127);
	}
	close(warden[1]);
	assert_int_equal(loop_create(&child.loop), 0);
	assert_int_equal(ipc_open(&child.warden, child.loop, warden[0], PROC_WARDEN, PROC_EYE,
				  warden_heard, gone, NULL),
			 0);
	assert_int_equal(ipc_open(&child.vault, child.loop, vault[0], PROC_VAULT, PROC_EYE,
				  vault_heard, gone, NULL),
			 0);
	ipc_send_fd(&child.warden, IPC_PEER, &peer, NULL, 0, vault[1]);
	close(vault[1]);
	ipc_send(&child.warden, IPC_FILE, &file, folder, strlen(folder));
	ipc_send(&child.warden, IPC_START, &(struct ipc_number){0}, NULL, 0);
	wait_for(&child.ready, 1);
	wait_for(&child.states, 1);
}

static int end_child(void)
{
	int status = -1;

	ipc_send(&child.warden, IPC_STOP, &(struct ipc_number){0}, NULL, 0);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	ipc_close(&child.vault);
	ipc_close(&child.warden);
	loop_destroy(child.loop);
	return status;
}

/* Files that may stand in a folder of models; what is NULL is not there. */
static enum eye_state state_with(const char *library, const char *model)
{
	char folder[] = "/tmp/ward-eye-XXXXXX", library_path[64], model_path[64];

	assert_non_null(mkdtemp(folder));
	snprintf(library_path, sizeof(library_path), "%s/libonnxruntime.so", folder);
	snprintf(model_path, sizeof(model_path), "%s/person.onnx", folder);
	if (library)
		assert_int_equal(symlink(library, library_path), 0);
	if (model)
		assert_int_equal(symlink(model, model_path), 0);
	start_child(folder);
	enum eye_state state = (enum eye_state)child.state;

	assert_int_equal(end_child(), 0);
	unlink(library_path);
	unlink(model_path);
	assert_int_equal(rmdir(folder), 0);
	return state;
}

static bool has_runtime(char path[512])
{
	snprintf(path, 512, "%s/libonnxruntime.so", models);
	return access(path, R_OK) == 0;
}

/* It stays up, says what is missing, and is no worse to anybody else. */
static void without_its_files_it_says_so(void **state)
{
	char library[512], model[512];

	(void)state;
	snprintf(model, sizeof(model), "%s/person.onnx", models);
	assert_int_equal(state_with(NULL, model), EYE_NO_RUNTIME);
	assert_int_equal(state_with("/etc/passwd", model), EYE_BAD_RUNTIME);
	if (!has_runtime(library)) {
		print_message("no ONNX Runtime here (scripts/install-models): not loaded\n");
		return;
	}
	assert_int_equal(state_with(library, NULL), EYE_NO_MODEL);
	assert_int_equal(state_with(library, library), EYE_BAD_MODEL);
	assert_int_equal(state_with(library, model), EYE_LOOKING);
}

static void send_frame(uint64_t number, const uint8_t *data, uint32_t size)
{
	struct ipc_frame frame = {.frame = number,
				  .keep_from = number,
				  .pts_ns = number * 40000000,
				  .camera = 5,
				  .track = TRACK_VIDEO,
				  .size = size,
				  .flags = number % 5 == 1 ? FRAME_KEY : 0,
				  .config = 1};

	ipc_send(&child.vault, IPC_FEED_FRAME, &frame, data, size);
}

static void garbage_neither_ends_nor_kills_it(void **state)
{
	struct ipc_see rule = {.camera = 5, .person = SEE_HIGH};
	uint8_t data[GARBAGE_SIZE];

	(void)state;
	start_child(models);
	ipc_send(&child.vault, IPC_SEE, &rule, NULL, 0);
	for (uint32_t codec = CODEC_H264; codec <= CODEC_H265; codec++) {
		struct ipc_track track = {
			.camera = 5, .track = TRACK_VIDEO, .codec = codec, .config = 1};

		ipc_send(&child.vault, IPC_FEED_TRACK, &track, NULL, 0);
		for (uint64_t i = 1; i <= GARBAGE_FRAMES; i++) {
			/* one NAL unit whose size is right, so that the decoder gets to see it */
			for (size_t k = 0; k < sizeof(data); k++)
				data[k] = (uint8_t)(i * 31 + k * k * 7);
			memcpy(data, (uint8_t[]){0, 0, (sizeof(data) - 4) >> 8, (sizeof(data) - 4) & 255}, 4);
			data[4] = i % 5 == 1 ? 0x65 : 0x41;
			send_frame(i, data, sizeof(data));
			if (i % 10 == 0)
				assert_true(loop_turn(child.loop, 0) >= 0);
		}
	}
	/* What was sent to a camera that is not looked at goes by. */
	ipc_send(&child.warden, IPC_PING, &(struct ipc_number){1}, NULL, 0);
	wait_for(&child.pongs, 1);
	rule.person = SEE_OFF;
	ipc_send(&child.vault, IPC_SEE, &rule, NULL, 0);
	send_frame(1, data, sizeof(data));
	ipc_send(&child.warden, IPC_PING, &(struct ipc_number){2}, NULL, 0);
	wait_for(&child.pongs, 2);
	assert_false(child.is_gone);
	assert_int_equal(end_child(), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_its_files_it_says_so),
		cmocka_unit_test(garbage_neither_ends_nor_kills_it),
	};

	if (argc != 3)
		return 2;
	program = argv[1];
	models = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
