/* One request and its answer: what the handlers see, the same for HTTP/1.1 and HTTP/2.
 *
 * The transport calls, in order: exchange_begin, exchange_read_head, exchange_read_body as bytes
 * come, exchange_run, and exchange_finish at any time. The handler answers now or later, from a
 * message of the vault or of rtc; the transport is woken when there is something to take. */
#ifndef FRONT_EXCHANGE_H
#define FRONT_EXCHANGE_H

#include "front/front.h"
#include "front/peer.h"
#include "front/problem.h"
#include "front/reply.h"
#include "front/route.h"

enum {
	EXCHANGE_REFUSED_BODY_MAX = 64 * 1024,
	EXCHANGE_BODY_S = 20,   /* a whole request, from its head on */
	EXCHANGE_ANSWER_S = 15, /* from the handler's start to an answer */
	EXCHANGE_SEND_S = 30,   /* a peer that takes nothing for this long is gone */
};

struct exchange;

typedef void exchange_wake_fn(void *transport);
typedef void exchange_event_fn(struct exchange *exchange);
/* An answer from the vault or rtc; borrowed as in ipc.h. */
typedef void exchange_answer_fn(struct exchange *exchange, struct ipc_message *message);

struct exchange {
	struct front *front;
	const struct peer *peer;
	exchange_wake_fn *wake; /* the answer has something to take */
	void *transport;

	/* the request; its text is borrowed from the transport, which keeps it */
	struct http_request request;
	const struct route *route;
	struct bytes params[ROUTE_PARAMS_MAX];
	struct ipc_credential credential;
	uint8_t *body;
	size_t body_size, body_capacity;
	bool is_running, is_refused_early;

	/* the handler's side */
	struct reply reply;
	struct link_ask *ask;
	exchange_answer_fn *answered;
	exchange_event_fn *expired; /* at `deadline_ns`; NULL: 503 */
	exchange_event_fn *dropped; /* the exchange ends: free `state` */
	exchange_event_fn *drained; /* the answer's next piece is wanted */
	void *state;
	uint64_t deadline_ns;
};

void exchange_begin(struct exchange *exchange, struct front *front, const struct peer *peer,
		    exchange_wake_fn *wake, void *transport);

/* The request's head stands in `exchange->request`. Whatever is wrong with it is answered by
 * exchange_run, after the body was read. */
void exchange_read_head(struct exchange *exchange);
/* The head could not be read at all: a negative errno of request_parse. Answers at once. */
void exchange_refuse_head(struct exchange *exchange, int error);

/* -EMSGSIZE: so long a body is not taken; the answer is ready and nothing more is to be read. */
NODISCARD int exchange_expect_body(struct exchange *exchange, uint64_t size);
/* -EMSGSIZE: more than the route takes; the answer is ready and the transport stops reading. */
NODISCARD int exchange_read_body(struct exchange *exchange, struct bytes data);
void exchange_run(struct exchange *exchange);

/* Its deadline is over: answers, or lets a stream go on. True if the transport must drop it. */
bool exchange_expire(struct exchange *exchange);
/* Came by TLS, under a name that the loopback listener does not share. */
bool exchange_is_https_only(const struct exchange *exchange);

/* The peer takes the answer: the time to give up on it starts again. */
void exchange_note_progress(struct exchange *exchange);
void exchange_finish(struct exchange *exchange);

/* ---- for handlers ---- */

/* Asks the vault or rtc. `body` starts with the request's number, which is set here. `answered` is
 * called for each message with that number. If the peer is away, the exchange is answered with 503.
 */
void exchange_ask(struct exchange *exchange, enum proc_kind peer, enum ipc_type type, void *body,
		  struct bytes tail, exchange_answer_fn *answered);
/* No more answers are wanted. */
void exchange_stop_asking(struct exchange *exchange);

/* Each of these completes the answer. */
void exchange_reply(struct exchange *exchange, int status);
void exchange_refuse(struct exchange *exchange, enum refusal refusal);
void exchange_fail(struct exchange *exchange, enum problem problem);
/* Passes a refusal of the vault on, with its own words if it sent some. */
void exchange_pass_refusal(struct exchange *exchange, const struct ipc_message *message);
/* The vault or rtc is away: 503, or the end of a stream. */
void exchange_lose(struct exchange *exchange);

/* A stream: the head goes out with the first call. */
void exchange_stream(struct exchange *exchange, const char *type);
void exchange_push(struct exchange *exchange, const void *data, size_t size);
void exchange_end_stream(struct exchange *exchange);

/* A refusal of something a device signs or a token opens: a wrong credential counts, too. */
void exchange_pass_denial(struct exchange *exchange, const struct ipc_message *message);
/* What is left of a finished answer may not be sent any more: the transport drops it at once. */
void exchange_abort(struct exchange *exchange);

/* A failed credential, link or signature counts against the address. */
void exchange_count_failure(struct exchange *exchange);
/* Refuses the exchange and returns true if its address failed too often. */
bool exchange_is_blocked(struct exchange *exchange);

/* A value of the path, decoded into `ret_text`; refuses the exchange if it does not fit. */
NODISCARD int exchange_param(struct exchange *exchange, size_t index, char *ret_text, size_t size);
/* A number in the query. 0, -ENOENT if it is absent, -EBADMSG. */
NODISCARD int exchange_number(const struct exchange *exchange, const char *name,
			      uint64_t *ret_value);
NODISCARD int exchange_param_sid(struct exchange *exchange, size_t index, uint8_t ret_sid[16]);
/* What the device has signed (Ward-Ask); untouched if the request has none. 0 or -EBADMSG. */
NODISCARD int exchange_read_proof(const struct exchange *exchange, struct ipc_proof *ret_proof);

#endif
