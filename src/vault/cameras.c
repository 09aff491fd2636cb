#include "vault/cameras.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "proto/log/ask.h"

enum { BUDGET_MS_MAX = 2000 /* what may come at once */ };

void cameras_init(struct cameras *cameras, struct loop *loop, struct journal *journal,
		  const struct cameras_listener *listener)
{
	*cameras = (struct cameras){.loop = loop, .journal = journal, .listener = *listener};
}

static void camera_destroy(struct camera *camera)
{
	ipc_close(&camera->cam);
	for (unsigned i = 0; i < TRACK_COUNT; i++)
		track_finish(&camera->tracks[i]);
	free(camera);
}

void cameras_finish(struct cameras *cameras)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++) {
		if (cameras->slots[i])
			camera_destroy(cameras->slots[i]);
		cameras->slots[i] = NULL;
	}
}

/* ---- what a cam says ---- */

/* Nothing that a cam sends may cost the others: over its budget it is closed. */
static bool spend_budget(struct camera *camera, size_t bytes)
{
	uint64_t now = loop_now_ns(camera->all->loop);
	const int64_t bytes_a_ms = CAMERAS_BYTES_A_SECOND / 1000;
	const int64_t messages_a_ms = CAMERAS_MESSAGES_A_SECOND / 1000;
	int64_t passed_ms = (int64_t)((now - camera->budget_ns) / CLOCK_NS_PER_MS);

	if (passed_ms >= 100) {
		camera->budget_ns = now;
		passed_ms = passed_ms < BUDGET_MS_MAX ? passed_ms : BUDGET_MS_MAX;
		camera->bytes_left += passed_ms * bytes_a_ms;
		camera->messages_left += passed_ms * messages_a_ms;
		if (camera->bytes_left > BUDGET_MS_MAX * bytes_a_ms)
			camera->bytes_left = BUDGET_MS_MAX * bytes_a_ms;
		if (camera->messages_left > BUDGET_MS_MAX * messages_a_ms)
			camera->messages_left = BUDGET_MS_MAX * messages_a_ms;
	}
	camera->bytes_left -= (int64_t)bytes;
	camera->messages_left--;
	return camera->bytes_left >= 0 && camera->messages_left >= 0;
}

static int take_track(struct camera *camera, const struct ipc_message *message)
{
	const struct ipc_track *format = message->body;
	struct track *track;

	/* The others are made on the way, never by a cam. */
	if (format->track > TRACK_MIC)
		return -EBADMSG;
	track = &camera->tracks[format->track];
	int rc = track_take_format(track, format, message->tail, message->tail_size);

	if (rc > 0)
		camera->all->listener.track(camera->all->listener.context, camera, track);
	return rc;
}

static int take_frame(struct camera *camera, const struct ipc_message *message)
{
	const struct ipc_frame *piece = message->body;

	if (piece->track > TRACK_MIC)
		return -EBADMSG;
	struct track *track = &camera->tracks[piece->track];
	const struct cameras_listener *listener = &camera->all->listener;

	if (piece->offset == 0 && listener->begins)
		listener->begins(listener->context, camera, track, piece);
	int64_t number = track_take_piece(track, piece, message->tail, message->tail_size);

	if (number > 0)
		listener->frame(listener->context, camera, track);
	return number < 0 ? -EBADMSG : 0;
}

static int take_state(struct camera *camera, const struct ipc_message *message)
{
	struct ipc_cam_state next;

	memcpy(&next, message->body, sizeof(next));
	if (next.state >= CAM_STATE_COUNT || !memchr(next.reason, '\0', sizeof(next.reason)))
		return -EBADMSG;
	bool is_change =
		next.state != camera->state.state || strcmp(next.reason, camera->state.reason) != 0;

	camera->state = next;
	if (is_change)
		camera->all->listener.state(camera->all->listener.context, camera);
	return 0;
}

