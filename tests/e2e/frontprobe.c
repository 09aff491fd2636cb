/* Plays warden, vault and rtc for one real ward-front, with canned answers, so that a test can
 * drive it over sockets alone.
 *
 *   frontprobe WARD-FRONT CERTIFICATE KEY CA APP-FOLDER
 *
 * Prints one JSON object a line: {"https":PORT,"http":PORT,"pid":PID} when the front is ready,
 * then {"got":"IPC_..."} for each question. Takes words on standard input: `lose vault|rtc` and
 * `give vault|rtc` (close one's end, bring a new one), `event` (send one to every follower), `grow`
 * (the log grows: checkpoints that waited are answered), `late` (grant the views of camera "late"),
 * `stop`. */
#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/diag.h"
#include "ipc/ipc.h"

enum { FRONT_FD = 3, WAITING_MAX = 64, LOGIN_BYTE = 0x33, TOKEN_BYTE = 0x44, FILE_MAX = 60000 };

struct probe {
	struct loop *loop;
	struct ipc_channel warden, vault, rtc;
	struct loop_watch input;
	uint64_t followers[WAITING_MAX], checkpoints[WAITING_MAX], late[WAITING_MAX];
	size_t follower_count, checkpoint_count, late_count;
	uint64_t log_size;
	uint16_t https_port, http_port;
	pid_t pid;
	int exit_status;
};

static void say_got(const char *name)
{
	printf("{\"got\":\"%s\"}\n", name);
	fflush(stdout);
}

/* ---- the vault ---- */

static void refuse(struct probe *probe, uint64_t request, enum refusal refusal)
{
	struct ipc_refused body = {.request = request, .refusal = refusal};

	ipc_send(&probe->vault, IPC_REFUSED, &body, NULL, 0);
}

static void done(struct probe *probe, uint64_t request, uint64_t value, uint8_t id)
{
	struct ipc_done body = {.request = request, .value = value, .log_seq = 42};

	memset(body.id, id, sizeof(body.id));
	ipc_send(&probe->vault, IPC_DONE, &body, NULL, 0);
}

static void send_bytes(struct probe *probe, uint64_t request, const void *data, size_t size,
		       bool is_last)
{
	struct ipc_bytes body = {.request = request, .is_last = is_last};

	ipc_send(&probe->vault, IPC_BYTES, &body, data, size);
}

static bool is_known(const struct ipc_credential *credential)
{
	uint8_t expected = credential->kind == CREDENTIAL_LOGIN   ? LOGIN_BYTE
			   : credential->kind == CREDENTIAL_TOKEN ? TOKEN_BYTE
								  : 0;

	for (size_t i = 0; i < sizeof(credential->secret); i++)
		if (!expected || credential->secret[i] != expected)
			return false;
	return true;
}

static void send_checkpoint(struct probe *probe, uint64_t request)
{
	char note[128];
	int size = snprintf(note, sizeof(note), "ward.local/box/test/e1\n%llu\nroot=\n\n",
			    (unsigned long long)probe->log_size);

	send_bytes(probe, request, note, (size_t)size, true);
}

static void send_camera(struct probe *probe, uint64_t request)
{
	struct ipc_row_camera row = {
		.request = request,
		.camera = 1,
		.verbs = VERB_VIEW | VERB_LISTEN,
		.watching = 2,
		.codecs = {[TRACK_VIDEO] = CODEC_H264, [TRACK_MIC] = CODEC_AAC},
		.width = 1280,
		.height = 720,
		.state = {.state = CAM_LIVE},
		.name = "nursery"};

	ipc_send(&probe->vault, IPC_ROW_CAMERA, &row, NULL, 0);
	/* a name that is no UTF-8 must not spoil the answer */
	row.camera = 2;
	memcpy(row.name, "y\xff\"<rd", 7);
	ipc_send(&probe->vault, IPC_ROW_CAMERA, &row, NULL, 0);
}

static void send_user(struct probe *probe, uint64_t request)
{
	struct ipc_row_user row = {.request = request,
				   .role = ROLE_OWNER,
				   .name = "anna",
				   .device = "phone",
				   .cameras = "nursery,yard"};

	ipc_send(&probe->vault, IPC_ROW_USER, &row, NULL, 0);
}

static void send_session(struct probe *probe, uint64_t request)
{
	struct ipc_row_session row = {.request = request,
				      .log_seq = 42,
				      .since_us = 1767225610000000,
				      .bytes = 5000000000,
				      .camera = 1,
				      .tracks = TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_LISTEN),
				      .role = ROLE_GUEST,
				      .is_mine = 1,
				      .camera_name = "nursery",
				      .user = "ben",
				      .device = "tablet",
				      .from = "192.0.2.7"};

	memset(row.sid, 0x55, sizeof(row.sid));
	ipc_send(&probe->vault, IPC_ROW_SESSION, &row, NULL, 0);
}

