#include "eye/network.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "base/diag.h"
#include "base/text.h"
#include "eye/ort.h"
#include "proto/see/model.h"

enum {
	OUTPUTS = 2 * BOX_GRIDS,
	INPUT_COUNT = NETWORK_PLANES * NETWORK_WIDTH * NETWORK_HEIGHT,
	FILE_SIZE_MAX = 256 << 20,
	PATH_SIZE = 1280,
};

static const uint32_t strides[BOX_GRIDS] = {8, 16, 32};
static const char *const input_names[] = {"input"};
static const char *const output_names[OUTPUTS] = {"scores_8",    "distances_8",  "scores_16",
						  "distances_16", "scores_32",    "distances_32"};

struct network {
	void *library;
	const struct ort_api *api;
	struct ort_env *env;
	struct ort_session *session;
	struct ort_memory *memory;
	struct ort_value *input_value, *outputs[OUTPUTS];
	float input[INPUT_COUNT];
};

/* ---- files ---- */

static bool has_hash(int fd, const char *wanted)
{
	crypto_hash_sha256_state state;
	uint8_t data[65536], hash[crypto_hash_sha256_BYTES], wanted_hash[crypto_hash_sha256_BYTES];
	ssize_t size;

	crypto_hash_sha256_init(&state);
	while ((size = read(fd, data, sizeof(data))) > 0)
		crypto_hash_sha256_update(&state, data, (size_t)size);
	crypto_hash_sha256_final(&state, hash);
	return size == 0 &&
	       text_parse_hex(wanted, strlen(wanted), wanted_hash, sizeof(wanted_hash)) == 0 &&
	       memcmp(hash, wanted_hash, sizeof(hash)) == 0;
}

/* The open file, its hash checked. -ENOENT: not there; -EBADMSG: another than the known one. */
static int open_known(const char *folder, enum model_id id)
{
	const struct model *model = &model_table[id];
	char path[PATH_SIZE];
	struct text text;

	text_init(&text, path, sizeof(path));
	text_printf(&text, "%s/%s", folder, model->file);
	autoclose int fd = text.failed ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		diag_error("%s is not there: people are not seen. scripts/install-models brings it",
			   path);
		return -ENOENT;
	}
	if (!has_hash(fd, model->sha256)) {
		diag_error("%s is not the file that Ward knows (SHA-256): people are not seen", path);
		return -EBADMSG;
	}
	return take_fd(fd);
}

/* ---- the library ---- */

static int failed(const struct network *network, struct ort_status *status)
{
	if (!status)
		return 0;
	diag_error("ONNX Runtime: %s", network->api->error_message(status));
	network->api->release_status(status);
	return -EIO;
}

/* What the hash was made of is what is loaded: by its descriptor, not by its name. */
static int load_library(struct network *network, int fd)
{
	char path[64];
	ort_get_base *get_base = NULL;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	network->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void *symbol = network->library ? dlsym(network->library, "OrtGetApiBase") : NULL;

	_Static_assert(sizeof(symbol) == sizeof(get_base), "a symbol's address may be a function's");
	memcpy(&get_base, &symbol, sizeof(get_base));
	network->api = get_base ? get_base()->get_api(ORT_VERSION) : NULL;
	if (network->api)
		return 0;
	const char *why = dlerror();

	diag_error("ONNX Runtime cannot be loaded: %s", why ? why : "its version does not fit");
	return -ELIBACC;
}

static int create_session(struct network *network, const void *model, size_t size)
{
	const struct ort_api *api = network->api;
	struct ort_options *options = NULL;
	int r = failed(network, api->create_env(ORT_LOG_ERRORS, "ward", &network->env));

	if (r == 0)
		r = failed(network, api->create_options(&options));
	/* In this thread, and no other. */
	if (r == 0)
		r = failed(network, api->set_intra_threads(options, 1));
	if (r == 0)
		r = failed(network, api->set_inter_threads(options, 1));
	if (r == 0)
		r = failed(network, api->create_session_from_array(network->env, model, size, options,
								   &network->session));
	if (options)
		api->release_options(options);
	return r;
}

static int create_input(struct network *network)
{
	static const int64_t sides[] = {1, NETWORK_PLANES, NETWORK_HEIGHT, NETWORK_WIDTH};
	const struct ort_api *api = network->api;
	int r = failed(network,
		       api->create_cpu_memory(ORT_ARENA, ORT_MEMORY_DEFAULT, &network->memory));

	return r < 0 ? r
		     : failed(network, api->create_tensor_with_data(
					       network->memory, network->input,
					       sizeof(network->input), sides, ARRAY_COUNT(sides),
					       ORT_FLOAT, &network->input_value));
}

