#include "conf/camera.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "conf/file.h"
#include "conf/name.h"
#include "conf/option.h"
#include "conf/secret.h"

enum { CAMERA_FILE_MAX = 16 * 1024 };

static const struct option *find_option(const char *key)
{
	size_t count;
	const struct option *table = option_camera_table(&count);

	return option_find(table, count, key);
}

static void fill_defaults(struct camera *camera, const char *name)
{
	size_t count;
	const struct option *table = option_camera_table(&count);

	memset(camera, 0, sizeof(*camera));
	option_set_defaults(table, count, camera);
	text_copy(camera->name, sizeof(camera->name), name);
}

/* "cameras.yard.url" for messages. */
static const char *key_under(const struct camera_context *context, const char *word, char *buffer,
			     size_t size)
{
	struct text text;

	text_init(&text, buffer, size);
	if (context->key)
		text_printf(&text, "%s.", context->key);
	text_add(&text, word);
	return buffer;
}

/* Expands and reads one URL; a relative media file becomes absolute in the camera itself. */
static int check_url(const struct camera_context *context, const struct mistake_place *place,
		     char url[SOURCE_URL_SIZE], struct mistake *mistake)
{
	char expanded[SOURCE_URL_SIZE];
	struct source source;
	struct text text;
	int r = secret_expand(url, context->secrets, place, expanded, sizeof(expanded), mistake);

	if (r == 0)
		r = source_parse(expanded, place, &source, mistake);
	explicit_bzero(expanded, sizeof(expanded));
	if (r < 0 || source.kind != SOURCE_FILE || source.path[0] == '/')
		return r;
	if (!context->directory)
		return mistake_set(mistake, place, "expected an absolute path of a media file");
	text_init(&text, url, SOURCE_URL_SIZE);
	text_printf(&text, "%s/%s", context->directory, source.path);
	return text.failed ? mistake_set(mistake, place, "too long a path") : 0;
}

static int refuse_key(const struct mistake_place *place, struct mistake *mistake)
{
	char known[512];
	struct text text;
	size_t count;
	const struct option *table = option_camera_table(&count);

	text_init(&text, known, sizeof(known));
	for (size_t i = 0; i < count; i++)
		text_printf(&text, "%s%s", i ? ", " : "", table[i].key);
	return mistake_set(mistake, place, "unknown key; expected one of %s", known);
}

/* `word` is the node's key below the camera: "record", "retention.days". */
static int parse_value(const struct camera_context *context, const char *word,
		       const struct tree_node *node, struct camera *camera, struct mistake *mistake)
{
	char key[2 * NAME_SIZE + 64];
	struct mistake_place place = {context->file, node->line,
				      key_under(context, word, key, sizeof(key))};
	const struct option *option = find_option(word);

	if (!option)
		return refuse_key(&place, mistake);
	if (node->kind != TREE_SCALAR)
		return mistake_set(mistake, &place, "expected one value");
	int r = option_set(option, camera, node->value, &place, mistake);

	if (r == 0 && option->type == OPTION_URL)
		r = check_url(context, &place, (char *)camera + option->offset, mistake);
	return r;
}

static int parse_entry(const struct camera_context *context, const struct tree_node *node,
		       struct camera *camera, struct mistake *mistake)
{
	char word[NAME_SIZE];
	struct text text;
	int r = 0;

	if (node->kind != TREE_MAPPING || find_option(node->key))
		return parse_value(context, node->key, node, camera, mistake);
	for (const struct tree_node *below = node->first; below && r == 0; below = below->next) {
		text_init(&text, word, sizeof(word));
		text_printf(&text, "%s.%s", node->key, below->key);
		r = parse_value(context, word, below, camera, mistake);
	}
	return r;
}

