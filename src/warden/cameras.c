#include "warden/cameras.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/text.h"
#include "conf/option.h"
#include "conf/zone.h"
#include "proto/hear/hear.h"
#include "warden/job.h"
#include "warden/warden.h"

static const char demo_name[] = "Nursery";

#define DEMO_BYTES "256M"

/* All cameras that should run, on the heap only while they are compared. */
struct wanted {
	struct camera list[CAMERA_MAX];
	size_t count;
};

struct camera_slot *cameras_slot_of(struct child *cam)
{
	return container_of(cam, struct camera_slot, cam);
}

static void say(void *context, const char *sentence)
{
	(void)context;
	diag_error("%s", sentence);
}

static bool is_among(const struct wanted *wanted, const char *name)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (strcmp(wanted->list[i].name, name) == 0)
			return true;
	return false;
}

static void add_wanted(struct wanted *wanted, const struct camera *camera)
{
	if (is_among(wanted, camera->name))
		diag_error("camera %s was added by command, but ward.yml has one of that name: "
			   "ward.yml counts",
			   camera->name);
	else if (wanted->count == CAMERA_MAX)
		diag_error("more than %d cameras: %s is left out", CAMERA_MAX, camera->name);
	else
		wanted->list[wanted->count++] = *camera;
}

/* Recorded, within bounds that nobody minds: a first look shows what a recorder does. */
static int make_demo(struct camera *ret_demo)
{
	struct mistake_place place = {.key = demo_name};
	struct mistake mistake;
	int r = camera_make(demo_name, "demo:", NULL, ret_demo, &mistake);

	if (r == 0)
		r = camera_set(ret_demo, "record", "continuous", &place, &mistake);
	return r < 0 ? r : camera_set(ret_demo, "retention.bytes", DEMO_BYTES, &place, &mistake);
}

static void collect(const struct warden *warden, struct wanted *wanted, struct camera *added)
{
	const struct conf *conf = warden->conf;
	int count = camera_load_all(conf->state, conf->secrets, added, CAMERA_MAX, say, NULL);
	struct camera demo;

	for (size_t i = 0; i < conf->camera_count; i++)
		add_wanted(wanted, &conf->cameras[i]);
	if (count < 0)
		diag_error("the added cameras cannot be read: %s", strerror(-count));
	for (int i = 0; i < count; i++)
		add_wanted(wanted, &added[i]);
	if (warden->wants_demo && !is_among(wanted, demo_name) && make_demo(&demo) == 0)
		add_wanted(wanted, &demo);
}

/* ---- telling the vault ---- */

static void tell_vault(struct warden *warden, const char *name, const char *what)
{
	char line[NAME_SIZE + 64];
	int size = snprintf(line, sizeof(line), "camera %s %s", name, what);

	if (warden->vault.phase == CHILD_READY && warden->is_greeted)
		ipc_send(&warden->vault.channel, IPC_CONFIG_CHANGED, &(struct ipc_number){0}, line,
			 (size_t)size);
}

static void tell_gone(struct warden *warden, const struct camera_slot *slot)
{
	struct ipc_peer peer = {.kind = PROC_CAM, .slot = slot->cam.slot};

	memcpy(peer.name, slot->camera.name, sizeof(peer.name));
	if (warden->vault.phase == CHILD_READY)
		ipc_send(&warden->vault.channel, IPC_CAMERA_GONE, &peer, NULL, 0);
}

static uint64_t own_or(uint64_t own, uint64_t all)
{
	return own == OPTION_SAME ? all : own;
}

