/* HTTP/2 on one connection, through nghttp2: RFC 9113. nghttp2 checks the syntax; what stands here
 * are the limits, and the way from a stream to an exchange. */
#include <assert.h>
#include <errno.h>
#include <nghttp2/nghttp2.h>

#include "front/exchange.h"
#include "front/http2_head.h"
#include "front/http2_memory.h"
#include "front/session.h"

enum {
	HTTP2_STREAMS_MAX = 64,
	HTTP2_QUEUE_MAX = 256, /* frames to be sent before nothing more is read */
	HTTP2_FIELDS_MAX = 32, /* of an answer */
	HTTP2_UPDATES_MAX = 8192,
	HTTP2_GOODBYE_S = 2,
};

/* Frames that ask for work and carry none; resets, each of which wasted a stream. */
static const struct bucket_rule control_rule = {1000, CLOCK_NS_PER_S / 200};
static const struct bucket_rule reset_rule = {200, CLOCK_NS_PER_S / 20};

struct http2_stream {
	struct exchange exchange;
	struct http2 *http2;
	struct http2_stream *next, **link;
	int32_t id;
	bool is_submitted, is_waiting, is_input_over;
	struct http2_head head; /* last: large, and not cleared */
};

struct http2 {
	struct session session;
	nghttp2_session *nghttp2;
	struct http2_memory memory;
	struct http2_stream *streams;
	struct bytes pending; /* nghttp2's, until its next mem_send */
	struct bucket controls, resets;
	unsigned updates_due; /* WINDOW_UPDATEs that the DATA we sent makes ordinary */
	uint64_t idle_by_ns;
	bool is_terminated, is_dead;
};

static struct http2 *http2_of(const struct session *session)
{
	return (struct http2 *)(uintptr_t)session;
}

static uint64_t after_seconds(const struct http2 *http2, uint64_t seconds)
{
	return front_now_ns(http2->session.front) + seconds * CLOCK_NS_PER_S;
}

static struct http2_stream *stream_of(struct http2 *http2, int32_t id)
{
	return nghttp2_session_get_stream_user_data(http2->nghttp2, id);
}

/* ---- answers ---- */

struct name_values {
	nghttp2_nv list[HTTP2_FIELDS_MAX];
	size_t count;
};

