#include "eye/runtime.h"

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

enum {
	FILE_SIZE_MAX = 256 << 20,
	PATH_SIZE = 1280,
};

struct runtime {
	void *library;
	const struct ort_api *api;
	struct ort_env *env;
	struct ort_memory *memory;
};

struct runtime_model {
	struct runtime *runtime;
	const struct runtime_shape *shape;
	struct ort_session *session;
	struct ort_value *input_value, *outputs[RUNTIME_OUTPUTS_MAX];
	size_t input_count;
	float *input;
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

/* The open file, its hash checked. */
static int open_known(const char *folder, enum model_id id, const char *missed)
{
	const struct model *model = &model_table[id];
	char path[PATH_SIZE];
	struct text text;

	text_init(&text, path, sizeof(path));
	text_printf(&text, "%s/%s", folder, model->file);
	autoclose int fd = text.failed ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		diag_error("%s is not there: %s. scripts/install-models brings it", path, missed);
		return -ENOENT;
	}
	if (!has_hash(fd, model->sha256)) {
		diag_error("%s is not the file that Ward knows (SHA-256): %s", path, missed);
		return -EBADMSG;
	}
	return take_fd(fd);
}

/* ---- the library ---- */

static int failed(const struct runtime *runtime, struct ort_status *status)
{
	if (!status)
		return 0;
	diag_error("ONNX Runtime: %s", runtime->api->error_message(status));
	runtime->api->release_status(status);
	return -EIO;
}

/* What the hash was made of is what is loaded: by its descriptor, not by its name. */
static int load_library(struct runtime *runtime, int fd)
{
	char path[64];
	ort_get_base *get_base = NULL;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	runtime->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void *symbol = runtime->library ? dlsym(runtime->library, "OrtGetApiBase") : NULL;

	_Static_assert(sizeof(symbol) == sizeof(get_base), "a symbol's address may be a function's");
	memcpy(&get_base, &symbol, sizeof(get_base));
	runtime->api = get_base ? get_base()->get_api(ORT_VERSION) : NULL;
	if (runtime->api)
		return 0;
	const char *why = dlerror();

	diag_error("ONNX Runtime cannot be loaded: %s", why ? why : "its version does not fit");
	return -ELIBACC;
}

int runtime_load(const char *folder, const char *missed, struct runtime **ret_runtime)
{
	AUTO(runtime) runtime = calloc(1, sizeof(*runtime));
	autoclose int fd = runtime ? open_known(folder, MODEL_RUNTIME, missed) : -ENOMEM;
	int r = fd < 0 ? fd : load_library(runtime, fd);

	if (r == 0 && failed(runtime, runtime->api->create_env(ORT_LOG_ERRORS, "ward",
							       &runtime->env)) < 0)
		r = -ELIBACC;
	if (r == 0 && failed(runtime, runtime->api->create_cpu_memory(ORT_ARENA, ORT_MEMORY_DEFAULT,
								      &runtime->memory)) < 0)
		r = -ELIBACC;
	if (r == 0)
		*ret_runtime = take(runtime);
	return r;
}

/* The library stays loaded: it is not made to be taken out of a running process. */
void runtime_destroy(struct runtime *runtime)
{
	if (!runtime)
		return;
	if (runtime->memory)
		runtime->api->release_memory(runtime->memory);
	if (runtime->env)
		runtime->api->release_env(runtime->env);
	free(runtime);
}

/* ---- models ---- */

/* In this thread, and no other; numbers near zero are zero, which one model is seven times faster by. */
static int set_options(const struct runtime *runtime, struct ort_options *options)
{
	const struct ort_api *api = runtime->api;
	int r = failed(runtime, api->set_intra_threads(options, 1));

	if (r == 0)
		r = failed(runtime, api->set_inter_threads(options, 1));
	if (r == 0)
		r = failed(runtime, api->add_config(options, "session.set_denormal_as_zero", "1"));
	return r;
}

static int create_session(struct runtime_model *model, const void *data, size_t size)
{
	const struct runtime *runtime = model->runtime;
	const struct ort_api *api = runtime->api;
	struct ort_options *options = NULL;
	int r = failed(runtime, api->create_options(&options));

	if (r == 0)
		r = set_options(runtime, options);
	if (r == 0)
		r = failed(runtime, api->create_session_from_array(runtime->env, data, size, options,
								   &model->session));
	if (options)
		api->release_options(options);
	return r;
}

