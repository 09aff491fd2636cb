#include <assert.h>
#include <string.h>

#include "ipc/ipc.h"

/* No body may have padding: it would carry stack bytes to a less trusted process. */
#define MESSAGE(number, body, from, to, fds, tail_max)                                             \
	static_assert(sizeof(body) % sizeof(uint64_t) == 0, #body " needs explicit padding");      \
	static_assert((tail_max) + sizeof(body) + sizeof(struct ipc_header) < 64 * 1024,           \
		      #number " is too large for one datagram");                                   \
	static_assert((fds) <= 1, #number " carries more than one descriptor");
#include "ipc/messages.def"
#undef MESSAGE

static const struct ipc_rule rules[] = {
#define MESSAGE(number, body, from, to, fds, tail_max)                                             \
	[number] = {#number, from, to, fds, sizeof(body), tail_max},
#include "ipc/messages.def"
#undef MESSAGE
};

const struct ipc_rule *ipc_rule_of(enum ipc_type type)
{
	assert(type < IPC_TYPE_COUNT);
	return &rules[type];
}

const struct ipc_rule *ipc_check(const void *data, size_t size, unsigned fds, enum proc_kind from,
				 enum proc_kind to)
{
	struct ipc_header header;

	if (size < sizeof(header))
		return NULL;
	memcpy(&header, data, sizeof(header));
	if (header.type >= IPC_TYPE_COUNT)
		return NULL;

	const struct ipc_rule *rule = &rules[header.type];

	if (!(rule->from & PROC_BIT(from)) || !(rule->to & PROC_BIT(to)) || rule->fds != fds)
		return NULL;
	if (header.tail_size > rule->tail_max)
		return NULL;
	if (size != sizeof(header) + rule->body_size + header.tail_size)
		return NULL;
	return rule;
}
