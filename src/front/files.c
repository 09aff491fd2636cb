#include "front/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/text.h"
#include "front/exchange.h"
#include "proto/http/media_type.h"
#include "proto/http/negotiate.h"

enum { GZIP_WINDOW = 15 + 16, GZIP_LEVEL = 9, GZIP_MEMORY = 8, ETAG_BYTES = 16 };

/* ---- loading ---- */

static int read_whole(int fd, size_t size, struct bytes *ret_bytes)
{
	autofree uint8_t *data = malloc(size ? size : 1);
	size_t at = 0;

	if (!data)
		return -ENOMEM;
	while (at < size) {
		ssize_t r = read(fd, data + at, size - at);

		if (r < 0)
			return -errno;
		if (!r)
			return -EIO;
		at += (size_t)r;
	}
	*ret_bytes = (struct bytes){take(data), size};
	return 0;
}

/* Empty if it cannot be compressed or does not become smaller by an eighth. */
static struct bytes pack(struct bytes plain)
{
	z_stream stream = {0};
	struct bytes packed = {0};

	if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return packed;
	size_t limit = plain.size - plain.size / 8;
	autofree uint8_t *data = malloc(limit ? limit : 1);

	stream.next_in = (Bytef *)(uintptr_t)plain.data;
	stream.avail_in = (uInt)plain.size;
	stream.next_out = data;
	stream.avail_out = (uInt)limit;
	if (data && deflate(&stream, Z_FINISH) == Z_STREAM_END)
		packed = (struct bytes){take(data), stream.total_out};
	deflateEnd(&stream);
	return packed;
}

static void make_etag(struct files_item *item)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	char hex[2 * ETAG_BYTES + 1];
	struct text text;

	crypto_hash_sha256(digest, item->plain.data, item->plain.size);
	text_init(&text, hex, sizeof(hex));
	text_add_hex(&text, digest, ETAG_BYTES);
	snprintf(item->etag, sizeof(item->etag), "\"%s\"", hex);
	snprintf(item->packed_etag, sizeof(item->packed_etag), "\"%s-gz\"", hex);
}

static int load_file(struct files *files, int fd, const char *path)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (files->count >= FILES_MAX || status.st_size > FILES_BYTES_MAX ||
	    files->bytes + (size_t)status.st_size > FILES_BYTES_MAX)
		return -EFBIG;

	struct files_item *item = &files->items[files->count];
	int r = read_whole(fd, (size_t)status.st_size, &item->plain);

	if (r < 0)
		return r;
	files->count++;
	files->bytes += item->plain.size;
	item->path = strdup(path);
	if (!item->path)
		return -ENOMEM;
	item->type = media_type_of_file(path);
	if (media_type_shrinks(item->type) && item->plain.size > 512)
		item->packed = pack(item->plain);
	make_etag(item);
	return 0;
}

static int load_folder(struct files *files, int fd, const char *path, int depth);

static int load_entry(struct files *files, int folder_fd, const char *path, int depth)
{
	const char *name = strrchr(path, '/') + 1;
	autoclose int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return load_folder(files, fd, path, depth + 1);
	return S_ISREG(status.st_mode) ? load_file(files, fd, path) : 0;
}

static int load_folder(struct files *files, int fd, const char *path, int depth)
{
	char below[FILES_PATH_MAX];
	int r = 0, own_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *folder = own_fd < 0 ? NULL : fdopendir(own_fd);

	if (!folder || depth > FILES_DEPTH_MAX) {
		if (folder)
			closedir(folder);
		return depth > FILES_DEPTH_MAX ? -EFBIG : -errno;
	}
	for (struct dirent *entry; r >= 0 && (entry = readdir(folder));) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "node_modules") == 0)
			continue;
		int size = snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);

		r = size < 0 || (size_t)size >= sizeof(below) ? -ENAMETOOLONG
							      : load_entry(files, fd, below, depth);
	}
	closedir(folder);
	return r;
}

int files_load(struct files *files, const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : load_folder(files, fd, "", 0);
}

int files_set_ca(struct files *files, struct bytes pem)
{
	uint8_t *copy = malloc(pem.size ? pem.size : 1);

	if (!copy)
		return -ENOMEM;
	if (pem.size)
		memcpy(copy, pem.data, pem.size);
	free((void *)(uintptr_t)files->ca.data);
	files->ca = (struct bytes){copy, pem.size};
	return 0;
}

void files_finish(struct files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].path);
		free((void *)(uintptr_t)files->items[i].plain.data);
		free((void *)(uintptr_t)files->items[i].packed.data);
	}
	free((void *)(uintptr_t)files->ca.data);
	memset(files, 0, sizeof(*files));
}

/* ---- showing ---- */

static const struct files_item *find(const struct files *files, const char *path)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->items[i].path, path) == 0)
			return &files->items[i];
	return NULL;
}

void files_show(struct exchange *exchange)
{
	struct bytes *fields = exchange->request.fields.values;
	struct reply *reply = &exchange->reply;
	char path[FILES_PATH_MAX];
	const struct files_item *item = NULL;

	if (url_decode(exchange->request.target.path, path, sizeof(path)) == 0)
		item = find(&exchange->front->files, strcmp(path, "/") == 0 ? "/index.html" : path);
	if (!item) {
		exchange_fail(exchange, PROBLEM_NO_SUCH_PATH);
		return;
	}
	bool is_packed = item->packed.size && negotiate_takes_gzip(fields[HTTP_ACCEPT_ENCODING]);
	const char *etag = is_packed ? item->packed_etag : item->etag;

	reply->may_be_kept = true;
	reply_add(reply, "etag", "%s", etag);
	if (item->packed.size)
		reply_add(reply, "vary", "Accept-Encoding");
	if (negotiate_has_etag(fields[HTTP_IF_NONE_MATCH], etag)) {
		exchange_reply(exchange, 304);
		return;
	}
	if (is_packed)
		reply_add(reply, "content-encoding", "gzip");
	reply->type = item->type;
	reply_set_body(reply, is_packed ? item->packed : item->plain);
	exchange_reply(exchange, 200);
}

void files_show_ca(struct exchange *exchange)
{
	struct files *files = &exchange->front->files;

	if (!files->ca.size) {
		exchange_fail(exchange, PROBLEM_NO_SUCH_PATH);
		return;
	}
	exchange->reply.type = "application/x-x509-ca-cert";
	reply_add(&exchange->reply, "content-disposition", "attachment; filename=\"ward-ca.crt\"");
	reply_set_body(&exchange->reply, files->ca);
	exchange_reply(exchange, 200);
}
