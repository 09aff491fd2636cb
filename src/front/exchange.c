#include "front/exchange.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>

#include "base/text.h"
#include "front/render.h"
#include "ipc/refusal.h"
#include "proto/http/ask_header.h"
#include "proto/http/authority.h"
#include "proto/http/bearer.h"
#include "proto/http/grammar.h"

void exchange_begin(struct exchange *exchange, struct front *front, const struct peer *peer,
		    exchange_wake_fn *wake, void *transport)
{
	memset(exchange, 0, sizeof(*exchange));
	exchange->front = front;
	exchange->peer = peer;
	exchange->wake = wake;
	exchange->transport = transport;
	exchange->deadline_ns = front_now_ns(front) + EXCHANGE_BODY_S * CLOCK_NS_PER_S;
	front->exchanges++;
}

/* ---- the request ---- */

static void refuse_early(struct exchange *exchange, enum problem problem)
{
	if (exchange->reply.is_ready || exchange->is_refused_early)
		return;
	exchange->is_refused_early = true;
	exchange_fail(exchange, problem);
	/* It must not go out while the request still comes in. */
	exchange->reply.is_ready = false;
}

/* On the loopback listener a foreign name in Host is a rebound one. */
static bool is_right_host(const struct exchange *exchange)
{
	struct http_authority authority;

	if (authority_parse(exchange->request.authority, &authority) < 0)
		return false;
	return exchange->peer->is_tls ||
	       authority_is_loopback(&authority, exchange->peer->local_port);
}

static bool is_right_origin(const struct exchange *exchange)
{
	struct bytes origin = exchange->request.fields.values[HTTP_ORIGIN];
	enum http_method method = exchange->request.method;

	if (!origin.data || method == HTTP_GET || method == HTTP_HEAD || method == HTTP_OPTIONS)
		return true;
	return authority_is_origin(origin, exchange->peer->is_tls ? "https" : "http",
				   exchange->request.authority);
}

static void read_credential(struct exchange *exchange)
{
	struct bytes value = exchange->request.fields.values[HTTP_AUTHORIZATION];
	struct http_bearer bearer;

	if (!value.data || bearer_parse(value, &bearer) < 0)
		return;
	exchange->credential.kind = bearer.is_token ? CREDENTIAL_TOKEN : CREDENTIAL_LOGIN;
	memcpy(exchange->credential.secret, bearer.secret, sizeof(bearer.secret));
	sodium_memzero(&bearer, sizeof(bearer));
}

static void refuse_method(struct exchange *exchange, uint32_t allowed)
{
	char list[64];
	struct text text;

	if (exchange->request.method == HTTP_OTHER) {
		refuse_early(exchange, PROBLEM_NOT_IMPLEMENTED);
		return;
	}
	if (!allowed) {
		refuse_early(exchange, PROBLEM_NO_SUCH_PATH);
		return;
	}
	text_init(&text, list, sizeof(list));
	for (enum http_method method = HTTP_GET; method < HTTP_METHOD_COUNT; method++)
		if (allowed & UINT32_C(1) << method)
			text_printf(&text, "%s%s", text.size ? ", " : "",
				    request_method_name(method));
	refuse_early(exchange, PROBLEM_WRONG_METHOD);
	reply_add(&exchange->reply, "allow", "%s", list);
}

void exchange_read_head(struct exchange *exchange)
{
	const struct http_request *request = &exchange->request;
	uint32_t allowed = 0;

	exchange->reply.has_no_body = request->method == HTTP_HEAD;
	if (!is_right_host(exchange)) {
		refuse_early(exchange, PROBLEM_WRONG_HOST);
		return;
	}
	exchange->route =
		route_find(request->method, request->target.path, exchange->params, &allowed);
	if (!exchange->route) {
		refuse_method(exchange, allowed);
		return;
	}
	read_credential(exchange);
	if (!is_right_origin(exchange))
		refuse_early(exchange, PROBLEM_WRONG_ORIGIN);
	else if (route_needs_credential(exchange->route) &&
		 exchange->credential.kind == CREDENTIAL_NONE)
		refuse_early(exchange, PROBLEM_NO_CREDENTIAL);
}

