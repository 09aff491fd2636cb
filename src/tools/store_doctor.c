#include "tools/store_doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "conf/secret.h"
#include "tools/log_files.h"
#include "tools/show.h"
#include "tools/talk.h"
#include "vault/glance.h"
#include "vault/store/audit.h"
#include "vault/store/audit_log.h"
#include "vault/store/pack.h"
#include "vault/store/store_key.h"

enum {
	PATH_SIZE = 4096,
	WORDS_SIZE = 512,
	SHOWN_MAX = 1000,    /* findings; more are counted */
	PENDING_MAX = 65536, /* of one epoch: a few for each of its blocks */
	MISSING_MAX = 4096,  /* blocks that only the log has, until they are judged */
	SETTLE_MS = 3000,    /* what was erased a moment ago is signed by then */
};

struct missing {
	struct audit_span span; /* within which it was recorded */
	uint64_t seq, logged_us;
};

struct exam {
	const struct invocation *invocation;
	const char *state_dir;
	bool is_running, has_key, is_key_sealed;
	uint8_t key[EPOCH_STORE_KEY_SIZE];
	struct glance *glance;
	struct log_files *log;
	struct disk *disk;
	struct audit audit;
	struct audit_log erased;
	uint64_t bad, notes, epochs_total, epochs_done;
	uint64_t log_noted;            /* entries whose erasures are known */
	struct audit_finding *pending; /* of the epoch in work */
	unsigned pending_count;
	struct missing *missing;
	unsigned missing_count;
	json_t *list;
	uint64_t progress_ns;
	char why[DB_WHY_MAX];
};

/* ---- saying ---- */

static void show_progress(struct exam *exam, const char *what, uint64_t done, uint64_t total)
{
	uint64_t now_ns = clock_boot_ns();

	if (!isatty(STDERR_FILENO) || now_ns < exam->progress_ns)
		return;
	exam->progress_ns = now_ns + 200 * CLOCK_NS_PER_MS;
	fprintf(stderr, "\r%s: %" PRIu64 " %%  ", what, total ? done * 100 / total : 100);
}

static void clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%40s\r", "");
}

static void add_json(struct exam *exam, const struct audit_finding *finding, const char *words)
{
	char track[2] = {finding->track};
	json_t *object = json_pack("{s:s, s:b, s:I, s:s}", "kind", audit_kind_name(finding->kind),
				   "bad", audit_is_bad(finding->kind), "camera",
				   (json_int_t)finding->camera, "text", words);
	char path[PACK_PATH_SIZE];

	if (finding->epoch_us) {
		pack_path(finding->camera, finding->epoch_us, path);
		json_object_set_new(object, "pack", json_string(path));
	}
	if (finding->size) {
		json_object_set_new(object, "offset", json_integer((json_int_t)finding->offset));
		json_object_set_new(object, "bytes", json_integer((json_int_t)finding->size));
	}
	if (finding->end_us) {
		json_object_set_new(object, "from", json_integer((json_int_t)finding->start_us));
		json_object_set_new(object, "to", json_integer((json_int_t)finding->end_us));
	}
	if (finding->seq)
		json_object_set_new(object, "seq", json_integer((json_int_t)finding->seq));
	if (finding->track)
		json_object_set_new(object, "track", json_string(track));
	json_array_append_new(exam->list, object);
}

static void say(struct exam *exam, const struct audit_finding *finding)
{
	bool is_bad = audit_is_bad(finding->kind);
	char room[WORDS_SIZE], from[SHOW_TIME_SIZE], to[SHOW_TIME_SIZE];
	struct text words;

	if (is_bad)
		exam->bad++;
	else
		exam->notes++;
	if (exam->bad + exam->notes > SHOWN_MAX)
		return;
	text_init(&words, room, sizeof(room));
	audit_describe(finding, &words);
	add_json(exam, finding, room);
	if (exam->invocation->values[FLAG_JSON])
		return;
	clear_progress();
	printf("%-5s ", is_bad ? "BAD" : "note");
	if (finding->end_us)
		printf("%s to %s, ", show_time(finding->start_us, from),
		       show_time(finding->end_us, to));
	printf("%s\n", room);
}

