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
}

void sim_inode_sync(struct sim_inode *inode)
{
	for (unsigned i = 0; i < inode->write_count; i++)
		apply_bytes(&inode->durable, inode->writes[i].offset, inode->writes[i].bytes.data,
			    inode->writes[i].bytes.size);
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

void sim_inode_write(struct sim_inode *inode, uint64_t offset, const void *data, size_t size)
{
	if (!inode->writes)
		inode->writes = calloc(SIM_WRITES_MAX, sizeof(*inode->writes));
	assert(inode->writes && inode->write_count < SIM_WRITES_MAX);
	apply_bytes(&inode->seen, offset, data, size);
	inode->writes[inode->write_count++] = (struct sim_write){offset, copy_blob(data, size)};
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
	inode->writes = calloc(SIM_WRITES_MAX, sizeof(*inode->writes));
	assert(inode->writes);
	for (unsigned i = 0; i < inode->write_count; i++)
		inode->writes[i] = (struct sim_write){
			writes[i].offset, copy_blob(writes[i].bytes.data, writes[i].bytes.size)};
}

void sim_inode_clear(struct sim_inode *inode)
{
	sim_inode_lose(inode);
	free_blob(&inode->seen);
	free_blob(&inode->durable);
	inode->exists = false;
}