void cameras_send_record(struct child *cam)
{
	const struct camera *camera = &cameras_slot_of(cam)->camera;
	const struct conf *conf = cam->warden->conf;
	uint32_t main = camera->record == CAMERA_RECORD_SAME ? conf->record : camera->record;
	struct ipc_record record = {
		.slot = cam->slot,
		.main = main,
		.sub = camera->record_sub == CAMERA_RECORD_SAME ? main : camera->record_sub,
		.has_no_chime = !camera->chime,
		.keeps_echo = !camera->echo,
		.pre_roll_s = own_or(camera->pre_roll_s, conf->pre_roll_s),
		.post_roll_s = own_or(camera->post_roll_s, conf->post_roll_s),
		.days = own_or(camera->retention_days, conf->retention_days),
		.bytes = camera->retention_bytes,
		.all_days = conf->retention_days,
		.all_bytes = conf->retention_bytes,
	};

	ipc_send(&cam->warden->vault.channel, IPC_RECORD, &record, NULL, 0);
}

void cameras_send_see(struct child *cam)
{
	const struct camera *camera = &cameras_slot_of(cam)->camera;
	struct ipc_see see = {.camera = cam->slot,
			      .person = camera->see_person,
			      .least_height = camera->see_height,
			      .dwell_ms = (uint32_t)camera->see_dwell_s * 1000,
			      .faces = camera->see_faces,
			      .animals = camera->see_animals};

	/* It was read before, with the rest of the camera. */
	if (zone_parse(camera->see_zones, &see) < 0)
		see.person = see.animals = SEE_OFF;
	ipc_send(&cam->warden->vault.channel, IPC_SEE, &see, NULL, 0);
}

/* One eye looks at all cameras that ask for it. */
static void update_eye(struct warden *warden)
{
	bool is_wanted = false, has_faces = false;

	for (size_t i = 0; i < CAMERA_MAX; i++) {
		const struct camera_slot *slot = warden->cameras.slots[i];

		if (!slot || slot->is_gone ||
		    (slot->camera.see_person == SEE_OFF &&
		     slot->camera.see_animals == SEE_OFF))
			continue;
		is_wanted = true;
		has_faces = has_faces || slot->camera.see_faces;
	}
	/* It loads what it needs when it starts, and nothing later. */
	if (has_faces != warden->eye_has_faces && warden->eye.is_wanted && is_wanted) {
		warden->eye_has_faces = has_faces;
		child_restart(&warden->eye);
	}
	warden->eye_has_faces = has_faces;
	if (is_wanted && !warden->eye.is_wanted)
		child_want(&warden->eye);
	else if (!is_wanted && warden->eye.is_wanted)
		child_stop(&warden->eye);
}

/* ---- slots ---- */

static struct camera_slot *find_slot(const struct cameras *cameras, const char *name)
{
	for (size_t i = 0; i < CAMERA_MAX; i++)
		if (cameras->slots[i] && !cameras->slots[i]->is_gone &&
		    strcmp(cameras->slots[i]->camera.name, name) == 0)
			return cameras->slots[i];
	return NULL;
}

static void free_slots(struct cameras *cameras)
{
	for (size_t i = 0; i < CAMERA_MAX; i++) {
		struct camera_slot *slot = cameras->slots[i];

		if (!slot || !slot->is_gone || slot->cam.pid || slot->transcode.pid ||
		    slot->talk.pid || slot->ear.pid || slot->thumb.pid || slot->convert.pid)
			continue;
		explicit_bzero(slot, sizeof(*slot));
		free(slot);
		cameras->slots[i] = NULL;
	}
}

static const struct job *job_of(const struct camera *camera)
{
	struct mistake mistake;
	struct source source;

	/* Only the kind is asked here: the secrets need not be there yet. */
	if (camera_resolve(camera, NULL, &source, NULL, &mistake) < 0)
		return &job_cam_rtsp;
	return source.kind == SOURCE_FILE   ? &job_cam_file
	       : source.kind == SOURCE_ALSA ? &job_cam_alsa
					    : &job_cam_rtsp;
}

/* The ear that runs is the one that was asked for, or none. */
static void update_ear(struct camera_slot *slot, bool is_changed)
{
	const struct camera *camera = &slot->camera;
	bool is_on = camera->hear_cry != HEAR_OFF || camera->hear_noise || camera->hear_alarm;

	if (is_on && !slot->ear.is_wanted)
		child_want(&slot->ear);
	else if (!is_on && slot->ear.is_wanted)
		child_stop(&slot->ear);
	else if (is_on && is_changed)
		child_restart(&slot->ear);
}