static int load_model(struct network *network, int fd)
{
	struct stat info;

	if (lseek(fd, 0, SEEK_SET) < 0 || fstat(fd, &info) || info.st_size > FILE_SIZE_MAX)
		return -EIO;
	size_t size = (size_t)info.st_size;
	autofree uint8_t *data = malloc(size);

	if (!data || read(fd, data, size) != (ssize_t)size)
		return -EIO;
	int r = create_session(network, data, size);

	return r < 0 ? r : create_input(network);
}

/* Some numbers that the network has not seen: it must answer in the shape that is expected. */
static int try_out(struct network *network)
{
	struct box_grid grids[BOX_GRIDS];

	for (size_t i = 0; i < INPUT_COUNT; i++)
		network->input[i] = (float)(i % 17) / 17;
	return network_run(network, grids);
}

static enum eye_state load(struct network *network, const char *folder)
{
	autoclose int library = open_known(folder, MODEL_RUNTIME);

	if (library < 0)
		return library == -ENOENT ? EYE_NO_RUNTIME : EYE_BAD_RUNTIME;
	autoclose int model = open_known(folder, MODEL_PERSON);

	if (model < 0)
		return model == -ENOENT ? EYE_NO_MODEL : EYE_BAD_MODEL;
	if (load_library(network, library) < 0)
		return EYE_BAD_RUNTIME;
	return load_model(network, model) < 0 || try_out(network) < 0 ? EYE_BAD_MODEL : EYE_LOOKING;
}

enum eye_state network_load(const char *folder, struct network **ret_network)
{
	AUTO(network) network = calloc(1, sizeof(*network));
	enum eye_state state = network ? load(network, folder) : EYE_BAD_MODEL;

	if (state == EYE_LOOKING)
		*ret_network = take(network);
	return state;
}

static void release_outputs(struct network *network)
{
	for (size_t i = 0; i < OUTPUTS; i++) {
		if (network->outputs[i])
			network->api->release_value(network->outputs[i]);
		network->outputs[i] = NULL;
	}
}

/* The library stays loaded: it is not made to be taken out of a running process. */
void network_destroy(struct network *network)
{
	if (!network)
		return;
	if (network->api) {
		release_outputs(network);
		if (network->input_value)
			network->api->release_value(network->input_value);
		if (network->memory)
			network->api->release_memory(network->memory);
		if (network->session)
			network->api->release_session(network->session);
		if (network->env)
			network->api->release_env(network->env);
	}
	free(network);
}

/* ---- running ---- */

float *network_input(struct network *network)
{
	return network->input;
}

/* The numbers of one output, if there are as many as there must be. */
static int take_output(const struct network *network, unsigned output, size_t wanted,
		       const float **ret_numbers)
{
	const struct ort_api *api = network->api;
	struct ort_shape *shape = NULL;
	void *data = NULL;
	size_t count = 0;
	int r = failed(network, api->tensor_shape(network->outputs[output], &shape));

	if (r == 0)
		r = failed(network, api->shape_count(shape, &count));
	if (shape)
		api->release_shape(shape);
	if (r == 0 && count != wanted) {
		diag_error("the network's answer %s has %zu numbers, not %zu", output_names[output],
			   count, wanted);
		r = -EIO;
	}
	if (r == 0)
		r = failed(network, api->tensor_data(network->outputs[output], &data));
	if (r == 0)
		*ret_numbers = data;
	return r;
}

int network_run(struct network *network, struct box_grid ret_grids[BOX_GRIDS])
{
	const struct ort_value *inputs[] = {network->input_value};

	release_outputs(network);
	int r = failed(network, network->api->run(network->session, NULL, input_names, inputs, 1,
						  output_names, OUTPUTS, network->outputs));

	for (unsigned i = 0; i < BOX_GRIDS && r == 0; i++) {
		size_t cells = (NETWORK_WIDTH / strides[i]) * (NETWORK_HEIGHT / strides[i]);

		ret_grids[i].stride = strides[i];
		r = take_output(network, 2 * i, cells * BOX_CLASSES, &ret_grids[i].scores);
		if (r == 0)
			r = take_output(network, 2 * i + 1, cells * 4 * BOX_BINS,
					&ret_grids[i].distances);
	}
	return r;
}
