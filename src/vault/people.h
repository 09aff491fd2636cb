/* Who may do what: people, their devices, pairing links and bearer tokens, all in the database and
 * each backed by an entry of the log. Nothing is cached: what was taken back a moment ago is gone
 * at the next look-up. */
#ifndef VAULT_PEOPLE_H
#define VAULT_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"
#include "vault/db.h"
#include "vault/journal.h"

/* The maxima hold for whatever changes these tables: enroll.h, tokens.h. */
enum {
	PEOPLE_USERS_MAX = 256,
	PEOPLE_DEVICES_MAX = 32,         /* of one person */
	PEOPLE_TOKENS_MAX = 64,          /* of one person */
	PEOPLE_CAMERAS_MAX = CAMERA_MAX, /* in one person's or token's list */
	PEOPLE_DEVICE_SIZE = 16,
	PEOPLE_TOKEN_SIZE = 8,
	PEOPLE_TOKEN_SECRET_SIZE = 32,
	PEOPLE_VERBS = VERB_VIEW | VERB_LISTEN | VERB_PLAY | VERB_MARK | VERB_TALK, /* all there are */
};

struct people {
	struct db *db;
	struct journal *journal;
};

/* Somebody the vault has just looked up. The tool on the local socket is WHO_TOOL: root, or the
 * box's own user, seen by the kernel. */
enum who_via { WHO_NOBODY, WHO_DEVICE, WHO_TOKEN, WHO_TOOL };

struct who {
	enum who_via via;
	enum role role;      /* of a token: ROLE_INTEGRATION, whoever made it */
	uint64_t user;       /* 0: the tool */
	uint64_t right_seq;  /* the log entry that gave the right */
	uint32_t verbs;      /* enum verb, a set */
	bool all_cameras;    /* of the person; a token is held to its own list as well */
	uint64_t expires_us; /* wall clock; 0: does not */
	uint8_t device[PEOPLE_DEVICE_SIZE];
	uint8_t token[PEOPLE_TOKEN_SIZE];
	char user_name[NAME_SIZE];
	char device_name[NAME_SIZE]; /* or the token's id in hex */
};

/* ---- looking up: 0, or -ENOENT if unknown, removed or expired ----------------------------------
 */

NODISCARD int people_find_device(struct people *people, const uint8_t device[PEOPLE_DEVICE_SIZE],
				 struct who *ret_who, uint8_t ret_key[32]);
NODISCARD int people_find_token(struct people *people,
				const uint8_t secret[PEOPLE_TOKEN_SECRET_SIZE],
				struct who *ret_who);
/* A person by name, as if asking through any device of theirs. */
NODISCARD int people_find_user(struct people *people, const char *name, struct who *ret_who);
void people_who_is_tool(struct who *ret_who);
/* The name of a person who is there; empty: nobody is. */
void people_name(struct people *people, uint64_t user, char ret_name[NAME_SIZE]);

/* Is what `other` began the asker's own? A token has only what it began itself. */
bool people_is_own(const struct who *who, const struct who *other);
bool people_may_see(struct people *people, const struct who *who, const char *camera);
/* How many devices are paired; of one person, or of all if `user` is 0. */
unsigned people_device_count(struct people *people, uint64_t user);

/* ---- listing -----------------------------------------------------------------------------------
 */

/* Rows of IPC_ROW_USER of everybody, without `request` and `device`. */
void people_list(struct people *people, void (*found)(void *context, struct ipc_row_user *row),
		 void *context);
/* "all" or the names, comma separated, as far as they fit. */
void people_cameras(struct people *people, const struct who *who, char *ret_names, size_t size);
unsigned people_count(struct people *people);

#endif
