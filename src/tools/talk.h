/* Talking to the running Ward over STATE/ward.sock. The kernel tells the vault who we are; there is
 * no password. */
#ifndef TOOLS_TALK_H
#define TOOLS_TALK_H

#include "ipc/ipc.h"
#include "tools/command.h"

struct talk;

/* The state directory that the invocation means (in memory that lives as long as the program). */
const char *talk_state_dir(const struct invocation *invocation);

/* Connects. -ECONNREFUSED or -ENOENT: Ward is not running there; -EACCES: not allowed. Says nothing. */
NODISCARD int talk_open(const char *state_dir, struct talk **ret_talk);
void talk_close(struct talk *talk);

static inline void talk_cleanup(struct talk **talk)
{
	talk_close(*talk);
}
#define autotalk __attribute__((cleanup(talk_cleanup))) struct talk *

/* As talk_open, but says what is wrong and how to mend it. */
NODISCARD int talk_open_or_explain(const struct invocation *invocation, struct talk **ret_talk);

/* Each row or piece of an answer, in order. */
typedef void talk_row_fn(const struct ipc_message *message, void *context);

/* Asks once and waits for the end of the answer; every question's body begins with its request
 * number, which this fills in. EXIT_DONE, EXIT_NO (refused; `ret_refusal`, if given, tells why, else
 * it is printed) or EXIT_UNREACHABLE (lost on the way; printed). */
struct talk_question {
	enum ipc_type type;
	void *body;
	const char *tail; /* or NULL */
	size_t tail_size; /* 0: it is text */
	talk_row_fn *row;
	void *context;
	enum refusal *ret_refusal;
};
enum exit_code talk_ask(struct talk *talk, const struct talk_question *question);

/* Connects and orders; `tail` and `ret_secret` may be NULL. */
enum exit_code talk_order(const struct invocation *invocation, struct ipc_admin *admin,
			  const char *tail, struct ipc_secret *ret_secret);

#endif