static enum exit_code say_unreadable(const struct exam *exam, const char *what, int error)
{
	if (exam->why[0])
		fprintf(stderr, "ward: %s\n", exam->why);
	else
		fprintf(stderr, "ward: cannot read %s of %s: %s\n", what, exam->state_dir,
			strerror(-error));
	return EXIT_UNREACHABLE;
}

/* ---- the log ---- */

static int read_entry(struct exam *exam, uint64_t seq, struct entry_view *ret_view)
{
	struct bytes text;
	int rc = log_files_read(exam->log, seq, &text);

	return rc < 0 ? rc : entry_parse(text.data, text.size, ret_view);
}

static int find_entry(void *context, uint64_t seq, uint32_t camera, uint8_t ret_hash[SHA256_SIZE])
{
	struct entry_view view;
	int rc = read_entry(context, seq, &view);

	if (rc == -ERANGE)
		return rc;
	if (rc < 0 || view.kind != ENTRY_MEDIA || audit_log_camera(&view) != camera)
		return -ENOENT;
	const struct bytes *hash = &view.values[ENTRY_SHA256];

	return text_parse_hex((const char *)hash->data, hash->size, ret_hash, SHA256_SIZE) < 0
		       ? -ENOENT
		       : 0;
}

static int note_erasures(struct exam *exam)
{
	uint64_t size = log_files_size(exam->log);

	for (; exam->log_noted < size; exam->log_noted++) {
		struct entry_view view;
		int rc = read_entry(exam, exam->log_noted, &view);

		if (rc == 0)
			rc = audit_log_note(&exam->erased, &view);
		if (rc == -ENOMEM)
			return rc;
		show_progress(exam, "reading the log", exam->log_noted, size);
	}
	return 0;
}

/* Some entries at a time, so that the glance at the index is short. */
struct batch {
	struct exam *exam;
	uint64_t from, to;
	unsigned kept; /* of exam->missing, before this batch */
};

static void find_missing(struct db *db, void *context)
{
	struct batch *batch = context;
	struct exam *exam = batch->exam;

	exam->missing_count = batch->kept;
	for (uint64_t seq = batch->from; seq < batch->to; seq++) {
		struct entry_view view;
		bool is_block = read_entry(exam, seq, &view) == 0 && view.kind == ENTRY_MEDIA;
		uint32_t camera = is_block ? audit_log_camera(&view) : 0;

		if (!camera)
			continue;
		uint64_t logged_us = view.stamp.real_us;
		struct missing missing = {audit_log_pass(&exam->erased, camera, logged_us), seq,
					  logged_us};

		if (!audit_log_has_block(db, camera, seq) &&
		    !audit_log_is_erased(&exam->erased, &missing.span) &&
		    exam->missing_count < MISSING_MAX)
			exam->missing[exam->missing_count++] = missing;
	}
}

/* What was erased while this program read: known once the log has said so. */
static int judge_missing(struct exam *exam)
{
	if (exam->missing_count && exam->is_running) {
		(void)poll(NULL, 0, SETTLE_MS);
		int rc = log_files_refresh(exam->log);

		if (rc == 0)
			rc = note_erasures(exam);
		if (rc < 0)
			return rc;
	}
	for (unsigned i = 0; i < exam->missing_count; i++) {
		const struct missing *at = &exam->missing[i];

		if (!audit_log_is_erased(&exam->erased, &at->span))
			say(exam, &(struct audit_finding){.kind = AUDIT_BLOCK_LOST,
							  .camera = at->span.camera,
							  .start_us = at->logged_us,
							  .end_us = at->logged_us,
							  .seq = at->seq});
	}
	return 0;
}