static void send_entry(struct probe *probe, const struct ipc_query *query)
{
	static const char tail[] = "ward/entry/1\nseq 6\nkind boot\nacct 00ff Anna B.\nfrom 11 "
				   "192.0.2.7\n";
	struct ipc_row_entry row = {.request = query->request,
				    .seq = 6,
				    .entry_size =
					    (uint32_t)strlen("ward/entry/1\nseq 6\nkind boot\n"),
				    .openings = 2};

	ipc_send(&probe->vault, IPC_ROW_ENTRY, &row, tail, sizeof(tail) - 1);
	printf("{\"entries\":{\"from\":%llu,\"to\":\"%llu\",\"limit\":%u}}\n",
	       (unsigned long long)query->from, (unsigned long long)query->to, query->level);
	fflush(stdout);
}

static void send_tile(struct probe *probe, const struct ipc_query *query)
{
	uint8_t part[50000];

	/* in pieces: the front joins them */
	memset(part, (int)query->from, sizeof(part));
	send_bytes(probe, query->request, part, sizeof(part), false);
	memset(part, (int)query->to, sizeof(part));
	send_bytes(probe, query->request, part, sizeof(part), true);
}

static void answer_query(struct probe *probe, const struct ipc_query *query)
{
	uint8_t hashes[64];

	switch ((enum query)query->query) {
	case QUERY_ME:
		send_user(probe, query->request);
		break;
	case QUERY_CAMERAS:
		send_camera(probe, query->request);
		break;
	case QUERY_SESSIONS:
		send_session(probe, query->request);
		break;
	case QUERY_ENTRIES:
		send_entry(probe, query);
		break;
	case QUERY_CHECKPOINT:
		if (query->from && query->from >= probe->log_size)
			probe->checkpoints[probe->checkpoint_count++ % WAITING_MAX] =
				query->request;
		else
			send_checkpoint(probe, query->request);
		return;
	case QUERY_TILE:
	case QUERY_TILE_ENTRIES:
		send_tile(probe, query);
		return;
	case QUERY_INCLUSION:
	case QUERY_CONSISTENCY:
		memset(hashes, 7, sizeof(hashes));
		send_bytes(probe, query->request, hashes, sizeof(hashes), true);
		return;
	case QUERY_LOG_KEY:
		send_bytes(probe, query->request, "ward.local/box/test/e1+key", 26, true);
		return;
	case QUERY_EVENTS:
		probe->followers[probe->follower_count++ % WAITING_MAX] = query->request;
		return;
	case QUERY_STATUS:
	case QUERY_USERS:
	case QUERY_KEYS:
	case QUERY_COUNT:
		break;
	}
	done(probe, query->request, 0, 0);
}

static void answer_view(struct probe *probe, const struct ipc_view_ask *ask)
{
	printf("{\"view\":\"%s\",\"verbs\":%u,\"signed\":%u,\"size\":%llu,\"finger\":%u}\n",
	       ask->camera, ask->verbs, ask->proof.is_signed, (unsigned long long)ask->proof.checkpoint_size,
	       ask->dtls_fingerprint[0]);
	fflush(stdout);
	if (!is_known(&ask->credential))
		refuse(probe, ask->request, REFUSAL_NOT_SIGNED_IN);
	else if (strcmp(ask->camera, "silent") == 0)
		return; /* never an answer */
	else if (strcmp(ask->camera, "late") == 0)
		probe->late[probe->late_count++ % WAITING_MAX] = ask->request;
	else if (strcmp(ask->camera, "yard") == 0)
		refuse(probe, ask->request, REFUSAL_NOT_ALLOWED);
	else if (strcmp(ask->camera, "nursery") == 0)
		done(probe, ask->request, 7, 0x55);
	else if (strcmp(ask->camera, "b a/d") == 0)
		done(probe, ask->request, 8, 0x66);
	else
		refuse(probe, ask->request, REFUSAL_NOT_FOUND);
}

static void answer_session(struct probe *probe, const struct ipc_session_ask *ask)
{
	if (!is_known(&ask->credential))
		refuse(probe, ask->request, REFUSAL_NOT_SIGNED_IN);
	else if (ask->sid[0] == 0x55 || ask->sid[0] == 0x66)
		done(probe, ask->request, 7, 0);
	else
		refuse(probe, ask->request, REFUSAL_NOT_FOUND);
}

