/* HTTP/1.1 on one connection: one request at a time, pipelined ones wait in the buffer. */
#include <assert.h>
#include <errno.h>
#include <sodium.h>

#include "front/exchange.h"
#include "front/session.h"
#include "proto/http/chunked.h"
#include "proto/http/response.h"

/* A head of full size, and room for what follows it. */
enum { HTTP1_IN_MAX = HTTP_HEAD_MAX + 8192 };

enum http1_state {
	HTTP1_HEAD, /* a head comes in, or none */
	HTTP1_BODY,
	HTTP1_ANSWER, /* the exchange runs, or its answer goes out */
	HTTP1_OVER,
};

struct http1 {
	struct session session;
	enum http1_state state;
	bool keeps_alive, is_head_sent, is_input_over;
	uint64_t head_by_ns; /* HTTP1_HEAD: give up then */
	uint64_t body_left;
	struct chunked chunked;
	/* A head and what follows it; freed while nothing is under way. The head stays in front for
	 * as long as its exchange lasts, which borrows from it. */
	uint8_t *in;
	size_t in_size, head_size;
	size_t searched; /* bytes of `in` known to hold no end of a head */
	struct exchange *exchange;
	uint8_t *out; /* a head of ours */
	size_t out_size, out_sent;
};

static struct http1 *http1_of(const struct session *session)
{
	return (struct http1 *)(uintptr_t)session;
}

static uint64_t in_seconds(const struct http1 *http1, uint64_t seconds)
{
	return front_now_ns(http1->session.front) + seconds * CLOCK_NS_PER_S;
}

static void http1_wake(void *transport)
{
	struct http1 *http1 = transport;

	http1->session.wake(http1->session.owner);
}

/* ---- out ---- */

static int reserve_out(struct http1 *http1)
{
	if (!http1->out)
		http1->out = malloc(HTTP_RESPONSE_HEAD_MAX);
	return http1->out ? 0 : -ENOMEM;
}

static void add_field(void *context, const char *name, const char *value)
{
	response_add(context, name, value);
}

static void build_head(struct http1 *http1)
{
	struct reply *reply = &http1->exchange->reply;
	struct bytes_writer writer;

	http1->is_head_sent = true;
	if (reserve_out(http1) < 0) {
		http1->state = HTTP1_OVER;
		return;
	}
	/* Without a length, the end of the connection is the end of the body, in both versions. */
	if (reply->is_stream)
		http1->keeps_alive = false;
	writer =
		bytes_write(http1->out + http1->out_size, HTTP_RESPONSE_HEAD_MAX - http1->out_size);
	response_start(&writer, reply->status);
	reply_each_field(reply, exchange_is_https_only(http1->exchange),
			 front_date(http1->session.front), add_field, &writer);
	if (!http1->keeps_alive)
		response_add(&writer, "connection", "close");
	response_end(&writer);
	assert(!writer.failed);
	http1->out_size += bytes_written(&writer);
}

static void end_exchange(struct http1 *http1);

static size_t http1_pull(struct session *session, uint8_t *buffer, size_t size)
{
	struct http1 *http1 = http1_of(session);
	size_t taken = 0;

	if (http1->state == HTTP1_ANSWER && http1->exchange->reply.is_ready && !http1->is_head_sent)
		build_head(http1);
	if (http1->out_sent < http1->out_size) {
		taken = http1->out_size - http1->out_sent;
		if (taken > size)
			taken = size;
		memcpy(buffer, http1->out + http1->out_sent, taken);
		http1->out_sent += taken;
	}
	if (http1->state != HTTP1_ANSWER || !http1->is_head_sent ||
	    http1->out_sent < http1->out_size)
		return taken;
	taken += reply_take(&http1->exchange->reply, buffer + taken, size - taken);
	if (taken)
		exchange_note_progress(http1->exchange);
	if (reply_is_taken(&http1->exchange->reply))
		end_exchange(http1);
	return taken;
}

/* ---- in ---- */

static void drop_exchange(struct http1 *http1)
{
	if (!http1->exchange)
		return;
	exchange_finish(http1->exchange);
	free(http1->exchange);
	http1->exchange = NULL;
}

static void go_on(struct http1 *http1);

