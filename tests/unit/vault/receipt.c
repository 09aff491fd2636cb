/* Compiled three ways by the tests, and never run. As it stands it must compile: a grant is opened
 * with the receipt that the log gave. With PROOF_NONE or PROOF_MADE_UP it must not: nobody opens a
 * grant without a receipt, and nobody but the log can make one. With PROOF_READ_… it must not: nobody
 * reads a recording without one either, and nobody makes a reader by hand. With PROOF_TALK_… it must
 * not: no speaker opens without one; with PROOF_SOUND_… neither: no sound of Ward's own is made. */
#include "vault/grants.h"
#include "vault/talk.h"
#include "vault/store/reader.h"

int open_view(struct grant *grant, const struct log_receipt *receipt);

int open_view(struct grant *grant, const struct log_receipt *receipt)
{
#ifdef PROOF_NONE
	(void)receipt;
	return grant_open(grant);
#elif defined(PROOF_NULL)
	(void)receipt;
	return grant_open(grant, NULL);
#elif defined(PROOF_MADE_UP)
	struct log_receipt own = {.seq = 1};

	(void)receipt;
	return grant_open(grant, &own);
#else
	return grant_open(grant, receipt);
#endif
}

void open_speaker(struct talks *talks, struct grant *grant, const struct log_receipt *receipt);

void open_speaker(struct talks *talks, struct grant *grant, const struct log_receipt *receipt)
{
#ifdef PROOF_TALK_NONE
	(void)receipt;
	talk_open(talks, grant);
#elif defined(PROOF_TALK_NULL)
	(void)receipt;
	talk_open(talks, grant, NULL);
#elif defined(PROOF_TALK_MADE_UP)
	struct log_receipt own = {.seq = 1};

	(void)receipt;
	talk_open(talks, grant, &own);
#else
	talk_open(talks, grant, receipt);
#endif
}

void announce(struct talk_slot *slot, const struct log_receipt *receipt);

void announce(struct talk_slot *slot, const struct log_receipt *receipt)
{
#ifdef PROOF_SOUND_NONE
	(void)receipt;
	talk_announce(slot);
#elif defined(PROOF_SOUND_NULL)
	(void)receipt;
	talk_announce(slot, NULL);
#elif defined(PROOF_SOUND_MADE_UP)
	struct log_receipt own = {.seq = 1};

	(void)receipt;
	talk_announce(slot, &own);
#else
	talk_announce(slot, receipt);
#endif
}

int read_recording(struct store *store, const struct reader_scope *scope,
		   const struct log_receipt *receipt);

int read_recording(struct store *store, const struct reader_scope *scope,
		   const struct log_receipt *receipt)
{
	struct reader *reader;

#ifdef PROOF_READ_NONE
	(void)receipt;
	return reader_open(store, scope, &reader);
#elif defined(PROOF_READ_NULL)
	(void)receipt;
	return reader_open(NULL, store, scope, &reader);
#elif defined(PROOF_READ_MADE_UP)
	struct reader own = {.store = store, .scope = *scope};

	(void)receipt;
	reader = &own;
	return reader_find(reader, NULL, NULL);
#else
	return reader_open(receipt, store, scope, &reader);
#endif
}
