/* ward-rtc: sends what the vault releases to browsers, over WebRTC. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/diag.h"
#include "rtc/front_link.h"
#include "rtc/rtc.h"
#include "rtc/vault_link.h"
#include "sandbox/sandbox.h"

enum { WARDEN_FD = 3 };

struct process {
	struct loop *loop;
	struct ipc_channel warden;
	struct rtc_setup setup;
	struct rtc *rtc;        /* NULL until the start */
	int vault_fd, front_fd; /* that came before the start; -1: none */
};

static void warden_peer(struct process *process, struct ipc_message *message)
{
	struct ipc_peer peer;
	int fd = take_fd(message->fd), r = -EPROTO;

	memcpy(&peer, message->body, sizeof(peer));
	if (peer.kind != PROC_VAULT && peer.kind != PROC_FRONT)
		fatal("the warden connects rtc to a process of kind %u", peer.kind);
	if (process->rtc) {
		r = peer.kind == PROC_VAULT ? vault_link_open(process->rtc, fd)
					    : front_link_open(process->rtc, fd);
		if (r < 0)
			fatal("cannot open a channel: %s", strerror(-r));
		return;
	}
	int *kept = peer.kind == PROC_VAULT ? &process->vault_fd : &process->front_fd;

	if (*kept >= 0)
		close(*kept);
	*kept = fd;
}

static void warden_listen(struct process *process, struct ipc_message *message)
{
	struct ipc_listen listener;
	struct rtc_setup *setup = &process->setup;

	memcpy(&listener, message->body, sizeof(listener));
	if (listener.kind == LISTEN_MEDIA_UDP) {
		setup->udp_fd = take_fd(message->fd);
		setup->udp_port = (uint16_t)listener.port;
	} else if (listener.kind == LISTEN_MEDIA_TCP) {
		setup->tcp_fd = take_fd(message->fd);
		setup->tcp_port = (uint16_t)listener.port;
	} else {
		fatal("the warden passed rtc a listener of kind %u", listener.kind);
	}
}

/* Names are not resolved here: a public address that is one is left to the phone's own ICE. */
static void warden_file(struct process *process, struct ipc_message *message)
{
	struct rtc_setup *setup = &process->setup;
	struct ice_address address;
	struct ipc_file file;

	memcpy(&file, message->body, sizeof(file));
	if (setup->address_count == RTC_ADDRESS_MAX ||
	    ice_address_parse((const char *)message->tail, message->tail_size, &address) < 0)
		return;
	if (file.kind == FILE_LOCAL_ADDRESS) {
		setup->address[setup->address_count++] = address;
	} else if (file.kind == FILE_PUBLIC_ADDRESS && !setup->has_public_address) {
		memmove(setup->address + 1, setup->address,
			setup->address_count * sizeof(setup->address[0]));
		setup->address[0] = address;
		setup->address_count++;
		setup->has_public_address = true;
	}
}

static void warden_start(struct process *process, struct ipc_message *message)
{
	struct ipc_number ready = {0};

	(void)message;
	if (process->rtc || process->setup.udp_fd < 0)
		fatal("the warden starts rtc twice, or without a socket");
	int r = rtc_create(&process->setup, &process->rtc);

	if (r < 0)
		fatal("cannot start: %s", strerror(-r));
	r = sandbox_enter(SANDBOX_RTC, NULL);
	if (r < 0)
		fatal("cannot enter the sandbox: %s", strerror(-r));
	if (process->vault_fd >= 0 && vault_link_open(process->rtc, take_fd(process->vault_fd)) < 0)
		fatal("cannot open the channel to the vault");
	if (process->front_fd >= 0 && front_link_open(process->rtc, take_fd(process->front_fd)) < 0)
		fatal("cannot open the channel to the front");
	ipc_send(&process->warden, IPC_READY, &ready, NULL, 0);
}

static void warden_stop(struct process *process, struct ipc_message *message)
{
	(void)message;
	loop_stop(process->loop);
}

static const struct {
	enum ipc_type type;
	void (*handle)(struct process *process, struct ipc_message *message);
} warden_messages[] = {
	{IPC_PEER, warden_peer},   {IPC_LISTEN, warden_listen}, {IPC_FILE, warden_file},
	{IPC_START, warden_start}, {IPC_STOP, warden_stop},
};

static void warden_received(struct ipc_channel *channel, struct ipc_message *message)
{
	for (size_t i = 0; i < ARRAY_COUNT(warden_messages); i++) {
		if (warden_messages[i].type == message->type) {
			warden_messages[i].handle(channel->owner, message);
			return;
		}
	}
	fatal("the warden sent %s", ipc_rule_of(message->type)->name);
}

static void warden_closed(struct ipc_channel *channel)
{
	struct process *process = channel->owner;

	loop_stop(process->loop);
}

int main(void)
{
	struct process process = {
		.setup = {.udp_fd = -1, .tcp_fd = -1}, .vault_fd = -1, .front_fd = -1};

	diag_init("ward-rtc");
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || loop_create(&process.loop) < 0 ||
	    ipc_open(&process.warden, process.loop, WARDEN_FD, PROC_RTC, PROC_WARDEN,
		     warden_received, warden_closed, &process) < 0)
		fatal("must be started by ward-warden");
	process.setup.loop = process.loop;
	int r = loop_run(process.loop);

	rtc_destroy(process.rtc);
	ipc_close(&process.warden);
	loop_destroy(process.loop);
	return r < 0 ? 1 : 0;
}