static void free_buffers(struct http1 *http1)
{
	if (http1->in)
		sodium_memzero(http1->in, HTTP1_IN_MAX);
	free(http1->in);
	free(http1->out);
	http1->in = NULL;
	http1->out = NULL;
}

static void end_exchange(struct http1 *http1)
{
	drop_exchange(http1);
	http1->out_size = http1->out_sent = 0;
	http1->is_head_sent = false;
	if (!http1->keeps_alive) {
		http1->state = HTTP1_OVER;
		return;
	}
	http1->in_size -= http1->head_size;
	memmove(http1->in, http1->in + http1->head_size, http1->in_size);
	http1->head_size = 0;
	http1->searched = 0;
	http1->state = HTTP1_HEAD;
	http1->head_by_ns = in_seconds(http1, http1->in_size ? SESSION_HEAD_S : SESSION_IDLE_S);
	if (http1->in_size)
		go_on(http1);
	else
		free_buffers(http1);
	if (http1->is_input_over && http1->state == HTTP1_HEAD)
		http1->state = HTTP1_OVER;
}

static void answer(struct http1 *http1)
{
	http1->state = HTTP1_ANSWER;
	exchange_run(http1->exchange);
}

/* The answer to what cannot be read on: it goes out, then the connection ends. */
static void break_off(struct http1 *http1)
{
	http1->keeps_alive = false;
	http1->state = HTTP1_ANSWER;
}

static int begin_exchange(struct http1 *http1)
{
	struct front *front = http1->session.front;

	if (front->exchanges >= FRONT_EXCHANGES_MAX)
		return -EAGAIN;
	http1->exchange = malloc(sizeof(*http1->exchange));
	if (!http1->exchange)
		return -ENOMEM;
	exchange_begin(http1->exchange, front, http1->session.peer, http1_wake, http1);
	return 0;
}

