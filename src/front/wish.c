#include "front/wish.h"

#include <errno.h>
#include <sodium.h>

#include "base/text.h"
#include "front/exchange.h"
#include "front/render.h"
#include "front/talking.h"
#include "proto/http/grammar.h"
#include "proto/http/media_type.h"
#include "proto/rtc/sdp_offer.h"

#define PATCH_TYPE "application/trickle-ice-sdpfrag"

struct wished;

/* One of the two: where its sessions live, and what it asks the vault. */
struct wish {
	const char *path;
	/* 0, or -EBADMSG: the query or what the device signed is malformed. */
	int (*ask)(struct exchange *exchange, const struct wished *wished);
};

/* A session that is asked for, or changed. */
struct wished {
	const struct wish *wish;
	char camera[NAME_SIZE];
	uint8_t fingerprint[SDP_FINGERPRINT_SIZE];
	uint8_t sid[16];
	uint64_t log_seq;
	bool is_open; /* granted, and not yet answered: leaving now must end it */
	char etag[sizeof(((struct ipc_sdp *)0)->etag)]; /* PATCH: the If-Match */
};

static void wished_drop(struct exchange *exchange)
{
	struct wished *wished = exchange->state;
	struct ipc_session_ask leave = {.credential = exchange->credential,
					.origin = exchange->peer->origin};

	if (wished->is_open) {
		memcpy(leave.sid, wished->sid, sizeof(leave.sid));
		link_leave(&exchange->front->link, &leave);
	}
	sodium_memzero(&leave, sizeof(leave));
	free(wished);
	exchange->state = NULL;
}

static struct wished *wished_begin(struct exchange *exchange)
{
	struct wished *wished = calloc(1, sizeof(*wished));

	if (!wished) {
		exchange_lose(exchange);
		return NULL;
	}
	exchange->state = wished;
	exchange->dropped = wished_drop;
	return wished;
}

/* The body that rtc sent, or none. */
static int take_sdp(struct exchange *exchange, const struct ipc_message *message, const char *type)
{
	uint8_t *body = malloc(message->tail_size ? message->tail_size : 1);

	if (!body)
		return -ENOMEM;
	if (message->tail_size)
		memcpy(body, message->tail, message->tail_size);
	exchange->reply.type = type;
	reply_take_body(&exchange->reply, body, message->tail_size);
	return 0;
}

static void add_etag(struct exchange *exchange, const struct ipc_sdp *sdp)
{
	char etag[sizeof(sdp->etag) + 1] = {0};

	memcpy(etag, sdp->etag, sizeof(sdp->etag));
	for (char *c = etag; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '"')
			*c = '-';
	reply_add(&exchange->reply, "etag", "\"%s\"", etag);
}

static struct bytes request_body(const struct exchange *exchange)
{
	return (struct bytes){exchange->body, exchange->body_size};
}

/* ---- POST: a session begins ---- */

static void add_location(struct exchange *exchange, const struct wished *wished)
{
	uint8_t camera[3 * NAME_SIZE + 1];
	char sid[2 * sizeof(wished->sid) + 1];
	struct bytes_writer writer = bytes_write(camera, sizeof(camera) - 1);
	struct text text;

	url_encode(&writer, wished->camera);
	camera[bytes_written(&writer)] = '\0';
	text_init(&text, sid, sizeof(sid));
	text_add_hex(&text, wished->sid, sizeof(wished->sid));
	reply_add(&exchange->reply, "location", "%s/%s/%s", wished->wish->path, (const char *)camera,
		  sid);
	reply_add(&exchange->reply, "ward-session", "sid=%s; seq=%llu", sid,
		  (unsigned long long)wished->log_seq);
}

static void offer_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct wished *wished = exchange->state;
	const struct ipc_sdp *sdp = message->body;

	if (message->type != IPC_ANSWER)
		return;
	if (sdp->status) {
		exchange_fail(exchange, problem_of_status((int)sdp->status));
		return;
	}
	if (take_sdp(exchange, message, "application/sdp") < 0) {
		exchange_lose(exchange);
		return;
	}
	add_location(exchange, wished);
	add_etag(exchange, sdp);
	reply_add(&exchange->reply, "accept-patch", PATCH_TYPE);
	wished->is_open = false;
	exchange_reply(exchange, 201);
}

