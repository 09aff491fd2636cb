#include "vault/zones.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "proto/log/ask.h"
#include "proto/see/zone.h"
#include "vault/cameras.h"
#include "vault/words.h"

enum { BLOB_MAX = SEE_ZONES_MAX * (3 + ZONE_NAME_SIZE) + SEE_POINTS_MAX * 4 };

bool zones_are_configured(const struct ipc_see *rule)
{
	return rule->sizes[0] != 0 || rule->least_height != 0 || rule->dwell_ms != 0;
}

/* ---- in the database: for each zone whether it is left out, its name, its points ---- */

static size_t pack(const struct zones *zones, uint8_t ret_blob[BLOB_MAX])
{
	struct bytes_writer writer = bytes_write(ret_blob, BLOB_MAX);
	const struct ipc_point *point = zones->rule.points;

	for (unsigned i = 0; i < SEE_ZONES_MAX && zones->rule.sizes[i]; i++) {
		size_t length = strlen(zones->names[i]);

		bytes_put_u8(&writer, zones->rule.excludes >> i & 1);
		bytes_put_u8(&writer, (uint8_t)length);
		bytes_put(&writer, zones->names[i], length);
		bytes_put_u8(&writer, (uint8_t)zones->rule.sizes[i]);
		for (uint32_t k = 0; k < zones->rule.sizes[i]; k++, point++) {
			bytes_put_be16(&writer, point->x);
			bytes_put_be16(&writer, point->y);
		}
	}
	return bytes_written(&writer);
}

static bool unpack_zone(struct bytes_reader *reader, unsigned zone, uint32_t first,
			struct zones *zones)
{
	bool is_excluded = bytes_get_u8(reader) != 0;
	size_t length = bytes_get_u8(reader);
	const uint8_t *name = bytes_get(reader, length);
	uint32_t points = bytes_get_u8(reader);

	if (reader->failed || length >= ZONE_NAME_SIZE || points > SEE_POINTS_MAX - first)
		return false;
	memcpy(zones->names[zone], name, length);
	for (uint32_t i = first; i < first + points; i++) {
		zones->rule.points[i].x = bytes_get_be16(reader);
		zones->rule.points[i].y = bytes_get_be16(reader);
	}
	zones->rule.sizes[zone] = points;
	zones->rule.excludes |= (uint32_t)is_excluded << zone;
	return !reader->failed;
}

static bool unpack(struct bytes blob, struct zones *zones)
{
	struct bytes_reader reader = bytes_read(blob.data, blob.size);

	for (uint32_t zone = 0, first = 0; bytes_left(&reader) > 0; zone++) {
		if (zone == SEE_ZONES_MAX || !unpack_zone(&reader, zone, first, zones))
			return false;
		first += zones->rule.sizes[zone];
	}
	return zone_check(&zones->rule) == 0;
}

void zones_read(struct db *db, uint32_t camera, struct zones *ret_zones, uint64_t *ret_seq)
{
	sqlite3_stmt *find = db_use(db, "SELECT zones, height, dwell_ms, log_seq FROM zones "
					"WHERE camera = ?1 ORDER BY id DESC LIMIT 1");
	struct zones zones = {0};
	uint64_t seq = 0;

	db_bind_int(find, 1, camera);
	if (db_step(db, find)) {
		struct bytes blob = {sqlite3_column_blob(find, 0),
				     (size_t)sqlite3_column_bytes(find, 0)};

		zones.rule.least_height = (uint32_t)db_int(find, 1);
		zones.rule.dwell_ms = (uint32_t)db_int(find, 2);
		seq = db_int(find, 3);
		if (!unpack(blob, &zones))
			zones = (struct zones){0};
		sqlite3_reset(find);
	}
	*ret_zones = zones;
	if (ret_seq)
		*ret_seq = seq;
}

void zones_apply(struct db *db, uint32_t camera, struct ipc_see *rule)
{
	struct zones zones;

	if (zones_are_configured(rule))
		return;
	zones_read(db, camera, &zones, NULL);
	zones.rule.camera = rule->camera;
	zones.rule.person = rule->person;
	zones.rule.faces = rule->faces;
	zones.rule.animals = rule->animals;
	*rule = zones.rule;
}

