#include "vault/log/wal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char wal_directory[] = ".state", wal_prefix[] = "wal-";

enum {
	WAL_DIGITS = 8,
	/* A page, so that the kernel caches the file in pages: what it cached in one large piece it
	 * may write as one, for each small entry. */
	WAL_ZEROS = 4096,
	/* No batch holds more records (LOG_BATCH_ENTRIES_MAX): a valid record further on than this
	 * belongs to a later batch. */
	WAL_BATCH_RECORDS_MAX = 1024,
};

struct wal {
	struct disk *disk;
	size_t segment_bytes;
	uint32_t first, current,
		last;  /* segments that exist: first..last; records end in current */
	size_t end;    /* where the next record goes, in `current` */
	int file;      /* of `current`, -1 before wal_repair */
	int read_file; /* of `read_segment`, -1: none */
	uint32_t read_segment;
	uint64_t next_index; /* while scanning */
	bool started;        /* a record was found */
};

static void segment_path(uint32_t segment, char ret_path[DISK_PATH_MAX])
{
	snprintf(ret_path, DISK_PATH_MAX, "%s/%s%08u", wal_directory, wal_prefix, segment);
}

int wal_create(struct disk *disk, size_t segment_bytes, struct wal **ret_wal)
{
	struct wal *wal = calloc(1, sizeof(*wal));

	if (!wal)
		return -ENOMEM;
	wal->disk = disk;
	wal->segment_bytes = segment_bytes;
	wal->file = wal->read_file = -1;
	*ret_wal = wal;
	return 0;
}

static void forget_read_file(struct wal *wal)
{
	if (wal->read_file >= 0)
		wal->disk->close(wal->disk, wal->read_file);
	wal->read_file = -1;
}

void wal_destroy(struct wal *wal)
{
	if (!wal)
		return;
	forget_read_file(wal);
	if (wal->file >= 0)
		wal->disk->close(wal->disk, wal->file);
	free(wal);
}

/* ---- reading ---- */

static void found_segment(void *context, const char *name)
{
	struct wal *wal = context;
	size_t prefix_size = sizeof(wal_prefix) - 1;
	uint32_t segment = 0;

	if (strncmp(name, wal_prefix, prefix_size) != 0 || strlen(name) != prefix_size + WAL_DIGITS)
		return;
	for (const char *digit = name + prefix_size; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return;
		segment = segment * 10 + (uint32_t)(*digit - '0');
	}
	if (wal->first == 0 || segment < wal->first)
		wal->first = segment;
	if (segment > wal->last)
		wal->last = segment;
}

static int64_t read_segment(struct wal *wal, uint32_t segment, uint8_t *buffer)
{
	char path[DISK_PATH_MAX];

	segment_path(segment, path);

	int file = wal->disk->open(wal->disk, path, DISK_READ);

	if (file < 0)
		return file == -ENOENT ? -EUCLEAN : file;

	int64_t size = wal->disk->read(wal->disk, file, buffer, wal->segment_bytes, 0);

	wal->disk->close(wal->disk, file);
	return size;
}

/* Somewhere after a hole stands a record that a later batch wrote. */
static bool has_later_batch(const uint8_t *data, size_t size, uint64_t next_index)
{
	struct wal_record record;

	for (size_t at = 0; at + WAL_RECORD_HEADER <= size; at += 8) {
		const uint8_t *head = data + at;
		bool looks_right = (head[0] ^ head[4]) == 0xff && (head[1] ^ head[5]) == 0xff &&
				   (head[2] ^ head[6]) == 0xff && (head[3] ^ head[7]) == 0xff;

		if (looks_right && wal_record_parse(head, size - at, &record) == 0 &&
		    record.index > next_index + WAL_BATCH_RECORDS_MAX)
			return true;
	}
	return false;
}

/* Reads records until one does not continue the row. Answers how many bytes they take. */
static int64_t scan_segment(struct wal *wal, uint32_t segment, struct bytes data,
			    wal_found_fn *found, void *context)
{
	struct wal_record record;
	size_t at = 0;

	while (wal_record_parse(data.data + at, data.size - at, &record) == 0) {
		if (wal->started && record.index != wal->next_index)
			break;

		int result = found(context, &record, (struct wal_position){segment, (uint32_t)at});

		if (result < 0)
			return result;
		wal->started = true;
		wal->next_index = record.index + 1;
		at += record.size;
	}
	return has_later_batch(data.data + at, data.size - at, wal->next_index) ? -EUCLEAN
										: (int64_t)at;
}

static bool begins_later(const struct wal *wal, struct bytes data)
{
	struct wal_record record;

	return wal_record_parse(data.data, data.size, &record) == 0 &&
	       record.index > wal->next_index;
}

int wal_scan(struct wal *wal, wal_found_fn *found, void *context)
{
	autofree uint8_t *buffer = malloc(wal->segment_bytes);
	int result = wal->disk->list(wal->disk, wal_directory, found_segment, wal);

	if (result < 0 || !buffer)
		return result < 0 ? result : -ENOMEM;
	wal->current = wal->first;
	for (uint32_t segment = wal->first; segment && segment <= wal->last; segment++) {
		int64_t size = read_segment(wal, segment, buffer);

		if (size < 0)
			return (int)size;

		struct bytes data = {buffer, (size_t)size};

		/* A batch does not span segments: a segment that begins after a hole was begun
		 * when everything before it was durable. */
		if (wal->started && begins_later(wal, data))
			return -EUCLEAN;

		int64_t used = scan_segment(wal, segment, data, found, context);

		if (used < 0)
			return (int)used;
		if (used > 0) {
			wal->current = segment;
			wal->end = (size_t)used;
		}
	}
	return 0;
}