static int take_speaker(struct camera *camera, const struct ipc_message *message)
{
	struct ipc_speaker speaker;

	memcpy(&speaker, message->body, sizeof(speaker));
	if (speaker.state >= SPEAKER_STATE_COUNT ||
	    !memchr(speaker.reason, '\0', sizeof(speaker.reason)) ||
	    (speaker.state == SPEAKER_OPEN && (speaker.clock_hz == 0 || speaker.channels == 0)))
		return -EBADMSG;
	return camera->all->listener.speaker(camera->all->listener.context, camera, message);
}

static int take_played(struct camera *camera, const struct ipc_message *message)
{
	return camera->all->listener.speaker(camera->all->listener.context, camera, message);
}

static const struct {
	enum ipc_type type;
	int (*handle)(struct camera *camera, const struct ipc_message *message);
} handlers[] = {
	{IPC_FRAME, take_frame},
	{IPC_TRACK, take_track},
	{IPC_CAM_STATE, take_state},
	{IPC_SPEAKER, take_speaker},
	{IPC_PLAYED, take_played},
};

static void set_state(struct camera *camera, enum cam_state state, const char *reason)
{
	camera->state = (struct ipc_cam_state){.state = state};
	text_copy(camera->state.reason, sizeof(camera->state.reason), reason);
	camera->all->listener.state(camera->all->listener.context, camera);
}

static void restart_tracks(struct camera *camera)
{
	for (unsigned i = 0; i <= TRACK_MIC; i++)
		track_restart(&camera->tracks[i]);
}

static void cam_closed(struct ipc_channel *channel)
{
	struct camera *camera = channel->owner;

	restart_tracks(camera);
	set_state(camera, CAM_CONNECTING, "its process is being started again");
}

static void close_hostile(struct camera *camera, const char *what)
{
	char quoted[256];
	struct text text;

	text_init(&text, quoted, sizeof(quoted));
	text_add_quoted(&text, camera->name, strlen(camera->name));
	diag_warn("camera %s: its process sent %s and was closed", quoted, what);
	ipc_close(&camera->cam);
	restart_tracks(camera);
	set_state(camera, CAM_DOWN, "its process misbehaved and was cut off");
}

static void cam_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct camera *camera = channel->owner;

	if (!spend_budget(camera, message->tail_size)) {
		close_hostile(camera, "more than a camera can");
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(handlers); i++) {
		if (handlers[i].type != message->type)
			continue;
		if (handlers[i].handle(camera, message) < 0)
			close_hostile(camera, "what no camera sends");
		return;
	}
}

void cameras_pace(struct camera *camera)
{
	struct ipc_number calm = {.value = camera->grants == NULL};

	if (!ipc_is_open(&camera->cam) || camera->is_calm == (calm.value != 0))
		return;
	camera->is_calm = calm.value != 0;
	ipc_send(&camera->cam, IPC_CAM_CALM, &calm, NULL, 0);
}

/* ---- coming and going ---- */

/* A camera is known to the log by an opaque id; the entry commits to the name it stands for. */
static int name_camera(struct cameras *cameras, const char *name, uint32_t *ret_id)
{
	struct journal *journal = cameras->journal;
	struct journal_draft draft;
	char log_id[CAMERAS_ID_SIZE];
	uint64_t seq;
	sqlite3_stmt *next = db_use(journal->db, "SELECT coalesce(max(seq), 0) + 1 "
						 "FROM sqlite_sequence WHERE name = 'cameras'");
	uint64_t id = db_number(journal->db, next);

	snprintf(log_id, sizeof(log_id), "c%llu", (unsigned long long)id);
	journal_draft(&draft, ENTRY_CONFIG, PERSON_HOUSE);
	entry_add_text(&draft.entry, ENTRY_CAM, log_id);
	entry_add_text(&draft.entry, ENTRY_REASON, "camera");
	journal_text(&draft, "name", name);
	entry_add_hex(&draft.entry, ENTRY_SHA256, draft.entry.commitments[0].hash, 32);
	int rc = journal_add(journal, &draft, NULL, &seq);

	if (rc < 0)
		return rc;
	sqlite3_stmt *add =
		db_use(journal->db, "INSERT INTO cameras (id, name, log_seq) VALUES (?1, ?2, ?3)");

	db_bind_int(add, 1, id);
	db_bind_text(add, 2, name);
	db_bind_int(add, 3, seq);
	db_run(journal->db, add);
	*ret_id = (uint32_t)id;
	return 0;
}

