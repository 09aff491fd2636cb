#include "conf/conf.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "conf/file.h"
#include "conf/option.h"

void conf_destroy(struct conf *conf)
{
	if (conf)
		explicit_bzero(conf, sizeof(conf->cameras[0]) * conf->camera_count +
					     offsetof(struct conf, cameras));
	free(conf);
}

int conf_default_state(char *ret_path, size_t size)
{
	const char *given = getenv("STATE_DIRECTORY"), *base = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	struct text text;

	text_init(&text, ret_path, size);
	if (given && *given)
		text_add_bytes(&text, given, strcspn(given, ":"));
	else if (geteuid() == 0)
		text_add(&text, "/var/lib/ward");
	else if (base && *base == '/')
		text_printf(&text, "%s/ward", base);
	else if (home && *home)
		text_printf(&text, "%s/.local/state/ward", home);
	else
		return -ENOENT;
	return text.failed ? -ENAMETOOLONG : 0;
}

/* ---- the file ---- */

struct conf_reader {
	const char *file, *directory;
	struct conf *conf;
	struct mistake *mistake;
};

static const struct option *find_option(const char *key)
{
	size_t count;
	const struct option *table = option_table(&count);

	return option_find(table, count, key);
}

/* Is there an option below "key."? */
static bool is_group(const char *key)
{
	size_t count, size = strlen(key);
	const struct option *table = option_table(&count);

	for (size_t i = 0; i < count; i++)
		if (strncmp(table[i].key, key, size) == 0 && table[i].key[size] == '.')
			return true;
	return false;
}

static int refuse_key(struct conf_reader *reader, const struct mistake_place *place)
{
	char known[256];
	struct text text;
	size_t count;
	const struct option *table = option_table(&count);

	text_init(&text, known, sizeof(known));
	for (size_t i = 0; i < count; i++)
		text_printf(&text, "%s, ", table[i].key);
	return mistake_set(reader->mistake, place, "unknown key; expected one of %scameras", known);
}

/* A relative path stands where the file stands, whatever directory Ward is started in. */
static int anchor_path(struct conf_reader *reader, const struct option *option,
		       const struct mistake_place *place)
{
	char *member = (char *)reader->conf + option->offset;
	char path[CONF_PATH_SIZE];
	struct text text;

	if (option->type != OPTION_PATH || member[0] == '/')
		return 0;
	text_init(&text, path, sizeof(path));
	text_printf(&text, "%s/%s", reader->directory, member);
	if (text.failed)
		return mistake_set(reader->mistake, place, "too long a path");
	text_copy(member, option->size, path);
	return 0;
}

static int read_value(struct conf_reader *reader, const char *key, const struct tree_node *node)
{
	const struct option *option = find_option(key);
	struct mistake_place place = {reader->file, node->line, key};
	char shape[OPTION_SHAPE_SIZE];

	if (!option && !is_group(key))
		return refuse_key(reader, &place);
	if (!option)
		return mistake_set(reader->mistake, &place, "expected keys below it");
	if (node->kind != TREE_SCALAR)
		return mistake_set(reader->mistake, &place, "expected %s",
				   option_shape(option, shape, sizeof(shape)));
	int r = option_set(option, reader->conf, node->value, &place, reader->mistake);

	return r < 0 ? r : anchor_path(reader, option, &place);
}