static int check_log(struct exam *exam)
{
	enum { AT_ONCE = 256 };
	uint64_t size = log_files_size(exam->log);
	int rc = note_erasures(exam);

	for (uint64_t seq = 0; rc == 0 && seq < size; seq += AT_ONCE) {
		struct batch batch = {exam, seq, seq + AT_ONCE < size ? seq + AT_ONCE : size,
				      exam->missing_count};

		rc = glance_at(exam->glance, find_missing, &batch, exam->why);
		show_progress(exam, "log against index", seq, size);
	}
	return rc < 0 ? rc : judge_missing(exam);
}

/* ---- epochs ---- */

static void keep_finding(void *context, const struct audit_finding *finding)
{
	struct exam *exam = context;

	if (exam->pending_count < PENDING_MAX)
		exam->pending[exam->pending_count++] = *finding;
}

struct step {
	struct exam *exam;
	uint32_t camera; /* the epoch before, then this one */
	uint64_t start_us;
	uint32_t next_camera;
	uint64_t next_us;
	bool is_found;
	struct audit_epoch epoch;
};

static void load_next(struct db *db, void *context)
{
	struct step *step = context;
	struct exam *exam = step->exam;

	audit_unload(&step->epoch);
	step->next_camera = step->camera;
	step->next_us = step->start_us;
	exam->epochs_total = exam->epochs_total ? exam->epochs_total : audit_count(db);
	step->is_found = audit_next(db, &step->next_camera, &step->next_us);
	if (step->is_found)
		audit_load(db, exam->has_key ? exam->key : NULL, step->next_camera, step->next_us,
			   &step->epoch);
}

static void look_again(struct db *db, void *context)
{
	struct step *step = context;

	step->is_found = audit_has(db, step->camera, step->start_us);
}

/* What was erased in the meantime is not missing. */
static int say_pending(struct exam *exam, struct step *step)
{
	int rc = 0;

	if (exam->pending_count && exam->is_running)
		rc = glance_at(exam->glance, look_again, step, exam->why);
	for (unsigned i = 0; rc == 0 && step->is_found && i < exam->pending_count; i++)
		say(exam, &exam->pending[i]);
	exam->pending_count = 0;
	step->is_found = true;
	return rc;
}

static int check_epochs(struct exam *exam)
{
	struct step step = {.exam = exam};
	int rc;

	while ((rc = glance_at(exam->glance, load_next, &step, exam->why)) == 0 && step.is_found) {
		step.camera = step.next_camera;
		step.start_us = step.next_us;
		audit_epoch(&exam->audit, &step.epoch);
		rc = say_pending(exam, &step);
		if (rc < 0)
			break;
		show_progress(exam, "packs", ++exam->epochs_done, exam->epochs_total);
	}
	audit_unload(&step.epoch);
	return rc;
}

/* ---- packs without an epoch ---- */

struct listing {
	struct exam *exam;
	uint32_t camera;
	uint64_t start_us; /* of the pack in question */
	bool is_named;
	int rc;
};

static void look_up_pack(struct db *db, void *context)
{
	struct listing *listing = context;

	listing->is_named = audit_has(db, listing->camera, listing->start_us);
}

static void take_pack(void *context, const char *name)
{
	struct listing *listing = context;
	struct tm utc = {0};
	const char *rest = strptime(name, "%Y%m%dT%H%M%SZ", &utc);

	if (!rest || strcmp(rest, ".pack") != 0 || listing->rc < 0)
		return;
	listing->start_us = (uint64_t)timegm(&utc) * 1000000;
	if (listing->start_us >= listing->exam->audit.written_us)
		return;
	listing->rc = glance_at(listing->exam->glance, look_up_pack, listing, listing->exam->why);
	if (listing->rc == 0 && !listing->is_named)
		say(listing->exam, &(struct audit_finding){.kind = AUDIT_PACK_UNNAMED,
							   .camera = listing->camera,
							   .epoch_us = listing->start_us});
}

static void take_directory(void *context, const char *name)
{
	struct listing *listing = context;
	struct disk *disk = listing->exam->disk;
	uint64_t number;

	if (name[0] != 'c' || text_parse_u64(name + 1, strlen(name + 1), UINT32_MAX, &number) < 0 ||
	    listing->rc < 0)
		return;
	listing->camera = (uint32_t)number;
	int rc = disk->list(disk, name, take_pack, listing);

	listing->rc = rc < 0 ? rc : listing->rc;
}

