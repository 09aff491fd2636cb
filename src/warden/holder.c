#include "warden/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { STATE_TCP_LISTEN = 0x0a, STATE_UDP_BOUND = 0x07 };

/* The inode of the socket bound to `port` in one table of /proc/net; 0: none. */
static unsigned long inode_in(const char *table, uint16_t port, unsigned wanted_state)
{
	char line[512];
	FILE *file = fopen(table, "re");
	unsigned long found = 0;

	while (file && !found && fgets(line, sizeof(line), file)) {
		unsigned local_port, state;
		unsigned long inode;

		/* proc_net_tcp(5): slot, local address:port, remote, state, queues, timers,
		 * retries, owner, timeout, inode. */
		if (sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s %*u %*u %lu",
			   &local_port, &state, &inode) == 3 &&
		    local_port == port && state == wanted_state)
			found = inode;
	}
	if (file)
		fclose(file);
	return found;
}

static bool has_socket(const char *pid, const char *socket_name)
{
	char path[300], link[64];
	struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	DIR *folder = opendir(path);
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		ssize_t size = readlinkat(dirfd(folder), entry->d_name, link, sizeof(link) - 1);

		link[size < 0 ? 0 : size] = 0;
		found = strcmp(link, socket_name) == 0;
	}
	if (folder)
		closedir(folder);
	return found;
}

static void describe_process(const char *pid, char *text, size_t size)
{
	char path[300], command[64] = "a program";
	struct text out;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	FILE *file = fopen(path, "re");

	if (file && fgets(command, sizeof(command), file))
		command[strcspn(command, "\n")] = 0;
	if (file)
		fclose(file);
	text_init(&out, text, size);
	text_add_quoted(&out, command, strlen(command));
	text_printf(&out, " (process %s)", pid);
}

int holder_find(uint16_t port, bool is_udp, char *ret_text, size_t size)
{
	static const char *const tables[2][2] = {{"/proc/net/tcp", "/proc/net/tcp6"},
						 {"/proc/net/udp", "/proc/net/udp6"}};
	unsigned state = is_udp ? STATE_UDP_BOUND : STATE_TCP_LISTEN;
	unsigned long inode = inode_in(tables[is_udp][0], port, state);
	char socket_name[64];
	struct dirent *entry;
	int r = -ENOENT;

	if (!inode)
		inode = inode_in(tables[is_udp][1], port, state);
	DIR *processes = inode ? opendir("/proc") : NULL;

	snprintf(socket_name, sizeof(socket_name), "socket:[%lu]", inode);
	while (processes && r < 0 && (entry = readdir(processes))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !has_socket(entry->d_name, socket_name))
			continue;
		describe_process(entry->d_name, ret_text, size);
		r = 0;
	}
	if (processes)
		closedir(processes);
	return r;
}