static void answer_pair(struct probe *probe, const struct ipc_pair_ask *ask)
{
	if (ask->secret[0] != 0xaa) {
		refuse(probe, ask->request, REFUSAL_LINK_USED);
		return;
	}
	send_user(probe, ask->request);
	send_bytes(probe, ask->request, "ward.local/box/test/e1+key", 26, false);
	done(probe, ask->request, 0, 0x77);
}

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct probe *probe = channel->owner;
	const struct ipc_request *request = message->body;
	const struct ipc_login_ask *login = message->body;
	const struct ipc_query *query = message->body;

	say_got(ipc_rule_of(message->type)->name);
	switch ((int)message->type) {
	case IPC_NONCE_ASK:
		done(probe, request->request, 0, 0x11);
		break;
	case IPC_PAIR_ASK:
		answer_pair(probe, message->body);
		break;
	case IPC_LOGIN_ASK:
		if (login->nonce[0] == 0x11)
			done(probe, request->request, 3600, LOGIN_BYTE);
		else
			refuse(probe, request->request, REFUSAL_BAD_SIGNATURE);
		break;
	case IPC_VIEW_ASK:
		answer_view(probe, message->body);
		break;
	case IPC_SESSION_CHECK:
	case IPC_SESSION_END:
		answer_session(probe, message->body);
		break;
	case IPC_QUERY:
		if (is_known(&query->credential))
			answer_query(probe, query);
		else
			refuse(probe, request->request, REFUSAL_NOT_SIGNED_IN);
		break;
	default:
		break;
	}
}

/* ---- rtc ---- */

static void rtc_received(struct ipc_channel *channel, struct ipc_message *message)
{
	static const char answer[] = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
	static const char fragment[] = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";
	const struct ipc_sdp *asked = message->body;
	struct ipc_sdp body = {.request = asked->request, .grant = asked->grant, .etag = "e1"};

	say_got(ipc_rule_of(message->type)->name);
	if (message->type == IPC_OFFER && asked->grant == 7) {
		ipc_send(channel, IPC_ANSWER, &body, answer, sizeof(answer) - 1);
	} else if (message->type == IPC_OFFER) {
		body.status = 422;
		ipc_send(channel, IPC_ANSWER, &body, NULL, 0);
	} else if (strcmp(asked->etag, "*") == 0) {
		strcpy(body.etag, "e2");
		ipc_send(channel, IPC_PATCHED, &body, fragment, sizeof(fragment) - 1);
	} else {
		body.status = strcmp(asked->etag, "e1") == 0 ? 0 : 412;
		ipc_send(channel, IPC_PATCHED, &body, NULL, 0);
	}
}

static void neighbour_closed(struct ipc_channel *channel)
{
	(void)channel;
}

/* ---- the warden ---- */

static void give(struct probe *probe, enum proc_kind kind)
{
	struct ipc_channel *channel = kind == PROC_VAULT ? &probe->vault : &probe->rtc;
	struct ipc_peer peer = {.kind = kind};
	int fds[2];

	ipc_close(channel);
	if (ipc_pair(0, fds) < 0)
		fatal("no pair");
	memset(channel, 0, sizeof(*channel));
	if (ipc_open(channel, probe->loop, fds[0], kind, PROC_FRONT,
		     kind == PROC_VAULT ? vault_received : rtc_received, neighbour_closed,
		     probe) < 0)
		fatal("no channel");
	ipc_send_fd(&probe->warden, IPC_PEER, &peer, NULL, 0, fds[1]);
	close(fds[1]);
}

static void send_file(struct probe *probe, enum file_kind kind, const char *path)
{
	static char data[FILE_MAX];
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct ipc_file file = {.kind = kind};
	ssize_t size = fd < 0 ? -1 : read(fd, data, sizeof(data));

	if (size < 0)
		fatal("cannot read %s", path);
	ipc_send(&probe->warden, IPC_FILE, &file, data, (size_t)size);
}

static void send_listener(struct probe *probe, enum listen_kind kind, uint16_t *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 511) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		fatal("cannot listen");
	*ret_port = ntohs(address.sin_port);

	struct ipc_listen body = {.kind = kind, .port = *ret_port};

	ipc_send_fd(&probe->warden, IPC_LISTEN, &body, NULL, 0, fd);
}

static void warden_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct probe *probe = channel->owner;

	assert(message->type == IPC_READY);
	printf("{\"https\":%u,\"http\":%u,\"pid\":%d}\n", probe->https_port, probe->http_port,
	       (int)probe->pid);
	fflush(stdout);
}

static void front_ended(struct ipc_channel *channel)
{
	struct probe *probe = channel->owner;

	waitpid(probe->pid, &probe->exit_status, 0);
	printf("{\"exit\":%d,\"signal\":%d}\n",
	       WIFEXITED(probe->exit_status) ? WEXITSTATUS(probe->exit_status) : -1,
	       WIFSIGNALED(probe->exit_status) ? WTERMSIG(probe->exit_status) : 0);
	fflush(stdout);
	loop_stop(probe->loop);
}

