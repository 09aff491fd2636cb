#include "rtc/vault_link.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "rtc/viewer.h"
#include "rtc/viewer_media.h"

static void vault_feed_track(struct rtc *rtc, struct ipc_message *message)
{
	struct ipc_track track;

	memcpy(&track, message->body, sizeof(track));
	int r = feed_set_track(rtc->feed, &track,
			       (struct bytes){message->tail, message->tail_size});

	if (r < 0)
		fatal("the vault feeds an impossible track: %s", strerror(-r));
}

static void vault_feed_frame(struct rtc *rtc, struct ipc_message *message)
{
	struct ipc_frame frame;

	memcpy(&frame, message->body, sizeof(frame));
	int r = feed_add_piece(rtc->feed, &frame,
			       (struct bytes){message->tail, message->tail_size});

	if (r < 0)
		fatal("the vault feeds an impossible frame: %s", strerror(-r));
}

static void vault_grant_open(struct rtc *rtc, struct ipc_message *message)
{
	struct ipc_grant_open grant;

	memcpy(&grant, message->body, sizeof(grant));
	int r = viewer_create(rtc, &grant, take_fd(message->fd));

	/* The closed descriptor tells the vault. */
	if (r < 0)
		diag_warn("a view cannot be opened: %s", strerror(-r));
}

static void vault_release(struct rtc *rtc, struct ipc_message *message)
{
	struct ipc_number count;
	struct ipc_release release;

	memcpy(&count, message->body, sizeof(count));
	if (count.value > RELEASES_MAX || message->tail_size != count.value * sizeof(release))
		fatal("the vault releases %llu views in %zu bytes", (unsigned long long)count.value,
		      message->tail_size);
	for (size_t i = 0; i < count.value; i++) {
		memcpy(&release, message->tail + i * sizeof(release), sizeof(release));
		if (release.track >= TRACK_COUNT)
			fatal("the vault releases a track that cannot be");
		struct viewer *viewer = viewer_of_grant(rtc, release.grant);

		if (viewer && viewer->state != VIEWER_OVER)
			viewer_media_release(viewer, &release);
	}
}

static const struct {
	enum ipc_type type;
	void (*handle)(struct rtc *rtc, struct ipc_message *message);
} vault_messages[] = {
	{IPC_FEED_FRAME, vault_feed_frame},
	{IPC_RELEASES, vault_release},
	{IPC_FEED_TRACK, vault_feed_track},
	{IPC_GRANT_OPEN, vault_grant_open},
};

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	for (size_t i = 0; i < ARRAY_COUNT(vault_messages); i++) {
		if (vault_messages[i].type == message->type) {
			vault_messages[i].handle(channel->owner, message);
			return;
		}
	}
	fatal("the vault sent %s", ipc_rule_of(message->type)->name);
}

/* No vault, no right to send anything. */
static void end_all(struct rtc *rtc)
{
	for (struct viewer *viewer = rtc->viewers; viewer; viewer = viewer->next)
		viewer_end(viewer, VIEW_END_STOPPED, false);
}

static void vault_closed(struct ipc_channel *channel)
{
	end_all(channel->owner);
}

int vault_link_open(struct rtc *rtc, int fd)
{
	struct feed *feed;

	end_all(rtc);
	ipc_close(&rtc->vault);
	if (feed_create(&feed) < 0) {
		close(fd);
		return -ENOMEM;
	}
	feed_destroy(rtc->feed);
	rtc->feed = feed;
	return ipc_open(&rtc->vault, rtc->loop, fd, PROC_RTC, PROC_VAULT, vault_received,
			vault_closed, rtc);
}
