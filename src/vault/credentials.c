#include "vault/credentials.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "ipc/sounds.h"
#include "proto/age/age.h"
#include "proto/log/ask.h"

int credentials_init(struct credentials *credentials, struct loop *loop, struct people *people)
{
	*credentials = (struct credentials){.loop = loop, .people = people};
	credentials->logins = calloc(1, sizeof(*credentials->logins));
	credentials->nonces = calloc(1, sizeof(*credentials->nonces));
	if (!credentials->logins || !credentials->nonces)
		return -ENOMEM;
	return nonces_init(credentials->nonces);
}

void credentials_finish(struct credentials *credentials)
{
	if (credentials->nonces)
		nonces_finish(credentials->nonces);
	if (credentials->logins)
		sodium_memzero(credentials->logins, sizeof(*credentials->logins));
	free(credentials->nonces);
	free(credentials->logins);
	*credentials = (struct credentials){0};
}

void credentials_issue_nonce(struct credentials *credentials, uint8_t ret_nonce[NONCE_SIZE])
{
	nonces_issue(credentials->nonces, loop_now_ns(credentials->loop), ret_nonce);
}

/* A database that failed finds nobody: no reason to tell a known phone that it is a stranger. */
static enum refusal refuse_unknown(const struct credentials *credentials)
{
	return db_failed(credentials->people->db) ? REFUSAL_LOG_STOPPED : REFUSAL_NOT_SIGNED_IN;
}

static int find_login(struct credentials *credentials, const uint8_t *secret, struct who *ret_who)
{
	uint8_t device[PEOPLE_DEVICE_SIZE], key[32];
	int rc = logins_find(credentials->logins, loop_now_ns(credentials->loop), secret, device);

	return rc < 0 ? rc : people_find_device(credentials->people, device, ret_who, key);
}

enum refusal credentials_find(struct credentials *credentials,
			      const struct ipc_credential *credential, struct who *ret_who)
{
	int rc = -ENOENT;

	if (credential->kind == CREDENTIAL_LOGIN)
		rc = find_login(credentials, credential->secret, ret_who);
	else if (credential->kind == CREDENTIAL_TOKEN)
		rc = people_find_token(credentials->people, credential->secret, ret_who);
	return rc < 0 ? refuse_unknown(credentials) : REFUSAL_NONE;
}

/* One signature under one nonce. The nonce is spent only by a good signature, so nobody can spend
 * another's. */
static enum refusal check_signed(struct credentials *credentials, const struct text *text,
				 const uint8_t *nonce, const uint8_t *signature, const uint8_t *key)
{
	uint64_t now = loop_now_ns(credentials->loop);

	if (text->failed)
		return REFUSAL_BAD_REQUEST;
	if (!nonces_is_fresh(credentials->nonces, now, nonce))
		return REFUSAL_STALE_NONCE;
	if (crypto_sign_verify_detached(signature, (const uint8_t *)text->data, text->size, key) !=
	    0)
		return REFUSAL_BAD_SIGNATURE;
	return nonces_use(credentials->nonces, now, nonce) < 0 ? REFUSAL_BUSY : REFUSAL_NONE;
}

enum refusal credentials_sign_in(struct credentials *credentials, const struct ipc_login_ask *ask,
				 uint8_t ret_secret[LOGIN_SECRET_SIZE])
{
	char buffer[ASK_TEXT_SIZE_MAX];
	uint8_t key[32];
	struct who who;
	struct text text;

	if (people_find_device(credentials->people, ask->device, &who, key) < 0)
		return refuse_unknown(credentials);
	text_init(&text, buffer, sizeof(buffer));
	ask_build_login(&text, ask->nonce);
	enum refusal refusal = check_signed(credentials, &text, ask->nonce, ask->signature, key);

	if (refusal == REFUSAL_NONE)
		logins_add(credentials->logins, loop_now_ns(credentials->loop), ask->device,
			   ret_secret);
	return refusal;
}