static void grant_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct wished *wished = exchange->state;
	const struct ipc_done *done = message->body;

	if (message->type == IPC_REFUSED)
		exchange_pass_denial(exchange, message);
	if (message->type != IPC_DONE)
		return;
	memcpy(wished->sid, done->id, sizeof(wished->sid));
	wished->log_seq = done->log_seq;
	wished->is_open = true;

	struct ipc_sdp offer = {.grant = done->value};

	exchange_ask(exchange, PROC_RTC, IPC_OFFER, &offer, request_body(exchange), offer_answered);
}

/* "view,listen"; absent: all (a token's) or both (what a device signs then). */
static int read_verbs(const struct exchange *exchange, uint32_t *ret_verbs)
{
	static const struct {
		const char *word;
		uint32_t verb;
	} words[] = {{"view", VERB_VIEW}, {"listen", VERB_LISTEN}};
	char list[32];
	struct bytes rest, item;
	int r = url_query(exchange->request.target.query, "verbs", list, sizeof(list));

	if (r == -ENOENT) {
		*ret_verbs =
			exchange->credential.kind == CREDENTIAL_TOKEN ? 0 : VERB_VIEW | VERB_LISTEN;
		return 0;
	}
	if (r < 0 || !*list)
		return -EBADMSG;
	*ret_verbs = 0;
	for (rest = grammar_bytes(list); grammar_next_item(&rest, ',', &item);) {
		uint32_t verb = 0;

		for (size_t i = 0; i < ARRAY_COUNT(words); i++)
			if (grammar_same(item, words[i].word))
				verb = words[i].verb;
		if (!verb || *ret_verbs & verb)
			return -EBADMSG;
		*ret_verbs |= verb;
	}
	return 0;
}

static int ask_view(struct exchange *exchange, const struct wished *wished)
{
	struct ipc_view_ask ask = {.credential = exchange->credential,
				   .origin = exchange->peer->origin};

	if (read_verbs(exchange, &ask.verbs) < 0 || exchange_read_proof(exchange, &ask.proof) < 0)
		return -EBADMSG;
	memcpy(ask.camera, wished->camera, sizeof(ask.camera));
	memcpy(ask.dtls_fingerprint, wished->fingerprint, sizeof(ask.dtls_fingerprint));
	exchange_ask(exchange, PROC_VAULT, IPC_VIEW_ASK, &ask, (struct bytes){0}, grant_answered);
	sodium_memzero(&ask, sizeof(ask));
	return 0;
}

static int ask_talk(struct exchange *exchange, const struct wished *wished)
{
	struct ipc_talk_ask ask = {.credential = exchange->credential,
				   .origin = exchange->peer->origin};

	if (talking_read(exchange, &ask) < 0)
		return -EBADMSG;
	memcpy(ask.camera, wished->camera, sizeof(ask.camera));
	memcpy(ask.dtls_fingerprint, wished->fingerprint, sizeof(ask.dtls_fingerprint));
	exchange_ask(exchange, PROC_VAULT, IPC_TALK_ASK, &ask, (struct bytes){0}, grant_answered);
	sodium_memzero(&ask, sizeof(ask));
	return 0;
}

static const struct wish view = {"/whep", ask_view}, talk = {"/whip", ask_talk};

static bool has_type(const struct exchange *exchange, const char *type)
{
	struct bytes value = exchange->request.fields.values[HTTP_CONTENT_TYPE];

	return value.data && media_type_is(value, type);
}

static void start(struct exchange *exchange, const struct wish *wish)
{
	struct wished *wished;

	if (!has_type(exchange, "application/sdp")) {
		exchange_fail(exchange, PROBLEM_WRONG_TYPE);
		return;
	}
	if (exchange_is_blocked(exchange))
		return;
	wished = wished_begin(exchange);
	if (!wished || exchange_param(exchange, 0, wished->camera, sizeof(wished->camera)) < 0)
		return;
	wished->wish = wish;
	if (sdp_offer_fingerprint((const char *)exchange->body, exchange->body_size,
				  wished->fingerprint) < 0)
		exchange_fail(exchange, PROBLEM_BAD_OFFER);
	else if (wish->ask(exchange, wished) < 0)
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
}

