#include "vault/talk_sound.h"

#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "ipc/sounds.h"
#include "vault/door.h"
#include "vault/words.h"

bool talk_is_sound(const struct grant *grant)
{
	return grant && grant->sound.sound != SOUND_NONE;
}

struct grant *talk_sound_of(const struct talk_slot *slot)
{
	return talk_is_sound(slot->grant) ? slot->grant : slot->held;
}

static void draft_sound(struct journal_draft *draft, const struct talk_slot *slot)
{
	const struct grant *grant = slot->grant;
	const struct who *who = &grant->who;
	char cam[CAMERAS_ID_SIZE];

	cameras_log_id(slot->camera, cam);
	journal_draft(draft, ENTRY_SPEAKER, who->user);
	entry_add_text(&draft->entry, ENTRY_CAM, cam);
	entry_add_hex(&draft->entry, ENTRY_SID, slot->announced.sid, sizeof(slot->announced.sid));
	entry_add_text(&draft->entry, ENTRY_WHY, words_role(who->role));
	entry_add_number(&draft->entry, ENTRY_GRANT, grant->log_seq);
	entry_add_text(&draft->entry, ENTRY_SOUND, sounds_word(slot->sound));
	journal_text(draft, "acct", who->user_name);
	journal_text(draft, who->via == WHO_TOKEN ? "token" : "device", who->device_name);
}

int talk_sound_record(struct talk_slot *slot, enum speaker_sound sound)
{
	struct journal *journal = slot->all->grants->journal;
	struct journal_draft draft;
	uint64_t seq;

	slot->sound = sound;
	randombytes_buf(slot->announced.sid, sizeof(slot->announced.sid));
	draft_sound(&draft, slot);
	int rc = journal_add(journal, &draft, &slot->recorded, &seq);

	if (rc == 0)
		door_remember(journal->db, &slot->grant->who,
			      &(struct door_session){slot->announced.sid, slot->camera->id, seq});
	return rc;
}

uint32_t talk_sound_left(const struct grant *grant)
{
	uint64_t now_us = clock_real_us(), until_us = grant->who.expires_us;
	uint64_t seconds = until_us > now_us ? (until_us - now_us) / 1000000 : 0;

	return (uint32_t)(seconds < SOUND_SECONDS_MAX ? seconds : SOUND_SECONDS_MAX);
}
