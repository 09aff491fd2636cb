#include "vault/play/export.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "vault/words.h"

static void refuse(struct play *play, enum refusal refusal)
{
	struct ipc_refused body = {.request = play->export.request, .refusal = (uint32_t)refusal};

	play_tell(play, IPC_REFUSED, &body);
}

static void answer(struct play *play)
{
	struct ipc_row_camera row = {.request = play->export.request, .camera = play->camera->id};
	struct ipc_done done = {.request = play->export.request,
				.log_seq = play->export.waiter.seq};

	text_copy(row.name, sizeof(row.name), play->camera->name);
	play_tell(play, IPC_ROW_CAMERA, &row);
	play_tell(play, IPC_DONE, &done);
}

static void settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct play_export *export = container_of(waiter, struct play_export, waiter);
	struct play *play = container_of(export, struct play, export);

	if (receipt) {
		answer(play);
		return;
	}
	export->tracks = 0;
	refuse(play, REFUSAL_LOG_STOPPED);
}

void export_refuse(struct play *play)
{
	if (!play->export.waiter.is_waiting)
		return;
	log_waiter_cancel(play->all->journal->log, &play->export.waiter);
	refuse(play, REFUSAL_NOT_FOUND);
}

static void draft_export(struct journal_draft *draft, const struct play *play,
			 const struct ipc_play_read *ask)
{
	const struct who *who = &play->who;
	char cam[CAMERAS_ID_SIZE];

	journal_draft(draft, ENTRY_EXPORT, who->user);
	cameras_log_id(play->camera, cam);
	entry_add_text(&draft->entry, ENTRY_CAM, cam);
	entry_add_hex(&draft->entry, ENTRY_SID, play->sid, sizeof(play->sid));
	entry_add_tracks(&draft->entry, words_tracks(ask->track));
	entry_add_text(&draft->entry, ENTRY_WHY, words_role(who->role));
	entry_add_number(&draft->entry, ENTRY_GRANT, who->right_seq);
	entry_add_pair(&draft->entry, ENTRY_SPAN, ask->from_us, ask->to_us);
	journal_text(draft, "acct", who->user_name);
	journal_text(draft, who->via == WHO_TOKEN ? "token" : "device", who->device_name);
}

static bool is_same(const struct play_export *export, const struct ipc_play_read *ask)
{
	return export->tracks == ask->track && export->from_us == ask->from_us &&
	       export->to_us == ask->to_us;
}

enum refusal export_ask(struct play *play, const struct ipc_play_read *ask)
{
	const struct catalog_span *span = &play->scope.span;
	struct play_export *export = &play->export;
	struct journal_draft draft;
	uint64_t seq;

	if (ask->from_us >= ask->to_us || ask->from_us < span->from_us ||
	    ask->to_us > span->to_us || !(ask->track & play->scope.tracks) ||
	    ask->track & ~(uint32_t)READER_TRACKS)
		return REFUSAL_BAD_REQUEST;
	if (export->waiter.is_waiting)
		return REFUSAL_BUSY;
	export->request = ask->request;
	if (is_same(export, ask)) {
		answer(play);
		return REFUSAL_NONE;
	}
	if (!journal_has_room(play->all->journal))
		return REFUSAL_LOG_STOPPED;
	export->waiter.settled = settled;
	export->tracks = 0;
	draft_export(&draft, play, ask);
	int rc = journal_add(play->all->journal, &draft, &export->waiter, &seq);

	if (rc < 0)
		return rc == -EAGAIN ? REFUSAL_BUSY : REFUSAL_LOG_STOPPED;
	export->tracks = ask->track;
	export->from_us = ask->from_us;
	export->to_us = ask->to_us;
	return REFUSAL_NONE;
}
