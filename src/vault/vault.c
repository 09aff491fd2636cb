#include "vault/vault.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/diag.h"
#include "vault/desk.h"
#include "vault/play/serve.h"
#include "vault/play/convert.h"
#include "vault/play/thumb.h"
#include "vault/pump.h"

#ifndef WARD_VERSION
#	define WARD_VERSION "0"
#endif

/* ---- what happens in one part and matters to others ---- */

static void log_published(void *context, uint64_t size)
{
	struct vault *vault = context;

	query_log_published(&vault->query_log);
	events_checkpoint(&vault->events, size);
}

static void log_is_stopped(void *context, const char *why)
{
	struct vault *vault = context;

	(void)why;
	door_shut(&vault->door);
	ears_stop(&vault->ears);
	eyes_stop(&vault->eyes);
	replies_refuse(&vault->replies);
}

static void camera_begins(void *context, struct camera *camera, struct track *track,
			  const struct ipc_frame *piece)
{
	struct vault *vault = context;

	store_prepare(&vault->store, camera, track, piece);
}

static void sound_has_frame(struct vault *vault, struct camera *camera, const struct track *track)
{
	listen_frame(&vault->listen, camera);
	ears_frame(&vault->ears, camera, track);
}

static void mic_changed(struct vault *vault, struct camera *camera)
{
	listen_mic_changed(&vault->listen, camera);
	ears_mic_changed(&vault->ears, camera);
}

static void camera_frame(void *context, struct camera *camera, struct track *track)
{
	struct vault *vault = context;

	if (track->cursor.feed)
		feed_run(&vault->feed);
	if (track->format.track == TRACK_MIC || track->format.track == TRACK_SPEAKER)
		sound_has_frame(vault, camera, track);
	else
		eyes_frame(&vault->eyes, camera, track);
	/* Last: who watches does not wait for the disk. */
	store_take(&vault->store, camera, track);
}

static void camera_track(void *context, struct camera *camera, struct track *track)
{
	struct vault *vault = context;

	store_end_track(&vault->store, camera, track);
	if (track->format.track == TRACK_MIC)
		mic_changed(vault, camera);
	else if (track_is_video(track->format.track))
		eyes_track_changed(&vault->eyes, camera);
	events_camera(&vault->events, camera);
}

static void camera_state(void *context, struct camera *camera)
{
	struct vault *vault = context;

	if (!ipc_is_open(&camera->cam))
		talks_cam_gone(&vault->talks, camera);
	events_camera(&vault->events, camera);
}

static int camera_speaker(void *context, struct camera *camera, const struct ipc_message *message)
{
	struct vault *vault = context;

	return talks_hear_cam(&vault->talks, camera, message);
}

static void grant_ended(void *context, struct grant *grant)
{
	struct vault *vault = context;

	talks_ended(&vault->talks, grant);
}

static void viewer_said(void *context, struct grant *view, const struct ipc_message *message)
{
	struct vault *vault = context;

	talks_take_packet(&vault->talks, view, message);
}

static void sessions_changed(void *context, struct camera *camera)
{
	struct vault *vault = context;

	events_sessions(&vault->events, camera);
}

static void somebody_listens(void *context, struct camera *camera)
{
	struct vault *vault = context;

	listen_update(&vault->listen, camera);
}

static void thumb_is_made(void *context, uint64_t number, const struct ipc_message *answer)
{
	struct vault *vault = context;
	struct bytes jpeg = {0};

	if (answer)
		jpeg = (struct bytes){answer->tail, answer->tail_size};
	thumb_made(&vault->plays, number, jpeg);
}

static void conversion_is_made(void *context, uint64_t number, const struct ipc_message *answer)
{
	struct vault *vault = context;
	const struct ipc_converted *converted = answer ? answer->body : NULL;

	convert_made(&vault->plays, number, converted ? converted->size : 0);
}

static void maker_is_ready(void *context)
{
	struct vault *vault = context;

	serve_go_on(&vault->plays);
}

static void rtc_has_frames(void *context, struct track *track)
{
	struct vault *vault = context;

	pump_track(&vault->grants, camera_of(track), track);
}

