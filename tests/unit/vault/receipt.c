/* Compiled three ways by the tests, and never run. As it stands it must compile: a grant is opened
 * with the receipt that the log gave. With PROOF_NONE or PROOF_MADE_UP it must not: nobody opens a
 * grant without a receipt, and nobody but the log can make one. */
#include "vault/grants.h"

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
