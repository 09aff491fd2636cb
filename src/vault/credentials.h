/* Who asks: turns what a request carries into somebody the vault knows. The front's word is never
 * enough; logins, nonces and signatures are checked here. */
#ifndef VAULT_CREDENTIALS_H
#define VAULT_CREDENTIALS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/text.h"
#include "ipc/messages.h"
#include "loop/loop.h"
#include "vault/logins.h"
#include "vault/nonces.h"
#include "vault/people.h"

struct credentials {
	struct loop *loop;
	struct people *people;
	struct logins *logins; /* owned */
	struct nonces *nonces; /* owned */
};

NODISCARD int credentials_init(struct credentials *credentials, struct loop *loop,
			       struct people *people);
void credentials_finish(struct credentials *credentials);

void credentials_issue_nonce(struct credentials *credentials, uint8_t ret_nonce[NONCE_SIZE]);

/* REFUSAL_NONE, or REFUSAL_NOT_SIGNED_IN. */
enum refusal credentials_find(struct credentials *credentials,
			      const struct ipc_credential *credential, struct who *ret_who);

/* A device signs in: REFUSAL_NONE and a login's secret, or STALE_NONCE, BAD_SIGNATURE,
 * NOT_SIGNED_IN (unknown device), BUSY. */
enum refusal credentials_sign_in(struct credentials *credentials, const struct ipc_login_ask *ask,
				 uint8_t ret_secret[LOGIN_SECRET_SIZE]);

/* The text of a view's request, as its device signs it; false if it cannot be built. */
bool credentials_view_text(const struct ipc_view_ask *ask, struct text *text);
/* Did this device sign this request, just now and only once? */
enum refusal credentials_check_view(struct credentials *credentials, const struct who *who,
				    const struct ipc_view_ask *ask);

/* The same for a play. */
bool credentials_play_text(const struct ipc_play_ask *ask, struct text *text);
enum refusal credentials_check_play(struct credentials *credentials, const struct who *who,
				    const struct ipc_play_ask *ask);

/* The same for a sound that is played. */
bool credentials_sound_text(const struct ipc_view_ask *ask, const struct ipc_sound *sound, struct text *text);
enum refusal credentials_check_sound(struct credentials *credentials, const struct who *who,
				     const struct ipc_view_ask *ask, const struct ipc_sound *sound);

/* The same for a change of who can open recordings. */
bool credentials_keys_text(const struct ipc_key_ask *ask, struct text *text);
enum refusal credentials_check_keys(struct credentials *credentials, const struct who *who,
				    const struct ipc_key_ask *ask);

/* Proof that whoever pairs holds the key: 0, or -EBADMSG. */
NODISCARD int credentials_check_pair(const struct ipc_pair_ask *ask, const char *name);

#endif