/* ---- neighbours ---- */

static void rtc_gone(struct vault *vault)
{
	grants_end_if(&vault->grants, VIEW_END_STOPPED, grant_is_any, NULL);
	feed_stop(&vault->feed);
}

static void rtc_closed(struct ipc_channel *channel)
{
	rtc_gone(channel->owner);
}

/* The table has no message from rtc on this channel; what it says comes on grants' descriptors. */
static void rtc_received(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	fatal("rtc sent message %u on the feed", (unsigned)message->type);
}

/* Its viewers get nothing anyway: their views end, and new ones are refused until it reads again.
 */
static void rtc_hangs(void *context)
{
	struct vault *vault = context;

	diag_error("rtc takes no pictures any more; its views end");
	grants_end_if(&vault->grants, VIEW_END_STOPPED, grant_is_any, NULL);
}

static void add_rtc(struct vault *vault, int fd)
{
	struct feed_listener listener = {
		.fed = rtc_has_frames, .hung = rtc_hangs, .context = vault};

	if (ipc_is_open(&vault->rtc)) {
		ipc_close(&vault->rtc);
		rtc_gone(vault);
	}
	if (ipc_open(&vault->rtc, vault->loop, fd, PROC_VAULT, PROC_RTC, rtc_received, rtc_closed,
		     vault) < 0 ||
	    feed_start(&vault->feed, vault->loop, &vault->rtc, &listener) < 0)
		fatal("cannot watch the channel to rtc");
	grants_set_rtc(&vault->grants, &vault->rtc, &vault->feed);
}

static void asker_gone(void *owner, struct ipc_channel *channel)
{
	struct vault *vault = owner;

	events_forget(&vault->events, channel);
	query_log_forget(&vault->query_log, channel, 0);
	replies_forget(&vault->replies, channel);
	faces_desk_forget(&vault->faces_desk, channel);
	if (channel->peer == PROC_TOOL)
		door_tool_gone(&vault->door, channel);
}

/* Views go on: rtc serves them, and the front's successor finds them. */
static void front_closed(struct ipc_channel *channel)
{
	struct vault *vault = channel->owner;

	asker_gone(vault, channel);
	door_front_gone(&vault->door);
}

static void add_front(struct vault *vault, int fd)
{
	if (ipc_is_open(&vault->front)) {
		ipc_close(&vault->front);
		front_closed(&vault->front);
	}
	if (ipc_open(&vault->front, vault->loop, fd, PROC_VAULT, PROC_FRONT, desk_received,
		     front_closed, vault) < 0)
		fatal("cannot watch the channel to the front");
}

static void add_camera(struct vault *vault, const struct ipc_peer *peer, int fd)
{
	struct camera *camera = cameras_at(&vault->cameras, peer->slot);

	if (camera)
		talks_cam_gone(&vault->talks, camera);
	int rc = cameras_attach(&vault->cameras, peer->slot, peer->name, fd);

	if (rc < 0)
		diag_error("camera slot %u cannot be used: %s", peer->slot, strerror(-rc));
}

void vault_add_peer(struct vault *vault, const struct ipc_peer *peer, int fd)
{
	switch (peer->kind) {
	case PROC_FRONT:
		add_front(vault, fd);
		return;
	case PROC_RTC:
		add_rtc(vault, fd);
		return;
	case PROC_CAM:
		add_camera(vault, peer, fd);
		return;
	case PROC_TRANSCODE:
		listen_attach(&vault->listen, peer->slot, fd);
		return;
	case PROC_TALK:
		talks_attach(&vault->talks, peer->slot, fd);
		return;
	case PROC_EAR:
		ears_attach(&vault->ears, peer->slot, fd);
		return;
	case PROC_THUMB:
		makers_attach(&vault->makers, peer->slot, fd);
		return;
	case PROC_CONVERT:
		makers_attach(&vault->converters, peer->slot, fd);
		return;
	case PROC_EYE:
		eyes_attach(&vault->eyes, fd);
		return;
	default:
		fatal("the warden brought a neighbour of kind %u", peer->kind);
	}
}

