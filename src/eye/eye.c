/* ward-eye: sees people in the pictures of all cameras that ask for it. Frames come from the vault
 * under grants of the house's own, which stand in the log; what goes back is "somebody came" and
 * "is gone". Nothing else leaves. One network serves all cameras, in turn. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/diag.h"
#include "eye/gaze.h"
#include "eye/network.h"
#include "proto/see/model.h"
#include "proto/see/zone.h"
#include "worker/worker.h"

enum {
	FOLDER_SIZE = 1024,
	NICE = 10,
	REST_SHARE = 1, /* it rests as long as it worked: never more than half of a core */
};

struct eye {
	struct worker worker;
	char folder[FOLDER_SIZE];
	enum eye_state state;
	struct network *network;
	struct faces *faces; /* NULL: no camera asks, or something is missing */
	enum eye_state faces_state;
	struct gaze *gazes[CAMERA_MAX];
	unsigned turn; /* whose is next */
	struct loop_timer work;
};

static struct eye *eye_of(struct worker *worker)
{
	return container_of(worker, struct eye, worker);
}

/* ---- telling ---- */

static void tell_stay(struct eye *eye, const struct gaze *gaze, const struct stay *stay,
		      enum seen_kind kind)
{
	bool is_end = stay->state == STAY_OVER;
	struct ipc_seen seen = {
		.at_ns = is_end ? stay->there_ns : stay->first_ns,
		.best_ns = stay->best_ns,
		.camera = gaze->rule.camera,
		.stay = stay->number,
		.is_end = is_end,
		.score = (uint32_t)(stay->score * 1000) + 1,
		.model = MODEL_PERSON,
		.boxes = stay->path_count,
		.best = stay_place(&stay->best),
		.kind = kind,
	};

	memcpy(seen.path, stay->path, sizeof(seen.path));
	ipc_send(&eye->worker.vault, IPC_SEEN, &seen, NULL, 0);
}

static void tell_stays(struct eye *eye, struct gaze *gaze)
{
	struct stay stay;

	while (stay_next(&gaze->stays, &stay))
		tell_stay(eye, gaze, &stay, SEEN_PERSON);
	while (stay_next(&gaze->animals, &stay))
		tell_stay(eye, gaze, &stay, SEEN_CAT + stay_kind(&stay));
}

static void tell_face(struct eye *eye, struct gaze *gaze)
{
	struct ipc_face face = {.camera = gaze->rule.camera};
	struct faces_print print;

	if (!faces_watch_next(&gaze->watch, &face.stay, &print))
		return;
	face.at_ns = gaze->watch.at_ns;
	face.quality = print.quality;
	ipc_send(&eye->worker.vault, IPC_FACE, &face, &print.print, sizeof(print.print));
}

static void tell_state(struct worker *worker)
{
	struct ipc_number state = {eye_of(worker)->state}, faces = {eye_of(worker)->faces_state};

	ipc_send(&worker->vault, IPC_FACES_STATE, &faces, NULL, 0);
	ipc_send(&worker->vault, IPC_EYE_STATE, &state, NULL, 0);
}

/* ---- the queue ---- */

static struct gaze *next_gaze(struct eye *eye)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++) {
		unsigned at = (eye->turn + i) % CAMERA_MAX;

		if (!eye->gazes[at] || !gaze_wants_turn(eye->gazes[at]))
			continue;
		eye->turn = at + 1;
		return eye->gazes[at];
	}
	return NULL;
}

static void plan_work(struct eye *eye, uint64_t at_ns)
{
	if (eye->network && !eye->work.loop)
		loop_timer_start(eye->worker.loop, &eye->work, at_ns);
}

/* One turn of one camera. What comes meanwhile waits in the socket, and is read before the next
 * turn: the newest counts. On a short machine a turn takes longer, the rest after it too, and fewer
 * pictures are looked at. */
static void work_due(struct loop_timer *timer)
{
	struct eye *eye = container_of(timer, struct eye, work);
	struct gaze *gaze = next_gaze(eye);
	uint64_t begun_ns = clock_boot_ns();

	if (!gaze)
		return;
	if (gaze_take_turn(gaze, eye->network) < 0)
		fatal("the network failed");
	tell_stays(eye, gaze);
	tell_face(eye, gaze);
	uint64_t now_ns = clock_boot_ns();

	plan_work(eye, now_ns + (now_ns - begun_ns) * REST_SHARE);
}

/* ---- the vault's words ---- */

static struct gaze *find_gaze(struct eye *eye, uint32_t camera)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++)
		if (eye->gazes[i] && eye->gazes[i]->rule.camera == camera)
			return eye->gazes[i];
	return NULL;
}

static void drop_gaze(struct eye *eye, uint32_t camera)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++)
		if (eye->gazes[i] && eye->gazes[i]->rule.camera == camera) {
			gaze_end(eye->gazes[i]);
			free(eye->gazes[i]);
			eye->gazes[i] = NULL;
		}
}

