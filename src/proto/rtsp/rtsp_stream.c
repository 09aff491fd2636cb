#include "proto/rtsp/rtsp_stream.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Whether `data` begins with `word`, or ends before that can be told. */
static bool may_start_with(const uint8_t *data, size_t size, const char *word)
{
	size_t word_size = strlen(word);

	return memcmp(data, word, size < word_size ? size : word_size) == 0;
}

static bool may_be_message(const uint8_t *data, size_t size)
{
	if (may_start_with(data, size, "RTSP/"))
		return true;
	for (enum rtsp_method i = RTSP_OPTIONS; i < RTSP_METHOD_COUNT; i++)
		if (may_start_with(data, size, rtsp_method_name(i)))
			return true;
	return false;
}

/* Whether an item may start here, as far as the bytes at hand tell. */
static bool may_be_start(const uint8_t *data, size_t size, const struct rtsp_channels *channels)
{
	if (size == 0 || data[0] == '\r' || data[0] == '\n')
		return true;
	if (data[0] == '$')
		return size < 2 || rtsp_channels_has(channels, data[1]);
	return may_be_message(data, size);
}

static size_t frame_end(const uint8_t *data)
{
	return RTSP_FRAME_HEAD_SIZE + ((size_t)data[2] << 8 | data[3]);
}

/* Whether a whole frame, or a frame that reaches past the buffer, starts here. */
static bool may_be_frame(const uint8_t *data, size_t size, const struct rtsp_channels *channels)
{
	if (data[0] != '$' || (size > 1 && !rtsp_channels_has(channels, data[1])))
		return false;
	if (size < RTSP_FRAME_HEAD_SIZE || size <= frame_end(data))
		return true;
	return may_be_start(data + frame_end(data), size - frame_end(data), channels);
}

/* The first place after `data` where an item may start. */
static int skip_to_start(const uint8_t *data, size_t size, const struct rtsp_channels *channels,
			 struct rtsp_item *ret_item)
{
	size_t at = 1;

	while (at < size && !may_be_frame(data + at, size - at, channels) &&
	       !may_start_with(data + at, size - at, "RTSP/1.0 "))
		at++;
	*ret_item = (struct rtsp_item){.kind = RTSP_ITEM_SKIPPED};
	return (int)at;
}

static int next_frame(const uint8_t *data, size_t size, const struct rtsp_channels *channels,
		      struct rtsp_item *ret_item)
{
	if (size < 2)
		return -EAGAIN;
	if (!rtsp_channels_has(channels, data[1]))
		return skip_to_start(data, size, channels, ret_item);
	if (size < RTSP_FRAME_HEAD_SIZE || size < frame_end(data))
		return -EAGAIN;
	size_t end = frame_end(data);

	if (!may_be_start(data + end, size - end, channels))
		return skip_to_start(data, size, channels, ret_item);
	*ret_item = (struct rtsp_item){
		.kind = RTSP_ITEM_FRAME,
		.channel = data[1],
		.frame = {data + RTSP_FRAME_HEAD_SIZE, end - RTSP_FRAME_HEAD_SIZE},
	};
	return (int)end;
}

static int next_message(const uint8_t *data, size_t size, const struct rtsp_channels *channels,
			struct rtsp_item *ret_item, struct rtsp_message *ret_message)
{
	if (!may_be_message(data, size))
		return skip_to_start(data, size, channels, ret_item);
	int used = rtsp_message_parse((const char *)data, size, ret_message);

	if (used == -EBADMSG)
		return skip_to_start(data, size, channels, ret_item);
	if (used >= 0)
		*ret_item = (struct rtsp_item){.kind = RTSP_ITEM_MESSAGE};
	return used;
}

int rtsp_stream_next(const uint8_t *data, size_t size, const struct rtsp_channels *channels,
		     struct rtsp_item *ret_item, struct rtsp_message *ret_message)
{
	size_t blank = 0;

	while (blank < size && (data[blank] == '\r' || data[blank] == '\n'))
		blank++;
	if (blank == size)
		return -EAGAIN;
	int used = data[blank] == '$' ? next_frame(data + blank, size - blank, channels, ret_item)
				      : next_message(data + blank, size - blank, channels, ret_item,
						     ret_message);

	return used < 0 ? used : used + (int)blank;
}

void rtsp_stream_build_head(uint8_t ret_head[RTSP_FRAME_HEAD_SIZE], uint8_t channel,
			    size_t frame_size)
{
	assert(frame_size <= RTSP_FRAME_SIZE_MAX);
	ret_head[0] = '$';
	ret_head[1] = channel;
	ret_head[2] = (uint8_t)(frame_size >> 8);
	ret_head[3] = (uint8_t)frame_size;
}