/* A camera whose voices come unannounced: the log says so at each start, and when it changes. */
static void set_chime(struct vault *vault, struct camera *camera, bool has_no_chime)
{
	struct journal_draft draft;
	char cam[CAMERAS_ID_SIZE];
	uint64_t seq;

	if (camera->has_no_chime == has_no_chime)
		return;
	cameras_log_id(camera, cam);
	journal_draft(&draft, ENTRY_CONFIG, PERSON_HOUSE);
	entry_add_text(&draft.entry, ENTRY_CAM, cam);
	entry_add_text(&draft.entry, ENTRY_REASON, has_no_chime ? "chime-off" : "chime-on");
	journal_text(&draft, "name", camera->name);
	entry_add_hex(&draft.entry, ENTRY_SHA256, draft.entry.commitments[0].hash, 32);
	/* What cannot be recorded is not so: the chime stays. */
	if (journal_add(&vault->journal, &draft, NULL, &seq) == 0)
		camera->has_no_chime = has_no_chime;
	events_camera(&vault->events, camera);
}

void vault_set_record(struct vault *vault, const struct ipc_record *record)
{
	struct camera *camera = cameras_at(&vault->cameras, record->slot);

	struct store_rule rule = {.main = record->main,
				  .sub = record->sub,
				  .pre_us = record->pre_roll_s * UINT64_C(1000000),
				  .post_us = record->post_roll_s * UINT64_C(1000000),
				  .limits = {.bytes = record->bytes, .days = record->days}};

	vault->store.limits =
		(struct store_limits){.bytes = record->all_bytes, .days = record->all_days};
	if (!camera)
		return;
	store_record(&vault->store, camera, &rule);
	diary_refresh(&vault->diary, camera);
	listen_keep_echo(&vault->listen, camera, record->keeps_echo != 0);
	set_chime(vault, camera, record->has_no_chime != 0);
}

void vault_remove_camera(struct vault *vault, uint32_t slot)
{
	struct camera *camera = cameras_at(&vault->cameras, slot);

	if (!camera)
		return;
	events_camera(&vault->events, camera);
	door_camera_gone(&vault->door, camera);
	talks_camera_gone(&vault->talks, camera);
	listen_forget(&vault->listen, camera);
	makers_forget(&vault->makers, camera->slot);
	makers_forget(&vault->converters, camera->slot);
	ears_forget(&vault->ears, camera);
	eyes_forget(&vault->eyes, camera);
	store_forget(&vault->store, camera);
	cameras_remove(&vault->cameras, camera);
}

/* What changed names a camera, so the log gets a commitment to it and nothing else: the entry's
 * sha256 is that commitment's. */
void vault_note_config(struct vault *vault, const void *text, size_t size)
{
	char what[COMMITMENT_VALUE_MAX + 1];
	uint64_t seq;

	if (size >= sizeof(what))
		size = sizeof(what) - 1;
	for (size_t i = 0; i < size; i++) {
		char letter = ((const char *)text)[i];

		what[i] = (unsigned char)letter < 0x20 || letter == 0x7f ? ' ' : letter;
	}
	what[size] = '\0';
	if (journal_add_config(&vault->journal, what, NULL, &seq) < 0)
		diag_warn("the change of configuration could not be recorded");
}

/* ---- start and stop ---- */

static int record_boot(struct vault *vault)
{
	struct journal_draft draft;
	uint64_t seq;

	journal_draft(&draft, ENTRY_BOOT, PERSON_HOUSE);
	entry_add_text(&draft.entry, ENTRY_VERSION, "ward-" WARD_VERSION);
	return journal_add(&vault->journal, &draft, NULL, &seq);
}