int camera_set(struct camera *camera, const char *key, const char *value,
	       const struct mistake_place *place, struct mistake *ret_mistake)
{
	const struct option *option = find_option(key);
	struct camera_context context = {0};

	if (!option)
		return refuse_key(place, ret_mistake);
	int r = option_set(option, camera, value, place, ret_mistake);

	if (r == 0 && option->type == OPTION_URL)
		r = check_url(&context, place, (char *)camera + option->offset, ret_mistake);
	return r;
}

int camera_parse(const struct camera_context *context, const char *name,
		 const struct tree_node *node, struct camera *ret_camera,
		 struct mistake *ret_mistake)
{
	struct mistake_place place = {context->file, node->line, context->key};
	struct tree_node short_form = {
		.kind = TREE_SCALAR, .line = node->line, .value = node->value};
	struct camera camera;
	char key[] = "url";

	if (!name_is_valid(name))
		return mistake_set(ret_mistake, &place, "not a camera's name: %s", name_rule);
	if (node->kind == TREE_LIST)
		return mistake_set(ret_mistake, &place,
				   "expected one URL, or the keys url: and sub:, not a list");
	fill_defaults(&camera, name);
	short_form.key = key;
	const struct tree_node *entry = node->kind == TREE_SCALAR ? &short_form : node->first;

	for (; entry; entry = entry->next) {
		int r = parse_entry(context, entry, &camera, ret_mistake);

		if (r < 0)
			return r;
	}
	if (!camera.url[0])
		return mistake_set(ret_mistake, &place, "expected the key url:");
	*ret_camera = camera;
	return 0;
}

static int resolve_url(const char *url, const char *secrets, const struct mistake_place *place,
		       struct source *ret_source, struct mistake *ret_mistake)
{
	char expanded[SOURCE_URL_SIZE];
	int r = secret_expand(url, secrets, place, expanded, sizeof(expanded), ret_mistake);

	if (r == 0)
		r = source_parse(expanded, place, ret_source, ret_mistake);
	explicit_bzero(expanded, sizeof(expanded));
	return r;
}

int camera_resolve(const struct camera *camera, const char *secrets, struct source *ret_main,
		   struct source *ret_sub, struct mistake *ret_mistake)
{
	struct mistake_place place = {.key = "url"};
	int r = resolve_url(camera->url, secrets, &place, ret_main, ret_mistake);

	place.key = "sub";
	if (r == 0 && ret_sub && camera->sub[0])
		r = resolve_url(camera->sub, secrets, &place, ret_sub, ret_mistake);
	return r;
}

/* Added cameras: whoever adds one need not be able to read its secrets. */
static const char *given(const char *secrets)
{
	return secrets && *secrets ? secrets : NULL;
}

int camera_make(const char *name, const char *url, const char *secrets, struct camera *ret_camera,
		struct mistake *ret_mistake)
{
	struct camera_context context = {.secrets = given(secrets)};
	struct tree_node node = {.kind = TREE_SCALAR};
	autofree char *value = strdup(url);

	if (!value)
		return -ENOMEM;
	node.value = value;
	int r = camera_parse(&context, name, &node, ret_camera, ret_mistake);

	if (r == 0)
		ret_camera->is_added = 1;
	return r;
}

/* ---- files of added cameras ---- */

static int path_of(const char *state_dir, const char *name, char *path, size_t size)
{
	struct text text;

	if (!name_is_valid(name))
		return -EINVAL;
	text_init(&text, path, size);
	text_printf(&text, "%s/cameras/%s.yml", state_dir, name);
	return text.failed ? -ENAMETOOLONG : 0;
}

int camera_load(const char *state_dir, const char *name, const char *secrets,
		struct camera *ret_camera, struct mistake *ret_mistake)
{
	char path[PATH_MAX];
	autofree char *data = NULL;
	size_t size;
	AUTO(tree_node) root = NULL;
	int r = path_of(state_dir, name, path, sizeof(path));

	if (r == 0)
		r = file_read(path, CAMERA_FILE_MAX, &data, &size);
	if (r == -ENOENT)
		return r;
	struct mistake_place place = {.file = path};

