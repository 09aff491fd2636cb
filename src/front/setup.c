#include "front/setup.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/diag.h"
#include "sandbox/sandbox.h"

static void free_text(struct setup_text *text)
{
	if (text->data)
		sodium_memzero(text->data, text->size);
	free(text->data);
	*text = (struct setup_text){0};
}

static void keep_text(struct setup_text *text, const struct ipc_message *message)
{
	free_text(text);
	text->data = malloc(message->tail_size + 1);
	if (!text->data)
		fatal("out of memory");
	memcpy(text->data, message->tail, message->tail_size);
	text->data[message->tail_size] = '\0';
	text->size = message->tail_size;
}

static struct bytes bytes_of(const struct setup_text *text)
{
	return (struct bytes){text->data, text->size};
}

static void load_app(struct setup *setup, const struct ipc_message *message)
{
	struct setup_text path = {0};

	keep_text(&path, message);
	int r = files_load(&setup->front->files, (const char *)path.data);

	if (r == -EFBIG)
		fatal("the app's folder \"%s\" holds more than %d files or %d MB", path.data,
		      FILES_MAX, FILES_BYTES_MAX >> 20);
	if (r < 0)
		fatal("cannot read the app's folder \"%s\": %s", path.data, strerror(-r));
	free_text(&path);
}

static void take_file(struct setup *setup, const struct ipc_message *message)
{
	const struct ipc_file *file = message->body;

	switch ((enum file_kind)file->kind) {
	case FILE_TLS_CERT:
		keep_text(&setup->certificate, message);
		break;
	case FILE_TLS_KEY:
		keep_text(&setup->key, message);
		break;
	case FILE_TLS_CA:
		if (files_set_ca(&setup->front->files,
				 (struct bytes){message->tail, message->tail_size}) < 0)
			fatal("out of memory");
		break;
	case FILE_APP_DIR:
		load_app(setup, message);
		break;
	case FILE_PUBLIC_ADDRESS:
	case FILE_STATE_DIR:
	case FILE_LOCAL_ADDRESS:
	case FILE_MODELS_DIR:
	case FILE_STORE_SECRET:
	case FILE_FACES:
		break; /* for others */
	}
}

static void take_listener(struct setup *setup, struct ipc_message *message)
{
	const struct ipc_listen *listen = message->body;

	if (listen->kind != LISTEN_HTTPS && listen->kind != LISTEN_HTTP_LOOPBACK)
		fatal("the warden sent a listener of kind %u, which is not the front's",
		      listen->kind);
	if (setup->waiting_count == SETUP_LISTENERS_MAX)
		fatal("the warden sent more than %d listeners", SETUP_LISTENERS_MAX);
	setup->waiting[setup->waiting_count].fd = take_fd(message->fd);
	setup->waiting[setup->waiting_count].about = *listen;
	setup->waiting_count++;
}

static void take_peer(struct setup *setup, struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (peer->kind != PROC_VAULT && peer->kind != PROC_RTC)
		fatal("the warden sent a peer of kind %u, which is not the front's", peer->kind);
	link_connect(&setup->front->link, (enum proc_kind)peer->kind, take_fd(message->fd));
}

static void start_tls(struct setup *setup)
{
	bool is_needed = false;

	for (size_t i = 0; i < setup->waiting_count; i++)
		is_needed |= setup->waiting[i].about.kind == LISTEN_HTTPS;
	if (is_needed &&
	    tls_create(bytes_of(&setup->certificate), bytes_of(&setup->key), &setup->tls) < 0)
		fatal("the TLS certificate and key cannot be read or do not fit together: check "
		      "`tls` in ward.yml");
	free_text(&setup->certificate);
	free_text(&setup->key);
}

static void start_listening(struct setup *setup)
{
	for (; setup->listener_count < setup->waiting_count; setup->listener_count++) {
		size_t i = setup->listener_count;
		int r = listener_start(&setup->listeners[i], &setup->pool, setup->waiting[i].fd,
				       setup->waiting[i].about.port,
				       setup->waiting[i].about.kind == LISTEN_HTTPS);

		if (r < 0)
			fatal("cannot accept on port %u: %s", setup->waiting[i].about.port,
			      strerror(-r));
	}
}

static void start(struct setup *setup)
{
	struct ipc_number ready = {0};
	int r;

	if (setup->is_started)
		fatal("the warden said start twice");
	setup->is_started = true;
	start_tls(setup);
	conn_pool_init(&setup->pool, setup->front, setup->tls);
	r = sandbox_enter(SANDBOX_FRONT, NULL);
	if (r < 0)
		fatal("cannot enter the sandbox: %s", strerror(-r));
	start_listening(setup);
	ipc_send(&setup->warden, IPC_READY, &ready, NULL, 0);
}

static void received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct setup *setup = channel->owner;

	switch ((int)message->type) {
	case IPC_FILE:
		/* Later ones would be read with the sandbox closed. */
		if (setup->is_started)
			fatal("the warden sent a file after the start");
		take_file(setup, message);
		break;
	case IPC_LISTEN:
		if (setup->is_started)
			fatal("the warden sent a listener after the start");
		take_listener(setup, message);
		break;
	case IPC_PEER:
		take_peer(setup, message);
		break;
	case IPC_START:
		start(setup);
		break;
	case IPC_STOP:
		loop_stop(setup->front->loop);
		break;
	default:
		fatal("the warden sent %s, which the front does not take",
		      ipc_rule_of(message->type)->name);
	}
}

static void closed(struct ipc_channel *channel)
{
	struct setup *setup = channel->owner;

	loop_stop(setup->front->loop);
}

void setup_open(struct setup *setup, struct front *front, int take_fd)
{
	memset(setup, 0, sizeof(*setup));
	setup->front = front;
	int r = ipc_open(&setup->warden, front->loop, take_fd, PROC_FRONT, PROC_WARDEN, received,
			 closed, setup);

	if (r < 0)
		fatal("no channel to the warden on descriptor %d: ward-front is started by ward",
		      take_fd);
}

void setup_finish(struct setup *setup)
{
	for (size_t i = 0; i < setup->listener_count; i++)
		listener_stop(&setup->listeners[i]);
	conn_pool_finish(&setup->pool);
	tls_destroy(setup->tls);
	ipc_close(&setup->warden);
	free_text(&setup->certificate);
	free_text(&setup->key);
}
