/* The part of ONNX Runtime's C interface that is used here. Its functions stand in a table that only
 * ever grows at its end, in the order of onnxruntime_c_api.h; these places are those of version 1,
 * but for the last, of version 4.
 * The packages that bring the library have no header. */
#ifndef EYE_ORT_H
#define EYE_ORT_H

#include <stddef.h>
#include <stdint.h>

struct ort_env;
struct ort_status;
struct ort_options;
struct ort_session;
struct ort_value;
struct ort_memory;
struct ort_shape;

enum { ORT_VERSION = 16, ORT_LOG_ERRORS = 3, ORT_FLOAT = 1, ORT_ARENA = 1, ORT_MEMORY_DEFAULT = 0 };

typedef void ort_unused(void);
typedef struct ort_status *ort_set_number(struct ort_options *options, int number);

/* What is handed out is the caller's. A status is NULL, or an error that is the caller's. */
struct ort_api {
	ort_unused *unused_0[2];
	const char *(*error_message)(const struct ort_status *status);
	struct ort_status *(*create_env)(int level, const char *name, struct ort_env **ret_env);
	ort_unused *unused_4[4];
	struct ort_status *(*create_session_from_array)(const struct ort_env *env, const void *model,
							size_t size,
							const struct ort_options *options,
							struct ort_session **ret_session);
	struct ort_status *(*run)(struct ort_session *session, const void *options,
				  const char *const *input_names,
				  const struct ort_value *const *inputs, size_t input_count,
				  const char *const *output_names, size_t output_count,
				  struct ort_value **ret_outputs);
	struct ort_status *(*create_options)(struct ort_options **ret_options);
	ort_unused *unused_11[13];
	ort_set_number *set_intra_threads;
	ort_set_number *set_inter_threads;
	ort_unused *unused_26[23];
	struct ort_status *(*create_tensor_with_data)(const struct ort_memory *memory, void *data,
						      size_t size, const int64_t *sides,
						      size_t side_count, int type,
						      struct ort_value **ret_value);
	ort_unused *unused_50;
	struct ort_status *(*tensor_data)(struct ort_value *value, void **ret_data);
	ort_unused *unused_52[12];
	struct ort_status *(*shape_count)(const struct ort_shape *shape, size_t *ret_count);
	struct ort_status *(*tensor_shape)(const struct ort_value *value, struct ort_shape **ret_shape);
	ort_unused *unused_66[3];
	struct ort_status *(*create_cpu_memory)(int allocator, int type,
						struct ort_memory **ret_memory);
	ort_unused *unused_70[22];
	void (*release_env)(struct ort_env *env);
	void (*release_status)(struct ort_status *status);
	void (*release_memory)(struct ort_memory *memory);
	void (*release_session)(struct ort_session *session);
	void (*release_value)(struct ort_value *value);
	ort_unused *unused_97[2];
	void (*release_shape)(struct ort_shape *shape);
	void (*release_options)(struct ort_options *options);
	ort_unused *unused_101[29];
	struct ort_status *(*add_config)(struct ort_options *options, const char *key,
					 const char *value);
};

#define ORT_PLACE(member) (offsetof(struct ort_api, member) / sizeof(ort_unused *))
_Static_assert(ORT_PLACE(create_session_from_array) == 8, "a place in the table");
_Static_assert(ORT_PLACE(set_intra_threads) == 24, "a place in the table");
_Static_assert(ORT_PLACE(create_tensor_with_data) == 49, "a place in the table");
_Static_assert(ORT_PLACE(tensor_data) == 51, "a place in the table");
_Static_assert(ORT_PLACE(shape_count) == 64, "a place in the table");
_Static_assert(ORT_PLACE(create_cpu_memory) == 69, "a place in the table");
_Static_assert(ORT_PLACE(release_env) == 92, "a place in the table");
_Static_assert(ORT_PLACE(release_options) == 100, "a place in the table");
_Static_assert(ORT_PLACE(add_config) == 130, "a place in the table");

struct ort_base {
	const struct ort_api *(*get_api)(uint32_t version);
	const char *(*version)(void);
};
typedef const struct ort_base *ort_get_base(void);

#endif