static int identify_camera(struct cameras *cameras, const char *name, uint32_t *ret_id)
{
	struct db *db = cameras->journal->db;
	sqlite3_stmt *find = db_use(db, "SELECT id FROM cameras WHERE name = ?1");

	db_bind_text(find, 1, name);
	uint64_t id = db_number(db, find);

	if (id == 0)
		return name_camera(cameras, name, ret_id);
	*ret_id = (uint32_t)id;
	return 0;
}

static int make_camera(struct cameras *cameras, uint32_t slot, const char *name)
{
	uint32_t id;
	int rc = identify_camera(cameras, name, &id);

	if (rc < 0)
		return rc;
	struct camera *camera = calloc(1, sizeof(*camera));

	if (!camera)
		return -ENOMEM;
	camera->id = id;
	camera->slot = slot;
	camera->all = cameras;
	text_copy(camera->name, sizeof(camera->name), name);
	for (unsigned i = 0; i < TRACK_COUNT; i++)
		track_init(&camera->tracks[i], id, (enum media_track)i);
	cameras->slots[slot] = camera;
	return 0;
}

int cameras_attach(struct cameras *cameras, uint32_t slot, const char *name, int fd)
{
	autoclose int owned = fd;

	if (slot >= CAMERA_MAX || !ask_name_is_valid(name) || strpbrk(name, ",|"))
		return -EINVAL;
	struct camera *camera = cameras->slots[slot];

	if (camera && strcmp(camera->name, name) != 0)
		return -EEXIST;
	if (!camera) {
		int rc = make_camera(cameras, slot, name);

		if (rc < 0)
			return rc;
		camera = cameras->slots[slot];
	}
	ipc_close(&camera->cam);
	restart_tracks(camera);
	camera->budget_ns = loop_now_ns(cameras->loop);
	camera->bytes_left = CAMERAS_BYTES_A_SECOND;
	camera->messages_left = CAMERAS_MESSAGES_A_SECOND;
	int rc = ipc_open(&camera->cam, cameras->loop, owned, PROC_VAULT, PROC_CAM, cam_received,
			  cam_closed, camera);

	if (rc < 0)
		return rc;
	take_fd(owned);
	camera->is_calm = false;
	cameras_pace(camera);
	set_state(camera, CAM_CONNECTING, "");
	return 0;
}

void cameras_remove(struct cameras *cameras, struct camera *camera)
{
	cameras->slots[camera->slot] = NULL;
	camera_destroy(camera);
}

struct camera *cameras_find(const struct cameras *cameras, const char *name)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++)
		if (cameras->slots[i] && strcmp(cameras->slots[i]->name, name) == 0)
			return cameras->slots[i];
	return NULL;
}

struct camera *cameras_at(const struct cameras *cameras, uint32_t slot)
{
	return slot < CAMERA_MAX ? cameras->slots[slot] : NULL;
}

bool cameras_is_live(const struct camera *camera)
{
	return ipc_is_open(&camera->cam) &&
	       (camera->tracks[TRACK_VIDEO].format.codec || camera->tracks[TRACK_MIC].format.codec);
}

void cameras_log_id(const struct camera *camera, char ret_id[CAMERAS_ID_SIZE])
{
	snprintf(ret_id, CAMERAS_ID_SIZE, "c%u", camera->id);
}

void cameras_row(const struct camera *camera, struct ipc_row_camera *ret_row)
{
	*ret_row = (struct ipc_row_camera){.camera = camera->id,
					   .watching = camera->watching,
					   .width = camera->tracks[TRACK_VIDEO].format.width,
					   .height = camera->tracks[TRACK_VIDEO].format.height,
					   .speaker = camera->speaker.state,
					   .has_no_chime = camera->has_no_chime,
					   .state = camera->state};
	for (unsigned i = 0; i < TRACK_COUNT; i++)
		ret_row->codecs[i] = camera->tracks[i].format.codec;
	text_copy(ret_row->name, sizeof(ret_row->name), camera->name);
}