void wish_view(struct exchange *exchange)
{
	start(exchange, &view);
}

void wish_talk(struct exchange *exchange)
{
	start(exchange, &talk);
}

/* ---- PATCH: candidates trickle in, or ICE starts again ---- */

static void patch_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_sdp *sdp = message->body;

	if (message->type != IPC_PATCHED)
		return;
	if (sdp->status && sdp->status != 200 && sdp->status != 204) {
		exchange_fail(exchange, problem_of_status((int)sdp->status));
		return;
	}
	if (!message->tail_size) {
		exchange_reply(exchange, 204);
		return;
	}
	if (take_sdp(exchange, message, PATCH_TYPE) < 0) {
		exchange_lose(exchange);
		return;
	}
	add_etag(exchange, sdp);
	exchange_reply(exchange, 200);
}

static void check_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct wished *wished = exchange->state;
	const struct ipc_done *done = message->body;

	if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	if (message->type != IPC_DONE)
		return;

	struct ipc_sdp patch = {.grant = done->value};

	memcpy(patch.etag, wished->etag, sizeof(patch.etag));
	exchange_ask(exchange, PROC_RTC, IPC_PATCH, &patch, request_body(exchange), patch_answered);
}

/* One strong tag, or `*` for an ICE restart. */
static int read_if_match(const struct exchange *exchange, char *ret_etag, size_t size)
{
	struct bytes value = exchange->request.fields.values[HTTP_IF_MATCH];

	if (grammar_same(value, "*")) {
		text_copy(ret_etag, size, "*");
		return 0;
	}
	if (value.size < 2 || value.data[0] != '"' || value.data[value.size - 1] != '"' ||
	    value.size - 2 >= size)
		return -EBADMSG;
	memcpy(ret_etag, value.data + 1, value.size - 2);
	ret_etag[value.size - 2] = '\0';
	return 0;
}

void wish_change(struct exchange *exchange)
{
	struct ipc_session_ask ask = {.credential = exchange->credential,
				      .origin = exchange->peer->origin};

	if (!has_type(exchange, PATCH_TYPE)) {
		exchange_fail(exchange, PROBLEM_WRONG_TYPE);
		return;
	}
	if (!fields_has(&exchange->request.fields, HTTP_IF_MATCH)) {
		exchange_fail(exchange, PROBLEM_NO_ETAG);
		return;
	}
	if (exchange_param_sid(exchange, 1, ask.sid) < 0)
		return;
	struct wished *wished = wished_begin(exchange);

	if (!wished)
		return;
	if (read_if_match(exchange, wished->etag, sizeof(wished->etag)) < 0) {
		exchange_fail(exchange, PROBLEM_WRONG_ETAG);
		return;
	}
	exchange_ask(exchange, PROC_VAULT, IPC_SESSION_CHECK, &ask, (struct bytes){0},
		     check_answered);
}

/* ---- DELETE and OPTIONS ---- */

static void end_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_DONE)
		exchange_reply(exchange, 200);
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

void wish_end(struct exchange *exchange)
{
	struct ipc_session_ask ask = {.credential = exchange->credential,
				      .origin = exchange->peer->origin};

	if (exchange_param_sid(exchange, 1, ask.sid) < 0)
		return;
	exchange_ask(exchange, PROC_VAULT, IPC_SESSION_END, &ask, (struct bytes){0}, end_answered);
}

void wish_describe(struct exchange *exchange)
{
	bool is_session = exchange->params[1].data != NULL;

	reply_add(&exchange->reply, "allow",
		  is_session ? "PATCH, DELETE, OPTIONS" : "POST, OPTIONS");
	if (is_session)
		reply_add(&exchange->reply, "accept-patch", PATCH_TYPE);
	else
		reply_add(&exchange->reply, "accept-post", "application/sdp");
	exchange_reply(exchange, 204);
}
