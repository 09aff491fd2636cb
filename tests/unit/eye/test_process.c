/* The real ward-eye behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../child.h"

enum { GARBAGE_FRAMES = 60, GARBAGE_SIZE = 1500 };

static const char *program, *models;

static struct child child;
static struct {
	int states, looks;
	uint64_t state, faces; /* the newest */
	struct ipc_face_look look;
} said;

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	if (message->type == IPC_FACES_STATE) {
		said.faces = ((const struct ipc_number *)message->body)->value;
		return;
	}
	if (message->type == IPC_FACE_LOOK) {
		said.look = *(const struct ipc_face_look *)message->body;
		said.looks++;
		return;
	}
	/* Nobody is ever seen in garbage. */
	assert_int_equal(message->type, IPC_EYE_STATE);
	said.state = ((const struct ipc_number *)message->body)->value;
	said.states++;
}

static void start_child(const char *folder, bool has_faces)
{
	struct ipc_file file = {.kind = FILE_MODELS_DIR};

	memset(&said, 0, sizeof(said));
	child_open(&child, program, PROC_EYE, vault_heard);
	ipc_send(&child.warden, IPC_FILE, &file, folder, strlen(folder));
	file.kind = FILE_FACES;
	if (has_faces)
		ipc_send(&child.warden, IPC_FILE, &file, NULL, 0);
	child_start(&child);
	child_wait(&child, &said.states, 1);
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
	start_child(folder, true);
	child_stop(&child);
	unlink(library_path);
	unlink(model_path);
	assert_int_equal(rmdir(folder), 0);
	return (enum eye_state)said.state;
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
	/* People are seen all the same. */
	assert_int_equal(said.faces, EYE_NO_MODEL);
}

static void what_is_no_picture_has_no_face(void **state)
{
	static const char *const files[] = {"no picture", "\xff\xd8\xff\xe0 a JPEG that breaks off",
					    "\x89PNG and nothing"};

	(void)state;
	start_child(models, true);
	for (unsigned i = 0; i < ARRAY_COUNT(files); i++) {
		struct ipc_face_look look = {.number = i + 1};

		ipc_send(&child.vault, IPC_FACE_LOOK, &look, files[i], strlen(files[i]));
		child_wait(&child, &said.looks, (int)i + 1);
		assert_int_equal(said.look.number, i + 1);
		assert_int_equal(said.look.quality, 0);
		assert_true(said.look.error == (said.faces == EYE_LOOKING ? -EBADMSG : -ENOENT));
	}
	child_stop(&child);
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
	start_child(models, false);
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
	child_ping(&child);
	rule.person = SEE_OFF;
	ipc_send(&child.vault, IPC_SEE, &rule, NULL, 0);
	send_frame(1, data, sizeof(data));
	child_ping(&child);
	assert_false(child.is_gone);
	child_stop(&child);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_its_files_it_says_so),
		cmocka_unit_test(what_is_no_picture_has_no_face),
		cmocka_unit_test(garbage_neither_ends_nor_kills_it),
	};

	if (argc != 3)
		return 2;
	program = argv[1];
	models = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
