#include "proto/see/model.h"

const struct model model_table[MODEL_COUNT] = {
#define MODEL(id, name, file, package, member, sha256, licence, about)                             \
	[id] = {name, file, package, member, sha256, licence, about},
#include "proto/see/model.def"
#undef MODEL
};