static int read_group(struct conf_reader *reader, const struct tree_node *group)
{
	char key[128];
	struct text text;

	for (const struct tree_node *node = group->first; node; node = node->next) {
		text_init(&text, key, sizeof(key));
		text_printf(&text, "%s.%s", group->key, node->key);
		int r = read_value(reader, key, node);

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_cameras(struct conf_reader *reader, const struct tree_node *cameras)
{
	struct conf *conf = reader->conf;
	struct mistake_place place = {reader->file, cameras->line, "cameras"};

	if (cameras->kind == TREE_SCALAR && !*cameras->value)
		return 0;
	if (cameras->kind != TREE_MAPPING)
		return mistake_set(reader->mistake, &place,
				   "expected lines \"NAME: URL\" below it");
	for (const struct tree_node *node = cameras->first; node; node = node->next) {
		char key[NAME_SIZE + 16];
		struct text text;
		struct camera_context context = {reader->file, key, conf->secrets,
						 reader->directory};

		text_init(&text, key, sizeof(key));
		text_printf(&text, "cameras.%s", node->key);
		if (conf->camera_count == CAMERA_MAX)
			return mistake_set(reader->mistake, &place, "more than %d cameras",
					   CAMERA_MAX);
		int r = camera_parse(&context, node->key, node, &conf->cameras[conf->camera_count],
				     reader->mistake);

		if (r < 0)
			return r;
		conf->camera_count++;
	}
	return 0;
}

/* Cameras come last whatever the order in the file: their secrets need `secrets`. */
static int read_tree(struct conf_reader *reader, const struct tree_node *root)
{
	const struct tree_node *cameras = NULL;
	int r = 0;

	for (const struct tree_node *node = root->first; node && r == 0; node = node->next) {
		if (strcmp(node->key, "cameras") == 0)
			cameras = node;
		else if (node->kind == TREE_MAPPING && is_group(node->key))
			r = read_group(reader, node);
		else
			r = read_value(reader, node->key, node);
	}
	return r == 0 && cameras ? read_cameras(reader, cameras) : r;
}

int conf_parse(const char *file, const char *directory, const char *text, size_t size,
	       struct conf *conf, struct mistake *ret_mistake)
{
	struct conf_reader reader = {file, directory, conf, ret_mistake};
	AUTO(tree_node) root = NULL;
	int r = tree_parse(file, text, size, &root, ret_mistake);

	return r < 0 ? r : read_tree(&reader, root);
}

/* ---- the environment ---- */

static int apply_variable(const char *variable, struct conf *conf, struct mistake *mistake)
{
	size_t count, size = strcspn(variable, "=");
	const struct option *table = option_table(&count);
	struct mistake_place place = {.file = "environment"};

	for (size_t i = 0; i < count; i++) {
		if (!table[i].env || strlen(table[i].env) != size ||
		    strncmp(table[i].env, variable, size) != 0 || !variable[size])
			continue;
		place.key = table[i].env;
		return option_set(&table[i], conf, variable + size + 1, &place, mistake);
	}
	return 0;
}

int conf_apply_environment(char *const *environment, struct conf *conf, struct mistake *ret_mistake)
{
	for (; *environment; environment++) {
		int r = strncmp(*environment, "WARD_", 5) == 0
				? apply_variable(*environment, conf, ret_mistake)
				: 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- all of it ---- */

static int check_whole(const struct conf *conf, const char *file, struct mistake *mistake)
{
	struct mistake_place place = {file, 0, conf->tls_key[0] ? "tls.cert" : "tls.key"};

	if (!conf->tls_cert[0] != !conf->tls_key[0])
		return mistake_set(mistake, &place,
				   "expected a PEM file: tls.cert and tls.key go "
				   "together");
	place.key = "listen";
	if (conf->https_port == conf->media_port || conf->https_port == conf->http_port ||
	    conf->media_port == conf->http_port)
		return mistake_set(mistake, &place,
				   "https, media and http_loopback need three different ports");
	return 0;
}

static int read_file(const char *path, struct conf *conf, struct mistake *mistake)
{
	struct mistake_place place = {.file = path};
	char directory[PATH_MAX];
	autofree char *absolute = realpath(path, NULL);
	char *data;
	size_t size;
	int r = absolute ? file_read(absolute, TREE_TEXT_MAX, &data, &size) : -errno;

	if (r < 0)
		return mistake_set(mistake, &place, "cannot be read: %s", strerror(-r));
	text_copy(directory, sizeof(directory), absolute);
	*strrchr(directory, '/') = 0;
	r = conf_parse(path, directory, data, size, conf, mistake);
	explicit_bzero(data, size);
	free(data);
	return r;
}

int conf_load(const char *path, struct conf **ret_conf, struct mistake *ret_mistake)
{
	AUTO(conf) conf = calloc(1, sizeof(*conf));
	struct mistake_place place = {.key = "state"};
	size_t count;
	const struct option *table = option_table(&count);

	if (!conf)
		return -ENOMEM;
	option_set_defaults(table, count, conf);
	int r = path ? read_file(path, conf, ret_mistake) : 0;

	if (r == 0)
		r = conf_apply_environment(environ, conf, ret_mistake);
	if (r == 0)
		r = check_whole(conf, path, ret_mistake);
	if (r == 0 && !conf->state[0] && conf_default_state(conf->state, sizeof(conf->state)) < 0)
		r = mistake_set(ret_mistake, &place, "no $HOME; expected --state DIR");
	if (r < 0)
		return r;
	*ret_conf = take(conf);
	return 0;
}
