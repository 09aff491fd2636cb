/* The models and the runtime that Ward knows: one table for whoever fetches, checks, loads and names
 * them. scripts/install-models reads it from model.def. */
#ifndef PROTO_SEE_MODEL_H
#define PROTO_SEE_MODEL_H

#include <stddef.h>
#include <stdint.h>

enum model_id {
#define MODEL(id, name, file, package, member, sha256, licence, about) id,
#include "proto/see/model.def"
#undef MODEL
	MODEL_COUNT
};

struct model {
	const char *name;    /* as events say it */
	const char *file;    /* in the folder of models */
	const char *package; /* npm, with its version */
	const char *member;  /* of it; what is made of it by scripts/install-models has the hash */
	const char *sha256;
	const char *licence, *about;
};

extern const struct model model_table[MODEL_COUNT];

#endif