bool credentials_view_text(const struct ipc_view_ask *ask, struct text *text)
{
	struct ask_view view = {.camera = ask->camera,
				.verbs = ask->verbs,
				.fingerprint = ask->dtls_fingerprint,
				.nonce = ask->proof.nonce,
				.checkpoint_size = ask->proof.checkpoint_size,
				.checkpoint_root = ask->proof.checkpoint_root};

	ask_build_view(text, &view);
	return !text->failed;
}

bool credentials_play_text(const struct ipc_play_ask *ask, struct text *text)
{
	struct ask_play play = {.camera = ask->camera,
				.from_us = ask->from_us,
				.to_us = ask->to_us,
				.nonce = ask->proof.nonce,
				.checkpoint_size = ask->proof.checkpoint_size,
				.checkpoint_root = ask->proof.checkpoint_root};

	ask_build_play(text, &play);
	return !text->failed;
}

/* That the device of `who` has signed this text. */
static enum refusal check_proof(struct credentials *credentials, const struct who *who,
				const struct text *text, const struct ipc_proof *proof)
{
	uint8_t key[32];
	struct who again;

	if (!proof->is_signed)
		return REFUSAL_BAD_SIGNATURE;
	if (people_find_device(credentials->people, who->device, &again, key) < 0)
		return refuse_unknown(credentials);
	return check_signed(credentials, text, proof->nonce, proof->signature, key);
}

enum refusal credentials_check_view(struct credentials *credentials, const struct who *who,
				    const struct ipc_view_ask *ask)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	(void)credentials_view_text(ask, &text);
	return check_proof(credentials, who, &text, &ask->proof);
}

enum refusal credentials_check_play(struct credentials *credentials, const struct who *who,
				    const struct ipc_play_ask *ask)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	(void)credentials_play_text(ask, &text);
	return check_proof(credentials, who, &text, &ask->proof);
}

bool credentials_sound_text(const struct ipc_view_ask *ask, const struct ipc_sound *sound, struct text *text)
{
	struct ask_sound asked = {.camera = ask->camera,
				  .sound = sounds_word(sound->sound),
				  .seconds = sound->seconds,
				  .volume = sound->volume,
				  .nonce = ask->proof.nonce,
				  .checkpoint_size = ask->proof.checkpoint_size,
				  .checkpoint_root = ask->proof.checkpoint_root};

	ask_build_sound(text, &asked);
	return !text->failed;
}

enum refusal credentials_check_sound(struct credentials *credentials, const struct who *who,
				     const struct ipc_view_ask *ask, const struct ipc_sound *sound)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	(void)credentials_sound_text(ask, sound, &text);
	return check_proof(credentials, who, &text, &ask->proof);
}

bool credentials_keys_text(const struct ipc_key_ask *ask, struct text *text)
{
	char key[AGE_TEXT_SIZE];
	struct ask_keys keys = {.order = ask->order,
				.name = ask->name,
				.key = key,
				.days = ask->days,
				.may_lose = ask->may_lose != 0,
				.nonce = ask->proof.nonce,
				.checkpoint_size = ask->proof.checkpoint_size,
				.checkpoint_root = ask->proof.checkpoint_root};

	age_print_public(ask->key, key);
	ask_build_keys(text, &keys);
	return !text->failed;
}

enum refusal credentials_check_keys(struct credentials *credentials, const struct who *who,
				    const struct ipc_key_ask *ask)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	(void)credentials_keys_text(ask, &text);
	return check_proof(credentials, who, &text, &ask->proof);
}

int credentials_check_pair(const struct ipc_pair_ask *ask, const char *name)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	ask_build_pair(&text, ask->secret, ask->key, name);
	if (text.failed)
		return -EBADMSG;
	return crypto_sign_verify_detached(ask->signature, (const uint8_t *)text.data, text.size,
					   ask->key) == 0
		       ? 0
		       : -EBADMSG;
}
