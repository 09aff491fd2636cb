#include "vault/tools.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diag.h"

void tools_init(struct tools *tools, struct loop *loop)
{
	*tools = (struct tools){.loop = loop, .listener.fd = -1};
}

void tools_finish(struct tools *tools)
{
	for (unsigned i = 0; i < TOOLS_MAX; i++)
		ipc_close(&tools->table[i].channel);
	if (!tools->loop || tools->listener.fd < 0)
		return;
	loop_remove(&tools->listener);
	close(tools->listener.fd);
	tools->listener.fd = -1;
}

static void tool_closed(struct ipc_channel *channel)
{
	struct tool *tool = container_of(channel, struct tool, channel);

	tool->all->closed(tool->all->owner, channel);
}

static bool may_enter(int fd, uint32_t *ret_uid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	*ret_uid = peer.uid;
	return peer.uid == 0 || peer.uid == geteuid();
}

void tools_who(struct ipc_channel *channel, struct who *ret_who)
{
	const struct tool *tool = container_of(channel, struct tool, channel);

	people_who_is_tool(ret_who);
	snprintf(ret_who->user_name, sizeof(ret_who->user_name), "local tool, uid %u", tool->uid);
	snprintf(ret_who->device_name, sizeof(ret_who->device_name), "ward command");
}

static void accept_tool(struct tools *tools, int fd)
{
	autoclose int owned = fd;
	uint32_t uid;

	if (!may_enter(fd, &uid)) {
		diag_warn("somebody else's program tried the local socket and was turned away");
		return;
	}
	for (unsigned i = 0; i < TOOLS_MAX; i++) {
		struct tool *tool = &tools->table[i];

		if (ipc_is_open(&tool->channel))
			continue;
		tool->all = tools;
		tool->uid = uid;
		if (ipc_open(&tool->channel, tools->loop, owned, PROC_VAULT, PROC_TOOL,
			     tools->received, tool_closed, tools->owner) == 0)
			take_fd(owned);
		return;
	}
}

static void listener_ready(struct loop_watch *watch, uint32_t events)
{
	struct tools *tools = container_of(watch, struct tools, listener);
	int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0)
		accept_tool(tools, fd);
}

int tools_listen(struct tools *tools, int fd)
{
	tools->listener = (struct loop_watch){.fd = fd, .ready = listener_ready};
	return loop_add(tools->loop, &tools->listener, EPOLLIN);
}