static void connect_desks(struct vault *vault)
{
	vault->door = (struct door){.journal = &vault->journal,
				    .people = &vault->people,
				    .credentials = &vault->credentials,
				    .cameras = &vault->cameras,
				    .grants = &vault->grants,
				    .plays = &vault->plays,
				    .deny = &vault->deny};
	vault->admin = (struct admin_desk){.people = &vault->people,
					   .cameras = &vault->cameras,
					   .grants = &vault->grants,
					   .plays = &vault->plays,
					   .replies = &vault->replies,
					   .store = &vault->store,
					   .warden = vault->warden};
	vault->query = (struct query_desk){.journal = &vault->journal,
					   .people = &vault->people,
					   .credentials = &vault->credentials,
					   .cameras = &vault->cameras,
					   .grants = &vault->grants,
					   .plays = &vault->plays,
					   .events = &vault->events,
					   .eyes = &vault->eyes,
					   .deny = &vault->deny,
					   .log = &vault->query_log,
					   .started_us = clock_real_us()};
	vault->diary_desk = (struct diary_desk){.diary = &vault->diary,
						.people = &vault->people,
						.credentials = &vault->credentials,
						.cameras = &vault->cameras,
						.replies = &vault->replies,
						.deny = &vault->deny};
	vault->keys_desk = (struct keys_desk){
		.door = &vault->door, .store = &vault->store, .replies = &vault->replies};
	vault->zones_desk = (struct zones_desk){.people = &vault->people,
						.credentials = &vault->credentials,
						.cameras = &vault->cameras,
						.eyes = &vault->eyes,
						.replies = &vault->replies,
						.deny = &vault->deny};
	vault->faces_desk = (struct faces_desk){.faces = &vault->faces,
						.eyes = &vault->eyes,
						.people = &vault->people,
						.credentials = &vault->credentials,
						.cameras = &vault->cameras,
						.deny = &vault->deny,
						.replies = &vault->replies};
	vault->tools.received = desk_received;
	vault->tools.closed = asker_gone;
	vault->tools.owner = vault;
}

static int init_plays(struct vault *vault)
{
	struct plays_listener plays = {.changed = sessions_changed, .context = vault};
	struct makers thumbs = {.kind = &makers_of_thumbs,
				.loop = vault->loop,
				.warden = vault->warden,
				.listener = {.made = thumb_is_made, .ready = maker_is_ready,
					     .context = vault}};
	struct makers converters = thumbs;
	int rc = plays_init(&vault->plays, vault->loop, &vault->journal, &vault->store, &plays);

	vault->plays.front = &vault->front;
	vault->plays.makers = &vault->makers;
	vault->plays.converters = &vault->converters;
	converters.kind = &makers_of_h264;
	converters.listener.made = conversion_is_made;
	vault->makers = thumbs;
	vault->converters = converters;
	if (rc == 0)
		rc = makers_init(&vault->makers);
	return rc < 0 ? rc : makers_init(&vault->converters);
}

static int init_analysers(struct vault *vault, const struct vault_parts *parts)
{
	struct faces faces = {
		.loop = vault->loop, .people = &vault->people, .clock = parts->clock};
	struct ears ears = {.loop = vault->loop,
			    .journal = &vault->journal,
			    .cameras = &vault->cameras,
			    .diary = &vault->diary};
	struct eyes eyes = {.loop = vault->loop,
			    .journal = &vault->journal,
			    .cameras = &vault->cameras,
			    .diary = &vault->diary,
			    .db = vault->people.db,
			    .faces = &vault->faces,
			    .faces_desk = &vault->faces_desk};
	int rc = faces_init(&vault->faces, &faces, parts->faces_key);

	if (rc == 0)
		rc = ears_init(&vault->ears, &ears);
	return rc == 0 ? eyes_init(&vault->eyes, &eyes) : rc;
}

