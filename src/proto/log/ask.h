/* The texts a device signs with its Ed25519 key before the vault believes it: pairing, login,
 * each live view, each play, each sound that is played, each change of who can open recordings. One canonical byte string for each, so that the page, the vault and
 * whoever checks a signature out of the log years later build the very same bytes. */
#ifndef PROTO_LOG_ASK_H
#define PROTO_LOG_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	ASK_TEXT_SIZE_MAX = 640, /* with its NUL; every valid text fits */
	ASK_SECRET_SIZE = 16,
	ASK_KEY_SIZE = 32,
	ASK_NONCE_SIZE = 32,
	ASK_NAME_SIZE_MAX = 63,
};

/* A live view as its device asks for it; everything is borrowed. */
struct ask_view {
	const char *camera;
	uint32_t verbs;                 /* enum verb, a set */
	const uint8_t *fingerprint;     /* 32 bytes: SHA-256 of the viewer's DTLS certificate */
	const uint8_t *nonce;           /* 32 bytes, issued by the vault */
	uint64_t checkpoint_size;       /* the newest checkpoint the device has seen; 0: none */
	const uint8_t *checkpoint_root; /* 32 bytes; not read if the size is 0 */
};

/* A play as its device asks for it. */
struct ask_play {
	const char *camera;
	uint64_t from_us, to_us; /* what is to be played: µs since 1970 */
	const uint8_t *nonce;    /* as in a view */
	uint64_t checkpoint_size;
	const uint8_t *checkpoint_root;
};

/* A sound of Ward's own to be played by a camera's speaker, as its device asks for it. */
struct ask_sound {
	const char *camera;
	const char *sound;       /* its word (ipc/sounds.h) */
	uint32_t seconds;        /* 0: until it is stopped */
	uint32_t volume;         /* 1 to 100 */
	const uint8_t *nonce;    /* as in a view */
	uint64_t checkpoint_size;
	const uint8_t *checkpoint_root;
};

/* A change of who can open recordings, as its device asks for it. */
struct ask_keys {
	uint32_t order;    /* enum key_order */
	const char *name;  /* KEY_ADD, KEY_REMOVE */
	const char *key;   /* KEY_ADD: "age1..." */
	uint64_t days;     /* KEY_WINDOW; 0: all */
	bool may_lose;     /* KEY_LOCK */
	const uint8_t *nonce; /* as in a view */
	uint64_t checkpoint_size;
	const uint8_t *checkpoint_root;
};

/* The order's word: "add", "remove", "private", "window", "lock". NULL: there is no such order. */
const char *ask_key_order(uint32_t order);

/* May stand in a signed line: 1..63 bytes, none of them a control character. */
bool ask_name_is_valid(const char *name);

/* Each appends to `text`, which is marked as failed if a name is not valid or room is short.
 *
 *   ward/pair/1       ward/login/1       ward/ask/1
 *   secret <hex32>    nonce <hex64>      camera <name>
 *   key <hex64>                          verbs view,listen
 *   name <name>                          fingerprint <hex64>
 *                                        nonce <hex64>
 *                                        checkpoint <size> <base64 root, or - if size is 0>
 *
 * To talk is asked for with the verb `talk`, and to take the speaker from somebody with `talk,take`.
 * A play's text is a view's with the verb `play`, and `span <from> <to>` in place of the
 * fingerprint. A sound's text is a view's with the verb `talk`, and `sound <word> <seconds> <volume>` in
 * place of the fingerprint. A change of keys:
 *
 *   ward/keys/1
 *   order add                 remove          private   window     lock
 *   name <name>               name <name>               days <n>   lose yes
 *   key <age1...>
 *   nonce <hex64>
 *   checkpoint <size> <root>
 */
void ask_build_pair(struct text *text, const uint8_t secret[ASK_SECRET_SIZE],
		    const uint8_t key[ASK_KEY_SIZE], const char *name);
void ask_build_login(struct text *text, const uint8_t nonce[ASK_NONCE_SIZE]);
void ask_build_view(struct text *text, const struct ask_view *ask);
void ask_build_play(struct text *text, const struct ask_play *ask);
void ask_build_sound(struct text *text, const struct ask_sound *ask);
void ask_build_keys(struct text *text, const struct ask_keys *ask);

#endif