static void add_nv(void *context, const char *name, const char *value)
{
	struct name_values *fields = context;

	assert(fields->count < HTTP2_FIELDS_MAX);
	fields->list[fields->count++] =
		(nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
			     strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static ssize_t read_reply(nghttp2_session *nghttp2, int32_t id, uint8_t *buffer, size_t size,
			  uint32_t *flags, nghttp2_data_source *source, void *context)
{
	struct http2_stream *stream = source->ptr;
	size_t taken = reply_take(&stream->exchange.reply, buffer, size);

	(void)nghttp2, (void)id, (void)context;
	if (taken)
		exchange_note_progress(&stream->exchange);
	if (reply_is_taken(&stream->exchange.reply)) {
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	} else if (!taken) {
		stream->is_waiting = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	return (ssize_t)taken;
}

static void submit(struct http2_stream *stream)
{
	struct http2 *http2 = stream->http2;
	struct reply *reply = &stream->exchange.reply;
	nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = read_reply};
	struct name_values fields = {0};
	char status[8];

	snprintf(status, sizeof(status), "%d", reply->status % 1000);
	add_nv(&fields, ":status", status);
	reply_each_field(reply, exchange_is_https_only(&stream->exchange),
			 front_date(http2->session.front), add_nv, &fields);
	stream->is_submitted = true;
	if (nghttp2_submit_response(http2->nghttp2, stream->id, fields.list, fields.count,
				    reply_is_taken(reply) ? NULL : &provider) != 0)
		http2->is_dead = true;
}

static void http2_wake(void *transport)
{
	struct http2_stream *stream = transport;
	struct http2 *http2 = stream->http2;

	if (!stream->exchange.reply.is_ready)
		return;
	if (!stream->is_submitted) {
		submit(stream);
	} else if (stream->is_waiting) {
		stream->is_waiting = false;
		/* NGHTTP2_ERR_INVALID_ARGUMENT: the stream is closing already */
		(void)nghttp2_session_resume_data(http2->nghttp2, stream->id);
	}
	http2->session.wake(http2->session.owner);
}

/* ---- streams ---- */

static struct http2_stream *open_stream(struct http2 *http2, int32_t id)
{
	struct front *front = http2->session.front;
	struct http2_stream *stream =
		front->exchanges < FRONT_EXCHANGES_MAX ? malloc(sizeof(*stream)) : NULL;

	if (!stream)
		return NULL;
	memset(stream, 0, offsetof(struct http2_stream, head));
	http2_head_begin(&stream->head);
	stream->http2 = http2;
	stream->id = id;
	stream->next = http2->streams;
	stream->link = &http2->streams;
	if (stream->next)
		stream->next->link = &stream->next;
	http2->streams = stream;
	exchange_begin(&stream->exchange, front, http2->session.peer, http2_wake, stream);
	return stream;
}

static void close_stream(struct http2_stream *stream)
{
	struct http2 *http2 = stream->http2;

	*stream->link = stream->next;
	if (stream->next)
		stream->next->link = stream->link;
	exchange_finish(&stream->exchange);
	http2_head_forget(&stream->head);
	free(stream);
	if (!http2->streams)
		http2->idle_by_ns = after_seconds(http2, SESSION_IDLE_S);
}

static void end_head(struct http2_stream *stream)
{
	int r = http2_head_end(&stream->head, &stream->exchange.request);

	if (r < 0)
		exchange_refuse_head(&stream->exchange, r);
	else
		exchange_read_head(&stream->exchange);
}

static void end_request(struct http2_stream *stream)
{
	if (stream->is_input_over)
		return;
	stream->is_input_over = true;
	if (!stream->exchange.reply.is_ready)
		exchange_run(&stream->exchange);
}

/* ---- what nghttp2 reports ---- */

static int on_begin_headers(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *context)
{
	struct http2 *http2 = context;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	struct http2_stream *stream = open_stream(http2, frame->hd.stream_id);

	if (!stream)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	nghttp2_session_set_stream_user_data(nghttp2, frame->hd.stream_id, stream);
	return 0;
}

static int on_header(nghttp2_session *nghttp2, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
		     void *context)
{
	struct http2_stream *stream = stream_of(context, frame->hd.stream_id);

	(void)nghttp2, (void)flags;
	/* trailers are dropped */
	if (stream && frame->hd.type == NGHTTP2_HEADERS &&
	    frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		http2_head_add(&stream->head, &stream->exchange.request,
			       (struct bytes){name, name_size}, (struct bytes){value, value_size});
	return 0;
}

static int calm_down(struct http2 *http2)
{
	if (!http2->is_terminated)
		(void)nghttp2_session_terminate_session(http2->nghttp2, NGHTTP2_ENHANCE_YOUR_CALM);
	http2->is_terminated = true;
	return 0;
}

static bool is_flood(struct http2 *http2, const nghttp2_frame *frame)
{
	uint64_t now_ns = front_now_ns(http2->session.front);
	bool is_empty_data = frame->hd.type == NGHTTP2_DATA && !frame->hd.length;

	if (frame->hd.type == NGHTTP2_RST_STREAM)
		return !bucket_take(&http2->resets, &reset_rule, now_ns);
	if (frame->hd.type == NGHTTP2_HEADERS || (frame->hd.type == NGHTTP2_DATA && !is_empty_data))
		return false;
	if (frame->hd.type == NGHTTP2_WINDOW_UPDATE && http2->updates_due) {
		http2->updates_due--;
		return false;
	}
	return !bucket_take(&http2->controls, &control_rule, now_ns);
}

static int on_frame_recv(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *context)
{
	struct http2 *http2 = context;
	struct http2_stream *stream = stream_of(http2, frame->hd.stream_id);

	(void)nghttp2;
	if (is_flood(http2, frame))
		return calm_down(http2);
	if (frame->hd.type == NGHTTP2_SETTINGS && !http2->streams)
		http2->idle_by_ns = after_seconds(http2, SESSION_IDLE_S);
	if (!stream)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		end_head(stream);
	if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
	    frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		end_request(stream);
	return 0;
}

static int on_data_chunk_recv(nghttp2_session *nghttp2, uint8_t flags, int32_t id,
			      const uint8_t *data, size_t size, void *context)
{
	struct http2_stream *stream = stream_of(context, id);

	(void)nghttp2, (void)flags;
	/* Too long: answered, and after the answer the stream is reset. */
	if (stream && !stream->exchange.reply.is_ready)
		(void)!exchange_read_body(&stream->exchange, (struct bytes){data, size});
	return 0;
}

/* The answer is out; what the peer still sends of its request is for nobody. */
static int on_frame_send(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *context)
{
	struct http2 *http2 = context;
	struct http2_stream *stream = stream_of(http2, frame->hd.stream_id);

	/* one for the stream, one for the connection */
	if (frame->hd.type == NGHTTP2_DATA && http2->updates_due < HTTP2_UPDATES_MAX)
		http2->updates_due += 2;
	if (!stream || stream->is_input_over || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) ||
	    (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
		return 0;
	(void)nghttp2_submit_rst_stream(nghttp2, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
					NGHTTP2_NO_ERROR);
	return 0;
}

static int on_stream_close(nghttp2_session *nghttp2, int32_t id, uint32_t error, void *context)
{
	struct http2_stream *stream = stream_of(context, id);

	(void)nghttp2, (void)error;
	if (stream)
		close_stream(stream);
	return 0;
}

/* ---- the session ---- */

static size_t http2_room(const struct session *session)
{
	const struct http2 *http2 = http2_of(session);
	bool is_full = nghttp2_session_get_outbound_queue_size(http2->nghttp2) > HTTP2_QUEUE_MAX;

	return is_full || http2->is_dead || !nghttp2_session_want_read(http2->nghttp2) ? 0
										       : SIZE_MAX;
}

static int http2_feed(struct session *session, const uint8_t *data, size_t size)
{
	struct http2 *http2 = http2_of(session);
	ssize_t used = nghttp2_session_mem_recv(http2->nghttp2, data, size);

	return used == (ssize_t)size ? 0 : -EBADMSG;
}

static void http2_end_input(struct session *session)
{
	http2_of(session)->is_dead = true;
}

static size_t http2_pull(struct session *session, uint8_t *buffer, size_t size)
{
	struct http2 *http2 = http2_of(session);
	size_t at = 0;

	while (at < size && !http2->is_dead) {
		if (!http2->pending.size) {
			ssize_t more =
				nghttp2_session_mem_send(http2->nghttp2, &http2->pending.data);

			if (more < 0)
				http2->is_dead = true;
			if (more <= 0)
				break;
			http2->pending.size = (size_t)more;
		}
		size_t part = http2->pending.size < size - at ? http2->pending.size : size - at;

		memcpy(buffer + at, http2->pending.data, part);
		http2->pending.data += part;
		http2->pending.size -= part;
		at += part;
	}
	return at;
}

static bool http2_is_over(const struct session *session)
{
	const struct http2 *http2 = http2_of(session);

	return http2->is_dead ||
	       (!http2->pending.size && !nghttp2_session_want_read(http2->nghttp2) &&
		!nghttp2_session_want_write(http2->nghttp2));
}

static bool http2_is_idle(const struct session *session)
{
	return !http2_of(session)->streams;
}

static uint64_t http2_deadline_ns(const struct session *session)
{
	const struct http2 *http2 = http2_of(session);
	uint64_t deadline_ns = http2->streams ? UINT64_MAX : http2->idle_by_ns;

	for (struct http2_stream *stream = http2->streams; stream; stream = stream->next)
		if (stream->exchange.deadline_ns < deadline_ns)
			deadline_ns = stream->exchange.deadline_ns;
	return deadline_ns;
}

static void http2_expire(struct session *session)
{
	struct http2 *http2 = http2_of(session);
	uint64_t now_ns = front_now_ns(session->front);

	for (struct http2_stream *stream = http2->streams; stream; stream = stream->next) {
		if (stream->exchange.deadline_ns > now_ns || !exchange_expire(&stream->exchange))
			continue;
		stream->exchange.deadline_ns = after_seconds(http2, SESSION_IDLE_S);
		(void)nghttp2_submit_rst_stream(http2->nghttp2, NGHTTP2_FLAG_NONE, stream->id,
						NGHTTP2_CANCEL);
	}
	if (http2->streams || http2->idle_by_ns > now_ns)
		return;
	if (http2->is_terminated)
		http2->is_dead = true;
	(void)nghttp2_session_terminate_session(http2->nghttp2, NGHTTP2_NO_ERROR);
	http2->is_terminated = true;
	http2->idle_by_ns = after_seconds(http2, HTTP2_GOODBYE_S);
}

static void http2_destroy(struct session *session)
{
	struct http2 *http2 = http2_of(session);

	while (http2->streams) {
		nghttp2_session_set_stream_user_data(http2->nghttp2, http2->streams->id, NULL);
		close_stream(http2->streams);
	}
	nghttp2_session_del(http2->nghttp2);
	free(http2);
}

static const struct session_kind http2_kind = {
	.room = http2_room,
	.feed = http2_feed,
	.end_input = http2_end_input,
	.pull = http2_pull,
	.is_over = http2_is_over,
	.is_idle = http2_is_idle,
	.deadline_ns = http2_deadline_ns,
	.expire = http2_expire,
	.destroy = http2_destroy,
};

static int start_nghttp2(struct http2 *http2, nghttp2_session_callbacks *callbacks,
			 nghttp2_option *option)
{
	static const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2_STREAMS_MAX},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEAD_MAX},
	};
	nghttp2_mem memory = http2_memory_functions(&http2->memory);

	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk_recv);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	nghttp2_option_set_max_reserved_remote_streams(option, 0);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_max_settings(option, 16);
	if (nghttp2_session_server_new3(&http2->nghttp2, callbacks, http2, option, &memory) != 0)
		return -ENOMEM;
	return nghttp2_submit_settings(http2->nghttp2, NGHTTP2_FLAG_NONE, settings,
				       ARRAY_COUNT(settings)) == 0
		       ? 0
		       : -ENOMEM;
}

struct session *http2_create(struct front *front, const struct peer *peer, session_wake_fn *wake,
			     void *owner)
{
	struct http2 *http2 = calloc(1, sizeof(*http2));
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	int r = -ENOMEM;

	if (!http2)
		return NULL;
	http2->session = (struct session){&http2_kind, front, peer, wake, owner};
	http2->idle_by_ns = after_seconds(http2, SESSION_FIRST_S);
	if (nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0)
		r = start_nghttp2(http2, callbacks, option);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(option);
	if (r < 0) {
		nghttp2_session_del(http2->nghttp2);
		free(http2);
		return NULL;
	}
	return &http2->session;
}
