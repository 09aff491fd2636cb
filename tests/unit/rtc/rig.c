#include "../check.h"

#include "rig.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../../ports.h"
#include "../child.h"
#include "proto/rtc/packer.h"

static const uint8_t config[] = {0, 0, 0, 4, 0x67, 0x42, 0xe0, 0x1f, 0, 0, 0, 2, 0x68, 0xce};

static void warden_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct rig *rig = channel->owner;

	assert_int_equal(message->type, IPC_READY);
	rig->is_ready = true;
}

static void warden_closed(struct ipc_channel *channel)
{
	struct rig *rig = channel->owner;

	rig->is_gone = true;
}

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	fail_msg("rtc sent %u to the vault", (unsigned)message->type);
}

static void front_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct rig *rig = channel->owner;
	struct ipc_sdp said;

	memcpy(&said, message->body, sizeof(said));
	rig->status = said.status;
	memcpy(rig->answer, message->tail, message->tail_size);
	rig->answer[message->tail_size] = '\0';
	rig->answered++;
}

static void grant_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct rig_grant *grant = channel->owner;
	struct ipc_view_report report;
	struct ipc_grant_end end;

	if (message->type == IPC_GRANT_END) {
		memcpy(&end, message->body, sizeof(end));
		grant->end = end.end;
		return;
	}
	assert_int_equal(message->type, IPC_VIEW_REPORT);
	memcpy(&report, message->body, sizeof(report));
	assert_int_equal(report.grant, grant->number);
	grant->is_connected = report.is_connected;
	grant->wants_key += report.wants_key;
}

static void grant_closed(struct ipc_channel *channel)
{
	struct rig_grant *grant = channel->owner;

	grant->is_open = false;
}

static int bind_socket(int type, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static void pass_peer(struct rig *rig, struct ipc_channel *channel, enum proc_kind kind,
		      ipc_message_fn *received)
{
	struct ipc_peer peer = {.kind = kind};
	int fds[2];

	assert_int_equal(ipc_pair(0, fds), 0);
	ipc_send_fd(&rig->warden, IPC_PEER, &peer, NULL, 0, fds[1]);
	close(fds[1]);
	assert_int_equal(ipc_open(channel, rig->loop, fds[0], kind, PROC_RTC, received, NULL, rig),
			 0);
}

static void pass_sockets(struct rig *rig)
{
	struct ipc_listen listener = {.kind = LISTEN_MEDIA_UDP};
	struct ipc_file file = {.kind = FILE_LOCAL_ADDRESS};
	int udp = bind_socket(SOCK_DGRAM, rig->port), tcp = bind_socket(SOCK_STREAM, rig->port);

	listener.port = rig->port;
	ipc_send_fd(&rig->warden, IPC_LISTEN, &listener, NULL, 0, udp);
	listener.kind = LISTEN_MEDIA_TCP;
	ipc_send_fd(&rig->warden, IPC_LISTEN, &listener, NULL, 0, tcp);
	ipc_send(&rig->warden, IPC_FILE, &file, "127.0.0.1", 9);
	close(udp);
	close(tcp);
}

static bool is_ready(const void *context)
{
	return ((const struct rig *)context)->is_ready;
}

void rig_start(struct rig *rig, const char *path)
{
	struct ipc_track track = {.camera = RIG_CAMERA, .codec = CODEC_H264, .clock_hz = 90000};
	struct ipc_number none = {0};
	int fds[2];

	*rig = (struct rig){.port = ports_find(1)};
	assert_int_equal(loop_create(&rig->loop), 0);
	assert_int_equal(ipc_pair(0, fds), 0);
	rig->rtc = child_spawn(path, fds[1]);
	assert_int_equal(ipc_open(&rig->warden, rig->loop, fds[0], PROC_WARDEN, PROC_RTC,
				  warden_received, warden_closed, rig),
			 0);
	pass_sockets(rig);
	pass_peer(rig, &rig->vault, PROC_VAULT, vault_received);
	pass_peer(rig, &rig->front, PROC_FRONT, front_received);
	ipc_send(&rig->warden, IPC_START, &none, NULL, 0);
	assert_true(rig_until(rig, is_ready, rig));
	ipc_send(&rig->vault, IPC_FEED_TRACK, &track, config, sizeof(config));
}

void rig_finish(struct rig *rig)
{
	struct ipc_number none = {0};
	int status;

	ipc_send(&rig->warden, IPC_STOP, &none, NULL, 0);
	assert_int_equal(waitpid(rig->rtc, &status, 0), rig->rtc);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	for (uint32_t i = 0; i < rig->grant_count; i++)
		ipc_close(&rig->grant[i].channel);
	ipc_close(&rig->warden);
	ipc_close(&rig->vault);
	ipc_close(&rig->front);
	loop_destroy(rig->loop);
}

bool rig_until(struct rig *rig, rig_condition *condition, const void *context)
{
	uint64_t limit_ns = clock_boot_ns() + RIG_LIMIT_NS;

	while (!condition(context)) {
		if (clock_boot_ns() > limit_ns || rig->is_gone)
			return false;
		assert_int_equal(loop_turn(rig->loop, 5), 0);
	}
	return true;
}

static bool is_past(const void *context)
{
	return clock_boot_ns() >= *(const uint64_t *)context;
}

void rig_for_ms(struct rig *rig, unsigned ms)
{
	uint64_t until_ns = clock_boot_ns() + ms * CLOCK_NS_PER_MS;

	assert_true(rig_until(rig, is_past, &until_ns));
}

static struct rig_grant *open_grant(struct rig *rig, struct ipc_grant_open open,
				    const uint8_t fingerprint[DTLS_FINGERPRINT_SIZE])
{
	assert_true(rig->grant_count < RIG_GRANTS);
	struct rig_grant *grant = &rig->grant[rig->grant_count++];
	int fds[2];

	*grant = (struct rig_grant){.rig = rig, .number = rig->grant_count, .is_open = true};
	open.grant = grant->number;
	open.camera = RIG_CAMERA;
	memcpy(open.dtls_fingerprint, fingerprint, sizeof(open.dtls_fingerprint));
	assert_int_equal(ipc_pair(0, fds), 0);
	assert_int_equal(ipc_open(&grant->channel, rig->loop, fds[0], PROC_VAULT, PROC_RTC,
				  grant_received, grant_closed, grant),
			 0);
	ipc_send_fd(&rig->vault, IPC_GRANT_OPEN, &open, NULL, 0, fds[1]);
	close(fds[1]);
	return grant;
}

struct rig_grant *rig_open(struct rig *rig, const uint8_t fingerprint[DTLS_FINGERPRINT_SIZE])
{
	struct ipc_grant_open view = {.tracks = TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_MIC)};

	return open_grant(rig, view, fingerprint);
}