static int check_names(struct exam *exam)
{
	struct listing listing = {.exam = exam};
	int rc = exam->disk->list(exam->disk, ".", take_directory, &listing);

	return rc < 0 ? rc : listing.rc;
}

/* ---- the whole ---- */

static void print_length(const char *what, uint64_t us)
{
	if (us >= UINT64_C(3600000000))
		printf("%s%.1f h", what, (double)us / 3.6e9);
	else
		printf("%s%.1f s", what, (double)us / 1e6);
}

static void print_words(const struct exam *exam)
{
	const struct audit_sums *sums = &exam->audit.sums;
	char from[SHOW_TIME_SIZE], to[SHOW_TIME_SIZE];

	if (sums->blocks == 0) {
		printf("Nothing is recorded.\n");
	} else {
		printf("%" PRIu64 " packs, %" PRIu64 " blocks, %" PRIu64
		       " fragments, %.1f MiB, %s to %s\n",
		       sums->packs, sums->blocks, sums->fragments, (double)sums->bytes / 0x1p20,
		       show_time(sums->oldest_us, from), show_time(sums->newest_us, to));
		print_length("Pictures: ", sums->video_us);
		printf(" recorded");
		for (unsigned i = GAP_NONE + 1; i < GAP_COUNT; i++)
			if (sums->gaps[i]) {
				printf("; %" PRIu64 " gaps (%s), ", sums->gaps[i],
				       block_gap_name(i));
				print_length("", sums->gap_us[i]);
			}
		printf("\n");
	}
	if (sums->older_log)
		printf("%" PRIu64
		       " blocks are of an older log and were not held against this one.\n",
		       sums->older_log);
	if (sums->sealed)
		printf("%" PRIu64 " stretches of ten minutes only a person's key opens (`ward keys list`): what they "
		       "hold was not read.\n",
		       sums->sealed);
	if (sums->unpublished)
		printf("The newest %" PRIu64 " blocks are not under a signed head yet.\n",
		       sums->unpublished);
	if (exam->is_key_sealed)
		printf("vault/store.key is sealed under the credential " SECRET_STORE_KEY ", which this "
		       "command was not given: nothing was opened, only places, sizes and log entries "
		       "were checked.\n");
	else if (!exam->has_key)
		printf("Without vault/store.key nothing was opened: only places, sizes and log entries "
		       "were checked.\n");
	if (exam->bad + exam->notes > SHOWN_MAX)
		printf("%" PRIu64 " more findings are not shown.\n",
		       exam->bad + exam->notes - SHOWN_MAX);
	if (exam->bad)
		printf("%" PRIu64 " things are lost or damaged. The rest plays.\n", exam->bad);
	else
		printf("All of it is there%s.\n",
		       exam->audit.sums.checked ? ", byte for byte" : "");
}

static void print_json(struct exam *exam)
{
	const struct audit_sums *sums = &exam->audit.sums;
	json_t *gaps = json_object();

	for (unsigned i = GAP_NONE + 1; i < GAP_COUNT; i++)
		json_object_set_new(gaps, block_gap_name(i),
				    json_pack("{s:I, s:I}", "count", (json_int_t)sums->gaps[i],
					      "us", (json_int_t)sums->gap_us[i]));
	show_json(json_pack(
		"{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:I, s:O}", "good",
		exam->bad == 0, "packs", (json_int_t)sums->packs, "blocks",
		(json_int_t)sums->blocks, "fragments", (json_int_t)sums->fragments, "checked",
		(json_int_t)sums->checked, "bytes", (json_int_t)sums->bytes, "oldest",
		(json_int_t)sums->oldest_us, "newest", (json_int_t)sums->newest_us, "older_log",
		(json_int_t)sums->older_log, "unpublished", (json_int_t)sums->unpublished, "sealed",
		(json_int_t)sums->sealed, "opened",
		exam->has_key, "gaps", gaps, "bytes_left", (json_int_t)sums->bytes_left, "findings",
		exam->list));
}