void exchange_refuse_head(struct exchange *exchange, int error)
{
	reply_finish(&exchange->reply);
	exchange->is_running = true;
	exchange_fail(exchange, problem_of_head(error));
}

static int grow_body(struct exchange *exchange, size_t size)
{
	size_t limit = exchange->route->body_max;
	size_t capacity = exchange->body_capacity ? exchange->body_capacity * 2 : 1024;

	if (capacity < size)
		capacity = size;
	if (capacity > limit)
		capacity = limit;
	size_t more = capacity - exchange->body_capacity;

	if (exchange->front->body_bytes + more > FRONT_BODY_BYTES_MAX)
		return -ENOMEM;
	uint8_t *body = realloc(exchange->body, capacity);

	if (!body)
		return -ENOMEM;
	exchange->front->body_bytes += more;
	exchange->body = body;
	exchange->body_capacity = capacity;
	return 0;
}

/* A refused request's body is read to its end if it is not long, so that its sender, who may
 * read nothing before it has sent all, sees the answer. */
static size_t body_limit(const struct exchange *exchange)
{
	if (exchange->is_refused_early || !exchange->route)
		return EXCHANGE_REFUSED_BODY_MAX;
	return exchange->route->body_max;
}

int exchange_expect_body(struct exchange *exchange, uint64_t size)
{
	if (size <= body_limit(exchange))
		return 0;
	exchange->is_running = true;
	if (!exchange->is_refused_early)
		exchange_fail(exchange, PROBLEM_BODY_TOO_LARGE);
	exchange->is_refused_early = true;
	exchange->reply.is_ready = true;
	exchange->wake(exchange->transport);
	return -EMSGSIZE;
}

int exchange_read_body(struct exchange *exchange, struct bytes data)
{
	size_t size = exchange->body_size + data.size;

	if (exchange_expect_body(exchange, size) < 0)
		return -EMSGSIZE;
	if (exchange->is_refused_early) {
		exchange->body_size = size;
		return 0;
	}
	if (!data.size)
		return 0;
	if (size > exchange->body_capacity && grow_body(exchange, size) < 0) {
		refuse_early(exchange, PROBLEM_UNAVAILABLE);
		exchange->body_size = size;
		return 0;
	}
	memcpy(exchange->body + exchange->body_size, data.data, data.size);
	exchange->body_size = size;
	return 0;
}

void exchange_run(struct exchange *exchange)
{
	exchange->is_running = true;
	exchange->deadline_ns = front_now_ns(exchange->front) + EXCHANGE_ANSWER_S * CLOCK_NS_PER_S;
	if (exchange->is_refused_early) {
		exchange->reply.is_ready = true;
		exchange->wake(exchange->transport);
		return;
	}
	exchange->route->handler(exchange);
}

/* ---- its end ---- */

bool exchange_expire(struct exchange *exchange)
{
	exchange_event_fn *expired = exchange->expired;

	if (!exchange->is_running || (exchange->reply.is_ready && !exchange->reply.is_stream))
		return true;
	/* Before the call: it may set the next one. */
	exchange->expired = NULL;
	exchange->deadline_ns = front_now_ns(exchange->front) + EXCHANGE_SEND_S * CLOCK_NS_PER_S;
	if (expired)
		expired(exchange);
	else if (exchange->reply.is_ready)
		return true;
	else
		exchange_lose(exchange);
	return false;
}

