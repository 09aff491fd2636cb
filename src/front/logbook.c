#include "front/logbook.h"

#include <errno.h>

#include "front/rows.h"
#include "proto/http/tile_path.h"

enum { HASH_SIZE = 32 };

/* An answer that comes as bytes, in pieces. */
struct gathering {
	const char *type;                /* NULL: hashes, answered as JSON */
	const char *from_name, *to_name; /* of the JSON's numbers */
	uint64_t from, to;
	uint8_t *data;
	size_t size, capacity;
};

static void gathering_drop(struct exchange *exchange)
{
	struct gathering *gathering = exchange->state;

	free(gathering->data);
	free(gathering);
	exchange->state = NULL;
}

static int gather(struct gathering *gathering, const struct ipc_message *message)
{
	size_t size = gathering->size + message->tail_size;

	if (size > LOGBOOK_BYTES_MAX)
		return -EMSGSIZE;
	if (size > gathering->capacity) {
		size_t capacity = size < 4096 ? 4096 : size * 2;
		uint8_t *data = realloc(gathering->data, capacity);

		if (!data)
			return -ENOMEM;
		gathering->data = data;
		gathering->capacity = capacity;
	}
	if (message->tail_size)
		memcpy(gathering->data + gathering->size, message->tail, message->tail_size);
	gathering->size = size;
	return 0;
}

static json_t *render_hashes(const struct gathering *gathering)
{
	json_t *hashes = json_array();

	for (size_t at = 0; at + HASH_SIZE <= gathering->size; at += HASH_SIZE)
		json_array_append_new(hashes, render_base64(gathering->data + at, HASH_SIZE));
	return json_pack("{s:I, s:I, s:o}", gathering->from_name, (json_int_t)gathering->from,
			 gathering->to_name, (json_int_t)gathering->to, "hashes", hashes);
}

static void answer_gathered(struct exchange *exchange)
{
	struct gathering *gathering = exchange->state;

	if (!gathering->type) {
		render_reply(exchange, 200, render_hashes(gathering));
		return;
	}
	exchange->reply.type = gathering->type;
	reply_take_body(&exchange->reply, gathering->data, gathering->size);
	gathering->data = NULL;
	exchange_reply(exchange, 200);
}

static void bytes_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_bytes *bytes = message->body;

	if (message->type == IPC_REFUSED) {
		exchange_pass_refusal(exchange, message);
	} else if (message->type == IPC_BYTES) {
		if (gather(exchange->state, message) < 0)
			exchange_lose(exchange);
		else if (bytes->is_last)
			answer_gathered(exchange);
	} else if (message->type == IPC_DONE) {
		answer_gathered(exchange);
	}
}

static void ask_bytes(struct exchange *exchange, struct ipc_query *query,
		      const struct gathering *like)
{
	struct gathering *gathering = malloc(sizeof(*gathering));

	if (!gathering) {
		exchange_lose(exchange);
		return;
	}
	*gathering = *like;
	exchange->state = gathering;
	exchange->dropped = gathering_drop;
	exchange_ask(exchange, PROC_VAULT, IPC_QUERY, query, (struct bytes){0}, bytes_answered);
}

/* ---- checkpoint ---- */

/* Nothing grew: the newest there is, at once. */
static void stop_waiting(struct exchange *exchange)
{
	struct ipc_query query = rows_query(exchange, QUERY_CHECKPOINT);

	exchange_ask(exchange, PROC_VAULT, IPC_QUERY, &query, (struct bytes){0}, bytes_answered);
}

void logbook_show_checkpoint(struct exchange *exchange)
{
	static const struct gathering note = {.type = "text/plain; charset=utf-8"};
	struct ipc_query query = rows_query(exchange, QUERY_CHECKPOINT);

	if (exchange_number(exchange, "after", &query.from) == -EBADMSG) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	if (query.from) {
		exchange->expired = stop_waiting;
		exchange->deadline_ns =
			front_now_ns(exchange->front) + LOGBOOK_WAIT_S * CLOCK_NS_PER_S;
	}
	ask_bytes(exchange, &query, &note);
}

/* ---- tiles and proofs ---- */

/* After ".../tile/": two routes lead here, since entries need another right than hashes. */
static struct bytes tile_of(const struct exchange *exchange)
{
	static const char start[] = "/api/v1/log/tile/";
	struct bytes path = exchange->request.target.path;