static int read_key(struct exam *exam)
{
	char path[PATH_SIZE], *secret = NULL;
	struct disk *disk = NULL;
	struct store_key file;
	size_t size = 0;
	int rc = secret_read_credential(SECRET_STORE_KEY, STORE_KEY_SECRET_MAX, &secret, &size);

	snprintf(path, sizeof(path), "%s/vault", exam->state_dir);
	if (rc == 0 || rc == -ENOENT)
		rc = disk_directory_open(path, &disk);
	if (rc == 0)
		rc = store_key_init(&file, disk, (struct bytes){(uint8_t *)secret, size});
	if (rc == 0)
		rc = store_key_read(&file, exam->key);
	exam->has_key = rc == 0;
	exam->is_key_sealed = rc == -ENOKEY;
	store_key_finish(&file);
	disk_directory_close(disk);
	if (secret)
		explicit_bzero(secret, size);
	free(secret);
	return rc == -ENOENT || rc == -ENOKEY ? 0 : rc;
}

/* A state directory's parts. The log first: what it names is in the index, not the other way. */
static int open_parts(struct exam *exam)
{
	static char path[PATH_SIZE];
	struct stat status;
	int rc;

	snprintf(path, sizeof(path), "%s/log", exam->state_dir);
	rc = log_files_open(path, &exam->log);
	if (rc == 0) {
		snprintf(path, sizeof(path), "%s/vault/vault.db", exam->state_dir);
		rc = glance_open(path, &exam->glance);
	}
	snprintf(path, sizeof(path), "%s/store", exam->state_dir);
	if (rc == 0 && stat(path, &status) < 0)
		rc = -errno;
	if (rc == 0)
		rc = disk_directory_open(path, &exam->disk);
	return rc < 0 ? rc : read_key(exam);
}

static void find_running(struct exam *exam)
{
	autotalk talk = NULL;

	exam->is_running = talk_open(exam->state_dir, &talk) == 0;
	exam->audit.written_us =
		exam->is_running ? epoch_start_of(clock_real_us()) - EPOCH_LENGTH_US : UINT64_MAX;
}

static enum exit_code examine(struct exam *exam)
{
	int rc = open_parts(exam);

	if (rc < 0)
		return say_unreadable(exam, "the recordings", rc);
	exam->audit.disk = exam->disk;
	rc = check_epochs(exam);
	if (rc == 0)
		rc = check_names(exam);
	if (rc == 0)
		rc = check_log(exam);
	clear_progress();
	if (rc < 0)
		return say_unreadable(exam, "the recordings", rc);
	if (exam->invocation->values[FLAG_JSON])
		print_json(exam);
	else
		print_words(exam);
	return exam->bad ? EXIT_NO : EXIT_DONE;
}

enum exit_code store_doctor(const struct invocation *invocation)
{
	static struct exam exam;

	exam = (struct exam){.invocation = invocation,
			     .state_dir = talk_state_dir(invocation),
			     .pending = calloc(PENDING_MAX, sizeof(*exam.pending)),
			     .missing = calloc(MISSING_MAX, sizeof(*exam.missing)),
			     .list = json_array()};
	exam.audit = (struct audit){.is_deep = invocation->values[FLAG_DEEP] != NULL,
				    .entry = find_entry,
				    .found = keep_finding,
				    .context = &exam};
	if (!exam.pending || !exam.missing || sodium_init() < 0)
		return EXIT_UNREACHABLE;
	find_running(&exam);

	enum exit_code result = examine(&exam);

	sodium_memzero(exam.key, sizeof(exam.key));
	audit_finish(&exam.audit);
	audit_log_finish(&exam.erased);
	glance_destroy(exam.glance);
	log_files_destroy(exam.log);
	disk_directory_close(exam.disk);
	json_decref(exam.list);
	free(exam.pending);
	free(exam.missing);
	return result;
}