static int create_input(struct runtime_model *model)
{
	const struct runtime *runtime = model->runtime;

	model->input_count = 1;
	for (unsigned i = 0; i < RUNTIME_SIDES_MAX; i++)
		model->input_count *= (size_t)model->shape->sides[i];
	model->input = calloc(model->input_count, sizeof(float));
	return model->input
		       ? failed(runtime, runtime->api->create_tensor_with_data(
						 runtime->memory, model->input,
						 model->input_count * sizeof(float), model->shape->sides,
						 RUNTIME_SIDES_MAX, ORT_FLOAT, &model->input_value))
		       : -ENOMEM;
}

static int load_session(struct runtime_model *model, int fd)
{
	struct stat info;

	if (lseek(fd, 0, SEEK_SET) < 0 || fstat(fd, &info) || info.st_size > FILE_SIZE_MAX)
		return -EIO;
	size_t size = (size_t)info.st_size;
	autofree uint8_t *data = malloc(size);

	if (!data || read(fd, data, size) != (ssize_t)size)
		return -EIO;
	int r = create_session(model, data, size);

	return r < 0 ? r : create_input(model);
}

/* Some numbers that the network has not seen: it must answer in the shape that is expected. */
static int try_out(struct runtime_model *model)
{
	const float *outputs[RUNTIME_OUTPUTS_MAX];

	for (size_t i = 0; i < model->input_count; i++)
		model->input[i] = (float)(i % 17) / 17;
	return runtime_model_run(model, outputs);
}

int runtime_load_model(struct runtime *runtime, const char *folder, const char *missed,
		       const struct runtime_shape *shape, struct runtime_model **ret_model)
{
	AUTO(runtime_model) model = calloc(1, sizeof(*model));
	autoclose int fd = model ? open_known(folder, shape->id, missed) : -ENOMEM;

	if (fd < 0)
		return fd;
	model->runtime = runtime;
	model->shape = shape;
	int r = load_session(model, fd);

	if (r == 0)
		r = try_out(model);
	if (r == 0)
		*ret_model = take(model);
	return r;
}

static void release_outputs(struct runtime_model *model)
{
	for (size_t i = 0; i < RUNTIME_OUTPUTS_MAX; i++) {
		if (model->outputs[i])
			model->runtime->api->release_value(model->outputs[i]);
		model->outputs[i] = NULL;
	}
}

void runtime_model_destroy(struct runtime_model *model)
{
	if (!model)
		return;
	if (model->runtime) {
		release_outputs(model);
		if (model->input_value)
			model->runtime->api->release_value(model->input_value);
		if (model->session)
			model->runtime->api->release_session(model->session);
	}
	free(model->input);
	free(model);
}

/* ---- running ---- */

float *runtime_model_input(struct runtime_model *model)
{
	return model->input;
}

/* The numbers of one output, if there are as many as there must be. */
static int take_output(const struct runtime_model *model, unsigned output, const float **ret_numbers)
{
	const struct ort_api *api = model->runtime->api;
	struct ort_shape *shape = NULL;
	void *data = NULL;
	size_t count = 0;
	int r = failed(model->runtime, api->tensor_shape(model->outputs[output], &shape));

	if (r == 0)
		r = failed(model->runtime, api->shape_count(shape, &count));
	if (shape)
		api->release_shape(shape);
	if (r == 0 && count != model->shape->counts[output]) {
		diag_error("the network's answer %s has %zu numbers, not %zu",
			   model->shape->outputs[output], count, model->shape->counts[output]);
		r = -EIO;
	}
	if (r == 0)
		r = failed(model->runtime, api->tensor_data(model->outputs[output], &data));
	if (r == 0)
		*ret_numbers = data;
	return r;
}

int runtime_model_run(struct runtime_model *model, const float *ret_outputs[RUNTIME_OUTPUTS_MAX])
{
	const struct ort_value *inputs[] = {model->input_value};
	unsigned count = 0;

	while (count < RUNTIME_OUTPUTS_MAX && model->shape->outputs[count])
		count++;
	release_outputs(model);
	int r = failed(model->runtime,
		       model->runtime->api->run(model->session, NULL, &model->shape->input, inputs, 1,
						model->shape->outputs, count, model->outputs));

	for (unsigned i = 0; i < count && r == 0; i++)
		r = take_output(model, i, &ret_outputs[i]);
	return r;
}
