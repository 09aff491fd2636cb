/* ONNX Runtime, and networks run by it, one after the other in this thread. The library and each
 * model are files that scripts/install-models brought; each is taken only if its SHA-256 is the one
 * in the table of models (proto/see/model.def). */
#ifndef EYE_RUNTIME_H
#define EYE_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/see/model.h"

enum { RUNTIME_SIDES_MAX = 4, RUNTIME_OUTPUTS_MAX = 6 };

struct runtime;
struct runtime_model;

/* What a model takes and gives: one block of floats each. */
struct runtime_shape {
	enum model_id id;
	const char *input;
	int64_t sides[RUNTIME_SIDES_MAX];
	const char *outputs[RUNTIME_OUTPUTS_MAX]; /* NULL: no more */
	size_t counts[RUNTIME_OUTPUTS_MAX];       /* floats of each output */
};

/* -ENOENT: the file is not there; -EBADMSG: it is another than the known one; -ELIBACC: it cannot be
 * loaded; -EIO: the library does not accept it; -ENOMEM. A line says which, and `missed` of it what
 * is not done now: "people are not seen". */
NODISCARD int runtime_load(const char *folder, const char *missed, struct runtime **ret_runtime);
void runtime_destroy(struct runtime *runtime);
AUTO_DEFINE(runtime)

/* Loads a model and runs it once, so that nothing is opened and no thread started later. `runtime`
 * and `shape` outlive it. */
NODISCARD int runtime_load_model(struct runtime *runtime, const char *folder, const char *missed,
				 const struct runtime_shape *shape, struct runtime_model **ret_model);
void runtime_model_destroy(struct runtime_model *model);
AUTO_DEFINE(runtime_model)

/* To be filled in before each run. */
float *runtime_model_input(struct runtime_model *model);
/* The outputs, valid until the next run. -EIO: the library failed, and a line said why. */
NODISCARD int runtime_model_run(struct runtime_model *model,
				const float *ret_outputs[RUNTIME_OUTPUTS_MAX]);

#endif