void exchange_finish(struct exchange *exchange)
{
	if (!exchange->front)
		return;
	exchange_stop_asking(exchange);
	if (exchange->dropped)
		exchange->dropped(exchange);
	if (exchange->reply.is_stream)
		exchange->front->streams--;
	exchange->front->body_bytes -= exchange->body_capacity;
	exchange->front->exchanges--;
	if (exchange->body)
		sodium_memzero(exchange->body, exchange->body_capacity);
	free(exchange->body);
	reply_finish(&exchange->reply);
	sodium_memzero(&exchange->credential, sizeof(exchange->credential));
	exchange->front = NULL;
}

bool exchange_is_https_only(const struct exchange *exchange)
{
	struct http_authority authority;

	return exchange->peer->is_tls &&
	       authority_parse(exchange->request.authority, &authority) == 0 &&
	       !authority_is_local_name(&authority);
}

void exchange_note_progress(struct exchange *exchange)
{
	if (!exchange->expired)
		exchange->deadline_ns =
			front_now_ns(exchange->front) + EXCHANGE_SEND_S * CLOCK_NS_PER_S;
	if (!exchange->reply.body.size && exchange->reply.body_later && exchange->drained)
		exchange->drained(exchange);
}

/* ---- asking ---- */

void exchange_ask(struct exchange *exchange, enum proc_kind peer, enum ipc_type type, void *body,
		  struct bytes tail, exchange_answer_fn *answered)
{
	exchange_stop_asking(exchange);
	exchange->answered = answered;
	exchange->ask = link_ask(&exchange->front->link, exchange, peer, type, body, tail);
	if (!exchange->ask)
		exchange_lose(exchange);
}

void exchange_stop_asking(struct exchange *exchange)
{
	if (exchange->ask)
		link_forget(&exchange->front->link, exchange->ask);
	exchange->ask = NULL;
}

/* ---- answering ---- */

void exchange_reply(struct exchange *exchange, int status)
{
	struct reply *reply = &exchange->reply;

	assert(!reply->is_ready);
	exchange_stop_asking(exchange);
	reply->status = status;
	reply->is_ready = true;
	if (reply->has_no_body || status == 204 || status == 304)
		reply->body.size = reply->body_later = 0;
	exchange->expired = NULL;
	exchange->deadline_ns = front_now_ns(exchange->front) + EXCHANGE_SEND_S * CLOCK_NS_PER_S;
	exchange->wake(exchange->transport);
}

static void answer_error(struct exchange *exchange, int status, const char *word, json_t *message)
{
	bool has_no_body = exchange->reply.has_no_body;

	reply_finish(&exchange->reply);
	exchange->reply.has_no_body = has_no_body;
	if (status == 401)
		reply_add(&exchange->reply, "www-authenticate", "Bearer realm=\"ward\"");
	if (status == 503 || status == 429)
		reply_add(&exchange->reply, "retry-after", "2");
	render_reply(exchange, status, json_pack("{s:s, s:o}", "error", word, "message", message));
}

void exchange_refuse(struct exchange *exchange, enum refusal refusal)
{
	answer_error(exchange, refusal_http_status(refusal), refusal_word(refusal),
		     json_string(refusal_text(refusal)));
}

void exchange_fail(struct exchange *exchange, enum problem problem)
{
	const struct problem_answer *answer = problem_answer(problem);

	answer_error(exchange, answer->http_status, answer->word, json_string(answer->text));
}

void exchange_pass_refusal(struct exchange *exchange, const struct ipc_message *message)
{
	const struct ipc_refused *refused = message->body;
	enum refusal refusal =
		refused->refusal < REFUSAL_COUNT ? refused->refusal : REFUSAL_BAD_REQUEST;

	if (!message->tail_size) {
		exchange_refuse(exchange, refusal);
		return;
	}
	answer_error(exchange, refusal_http_status(refusal), refusal_word(refusal),
		     render_text((const char *)message->tail, message->tail_size));
}

void exchange_pass_denial(struct exchange *exchange, const struct ipc_message *message)
{
	const struct ipc_refused *refused = message->body;

	if (refused->refusal == REFUSAL_NOT_SIGNED_IN ||
	    refused->refusal == REFUSAL_BAD_SIGNATURE || refused->refusal == REFUSAL_STALE_NONCE)
		exchange_count_failure(exchange);
	exchange_pass_refusal(exchange, message);
}

