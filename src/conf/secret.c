#include "conf/secret.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "conf/file.h"
#include "conf/tree.h"

static const char opening[] = "${secret:";

struct secret_name {
	char text[SECRET_NAME_MAX + 1];
};

/* NAME} at `at`: a plain word, so that it cannot leave its directory. */
static bool read_name(const char *at, struct secret_name *ret_name)
{
	size_t size =
		strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

	if (size == 0 || size > SECRET_NAME_MAX || at[size] != '}' || at[0] == '.')
		return false;
	memcpy(ret_name->text, at, size);
	ret_name->text[size] = 0;
	return true;
}

static int read_in(const char *directory, const char *name, size_t size_max, char **ret_data,
		   size_t *ret_size)
{
	char path[PATH_MAX];
	struct text text;

	text_init(&text, path, sizeof(path));
	text_printf(&text, "%s/%s", directory, name);
	return text.failed ? -ENAMETOOLONG : file_read(path, size_max, ret_data, ret_size);
}

int secret_read_credential(const char *name, size_t size_max, char **ret_data, size_t *ret_size)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	return directory ? read_in(directory, name, size_max, ret_data, ret_size) : -ENOENT;
}

static int from_directory(const char *directory, const char *name, char *ret_value)
{
	char *data;
	size_t size;
	int r = read_in(directory, name, SECRET_SIZE_MAX, &data, &size);

	if (r < 0)
		return r;
	data[strcspn(data, "\r\n")] = 0;
	r = text_copy(ret_value, SECRET_SIZE_MAX, data) && *data ? 0 : -EMSGSIZE;
	explicit_bzero(data, size);
	free(data);
	return r;
}

static int from_tree(const char *path, const char *name, char *ret_value)
{
	struct mistake mistake;
	AUTO(tree_node) root = NULL;
	char *data;
	size_t size;
	int r = file_read(path, TREE_TEXT_MAX, &data, &size);

	if (r < 0)
		return r;
	r = tree_parse(path, data, size, &root, &mistake);
	explicit_bzero(data, size);
	free(data);
	if (r < 0)
		return r;
	for (const struct tree_node *node = root->first; node; node = node->next)
		if (strcmp(node->key, name) == 0 && node->kind == TREE_SCALAR)
			return text_copy(ret_value, SECRET_SIZE_MAX, node->value) ? 0 : -EMSGSIZE;
	return -ENOENT;
}

static int find_secret(const char *secrets, const char *name, char *ret_value)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	struct stat info;

	if (credentials && from_directory(credentials, name, ret_value) == 0)
		return 0;
	if (!*secrets)
		return -ENOENT;
	if (stat(secrets, &info))
		return -errno;
	return S_ISDIR(info.st_mode) ? from_directory(secrets, name, ret_value)
				     : from_tree(secrets, name, ret_value);
}

static void add_escaped_value(struct text *text, const char *value)
{
	for (; *value; value++)
		if (isalnum((unsigned char)*value) || strchr("-._~", *value))
			text_add_bytes(text, value, 1);
		else
			text_printf(text, "%%%02X", (unsigned)(unsigned char)*value);
}

static int add_secret(struct text *text, const char *at, const char *secrets,
		      const struct mistake_place *place, struct mistake *mistake)
{
	struct secret_name name;
	char value[SECRET_SIZE_MAX];

	if (!read_name(at, &name))
		return mistake_set(mistake, place,
				   "expected ${secret:NAME}, NAME of letters, digits, - _ .");
	if (!secrets) {
		text_add(text, name.text);
		return 0;
	}
	int r = find_secret(secrets, name.text, value);

	if (r < 0)
		return mistake_set(mistake, place,
				   "secret %s cannot be read (%s); expected it in "
				   "$CREDENTIALS_DIRECTORY or where \"secrets:\" points",
				   name.text, strerror(-r));
	add_escaped_value(text, value);
	explicit_bzero(value, sizeof(value));
	return 0;
}

int secret_expand(const char *from, const char *secrets, const struct mistake_place *place,
		  char *ret_text, size_t text_size, struct mistake *ret_mistake)
{
	struct text text;

	text_init(&text, ret_text, text_size);
	for (const char *at = from; *at;) {
		const char *next = strstr(at, opening);

		text_add_bytes(&text, at, next ? (size_t)(next - at) : strlen(at));
		if (!next)
			break;
		at = next + sizeof(opening) - 1;
		int r = add_secret(&text, at, secrets, place, ret_mistake);

		if (r < 0)
			return r;
		at = strchr(at, '}') + 1;
	}
	if (text.failed)
		return mistake_set(ret_mistake, place, "longer than %zu bytes with its secrets",
				   text_size - 1);
	return 0;
}
