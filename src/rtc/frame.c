#include "rtc/frame.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct frame_config {
	uint32_t refs;
	size_t size;
	uint8_t data[];
};

int frame_config_create(struct bytes data, struct frame_config **ret_config)
{
	struct frame_config *config = malloc(sizeof(*config) + data.size);

	if (!config)
		return -ENOMEM;
	config->refs = 1;
	config->size = data.size;
	if (data.size)
		memcpy(config->data, data.data, data.size);
	*ret_config = config;
	return 0;
}

struct frame_config *frame_config_ref(struct frame_config *config)
{
	if (config)
		config->refs++;
	return config;
}

void frame_config_unref(struct frame_config *config)
{
	if (config && --config->refs == 0)
		free(config);
}

int frame_create(const struct ipc_frame *head, enum packer_kind kind, struct frame_config *config,
		 struct frame **ret_frame)
{
	struct frame *frame = calloc(1, sizeof(*frame));
	uint8_t *raw = malloc(head->size ? head->size : 1);

	if (!frame || !raw) {
		free(frame);
		free(raw);
		return -ENOMEM;
	}
	frame->number = head->frame;
	frame->pts_ns = head->pts_ns;
	frame->size = head->size;
	frame->is_key = (head->flags & FRAME_KEY) != 0;
	frame->kind = kind;
	frame->refs = 1;
	frame->raw = raw;
	frame->config = frame->is_key ? frame_config_ref(config) : NULL;
	*ret_frame = frame;
	return 0;
}

struct frame *frame_ref(struct frame *frame)
{
	frame->refs++;
	return frame;
}

void frame_unref(struct frame *frame)
{
	if (!frame || --frame->refs > 0)
		return;
	frame_config_unref(frame->config);
	free(frame->raw);
	free(frame->payload);
	free(frame->packet);
	free(frame);
}

int frame_append(struct frame *frame, uint32_t offset, struct bytes piece)
{
	if (offset != frame->filled || piece.size > frame->size - frame->filled)
		return -EBADMSG;
	if (piece.size)
		memcpy(frame->raw + offset, piece.data, piece.size);
	frame->filled += (uint32_t)piece.size;
	return 0;
}

bool frame_is_whole(const struct frame *frame)
{
	return frame->filled == frame->size;
}

int frame_pack(struct frame *frame)
{
	uint32_t packets;
	size_t bytes;

	assert(frame_is_whole(frame));
	if (frame->packet_count)
		return 0;
	struct packer_source source = {.kind = frame->kind, .frame = {frame->raw, frame->size}};

	if (!frame->raw) /* tried before */
		return -EBADMSG;
	if (frame->config)
		source.config = (struct bytes){frame->config->data, frame->config->size};
	int r = packer_measure(&source, &packets, &bytes);

	if (r < 0)
		return r;
	frame->payload = malloc(bytes);
	frame->packet = calloc(packets, sizeof(*frame->packet));
	if (!frame->payload || !frame->packet)
		return -ENOMEM;
	r = packer_run(&source, frame->payload, frame->packet);
	free(take(frame->raw));
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	frame->packet_count = (uint32_t)r;
	return 0;
}