/* A client that asked first does not send its body when it hears a refusal. */
static void answer_expectation(struct http1 *http1)
{
	static const char go_ahead[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (http1->exchange->is_refused_early) {
		break_off(http1);
		exchange_run(http1->exchange);
	} else if (reserve_out(http1) == 0) {
		memcpy(http1->out, go_ahead, sizeof(go_ahead) - 1);
		http1->out_size = sizeof(go_ahead) - 1;
		http1->session.wake(http1->session.owner);
	}
}

static int read_head(struct http1 *http1, size_t head_size)
{
	int r = begin_exchange(http1);

	if (r < 0)
		return r;
	struct http_request *request = &http1->exchange->request;

	http1->head_size = head_size;
	r = request_parse(http1->in, head_size, request);
	if (r < 0) {
		break_off(http1);
		exchange_refuse_head(http1->exchange, r);
		return 0;
	}
	http1->keeps_alive = request->keeps_alive;
	http1->body_left = request->body_size;
	http1->chunked = (struct chunked){0};
	exchange_read_head(http1->exchange);
	if (request->framing == HTTP_NO_BODY) {
		answer(http1);
		return 0;
	}
	http1->state = HTTP1_BODY;
	if (request->framing == HTTP_SIZED_BODY &&
	    exchange_expect_body(http1->exchange, http1->body_left) < 0)
		break_off(http1);
	else if (request->expects_continue)
		answer_expectation(http1);
	return 0;
}

static int next_run(struct http1 *http1, struct bytes *input, struct bytes *ret_run,
		    bool *ret_is_end)
{
	if (http1->exchange->request.framing == HTTP_CHUNKED_BODY) {
		int r = chunked_next(&http1->chunked, input, ret_run);

		*ret_is_end = http1->chunked.state == CHUNKED_DONE;
		return r;
	}
	size_t size = input->size < http1->body_left ? input->size : http1->body_left;

	*ret_run = (struct bytes){input->data, size};
	input->data += size;
	input->size -= size;
	http1->body_left -= size;
	*ret_is_end = !http1->body_left;
	return 0;
}

static void read_body(struct http1 *http1)
{
	struct bytes input = {http1->in + http1->head_size, http1->in_size - http1->head_size};
	bool is_end = false;

	while (input.size && !is_end) {
		struct bytes run;

		if (next_run(http1, &input, &run, &is_end) < 0) {
			break_off(http1);
			exchange_refuse_head(http1->exchange, -EBADMSG);
			return;
		}
		if (exchange_read_body(http1->exchange, run) < 0) {
			break_off(http1);
			return;
		}
	}
	/* What is left belongs to the next request. */
	memmove(http1->in + http1->head_size, input.data, input.size);
	http1->in_size = http1->head_size + input.size;
	if (is_end)
		answer(http1);
}

/* What cannot be a head at all. */
static int refuse_head(struct http1 *http1, int error)
{
	int r = begin_exchange(http1);

	if (r < 0)
		return r;
	http1->head_size = http1->in_size;
	break_off(http1);
	exchange_refuse_head(http1->exchange, error);
	return 0;
}

static int look_for_head(struct http1 *http1)
{
	size_t size = request_head_size(http1->in, http1->in_size, http1->searched);

	if (size)
		return read_head(http1, size);
	if (http1->in_size > HTTP_HEAD_MAX)
		return refuse_head(http1, -EMSGSIZE);
	http1->searched = http1->in_size;
	return 0;
}

/* As far as the bytes in the buffer lead. */
static void go_on(struct http1 *http1)
{
	if (http1->state == HTTP1_HEAD && look_for_head(http1) < 0)
		http1->state = HTTP1_OVER;
	if (http1->state == HTTP1_BODY)
		read_body(http1);
}

static size_t http1_room(const struct session *session)
{
	const struct http1 *http1 = http1_of(session);

	if (http1->state == HTTP1_OVER || http1->is_input_over)
		return 0;
	return HTTP1_IN_MAX - http1->in_size;
}

static int http1_feed(struct session *session, const uint8_t *data, size_t size)
{
	struct http1 *http1 = http1_of(session);

	if (!http1->in)
		http1->in = malloc(HTTP1_IN_MAX);
	if (!http1->in)
		return -ENOMEM;
	assert(size <= HTTP1_IN_MAX - http1->in_size);
	if (http1->state == HTTP1_HEAD && !http1->in_size)
		http1->head_by_ns = in_seconds(http1, SESSION_HEAD_S);
	memcpy(http1->in + http1->in_size, data, size);
	http1->in_size += size;
	go_on(http1);
	return 0;
}

/* A peer that half-closes may still want its answer, but nobody waits on a stream that way. */
static void http1_end_input(struct session *session)
{
	struct http1 *http1 = http1_of(session);

	http1->is_input_over = true;
	http1->keeps_alive = false;
	if (http1->state != HTTP1_ANSWER || http1->exchange->reply.is_stream)
		http1->state = HTTP1_OVER;
}

/* ---- time and end ---- */

static bool http1_is_over(const struct session *session)
{
	return http1_of(session)->state == HTTP1_OVER;
}

static bool http1_is_idle(const struct session *session)
{
	const struct http1 *http1 = http1_of(session);

	return http1->state == HTTP1_HEAD && !http1->in_size;
}

static uint64_t http1_deadline_ns(const struct session *session)
{
	const struct http1 *http1 = http1_of(session);

	return http1->exchange ? http1->exchange->deadline_ns : http1->head_by_ns;
}

static void http1_expire(struct session *session)
{
	struct http1 *http1 = http1_of(session);

	if (http1->exchange ? !exchange_expire(http1->exchange)
			    : http1->in_size && refuse_head(http1, -ETIMEDOUT) == 0)
		return;
	http1->state = HTTP1_OVER;
}

static void http1_destroy(struct session *session)
{
	struct http1 *http1 = http1_of(session);

	drop_exchange(http1);
	free_buffers(http1);
	free(http1);
}

static const struct session_kind http1_kind = {
	.room = http1_room,
	.feed = http1_feed,
	.end_input = http1_end_input,
	.pull = http1_pull,
	.is_over = http1_is_over,
	.is_idle = http1_is_idle,
	.deadline_ns = http1_deadline_ns,
	.expire = http1_expire,
	.destroy = http1_destroy,
};

struct session *http1_create(struct front *front, const struct peer *peer, session_wake_fn *wake,
			     void *owner)
{
	struct http1 *http1 = calloc(1, sizeof(*http1));

	if (!http1)
		return NULL;
	http1->session = (struct session){&http1_kind, front, peer, wake, owner};
	http1->head_by_ns = in_seconds(http1, SESSION_FIRST_S);
	return &http1->session;
}