int vault_init(struct vault *vault, const struct vault_parts *parts)
{
	struct journal_listener journal = {
		.published = log_published, .stopped = log_is_stopped, .context = vault};
	struct cameras_listener cameras = {.begins = camera_begins,
					   .frame = camera_frame,
					   .track = camera_track,
					   .state = camera_state,
					   .speaker = camera_speaker,
					   .context = vault};
	struct grants_listener grants = {
		.changed = sessions_changed,
		.listening = somebody_listens,
		.ended = grant_ended,
		.said = viewer_said,
		.context = vault};
	struct loop *loop = parts->loop;
	struct store_parts store = {.loop = loop,
				    .journal = &vault->journal,
				    .disk = parts->store,
				    .clock = parts->clock,
				    .key = parts->store_key,
				    .key_file = parts->store_key_file};

	struct diary diary = {.loop = loop,
			      .db = parts->db,
			      .cameras = &vault->cameras,
			      .store = &vault->store,
			      .events = &vault->events,
			      .clock = parts->clock};

	vault->loop = loop;
	vault->warden = parts->warden;
	journal_start(&vault->journal, loop, parts->log, parts->db, &journal);
	vault->people = (struct people){.db = parts->db, .journal = &vault->journal};
	store_start(&vault->store, &store);
	cameras_init(&vault->cameras, loop, &vault->journal, &cameras);
	deny_init(&vault->deny, loop, &vault->journal);
	replies_init(&vault->replies, &vault->journal);
	events_init(&vault->events, loop, &vault->credentials, &vault->cameras);
	diary_init(&vault->diary, &diary);
	tools_init(&vault->tools, loop);
	connect_desks(vault);
	int rc = credentials_init(&vault->credentials, loop, &vault->people);

	if (rc == 0)
		rc = listen_init(&vault->listen, loop, &vault->cameras, parts->warden);
	if (rc == 0)
		rc = init_analysers(vault, parts);
	if (rc == 0)
		rc = query_log_init(&vault->query_log, loop, parts->log);
	if (rc == 0)
		rc = grants_init(&vault->grants, loop, &vault->journal, &grants);
	if (rc == 0)
		rc = init_plays(vault);
	if (rc == 0)
		rc = talks_init(&vault->talks, loop, &vault->grants, &vault->cameras, parts->warden);
	vault->talks.store = &vault->store;
	vault->talks.door = &vault->door;
	vault->grants.talks = &vault->talks;
	vault->grants.front = &vault->front;
	return rc == 0 ? record_boot(vault) : rc;
}

void vault_stop(struct vault *vault)
{
	struct journal_draft draft;
	uint64_t seq;

	if (vault->is_stopping)
		return;
	vault->is_stopping = true;
	journal_commit(&vault->journal);
	grants_end_if(&vault->grants, VIEW_END_STOPPED, grant_is_any, NULL);
	plays_end_if(&vault->plays, VIEW_END_STOPPED, play_is_any, NULL);
	ears_stop(&vault->ears);
	eyes_stop(&vault->eyes);
	deny_finish(&vault->deny);
	/* Closing entries may fill a batch: the last word comes after them. */
	journal_commit(&vault->journal);
	grants_record_ends(&vault->grants);
	plays_record_ends(&vault->plays);
	ears_stop(&vault->ears);
	eyes_stop(&vault->eyes);
	talks_settle(&vault->talks);
	journal_commit(&vault->journal);
	store_stop(&vault->store);
	journal_commit(&vault->journal);
	journal_draft(&draft, ENTRY_SHUTDOWN, PERSON_HOUSE);
	if (journal_add(&vault->journal, &draft, NULL, &seq) < 0)
		diag_warn("the shutdown could not be recorded");
	journal_stop(&vault->journal);
}

void vault_finish(struct vault *vault)
{
	tools_finish(&vault->tools);
	diary_finish(&vault->diary);
	events_finish(&vault->events);
	query_log_finish(&vault->query_log);
	loop_timer_stop(&vault->deny.timer);
	feed_stop(&vault->feed);
	listen_finish(&vault->listen);
	talks_finish(&vault->talks);
	ears_finish(&vault->ears);
	eyes_finish(&vault->eyes);
	faces_desk_finish(&vault->faces_desk);
	faces_finish(&vault->faces);
	if (vault->grants.table)
		grants_finish(&vault->grants);
	if (vault->plays.table)
		plays_finish(&vault->plays);
	makers_finish(&vault->makers);
	makers_finish(&vault->converters);
	store_finish(&vault->store);
	cameras_finish(&vault->cameras);
	credentials_finish(&vault->credentials);
	ipc_close(&vault->front);
	ipc_close(&vault->rtc);
	loop_timer_stop(&vault->journal.heartbeat);
	loop_timer_stop(&vault->journal.publish);
	loop_timer_stop(&vault->journal.again);
}
