#include "vault/words.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/text.h"
#include "proto/log/entry.h"

const char *words_role(enum role role)
{
	static const char *const words[ROLE_COUNT] = {
		[ROLE_NONE] = "system",
		[ROLE_OWNER] = "owner",
		[ROLE_MEMBER] = "member",
		[ROLE_GUEST] = "guest",
		[ROLE_INTEGRATION] = "integration",
	};

	return words[role];
}

const char *words_end(enum view_end end)
{
	static const char *const words[VIEW_END_COUNT] = {
		[VIEW_END_NONE] = "stopped",    [VIEW_END_LEFT] = "left",
		[VIEW_END_LOST] = "lost",       [VIEW_END_REVOKED] = "revoked",
		[VIEW_END_EXPIRED] = "expired", [VIEW_END_FAILED] = "failed",
		[VIEW_END_STOPPED] = "stopped",
	};

	return words[end];
}

void words_verbs(uint32_t verbs, char ret_text[WORDS_VERBS_SIZE])
{
	static const struct {
		uint32_t verb;
		const char *word;
	} words[] = {{VERB_VIEW, "view"},
		     {VERB_LISTEN, "listen"},
		     {VERB_PLAY, "play"},
		     {VERB_MARK, "mark"},
		     {VERB_TALK, "talk"}};
	struct text text;

	text_init(&text, ret_text, WORDS_VERBS_SIZE);
	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (verbs & words[i].verb)
			text_printf(&text, "%s%s", text.size ? "," : "", words[i].word);
	if (text.size == 0)
		text_add(&text, "-");
}

unsigned words_tracks(uint32_t tracks)
{
	unsigned set = 0;

	if (tracks & (TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_SUB)))
		set |= ENTRY_TRACK_VIDEO;
	if (tracks & (TRACK_BIT(TRACK_MIC) | TRACK_BIT(TRACK_LISTEN)))
		set |= ENTRY_TRACK_MICROPHONE;
	if (tracks & TRACK_BIT(TRACK_SPEAKER))
		set |= ENTRY_TRACK_SPEAKER;
	if (tracks & TRACK_BIT(TRACK_TALK))
		set |= ENTRY_TRACK_TALK;
	return set;
}

unsigned words_verb_tracks(uint32_t verbs)
{
	return (verbs & (VERB_VIEW | VERB_PLAY) ? ENTRY_TRACK_VIDEO : 0U) |
	       (verbs & (VERB_LISTEN | VERB_PLAY) ? ENTRY_TRACK_MICROPHONE : 0U) |
	       (verbs & VERB_TALK ? ENTRY_TRACK_TALK : 0U);
}

void words_origin(const struct ipc_origin *origin, char ret_text[WORDS_ORIGIN_SIZE])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char address[INET6_ADDRSTRLEN];

	if (memcmp(origin->address, mapped, sizeof(mapped)) == 0) {
		inet_ntop(AF_INET, origin->address + sizeof(mapped), address, sizeof(address));
		snprintf(ret_text, WORDS_ORIGIN_SIZE, "%s:%u", address, origin->port);
	} else {
		inet_ntop(AF_INET6, origin->address, address, sizeof(address));
		snprintf(ret_text, WORDS_ORIGIN_SIZE, "[%s]:%u", address, origin->port);
	}
}
