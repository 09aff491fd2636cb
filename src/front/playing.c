#include "front/playing.h"

#include <errno.h>

enum { PLAYING_BYTES_MAX = 32 << 20 };

void playing_begin(struct playing *playing, struct exchange *exchange, const uint8_t sid[16])
{
	struct front *front = exchange->front;

	*playing = (struct playing){
		.exchange = exchange, .next = front->playings, .at = &front->playings};
	memcpy(playing->sid, sid, sizeof(playing->sid));
	if (front->playings)
		front->playings->at = &playing->next;
	front->playings = playing;
}

void playing_end(struct playing *playing)
{
	playing_keep(playing, 0);
	*playing->at = playing->next;
	if (playing->next)
		playing->next->at = playing->at;
}

void playing_keep(struct playing *playing, size_t size)
{
	struct front *front = playing->exchange->front;

	front->play_bytes = front->play_bytes - playing->size + size;
	playing->size = size;
}

int playing_read(const struct ipc_message *message, uint8_t **ret_data, size_t *ret_size)
{
	const struct ipc_play_data *data = message->body;
	autofree uint8_t *bytes = data->size <= PLAYING_BYTES_MAX ? malloc(data->size + 1) : NULL;
	size_t at = 0;

	if (!bytes)
		return -ENOMEM;
	while (at < data->size) {
		ssize_t size = read(message->fd, bytes + at, data->size - at);

		if (size <= 0)
			return size < 0 ? -errno : -EIO;
		at += (size_t)size;
	}
	*ret_data = take(bytes);
	*ret_size = at;
	return 0;
}

void playing_stop(struct front *front, const struct ipc_play_ended *ended)
{
	for (struct playing *playing = front->playings; playing; playing = playing->next)
		if (playing->exchange->reply.is_ready &&
		    memcmp(playing->sid, ended->sid, sizeof(playing->sid)) == 0)
			exchange_abort(playing->exchange);
}