struct wal_position wal_end(const struct wal *wal)
{
	return (struct wal_position){wal->current, (uint32_t)wal->end};
}

int wal_read(struct wal *wal, struct wal_position position, uint8_t *buffer,
	     struct wal_record *ret_record)
{
	char path[DISK_PATH_MAX];

	if (wal->read_file < 0 || wal->read_segment != position.segment) {
		forget_read_file(wal);
		segment_path(position.segment, path);
		wal->read_file = wal->disk->open(wal->disk, path, DISK_READ);
		wal->read_segment = position.segment;
		if (wal->read_file < 0)
			return wal->read_file;
	}

	int64_t size =
		wal->disk->read(wal->disk, wal->read_file, buffer, WAL_RECORD_MAX, position.offset);

	if (size < 0)
		return (int)size;
	return wal_record_parse(buffer, (size_t)size, ret_record) < 0 ? -EUCLEAN : 0;
}

/* ---- writing ---- */

static int write_zeros(struct wal *wal, int file, size_t from)
{
	static const uint8_t zeros[WAL_ZEROS];

	while (from < wal->segment_bytes) {
		size_t size = wal->segment_bytes - from;

		size = size < sizeof(zeros) ? size : sizeof(zeros);

		int result = wal->disk->write(wal->disk, file, zeros, size, from);

		if (result < 0)
			return result;
		from += size;
	}
	return 0;
}

int wal_prepare(struct wal *wal)
{
	char path[DISK_PATH_MAX];
	uint32_t segment = wal->last + 1;

	if (wal_is_prepared(wal))
		return 0;
	segment_path(segment, path);

	int file = wal->disk->open(wal->disk, path, DISK_CREATE);

	if (file < 0)
		return file;

	int result = write_zeros(wal, file, 0);

	if (result == 0)
		result = wal->disk->sync(wal->disk, file);
	wal->disk->close(wal->disk, file);
	if (result == 0)
		result = wal->disk->sync_directory(wal->disk, wal_directory);
	if (result < 0)
		return result;
	wal->last = segment;
	if (wal->first == 0)
		wal->first = segment;
	return 0;
}

bool wal_is_prepared(const struct wal *wal)
{
	return wal->last > wal->current;
}

static int open_current(struct wal *wal)
{
	char path[DISK_PATH_MAX];

	if (wal->file >= 0)
		wal->disk->close(wal->disk, wal->file);
	segment_path(wal->current, path);
	wal->file = wal->disk->open(wal->disk, path, DISK_WRITE);
	return wal->file < 0 ? wal->file : 0;
}

/* Writes what `segment` holds from `offset` on again; after the last record, zeros. */
static int rewrite_segment(struct wal *wal, uint32_t segment, size_t offset, uint8_t *buffer)
{
	char path[DISK_PATH_MAX];
	int64_t size = read_segment(wal, segment, buffer);
	size_t end = segment < wal->current ? (size_t)size : segment == wal->current ? wal->end : 0;

	if (size < 0)
		return (int)size;
	segment_path(segment, path);

	int file = wal->disk->open(wal->disk, path, DISK_WRITE);

	if (file < 0)
		return file;

	int result = end > offset ? wal->disk->write(wal->disk, file, buffer + offset, end - offset,
						     offset)
				  : 0;

	if (result == 0)
		result = write_zeros(wal, file, end);
	if (result == 0)
		result = wal->disk->sync(wal->disk, file);
	wal->disk->close(wal->disk, file);
	return result;
}

int wal_repair(struct wal *wal, struct wal_position from)
{
	autofree uint8_t *buffer = malloc(wal->segment_bytes);
	int result = 0;

	if (!buffer)
		return -ENOMEM;
	if (wal->first == 0) {
		result = wal_prepare(wal); /* the very first segment */
		wal->current = wal->last;
	}
	for (uint32_t segment = from.segment; result == 0 && segment && segment <= wal->last;
	     segment++)
		result = rewrite_segment(wal, segment, segment == from.segment ? from.offset : 0,
					 buffer);
	if (result == 0)
		result = wal->disk->sync_directory(wal->disk, wal_directory);
	if (result == 0)
		result = open_current(wal);
	return result < 0 ? result : wal_prepare(wal);
}

int wal_write(struct wal *wal, const uint8_t *data, size_t size, struct wal_position *ret_position)
{
	int result = 0;

	assert(size <= wal->segment_bytes);
	if (wal->end + size > wal->segment_bytes) {
		result = wal_prepare(wal);
		if (result < 0)
			return result;
		wal->current++;
		wal->end = 0;
		result = open_current(wal);
	}
	if (result == 0)
		result = wal->disk->write(wal->disk, wal->file, data, size, wal->end);
	if (result == 0)
		result = wal->disk->sync_data(wal->disk, wal->file);
	if (result < 0)
		return result;
	*ret_position = wal_end(wal);
	wal->end += size;
	return 0;
}

int wal_retire(struct wal *wal, uint32_t segment)
{
	char path[DISK_PATH_MAX];

	assert(segment <= wal->current);
	for (; wal->first < segment; wal->first++) {
		if (wal->read_segment == wal->first)
			forget_read_file(wal);
		segment_path(wal->first, path);

		int result = wal->disk->unlink(wal->disk, path);

		/* One at a time, or a power cut could leave a hole in the row. */
		if (result == 0)
			result = wal->disk->sync_directory(wal->disk, wal_directory);
		if (result < 0)
			return result;
	}
	return 0;
}
