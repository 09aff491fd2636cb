#include "eye/network.h"

#include <errno.h>
#include <stdlib.h>

struct network {
	struct runtime *runtime;
	struct runtime_model *model;
};

static const uint32_t strides[BOX_GRIDS] = {8, 16, 32};

#define CELLS(stride) ((NETWORK_WIDTH / (stride)) * (NETWORK_HEIGHT / (stride)))

static const struct runtime_shape shape = {
	.id = MODEL_PERSON,
	.input = "input",
	.sides = {1, NETWORK_PLANES, NETWORK_HEIGHT, NETWORK_WIDTH},
	.outputs = {"scores_8", "distances_8", "scores_16", "distances_16", "scores_32", "distances_32"},
	.counts = {CELLS(8) * BOX_CLASSES, CELLS(8) * 4 * BOX_BINS, CELLS(16) * BOX_CLASSES,
		   CELLS(16) * 4 * BOX_BINS, CELLS(32) * BOX_CLASSES, CELLS(32) * 4 * BOX_BINS},
};

static const char missed[] = "people are not seen";

static enum eye_state load(struct network *network, const char *folder)
{
	int r = runtime_load(folder, missed, &network->runtime);

	if (r < 0)
		return r == -ENOENT ? EYE_NO_RUNTIME : EYE_BAD_RUNTIME;
	r = runtime_load_model(network->runtime, folder, missed, &shape, &network->model);
	if (r < 0)
		return r == -ENOENT ? EYE_NO_MODEL : EYE_BAD_MODEL;
	return EYE_LOOKING;
}

enum eye_state network_load(const char *folder, struct network **ret_network)
{
	AUTO(network) network = calloc(1, sizeof(*network));
	enum eye_state state = network ? load(network, folder) : EYE_BAD_MODEL;

	if (state == EYE_LOOKING)
		*ret_network = take(network);
	return state;
}

void network_destroy(struct network *network)
{
	if (!network)
		return;
	runtime_model_destroy(network->model);
	runtime_destroy(network->runtime);
	free(network);
}

struct runtime *network_runtime(struct network *network)
{
	return network->runtime;
}

float *network_input(struct network *network)
{
	return runtime_model_input(network->model);
}

int network_run(struct network *network, struct box_grid ret_grids[BOX_GRIDS])
{
	const float *outputs[RUNTIME_OUTPUTS_MAX];
	int r = runtime_model_run(network->model, outputs);

	for (unsigned i = 0; i < BOX_GRIDS && r == 0; i++)
		ret_grids[i] = (struct box_grid){outputs[2 * i], outputs[2 * i + 1], strides[i]};
	return r;
}