struct rig_grant *rig_open_talk(struct rig *rig, const uint8_t fingerprint[DTLS_FINGERPRINT_SIZE])
{
	struct ipc_grant_open talk = {.may_talk = 1};

	return open_grant(rig, talk, fingerprint);
}

static bool is_answered(const void *context)
{
	return ((const struct rig *)context)->answered > 0;
}

void rig_offer(struct rig *rig, uint64_t grant, enum ipc_type type, const char *sdp)
{
	struct ipc_sdp ask = {.request = 1, .grant = grant};

	rig->answered = 0;
	ipc_send(&rig->front, type, &ask, sdp, strlen(sdp));
	assert_true(rig_until(rig, is_answered, rig));
}

uint64_t rig_feed(struct rig *rig, bool is_key, uint32_t packets)
{
	static uint8_t data[64 * PACKER_PAYLOAD_MAX];
	uint32_t size = 5 + packets * (PACKER_PAYLOAD_MAX - 2);
	struct bytes_writer writer = bytes_write(data, sizeof(data));
	struct ipc_frame frame = {.frame = ++rig->next_frame,
				  .pts_ns = clock_boot_ns(),
				  .camera = RIG_CAMERA,
				  .track = TRACK_VIDEO,
				  .size = size,
				  .flags = is_key ? FRAME_KEY : 0};

	assert_true(size <= sizeof(data));
	bytes_put_be32(&writer, size - 4);
	bytes_put_u8(&writer, is_key ? 0x65 : 0x41);
	for (uint32_t at = 0; at < size; at += 32768) {
		frame.offset = at;
		ipc_send(&rig->vault, IPC_FEED_FRAME, &frame, data + at,
			 size - at < 32768 ? size - at : 32768);
	}
	return frame.frame;
}

void rig_release(struct rig_grant *grant, uint64_t first, uint64_t count)
{
	struct ipc_release release = {
		.grant = grant->number, .first = first, .count = count, .track = TRACK_VIDEO};

	ipc_send(&grant->rig->vault, IPC_RELEASES, &(struct ipc_number){.value = 1}, &release,
		 sizeof(release));
}
