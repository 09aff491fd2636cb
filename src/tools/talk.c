#include "tools/talk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "conf/conf.h"
#include "ipc/refusal.h"

struct talk {
	struct loop *loop;
	struct ipc_channel channel;
	const struct talk_question *question;
	uint64_t request;
	bool is_over;
	enum exit_code result;
};

const char *talk_state_dir(const struct invocation *invocation)
{
	static char path[4096];
	const char *given = invocation->values[FLAG_STATE];

	if (given)
		return given;
	if (conf_default_state(path, sizeof(path)) < 0)
		return "/var/lib/ward";
	return path;
}

static void finish(struct talk *talk, enum exit_code result)
{
	talk->is_over = true;
	talk->result = result;
}

static void say_refused(const struct talk_question *question, const struct ipc_message *message)
{
	const struct ipc_refused *refused = message->body;
	enum refusal refusal = refused->refusal < REFUSAL_COUNT ? refused->refusal : REFUSAL_NONE;

	if (question->ret_refusal)
		*question->ret_refusal = refusal;
	else if (message->tail_size)
		fprintf(stderr, "ward: %.*s\n", (int)message->tail_size, (const char *)message->tail);
	else
		fprintf(stderr, "ward: %s\n", refusal_text(refusal));
}

static void received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct talk *talk = channel->owner;
	const struct talk_question *question = talk->question;
	uint64_t request; /* every answer begins with it */

	memcpy(&request, message->body, sizeof(request));
	if (!question || request != talk->request)
		return;
	if (message->type == IPC_REFUSED) {
		say_refused(question, message);
		finish(talk, EXIT_NO);
		return;
	}
	if (question->row)
		question->row(message, question->context);
	if (message->type == IPC_DONE || message->type == IPC_SECRET || message->type == IPC_PLAY_DATA ||
	    (message->type == IPC_BYTES && ((const struct ipc_bytes *)message->body)->is_last))
		finish(talk, EXIT_DONE);
}

static void closed(struct ipc_channel *channel)
{
	struct talk *talk = channel->owner;

	if (talk->is_over)
		return;
	fprintf(stderr, "ward: the running Ward closed the connection\n");
	finish(talk, EXIT_UNREACHABLE);
}

static int connect_to(const char *state_dir)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int size = snprintf(address.sun_path, sizeof(address.sun_path), "%s/ward.sock", state_dir);

	if (size < 0 || (size_t)size >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	autoclose int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(fd);
}

int talk_open(const char *state_dir, struct talk **ret_talk)
{
	autoclose int fd = connect_to(state_dir);

	if (fd < 0)
		return fd;
	autotalk talk = calloc(1, sizeof(*talk));

	if (!talk)
		return -ENOMEM;
	int error = loop_create(&talk->loop);

	if (error < 0)
		return error;
	error = ipc_open(&talk->channel, talk->loop, fd, PROC_TOOL, PROC_VAULT, received, closed,
			 talk);
	if (error < 0)
		return error;
	take_fd(fd);
	*ret_talk = take(talk);
	return 0;
}

void talk_close(struct talk *talk)
{
	if (!talk)
		return;
	ipc_close(&talk->channel);
	loop_destroy(talk->loop);
	free(talk);
}

int talk_open_or_explain(const struct invocation *invocation, struct talk **ret_talk)
{
	const char *state_dir = talk_state_dir(invocation);
	int error = talk_open(state_dir, ret_talk);

	if (error == -EACCES || error == -EPERM)
		fprintf(stderr, "ward: %s/ward.sock: not allowed. Run this as root or as the user that runs "
				"Ward.\n",
			state_dir);
	else if (error < 0)
		fprintf(stderr, "ward: Ward is not running on %s (%s). Start it with `ward run`, or name the "
				"right one with --state DIR.\n",
			state_dir, strerror(-error));
	return error;
}

enum exit_code talk_ask(struct talk *talk, const struct talk_question *question)
{
	talk->question = question;
	talk->is_over = false;
	talk->request++;
	memcpy(question->body, &talk->request, sizeof(talk->request));
	ipc_send(&talk->channel, question->type, question->body, question->tail,
		 question->tail && !question->tail_size ? strlen(question->tail)
							: question->tail_size);
	while (!talk->is_over) {
		int error = loop_turn(talk->loop, -1);

		if (error < 0) {
			fprintf(stderr, "ward: waiting for Ward failed: %s\n", strerror(-error));
			finish(talk, EXIT_UNREACHABLE);
		}
	}
	talk->question = NULL;
	return talk->result;
}

static void keep_secret(const struct ipc_message *message, void *context)
{
	if (message->type == IPC_SECRET)
		memcpy(context, message->body, sizeof(struct ipc_secret));
}

enum exit_code talk_order(const struct invocation *invocation, struct ipc_admin *admin,
			  const char *tail, struct ipc_secret *ret_secret)
{
	autotalk talk = NULL;

	if (talk_open_or_explain(invocation, &talk) < 0)
		return EXIT_UNREACHABLE;
	return talk_ask(talk, &(struct talk_question){.type = IPC_ADMIN,
						       .body = admin,
						       .tail = tail,
						       .row = ret_secret ? keep_secret : NULL,
						       .context = ret_secret});
}
