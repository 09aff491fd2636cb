#include "sim/sim_inode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct sim_blob copy_blob(const void *data, size_t size)
{
	struct sim_blob blob = {malloc(size ? size : 1), size};

	assert(blob.data);
	if (size)
		memcpy(blob.data, data, size);
	return blob;
}

static void free_blob(struct sim_blob *blob)
{
	free(blob->data);
	*blob = (struct sim_blob){NULL, 0};
}

static void apply_bytes(struct sim_blob *blob, uint64_t offset, const void *data, size_t size)
{
	if (offset + size > blob->size) {
		blob->data = realloc(blob->data, offset + size);
		assert(blob->data);
		memset(blob->data + blob->size, 0, offset + size - blob->size);
		blob->size = offset + size;
	}
	if (size)
		memcpy(blob->data + offset, data, size);
}

void sim_inode_lose(struct sim_inode *inode)
{
	for (unsigned i = 0; i < inode->write_count; i++)
		free_blob(&inode->writes[i].bytes);
	inode->write_count = 0;
	free(inode->writes);
	inode->writes = NULL;
	inode->write_room = 0;
}

static void apply(struct sim_blob *blob, const struct sim_write *write)
{
	if (!write->is_cut)
		apply_bytes(blob, write->offset, write->bytes.data, write->bytes.size);
	else if (write->offset < blob->size)
		blob->size = write->offset;
	else
		apply_bytes(blob, write->offset, NULL, 0);
}

void sim_inode_sync(struct sim_inode *inode)
{
	for (unsigned i = 0; i < inode->write_count; i++)
		apply(&inode->durable, &inode->writes[i]);
	sim_inode_lose(inode);
}

/* The part of a write that reached the disk. */
static void keep_part(struct sim_write *write, enum sim_bytes bytes)
{
	size_t half = write->bytes.size / 2;

	if (bytes == SIM_BYTES_TORN) {
		write->bytes.size = half;
	} else if (bytes == SIM_BYTES_LAST_HALF) {
		memmove(write->bytes.data, write->bytes.data + half, write->bytes.size - half);
		write->bytes.size -= half;
		write->offset += half;
	}
}

void sim_inode_cut(struct sim_inode *inode, enum sim_bytes bytes)
{
	if (bytes == SIM_BYTES_NONE)
		sim_inode_lose(inode);
	for (unsigned i = 0; i < inode->write_count; i++)
		keep_part(&inode->writes[i], bytes);
	sim_inode_sync(inode);
	free_blob(&inode->seen);
	inode->seen = copy_blob(inode->durable.data, inode->durable.size);
}

static void note_write(struct sim_inode *inode, struct sim_write write)
{
	enum { ROOM = 64 };

	if (inode->write_count == inode->write_room) {
		inode->write_room = inode->write_room ? 2 * inode->write_room : ROOM;
		inode->writes =
			reallocarray(inode->writes, inode->write_room, sizeof(*inode->writes));
		assert(inode->writes);
	}
	inode->writes[inode->write_count++] = write;
	apply(&inode->seen, &write);
}

void sim_inode_write(struct sim_inode *inode, uint64_t offset, const void *data, size_t size)
{
	note_write(inode, (struct sim_write){offset, copy_blob(data, size), false});
}

void sim_inode_truncate(struct sim_inode *inode, uint64_t size)
{
	note_write(inode, (struct sim_write){size, copy_blob(NULL, 0), true});
}

void sim_inode_copy(struct sim_inode *inode)
{
	const struct sim_write *writes = inode->writes;

	if (!inode->exists)
		return;
	inode->seen = copy_blob(inode->seen.data, inode->seen.size);
	inode->durable = copy_blob(inode->durable.data, inode->durable.size);
	if (!writes)
		return;
	inode->write_room = inode->write_count;
	inode->writes = calloc(inode->write_room + 1, sizeof(*inode->writes));
	assert(inode->writes);
	for (unsigned i = 0; i < inode->write_count; i++) {
		inode->writes[i] = writes[i];
		inode->writes[i].bytes = copy_blob(writes[i].bytes.data, writes[i].bytes.size);
	}
}

void sim_inode_clear(struct sim_inode *inode)
{
	sim_inode_lose(inode);
	free_blob(&inode->seen);
	free_blob(&inode->durable);
	inode->exists = false;
}

uint64_t sim_random(uint64_t *state)
{
	uint64_t value = *state += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}
