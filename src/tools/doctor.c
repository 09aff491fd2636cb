/* What an operator would look at first, as a table of checks. Each says what it found and, where
 * something is wrong, what to do. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/text.h"
#include "conf/conf.h"
#include "tools/command.h"
#include "tools/show.h"
#include "tools/store_doctor.h"
#include "tools/talk.h"

enum verdict { VERDICT_GOOD, VERDICT_NOTE, VERDICT_BAD };

struct finding {
	char text[320];
};

struct patient {
	const struct invocation *invocation;
	const char *state_dir;
};

typedef enum verdict check_fn(const struct patient *patient, struct finding *ret_finding);

static enum verdict find(struct finding *finding, enum verdict verdict, const char *format, ...)
	PRINTF_LIKE(3, 4);

static enum verdict find(struct finding *finding, enum verdict verdict, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
	return verdict;
}

static enum verdict check_config(const struct patient *patient, struct finding *found)
{
	const char *path = patient->invocation->values[FLAG_CONFIG];
	AUTO(conf) conf = NULL;
	struct mistake mistake = {0};

	if (conf_load(path, &conf, &mistake) < 0)
		return find(found, VERDICT_BAD, "%s", mistake.text);
	return find(found, VERDICT_GOOD, "%zu cameras, https on port %u",
		    conf->camera_count, conf->https_port);
}

static enum verdict check_state(const struct patient *patient, struct finding *found)
{
	struct stat status;

	if (stat(patient->state_dir, &status) < 0)
		return find(found, VERDICT_BAD, "%s: %s. Name the right one with --state, or start Ward once.",
			    patient->state_dir, strerror(errno));
	if (status.st_mode & 077)
		return find(found, VERDICT_BAD, "%s is open to other users. Mend: chmod 700 %s",
			    patient->state_dir, patient->state_dir);
	return find(found, VERDICT_GOOD, "%s, private", patient->state_dir);
}

static enum verdict check_space(const struct patient *patient, struct finding *found)
{
	enum { ENOUGH_MIB = 512 };
	struct statvfs status;

	if (statvfs(patient->state_dir, &status) < 0)
		return find(found, VERDICT_BAD, "cannot tell: %s", strerror(errno));

	uint64_t free_mib = (uint64_t)status.f_bavail * status.f_frsize >> 20;

	if (free_mib < ENOUGH_MIB)
		return find(found, VERDICT_BAD,
			    "%llu MiB free. When the log cannot grow, Ward shows nothing: make room.",
			    (unsigned long long)free_mib);
	return find(found, VERDICT_GOOD, "%llu MiB free", (unsigned long long)free_mib);
}

static enum verdict check_clock(const struct patient *patient, struct finding *found)
{
	struct tm now;
	time_t seconds = time(NULL);

	(void)patient;
	if (!gmtime_r(&seconds, &now) || now.tm_year + 1900 < 2024)
		return find(found, VERDICT_BAD,
			    "the clock says %d. Certificates and log times would be wrong: set it (timedatectl).",
			    now.tm_year + 1900);
	return find(found, VERDICT_GOOD, "%04d-%02d-%02d", now.tm_year + 1900, now.tm_mon + 1,
		    now.tm_mday);
}

static enum verdict check_kernel(const struct patient *patient, struct finding *found)
{
	enum { LANDLOCK_ASK_VERSION = 1 };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_ASK_VERSION);

	(void)patient;
	if (version < 1)
		return find(found, VERDICT_NOTE,
			    "no Landlock: seccomp alone keeps the processes apart. Kernel 5.13 or later has it.");
	return find(found, VERDICT_GOOD, "seccomp and Landlock (version %ld)", version);
}

/* ---- what only the running Ward can say ---- */

struct running {
	unsigned cameras, not_live;
	char first[200];
	bool log_stopped;
	uint32_t eye;
	uint64_t log_size, signed_size;
};

