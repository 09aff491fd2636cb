#include "front/zones.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "front/render.h"

enum { DWELL_S_MAX = 600, HEIGHT_MAX = 100 };

static const char *const level_words[SEE_LEVEL_COUNT] = {"off", "low", "normal", "high"};

/* ---- what there is ---- */

static json_t *render_zone(const struct ipc_row_zones *row, unsigned zone,
			   const struct ipc_point *points)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < row->rule.sizes[zone]; i++)
		json_array_append_new(list, json_pack("[f, f]", points[i].x * 100.0 / SEE_SCALE,
						      points[i].y * 100.0 / SEE_SCALE));
	return json_pack("{s:o, s:s, s:o}", "name",
			 render_text(row->names[zone], sizeof(row->names[zone])), "kind",
			 row->rule.excludes >> zone & 1 ? "exclude" : "include", "points", list);
}

static json_t *render_zones(const struct ipc_row_zones *row)
{
	uint32_t level = row->rule.person < SEE_LEVEL_COUNT ? row->rule.person : SEE_OFF;
	json_t *zones = json_array();

	for (unsigned zone = 0, first = 0; zone < SEE_ZONES_MAX && row->rule.sizes[zone];
	     first += row->rule.sizes[zone], zone++)
		json_array_append_new(zones, render_zone(row, zone, row->rule.points + first));
	return json_pack("{s:s, s:b, s:I, s:I, s:o}", "person", level_words[level], "fixed",
			 (int)row->is_fixed, "height", (json_int_t)row->rule.least_height, "dwell",
			 (json_int_t)(row->rule.dwell_ms / 1000), "zones", zones);
}

static void show_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_ROW_ZONES)
		render_reply(exchange, 200, render_zones(message->body));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

static struct ipc_zones_ask begin_ask(const struct exchange *exchange)
{
	return (struct ipc_zones_ask){.credential = exchange->credential,
				      .origin = exchange->peer->origin};
}

void zones_show(struct exchange *exchange)
{
	struct ipc_zones_ask ask = begin_ask(exchange);

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) == 0)
		exchange_ask(exchange, PROC_VAULT, IPC_ZONES_ASK, &ask, (struct bytes){0},
			     show_answered);
	sodium_memzero(&ask, sizeof(ask));
}

/* ---- a change ---- */

/* A whole number, 0 if it is absent. */
static int read_number(const json_t *body, const char *key, uint32_t most, uint32_t *ret_value)
{
	const json_t *value = json_object_get(body, key);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > most)
		return -EBADMSG;
	*ret_value = (uint32_t)json_integer_value(value);
	return 0;
}

/* Per cent of the picture. */
static int read_place(const json_t *value, uint16_t *ret_place)
{
	double percent = json_number_value(value);

	/* Also false for what is no number. */
	if (!json_is_number(value) || !(percent >= 0 && percent <= 100))
		return -EBADMSG;
	*ret_place = (uint16_t)(percent * SEE_SCALE / 100 + 0.5);
	return 0;
}

static int read_points(const json_t *list, struct ipc_see *rule, unsigned zone, uint32_t first)
{
	size_t count = json_array_size(list);

	if (count < 3 || count > SEE_POINTS_MAX - first)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		const json_t *point = json_array_get(list, i);

		if (json_array_size(point) != 2 ||
		    read_place(json_array_get(point, 0), &rule->points[first + i].x) < 0 ||
		    read_place(json_array_get(point, 1), &rule->points[first + i].y) < 0)
			return -EBADMSG;
	}
	rule->sizes[zone] = (uint32_t)count;
	return 0;
}

static int read_zone(const json_t *value, struct ipc_zones_ask *ask, unsigned zone, uint32_t first)
{
	const json_t *name = json_object_get(value, "name");
	const char *kind = json_string_value(json_object_get(value, "kind"));

	if (!kind || (strcmp(kind, "include") != 0 && strcmp(kind, "exclude") != 0))
		return -EBADMSG;
	if (strcmp(kind, "exclude") == 0)
		ask->rule.excludes |= UINT32_C(1) << zone;
	if (name && json_string_length(name) > 0 &&
	    render_read_name(value, "name", ask->names[zone], sizeof(ask->names[zone])) < 0)
		return -EBADMSG;
	if (name && !json_is_string(name))
		return -EBADMSG;
	return read_points(json_object_get(value, "points"), &ask->rule, zone, first);
}

static int read_zones(const json_t *body, struct ipc_zones_ask *ask)
{
	const json_t *list = json_object_get(body, "zones");
	uint32_t first = 0;

	if (!json_is_array(list) || json_array_size(list) > SEE_ZONES_MAX)
		return -EBADMSG;
	for (unsigned zone = 0; zone < json_array_size(list); zone++) {
		if (read_zone(json_array_get(list, zone), ask, zone, first) < 0)
			return -EBADMSG;
		first += ask->rule.sizes[zone];
	}
	return 0;
}

static void change_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_DONE)
		render_reply(exchange, 200, json_pack("{s:I}", "seq", (json_int_t)done->log_seq));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

void zones_change(struct exchange *exchange)
{
	struct ipc_zones_ask ask = begin_ask(exchange);
	uint32_t dwell_s = 0;
	json_t *body;

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) < 0 ||
	    render_read_body(exchange, &body) < 0)
		return;
	int r = read_number(body, "height", HEIGHT_MAX, &ask.rule.least_height);

	if (r == 0)
		r = read_number(body, "dwell", DWELL_S_MAX, &dwell_s);
	if (r == 0)
		r = read_zones(body, &ask);
	json_decref(body);
	ask.is_change = 1;
	ask.rule.dwell_ms = dwell_s * 1000;
	if (r < 0)
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	else
		exchange_ask(exchange, PROC_VAULT, IPC_ZONES_ASK, &ask, (struct bytes){0},
			     change_answered);
	sodium_memzero(&ask, sizeof(ask));
}