	if (r < 0)
		return mistake_set(ret_mistake, &place, "cannot be read: %s", strerror(-r));
	r = tree_parse(path, data, size, &root, ret_mistake);
	explicit_bzero(data, size);
	if (r < 0)
		return r;
	struct camera_context context = {.file = path, .secrets = given(secrets)};

	root->line = 1;
	r = camera_parse(&context, name, root, ret_camera, ret_mistake);
	if (r == 0)
		ret_camera->is_added = 1;
	return r;
}

/* A key with a dot goes below its group: such keys follow each other in the table. */
static void write_option(const struct option *option, const struct option *before,
			 const struct camera *camera, struct text *text)
{
	size_t group = strcspn(option->key, ".");
	bool is_grouped = option->key[group] == '.';

	if ((option->type == OPTION_URL || option->type == OPTION_ZONES) &&
	    !*((const char *)camera + option->offset))
		return;
	if (is_grouped && !(before && strncmp(before->key, option->key, group + 1) == 0))
		text_printf(text, "%.*s:\n", (int)group, option->key);
	text_printf(text, "%s%s: ", is_grouped ? "  " : "",
		    option->key + (is_grouped ? group + 1 : 0));
	option_write(option, camera, text);
	text_add(text, "\n");
}

int camera_save(const char *state_dir, const struct camera *camera)
{
	size_t count;
	const struct option *table = option_camera_table(&count);
	char path[PATH_MAX], data[4 * SOURCE_URL_SIZE + 1024];
	struct text text;
	int r = path_of(state_dir, camera->name, path, sizeof(path));

	if (r < 0)
		return r;
	text_init(&text, data, sizeof(data));
	for (size_t i = 0; i < count; i++)
		write_option(&table[i], i ? &table[i - 1] : NULL, camera, &text);
	*strrchr(path, '/') = 0;
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	path[strlen(path)] = '/';
	r = text.failed ? -EMSGSIZE : file_replace(path, text.data, text.size);
	explicit_bzero(data, sizeof(data));
	return r;
}

int camera_remove(const char *state_dir, const char *name)
{
	char path[PATH_MAX];
	int r = path_of(state_dir, name, path, sizeof(path));

	if (r < 0)
		return r;
	return unlink(path) ? -errno : 0;
}

static int is_camera_file(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return size > 4 && strcmp(entry->d_name + size - 4, ".yml") == 0;
}

/* -1: left out, and said so. */
static int load_entry(const char *state_dir, const char *secrets, char *file_name,
		      struct camera *camera, struct mistake *mistake)
{
	struct mistake_place place = {.file = file_name};
	char name[NAME_MAX + 1];

	text_copy(name, sizeof(name), file_name);
	name[strlen(name) - 4] = 0;
	if (!name_is_valid(name))
		return mistake_set(mistake, &place, "not a camera's name: %s", name_rule);
	return camera_load(state_dir, name, secrets, camera, mistake);
}

int camera_load_all(const char *state_dir, const char *secrets, struct camera *ret_cameras,
		    size_t max, camera_wrong_fn *wrong, void *context)
{
	char path[PATH_MAX];
	struct text text;
	struct dirent **entries;
	struct mistake mistake = {""};
	size_t count = 0;

	text_init(&text, path, sizeof(path));
	text_printf(&text, "%s/cameras", state_dir);
	int found = text.failed ? -1 : scandir(path, &entries, is_camera_file, alphasort);

	if (found < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 0; i < found; i++) {
		int r = 0;

		if (count == max)
			mistake_set(&mistake, NULL, "%s: more than %zu cameras", entries[i]->d_name,
				    max);
		else
			r = load_entry(state_dir, secrets, entries[i]->d_name, &ret_cameras[count],
				       &mistake);
		if (r == 0 && count < max)
			count++;
		else if (r != -ENOENT) /* removed meanwhile */
			wrong(context, mistake.text);
		free(entries[i]);
	}
	free(entries);
	return (int)count;
}