static void note_running(const struct ipc_message *message, void *context)
{
	struct running *running = context;

	if (message->type == IPC_ROW_CAMERA) {
		const struct ipc_row_camera *row = message->body;

		running->cameras++;
		if (row->state.state == CAM_LIVE || running->not_live++)
			return;
		snprintf(running->first, sizeof(running->first), "\"%s\" is %s%s%s", row->name,
			 show_cam_state(row->state.state), *row->state.reason ? ": " : "",
			 row->state.reason);
	} else if (message->type == IPC_ROW_STATUS) {
		const struct ipc_row_status *row = message->body;

		running->log_stopped = row->log_stopped;
		running->eye = row->eye;
		running->log_size = row->log_size;
		running->signed_size = row->signed_size;
	}
}

/* -ENOTCONN: it does not answer; or what talk_open says. */
static int ask_running(const struct patient *patient, struct running *ret_running)
{
	struct ipc_query query = {.query = QUERY_STATUS};
	autotalk talk = NULL;
	int error = talk_open(patient->state_dir, &talk);

	if (error < 0)
		return error;
	return talk_ask(talk, &(struct talk_question){.type = IPC_QUERY,
						      .body = &query,
						      .row = note_running,
						      .context = ret_running}) == EXIT_DONE
		       ? 0
		       : -ENOTCONN;
}

static enum verdict check_running(const struct patient *patient, struct finding *found)
{
	struct running running = {0};
	int error = ask_running(patient, &running);

	if (error == -ENOTCONN)
		return find(found, VERDICT_BAD, "it does not answer");
	if (error < 0)
		return find(found, VERDICT_BAD, "not running here (%s). Start it: ward run, or systemctl start ward",
			    strerror(-error));
	if (running.log_stopped)
		return find(found, VERDICT_BAD, "the access log has stopped; nothing is shown until Ward is restarted");
	if (running.not_live)
		return find(found, VERDICT_BAD, "%u of %u cameras have no picture; %s", running.not_live,
			    running.cameras, running.first);
	return find(found, VERDICT_GOOD, "%u cameras live, log of %llu entries", running.cameras,
		    (unsigned long long)running.log_size);
}

static enum verdict check_eye(const struct patient *patient, struct finding *found)
{
	struct running running = {0};

	if (ask_running(patient, &running) < 0)
		return find(found, VERDICT_NOTE, "only a running Ward can say");
	return find(found, running.eye <= EYE_LOOKING ? VERDICT_GOOD : VERDICT_BAD, "%s",
		    show_eye_sentence(running.eye));
}

static const struct {
	const char *name;
	check_fn *check;
} checks[] = {
	{"configuration", check_config}, {"state directory", check_state}, {"disk space", check_space},
	{"clock", check_clock},          {"kernel", check_kernel},         {"Ward", check_running},
	{"eye", check_eye},
};

enum exit_code doctor_command(const struct invocation *invocation)
{
	static const char *const words[] = {"good", "note", "BAD"};
	struct patient patient = {invocation, talk_state_dir(invocation)};
	enum exit_code result = EXIT_DONE;
	json_t *list;

	if (invocation->values[FLAG_STORE])
		return store_doctor(invocation);
	if (invocation->values[FLAG_DEEP]) {
		fprintf(stderr, "ward: --deep goes with --store\n");
		return EXIT_USAGE;
	}
	list = json_array();
	for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
		struct finding finding = {0};
		enum verdict verdict = checks[i].check(&patient, &finding);

		if (verdict == VERDICT_BAD)
			result = EXIT_NO;
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "check", checks[i].name, "verdict",
						      words[verdict], "text", finding.text));
		if (!invocation->values[FLAG_JSON])
			printf("%-5s %-16s %s\n", words[verdict], checks[i].name, finding.text);
	}
	if (invocation->values[FLAG_JSON])
		show_json(list);
	else
		json_decref(list);
	return result;
}