	return (struct bytes){path.data + sizeof(start) - 1, path.size - (sizeof(start) - 1)};
}

void logbook_show_tile(struct exchange *exchange)
{
	static const struct gathering tile_bytes = {.type = "application/octet-stream"};
	struct tile_path tile;

	if (tile_path_parse(tile_of(exchange), &tile) < 0) {
		exchange_fail(exchange, PROBLEM_NO_SUCH_PATH);
		return;
	}
	struct ipc_query query =
		rows_query(exchange, tile.is_entries ? QUERY_TILE_ENTRIES : QUERY_TILE);

	query.level = tile.level;
	query.from = tile.index;
	query.to = tile.width;
	ask_bytes(exchange, &query, &tile_bytes);
}

static void prove(struct exchange *exchange, enum query kind, const char *from_name,
		  const char *to_name)
{
	struct ipc_query query = rows_query(exchange, kind);

	if (exchange_number(exchange, from_name, &query.from) < 0 ||
	    exchange_number(exchange, to_name, &query.to) < 0) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	struct gathering hashes = {
		.from_name = from_name, .to_name = to_name, .from = query.from, .to = query.to};

	ask_bytes(exchange, &query, &hashes);
}

void logbook_prove_inclusion(struct exchange *exchange)
{
	prove(exchange, QUERY_INCLUSION, "index", "size");
}

void logbook_prove_consistency(struct exchange *exchange)
{
	prove(exchange, QUERY_CONSISTENCY, "from", "to");
}

/* ---- entries and key ---- */

/* `name salt-hex value` */
static json_t *render_opening(struct bytes line)
{
	const char *words[3];
	size_t sizes[3];
	const uint8_t *at = line.data, *end = line.data + line.size;

	for (int i = 0; i < 3; i++) {
		const uint8_t *space = i < 2 ? memchr(at, ' ', (size_t)(end - at)) : end;

		if (!space)
			return NULL;
		words[i] = (const char *)at;
		sizes[i] = (size_t)(space - at);
		at = i < 2 ? space + 1 : end;
	}
	return json_pack("{s:o, s:o, s:o}", "name", render_text(words[0], sizes[0]), "salt",
			 render_text(words[1], sizes[1]), "value", render_text(words[2], sizes[2]));
}

static json_t *render_entry(const struct ipc_message *message)
{
	const struct ipc_row_entry *entry = message->body;
	json_t *openings = json_array();

	if (entry->entry_size > message->tail_size) {
		json_decref(openings);
		return NULL;
	}
	struct bytes rest = {message->tail + entry->entry_size,
			     message->tail_size - entry->entry_size};

	while (rest.size) {
		const uint8_t *end = memchr(rest.data, '\n', rest.size);
		size_t size = end ? (size_t)(end - rest.data) : rest.size;
		json_t *opening = render_opening((struct bytes){rest.data, size});

		if (opening)
			json_array_append_new(openings, opening);
		size += end ? 1 : 0;
		rest = (struct bytes){rest.data + size, rest.size - size};
	}
	return json_pack("{s:I, s:o, s:o}", "seq", (json_int_t)entry->seq, "text",
			 render_text((const char *)message->tail, entry->entry_size), "openings",
			 openings);
}

void logbook_list_entries(struct exchange *exchange)
{
	struct ipc_query query = rows_query(exchange, QUERY_ENTRIES);
	uint64_t limit = LOGBOOK_ENTRIES_DEFAULT;

	query.to = UINT64_MAX;
	if (exchange_number(exchange, "before", &query.to) == -EBADMSG ||
	    exchange_number(exchange, "limit", &limit) == -EBADMSG || !limit) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	if (limit > LOGBOOK_ENTRIES_MAX)
		limit = LOGBOOK_ENTRIES_MAX;
	query.level = (uint32_t)limit;
	rows_ask(exchange, &query, IPC_ROW_ENTRY, "entries", render_entry);
}

void logbook_show_key(struct exchange *exchange)
{
	static const struct gathering key = {.type = "text/plain; charset=utf-8"};
	struct ipc_query query = rows_query(exchange, QUERY_LOG_KEY);

	ask_bytes(exchange, &query, &key);
}