void exchange_abort(struct exchange *exchange)
{
	exchange->reply.body.size = 0;
	exchange->reply.body_later = 1; /* which never come: the answer is not whole */
	exchange->drained = NULL;
	exchange->expired = NULL;
	exchange->deadline_ns = 0;
	exchange->wake(exchange->transport);
}

void exchange_lose(struct exchange *exchange)
{
	if (!exchange->reply.is_ready)
		exchange_fail(exchange, PROBLEM_UNAVAILABLE);
	else if (exchange->reply.is_stream)
		exchange_end_stream(exchange);
}

void exchange_stream(struct exchange *exchange, const char *type)
{
	struct reply *reply = &exchange->reply;

	assert(!reply->is_ready);
	reply->status = 200;
	reply->type = type;
	reply->is_ready = true;
	reply->is_stream = true;
	reply->is_over = reply->has_no_body;
	exchange->front->streams++;
	exchange->wake(exchange->transport);
}

void exchange_push(struct exchange *exchange, const void *data, size_t size)
{
	if (exchange->reply.is_over)
		return;
	/* A reader that is 16 KiB of events behind has missed them: it comes again and asks anew.
	 */
	if (reply_append(&exchange->reply, data, size) < 0)
		exchange_end_stream(exchange);
	exchange->wake(exchange->transport);
}

void exchange_end_stream(struct exchange *exchange)
{
	exchange_stop_asking(exchange);
	exchange->reply.is_over = true;
	exchange->expired = NULL;
	exchange->wake(exchange->transport);
}

/* ---- limits and parameters ---- */

void exchange_count_failure(struct exchange *exchange)
{
	address_count_failure(exchange->peer->address, front_now_ns(exchange->front));
}

bool exchange_is_blocked(struct exchange *exchange)
{
	if (!address_is_blocked(exchange->peer->address, front_now_ns(exchange->front)))
		return false;
	exchange_fail(exchange, PROBLEM_TOO_MANY);
	return true;
}

int exchange_param(struct exchange *exchange, size_t index, char *ret_text, size_t size)
{
	int r = url_decode(exchange->params[index], ret_text, size);

	if (r < 0)
		exchange_fail(exchange, PROBLEM_NO_SUCH_PATH);
	return r;
}

int exchange_number(const struct exchange *exchange, const char *name, uint64_t *ret_value)
{
	char digits[24];
	int r = url_query(exchange->request.target.query, name, digits, sizeof(digits));

	if (r == -ENOENT)
		return r;
	return r < 0 ? -EBADMSG : text_parse_u64(digits, strlen(digits), INT64_MAX, ret_value);
}

int exchange_param_sid(struct exchange *exchange, size_t index, uint8_t ret_sid[16])
{
	struct bytes param = exchange->params[index];
	int r = text_parse_hex((const char *)param.data, param.size, ret_sid, 16);

	if (r < 0)
		exchange_fail(exchange, PROBLEM_NO_SUCH_PATH);
	return r;
}

int exchange_read_proof(const struct exchange *exchange, struct ipc_proof *ret_proof)
{
	struct bytes value = exchange->request.fields.values[HTTP_WARD_ASK];
	struct ask_header header;

	if (!value.data)
		return 0;
	if (ask_header_parse(value, &header) < 0)
		return -EBADMSG;
	ret_proof->is_signed = 1;
	ret_proof->checkpoint_size = header.checkpoint_size;
	memcpy(ret_proof->nonce, header.nonce, sizeof(ret_proof->nonce));
	memcpy(ret_proof->checkpoint_root, header.checkpoint_root, sizeof(ret_proof->checkpoint_root));
	memcpy(ret_proof->signature, header.signature, sizeof(ret_proof->signature));
	return 0;
}