static void take_see(struct worker *worker, struct ipc_message *message)
{
	struct eye *eye = eye_of(worker);
	const struct ipc_see *rule = message->body;

	if (rule->camera == 0 || zone_check(rule) < 0)
		fatal("the vault sent a rule that makes no sense");
	drop_gaze(eye, rule->camera);
	for (unsigned i = 0; i < CAMERA_MAX && zone_wants_any(rule); i++) {
		if (eye->gazes[i])
			continue;
		eye->gazes[i] = calloc(1, sizeof(*eye->gazes[i]));
		if (!eye->gazes[i])
			fatal("out of memory");
		gaze_begin(eye->gazes[i], rule, eye->faces);
		return;
	}
}

static void take_track(struct worker *worker, struct ipc_message *message)
{
	struct eye *eye = eye_of(worker);
	const struct ipc_track *track = message->body;
	struct gaze *gaze = find_gaze(eye, track->camera);

	if (!gaze)
		return;
	gaze_take_track(gaze, track, (struct bytes){message->tail, message->tail_size});
	tell_stays(eye, gaze);
}

static void take_frame(struct worker *worker, struct ipc_message *message)
{
	struct eye *eye = eye_of(worker);
	const struct ipc_frame *piece = message->body;
	struct gaze *gaze = find_gaze(eye, piece->camera);
	struct bytes data = {message->tail, message->tail_size};

	if (!gaze)
		return;
	if (gaze_take_piece(gaze, piece, data, loop_now_ns(eye->worker.loop)) < 0)
		fatal("the vault sent a piece of a frame that fits no frame");
	if (gaze_wants_turn(gaze))
		plan_work(eye, loop_now_ns(eye->worker.loop));
}

/* A picture that somebody sent in, to be known by. */
static void take_face_look(struct worker *worker, struct ipc_message *message)
{
	struct eye *eye = eye_of(worker);
	const struct ipc_face_look *ask = message->body;
	struct ipc_face_look answer = {.number = ask->number, .error = -ENOENT};
	struct faces_print print;

	if (eye->faces)
		answer.error = faces_look_file(
			eye->faces, (struct bytes){message->tail, message->tail_size}, &print);
	if (answer.error == -EIO)
		fatal("the network failed");
	answer.quality = answer.error == 0 ? print.quality : 0;
	ipc_send(&worker->vault, IPC_FACE_LOOK, &answer, &print.print,
		 answer.error == 0 ? sizeof(print.print) : 0);
}

/* ---- beginning and end ---- */

static void take_file(struct worker *worker, struct ipc_message *message)
{
	const struct ipc_file *file = message->body;
	struct eye *eye = eye_of(worker);

	if (file->kind == FILE_FACES) {
		eye->faces_state = EYE_STARTING;
		return;
	}
	if (file->kind != FILE_MODELS_DIR || message->tail_size >= sizeof(eye->folder))
		fatal("the warden sent a file that an eye has no use for");
	memcpy(eye->folder, message->tail, message->tail_size);
	eye->folder[message->tail_size] = 0;
}

static int prepare(struct worker *worker)
{
	const struct sched_param normal = {0};
	int r = picture_warm_up();

	/* Live view and recording come first. */
	if (setpriority(PRIO_PROCESS, 0, NICE) < 0 || sched_setscheduler(0, SCHED_BATCH, &normal) < 0)
		diag_warn("cannot step back behind the others: %s", strerror(errno));
	eye_of(worker)->work.due = work_due;
	return r;
}

/* Without library or model it stays, sees nothing, and says so: nothing else is the worse for it. */
static void start(struct worker *worker)
{
	struct eye *eye = eye_of(worker);

	eye->state = network_load(eye->folder, &eye->network);
	if (eye->faces_state == EYE_STARTING)
		eye->faces_state = eye->network ? faces_load(network_runtime(eye->network),
							     eye->folder, &eye->faces)
						: eye->state;
}

static void finish(struct worker *worker)
{
	struct eye *eye = eye_of(worker);
	uint64_t looks = 0, bad = 0;

	for (unsigned i = 0; i < CAMERA_MAX; i++) {
		if (!eye->gazes[i])
			continue;
		looks += eye->gazes[i]->looks;
		bad += eye->gazes[i]->bad;
		gaze_end(eye->gazes[i]);
		free(eye->gazes[i]);
	}
	if (bad)
		diag_info("%llu pictures could not be decoded, %llu were looked at",
			  (unsigned long long)bad, (unsigned long long)looks);
	loop_timer_stop(&eye->work);
	faces_destroy(eye->faces);
	network_destroy(eye->network);
}

static const struct worker_kind KIND = {
	.program = "ward-eye",
	.proc = PROC_EYE,
	.profile = SANDBOX_EYE,
	.prepare = prepare,
	.start = start,
	.meet_vault = tell_state,
	.finish = finish,
	.from_warden = {[IPC_FILE] = take_file},
	.from_vault = {[IPC_SEE] = take_see,
		       [IPC_FEED_TRACK] = take_track,
		       [IPC_FEED_FRAME] = take_frame,
		       [IPC_FACE_LOOK] = take_face_look},
};

int main(void)
{
	static struct eye eye = {.state = EYE_STARTING};

	return worker_run(&eye.worker, &KIND);
}