/* ---- a change ---- */

static bool are_valid(const struct zones *zones)
{
	const struct ipc_see *rule = &zones->rule;

	if (zone_check(rule) < 0 || rule->dwell_ms > ZONES_DWELL_MS_MAX)
		return false;
	for (unsigned i = 0; i < SEE_ZONES_MAX; i++) {
		/* No zone behind the last one, no name without a zone. */
		if (i > 0 && rule->sizes[i] && !rule->sizes[i - 1])
			return false;
		if (!memchr(zones->names[i], '\0', ZONE_NAME_SIZE) ||
		    (zones->names[i][0] &&
		     (!rule->sizes[i] || !ask_name_is_valid(zones->names[i]))))
			return false;
	}
	return true;
}

/* "height 20 dwell 2; include Garden 0,40 100,40 100,100", in per cent. */
static void describe(const struct zones *zones, char *ret_text, size_t size)
{
	const struct ipc_see *rule = &zones->rule;
	const struct ipc_point *point = rule->points;
	struct text text;

	text_init(&text, ret_text, size);
	text_printf(&text, "height %" PRIu32 " dwell %" PRIu32, rule->least_height,
		    rule->dwell_ms / 1000);
	for (unsigned i = 0; i < SEE_ZONES_MAX && rule->sizes[i]; i++) {
		text_printf(&text, "; %s%s%s", rule->excludes >> i & 1 ? "exclude" : "include",
			    zones->names[i][0] ? " " : "", zones->names[i]);
		for (uint32_t k = 0; k < rule->sizes[i]; k++, point++)
			text_printf(&text, " %d,%d", (point->x + 50) / 100, (point->y + 50) / 100);
	}
}

static int record(struct people *people, const struct who *who, uint32_t camera,
		  const struct zones *zones, struct log_waiter *waiter, uint64_t *ret_seq)
{
	struct journal_draft draft;
	char id[CAMERAS_ID_SIZE], what[COMMITMENT_VALUE_MAX + 1];

	snprintf(id, sizeof(id), "c%" PRIu32, camera);
	describe(zones, what, sizeof(what));
	journal_draft(&draft, ENTRY_CONFIG, who->user);
	entry_add_text(&draft.entry, ENTRY_CAM, id);
	entry_add_text(&draft.entry, ENTRY_WHY, words_role(who->role));
	entry_add_text(&draft.entry, ENTRY_REASON, "zones-drawn");
	journal_text(&draft, "what", what);
	entry_add_hex(&draft.entry, ENTRY_SHA256, draft.entry.commitments[0].hash, 32);
	entry_add_number(&draft.entry, ENTRY_GRANT, who->right_seq);
	journal_text(&draft, "acct", who->user_name);
	journal_text(&draft, "device", who->device_name);
	return journal_add(people->journal, &draft, waiter, ret_seq);
}

int zones_draw(struct people *people, const struct who *who, uint32_t camera,
	       const struct zones *zones, struct log_waiter *waiter)
{
	uint8_t blob[BLOB_MAX];
	uint64_t seq;
	int rc = are_valid(zones) ? record(people, who, camera, zones, waiter, &seq) : -EINVAL;

	if (rc < 0)
		return rc;
	sqlite3_stmt *add = db_use(people->db, "INSERT INTO zones (camera, zones, height, dwell_ms, "
					       "log_seq) VALUES (?1, ?2, ?3, ?4, ?5)");

	db_bind_int(add, 1, camera);
	db_bind_blob(add, 2, blob, pack(zones, blob));
	db_bind_int(add, 3, zones->rule.least_height);
	db_bind_int(add, 4, zones->rule.dwell_ms);
	db_bind_int(add, 5, seq);
	db_run(people->db, add);
	sqlite3_stmt *forget =
		db_use(people->db, "DELETE FROM zones WHERE camera = ?1 AND id <= (SELECT id FROM "
				   "zones WHERE camera = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)");

	db_bind_int(forget, 1, camera);
	db_bind_int(forget, 2, ZONES_KEPT);
	db_run(people->db, forget);
	return 0;
}