static void start_front(struct probe *probe, char **argv)
{
	static const enum proc_kind neighbours[] = {PROC_VAULT, PROC_RTC};
	struct ipc_file app = {.kind = FILE_APP_DIR};
	struct ipc_number start = {0};
	int fds[2];

	if (ipc_pair(0, fds) < 0)
		fatal("no pair");
	probe->pid = fork();
	if (probe->pid == 0) {
		dup2(fds[1], FRONT_FD);
		execl(argv[1], "ward-front", NULL);
		_exit(127);
	}
	close(fds[1]);
	if (ipc_open(&probe->warden, probe->loop, fds[0], PROC_WARDEN, PROC_FRONT, warden_received,
		     front_ended, probe) < 0)
		fatal("no channel");
	send_file(probe, FILE_TLS_CERT, argv[2]);
	send_file(probe, FILE_TLS_KEY, argv[3]);
	send_file(probe, FILE_TLS_CA, argv[4]);
	ipc_send(&probe->warden, IPC_FILE, &app, argv[5], strlen(argv[5]));
	send_listener(probe, LISTEN_HTTPS, &probe->https_port);
	send_listener(probe, LISTEN_HTTP_LOOPBACK, &probe->http_port);
	for (size_t i = 0; i < ARRAY_COUNT(neighbours); i++)
		give(probe, neighbours[i]);
	ipc_send(&probe->warden, IPC_START, &start, NULL, 0);
}

/* ---- the test's words ---- */

static void send_events(struct probe *probe)
{
	for (size_t i = 0; i < probe->follower_count && i < WAITING_MAX; i++) {
		struct ipc_row_event row = {.request = probe->followers[i],
					    .value = 3,
					    .kind = EVENT_SESSIONS,
					    .camera = 1,
					    .name = "nursery"};

		ipc_send(&probe->vault, IPC_ROW_EVENT, &row, NULL, 0);
	}
}

static void grow(struct probe *probe)
{
	probe->log_size++;
	for (size_t i = 0; i < probe->checkpoint_count && i < WAITING_MAX; i++)
		send_checkpoint(probe, probe->checkpoints[i]);
	probe->checkpoint_count = 0;
}

static void grant_late(struct probe *probe)
{
	for (size_t i = 0; i < probe->late_count && i < WAITING_MAX; i++)
		done(probe, probe->late[i], 7, 0x66);
	probe->late_count = 0;
}

static void obey(struct probe *probe, const char *word)
{
	struct ipc_number stop = {0};

	if (strcmp(word, "lose vault") == 0)
		ipc_close(&probe->vault);
	else if (strcmp(word, "lose rtc") == 0)
		ipc_close(&probe->rtc);
	else if (strcmp(word, "give vault") == 0)
		give(probe, PROC_VAULT);
	else if (strcmp(word, "give rtc") == 0)
		give(probe, PROC_RTC);
	else if (strcmp(word, "event") == 0)
		send_events(probe);
	else if (strcmp(word, "grow") == 0)
		grow(probe);
	else if (strcmp(word, "late") == 0)
		grant_late(probe);
	else if (strcmp(word, "stop") == 0)
		ipc_send(&probe->warden, IPC_STOP, &stop, NULL, 0);
}

static void input_ready(struct loop_watch *watch, uint32_t events)
{
	struct probe *probe = container_of(watch, struct probe, input);
	char words[1024], *rest = words, *word;
	ssize_t size = read(watch->fd, words, sizeof(words) - 1);

	(void)events;
	if (size <= 0) {
		/* the test is gone: so is the front */
		loop_remove(watch);
		ipc_close(&probe->warden);
		waitpid(probe->pid, &probe->exit_status, 0);
		loop_stop(probe->loop);
		return;
	}
	words[size] = '\0';
	while ((word = strsep(&rest, "\n")) != NULL)
		obey(probe, word);
}

int main(int argc, char **argv)
{
	static struct probe probe = {.log_size = 8};
	int r;

	diag_init("frontprobe");
	signal(SIGPIPE, SIG_IGN);
	if (argc != 6 || loop_create(&probe.loop) < 0)
		fatal("usage: frontprobe WARD-FRONT CERTIFICATE KEY CA APP-FOLDER");
	probe.input = (struct loop_watch){.fd = STDIN_FILENO, .ready = input_ready};
	if (loop_add(probe.loop, &probe.input, EPOLLIN) < 0)
		fatal("standard input must be a pipe");
	start_front(&probe, argv);
	r = loop_run(probe.loop);
	loop_destroy(probe.loop);
	return r < 0 || probe.exit_status != 0;
}