static void start_camera(struct warden *warden, const struct camera *camera, uint32_t index)
{
	struct camera_slot *slot = calloc(1, sizeof(*slot));

	if (!slot) {
		diag_error("out of memory for camera %s", camera->name);
		return;
	}
	slot->camera = *camera;
	child_init(&slot->cam, warden, job_of(camera));
	child_init(&slot->transcode, warden, &job_transcode);
	child_init(&slot->talk, warden, &job_talk);
	child_init(&slot->ear, warden, &job_ear);
	child_init(&slot->thumb, warden, &job_thumb);
	child_init(&slot->convert, warden, &job_convert);
	struct child *const children[] = {&slot->cam, &slot->transcode, &slot->talk, &slot->ear,
					  &slot->thumb, &slot->convert};

	for (size_t i = 0; i < ARRAY_COUNT(children); i++) {
		children[i]->slot = index;
		memcpy(children[i]->name, camera->name, sizeof(children[i]->name));
	}
	warden->cameras.slots[index] = slot;
	tell_vault(warden, camera->name, "added");
	child_want(&slot->cam);
	update_ear(slot, false);
}

static void add_camera(struct warden *warden, const struct camera *camera)
{
	for (uint32_t i = 0; i < CAMERA_MAX; i++)
		if (!warden->cameras.slots[i]) {
			start_camera(warden, camera, i);
			return;
		}
	diag_error("camera %s must wait until a removed one has ended", camera->name);
}

static void remove_camera(struct warden *warden, struct camera_slot *slot)
{
	slot->is_gone = true;
	child_stop(&slot->transcode);
	child_stop(&slot->talk);
	child_stop(&slot->thumb);
	child_stop(&slot->convert);
	if (slot->ear.is_wanted)
		child_stop(&slot->ear);
	child_stop(&slot->cam);
	tell_gone(warden, slot);
	tell_vault(warden, slot->camera.name, "removed");
}

/* What is kept of it alone is no reason to interrupt the picture. */
static bool is_same_source(const struct camera *one, const struct camera *other)
{
	return memcmp(one, other, offsetof(struct camera, record)) == 0;
}

static void change_camera(struct warden *warden, struct camera_slot *slot,
			  const struct camera *camera)
{
	bool is_same = is_same_source(&slot->camera, camera);
	bool hears_otherwise = slot->camera.hear_cry != camera->hear_cry ||
			       slot->camera.hear_noise != camera->hear_noise ||
			       slot->camera.hear_alarm != camera->hear_alarm ||
			       slot->camera.hear_quiet != camera->hear_quiet;

	slot->camera = *camera;
	update_ear(slot, hears_otherwise);
	if (is_same) {
		tell_vault(warden, camera->name, "changed");
		return;
	}
	slot->cam.job = job_of(camera);
	slot->cam.failures = 0;
	tell_vault(warden, camera->name, "changed");
	if (slot->cam.pid)
		child_restart(&slot->cam);
	else
		child_want(&slot->cam);
}

static void apply(struct warden *warden, const struct wanted *wanted)
{
	struct cameras *cameras = &warden->cameras;

	for (size_t i = 0; i < CAMERA_MAX; i++)
		if (cameras->slots[i] && !cameras->slots[i]->is_gone &&
		    !is_among(wanted, cameras->slots[i]->camera.name))
			remove_camera(warden, cameras->slots[i]);
	free_slots(cameras);
	for (size_t i = 0; i < wanted->count; i++) {
		const struct camera *camera = &wanted->list[i];
		struct camera_slot *slot = find_slot(cameras, camera->name);

		if (!slot)
			add_camera(warden, camera);
		else if (memcmp(&slot->camera, camera, sizeof(*camera)) != 0)
			change_camera(warden, slot, camera);
	}
	for (size_t i = 0; i < CAMERA_MAX; i++)
		if (cameras->slots[i] && !cameras->slots[i]->is_gone &&
		    ipc_is_open(&cameras->slots[i]->cam.channel) &&
		    ipc_is_open(&warden->vault.channel)) {
			cameras_send_record(&cameras->slots[i]->cam);
			cameras_send_see(&cameras->slots[i]->cam);
		}
	update_eye(warden);
}

