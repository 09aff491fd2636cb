/* The gallery: faces that the household knows by name, with consent, and unknown ones, grouped, until
 * somebody says who they are. Prints are sealed at rest, are opened into this process's memory only, and
 * leave it by no route. What changes a known face is an entry `config`, whose words are sealed under a
 * key of that face alone: erasing the face destroys it (and is an entry `erase`). */
#ifndef VAULT_FACES_H
#define VAULT_FACES_H

#include "ipc/messages_face.h"
#include "proto/see/print.h"
#include "vault/people.h"

enum {
	FACES_KEY_SIZE = 32,
	FACES_KNOWN_MAX = 32,         /* with a name */
	FACES_UNKNOWN_MAX = 24,       /* beyond it the one not seen for longest goes, */
	FACES_UNKNOWN_S = 14 * 86400, /* or after this */
	FACES_OWN_MAX = 16,           /* prints of one known face, the best */
	FACES_GROUP_MAX = 6,          /* of an unknown one */
	FACES_WRONG_MAX = 16,         /* of a face, the newest */
	FACES_CLAIMS_MAX = 64,        /* of all together, the newest */
	FACES_TIDY_S = 600,
};

/* The openings of entries about the face `id` are sealed under the key of this person. */
#define FACES_PERSON (UINT64_C(1) << 40)

enum faces_kind {
	FACES_OWN = PRINT_OWN,
	FACES_WRONG = PRINT_WRONG,
	FACES_CLAIM, /* was taken for this face; nothing is compared with it */
};

/* Where and when a print was made. */
struct faces_seen {
	struct print print;
	unsigned quality;
	uint64_t at_us, event; /* event 0: a picture that was sent in */
	uint32_t camera;
};

struct faces {
	struct loop *loop;
	struct people *people;
	const struct log_clock *clock;
	uint8_t key[FACES_KEY_SIZE];
	struct print_known *known; /* `count`, all that are compared with */
	size_t count;
	struct loop_timer tidy;
};

/* `like`: loop, people, clock. The key is copied. 0 or -ENOMEM. */
NODISCARD int faces_init(struct faces *faces, const struct faces *like,
			 const uint8_t key[FACES_KEY_SIZE]);
void faces_finish(struct faces *faces);

/* Whose it is; 0: nobody's. */
uint64_t faces_find(const struct faces *faces, const struct print *print);

/* Several prints of one stay were found to be of the face (0: of nobody that was seen before, and a new
 * one begins). Notes it in the event; returns the face. */
uint64_t faces_meet(struct faces *faces, uint64_t face, const struct faces_seen *seen, size_t count);

/* Who asks, and what is to be settled when the entry is durable. */
struct faces_change {
	const struct who *who;
	struct log_waiter *waiter;
};

/* The face is that person, who consented as `consent` says: who agreed, in a few words. If another face
 * has that name already, this one becomes part of it, and needs no consent. -ENOENT; -EINVAL: a name or
 * words that are none; -EMSGSIZE: too many are known. */
NODISCARD int faces_name(struct faces *faces, const struct faces_change *change, uint64_t face,
			 const char *name, const char *consent, uint64_t *ret_face);
/* The same for a picture that was sent in. */
NODISCARD int faces_add(struct faces *faces, const struct faces_change *change,
			const struct faces_seen *seen, const char *name, const char *consent,
			uint64_t *ret_face);
/* Who was seen in the event is not whom it says: what was seen there will not be taken for that face
 * again. -ENOENT: the event says nobody. */
NODISCARD int faces_correct(struct faces *faces, const struct faces_change *change, uint32_t camera,
			    uint64_t event, uint64_t *ret_face);
/* Forgets it, and all that was ever noted of it. -ENOENT. */
NODISCARD int faces_erase(struct faces *faces, const struct faces_change *change, uint64_t face);

/* Rows of IPC_ROW_FACE, without `request` and `camera_name`: those with a name first, then by when they
 * were seen. */
void faces_list(struct faces *faces, void (*found)(void *context, struct ipc_row_face *row),
		void *context);

#endif