void cameras_update(struct warden *warden)
{
	struct wanted *wanted = calloc(1, sizeof(*wanted));
	struct camera *added = calloc(CAMERA_MAX, sizeof(*added));

	if (wanted && added) {
		collect(warden, wanted, added);
		apply(warden, wanted);
		explicit_bzero(wanted, sizeof(wanted->list[0]) * wanted->count);
	} else {
		diag_error("out of memory for the list of cameras");
	}
	free(wanted);
	free(added);
}

static struct camera_slot *slot_in_use(struct warden *warden, uint64_t slot)
{
	struct camera_slot *found = slot < CAMERA_MAX ? warden->cameras.slots[slot] : NULL;

	return found && !found->is_gone ? found : NULL;
}

static void want_work(struct child *child)
{
	if (child->is_wanted)
		child->is_asked_again = true;
	else
		child_want(child);
}

void cameras_want_transcode(struct warden *warden, uint64_t slot)
{
	struct camera_slot *found = slot_in_use(warden, slot);

	if (found)
		want_work(&found->transcode);
}

void cameras_want_talk(struct warden *warden, uint64_t slot)
{
	struct camera_slot *found = slot_in_use(warden, slot);

	if (found)
		want_work(&found->talk);
}

void cameras_want_thumb(struct warden *warden, uint64_t slot)
{
	struct camera_slot *found = slot_in_use(warden, slot);

	if (found)
		want_work(&found->thumb);
}

void cameras_restart_thumb(struct warden *warden, uint64_t slot)
{
	struct camera_slot *found = slot_in_use(warden, slot);

	if (found)
		child_restart(&found->thumb);
}

void cameras_want_convert(struct warden *warden, uint64_t slot)
{
	struct camera_slot *found = slot_in_use(warden, slot);

	if (found)
		want_work(&found->convert);
}

void cameras_restart_convert(struct warden *warden, uint64_t slot)
{
	struct camera_slot *found = slot_in_use(warden, slot);

	if (found)
		child_restart(&found->convert);
}

/* ---- sources ---- */

static int resolve_demo(struct warden *warden, struct source *ret_source)
{
	struct mistake mistake;
	char url[SOURCE_URL_SIZE];
	int r = demo_want(&warden->demo);

	if (r == 0)
		r = demo_url(&warden->demo, url, sizeof(url));
	return r < 0 ? r : source_parse(url, NULL, ret_source, &mistake);
}

int cameras_source(struct camera_slot *slot, enum media_track track, struct source *ret_source)
{
	struct warden *warden = slot->cam.warden;
	struct source main_source, sub_source = {.kind = SOURCE_RTSP};
	struct mistake mistake = {""};
	int r = camera_resolve(&slot->camera, warden->conf->secrets, &main_source, &sub_source,
			       &mistake);
	struct source *source = track == TRACK_SUB ? &sub_source : &main_source;

	if (r == 0 && track == TRACK_SUB && !slot->camera.sub[0])
		r = -ENOENT;
	else if (r < 0 && !slot->cam.failures)
		diag_error("camera %s: %s", slot->camera.name, mistake.text);
	if (r == 0 && source->kind == SOURCE_DEMO)
		r = resolve_demo(warden, source);
	if (r == 0)
		*ret_source = *source;
	explicit_bzero(&main_source, sizeof(main_source));
	explicit_bzero(&sub_source, sizeof(sub_source));
	return r;
}

void cameras_finish(struct cameras *cameras)
{
	for (size_t i = 0; i < CAMERA_MAX; i++) {
		if (cameras->slots[i])
			explicit_bzero(cameras->slots[i], sizeof(*cameras->slots[i]));
		free(cameras->slots[i]);
		cameras->slots[i] = NULL;
	}
}
