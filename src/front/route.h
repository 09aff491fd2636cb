/* The routes: one table, routes.def, says what each address of the API takes, gives and needs.
 * The vault enforces the rights, and the front's word counts nothing there; the table lets the
 * front refuse early, and feeds the test that tries every route with every role and camera. */
#ifndef FRONT_ROUTE_H
#define FRONT_ROUTE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attr.h"
#include "ipc/messages.h"
#include "proto/http/request.h"

struct exchange;

typedef void route_handler_fn(struct exchange *exchange);

enum { ROUTE_PARAMS_MAX = 3 };

/* Which right the asker needs. */
enum route_right {
	RIGHT_UNSET,
	RIGHT_PUBLIC,  /* none: nothing of the household is in the answer */
	RIGHT_LINK,    /* a pairing link, in the body */
	RIGHT_SIGN_IN, /* a paired device's signature, in the body */
	RIGHT_ACCOUNT, /* to be known */
	RIGHT_SEE,     /* a verb on at least one camera; the answer holds no other */
	RIGHT_WATCH,   /* view or listen on the camera named */
	RIGHT_PLAY,    /* play on the camera named */
	RIGHT_OWN,     /* the session is one's own */
	RIGHT_MARK,    /* mark on the camera named */
	RIGHT_KEEP,    /* play on the camera named, in person */
	RIGHT_TALK,    /* talk on the camera named, or on that of one's own session */
	RIGHT_ZONES,   /* an owner in person, of the camera named */
	RIGHT_KEYS,    /* in person, and signed where it changes something */
	RIGHT_FACES,   /* to be an owner, in person */
	RIGHT_END,     /* the session is one's own, or one is an owner */
	RIGHT_LOG,     /* the log's public side: hashes and signatures */
	RIGHT_ENTRIES, /* the texts of all entries */
	RIGHT_COUNT
};

#define ROUTE_ROLE(role) (UINT32_C(1) << ROLE_##role)
#define ROLES_NONE       ROUTE_ROLE(NONE)
#define ROLES_OWNER      ROUTE_ROLE(OWNER)
#define ROLES_PEOPLE     (ROUTE_ROLE(OWNER) | ROUTE_ROLE(MEMBER) | ROUTE_ROLE(GUEST))
#define ROLES_OWNER      ROUTE_ROLE(OWNER)
#define ROLES_HOUSEHOLD  (ROUTE_ROLE(OWNER) | ROUTE_ROLE(MEMBER))
#define ROLES_ALL        (ROLES_PEOPLE | ROUTE_ROLE(INTEGRATION))

/* Which cameras an answer can be about. */
enum route_scope {
	SCOPE_UNSET,
	SCOPE_NONE,    /* no camera */
	SCOPE_ASKERS,  /* only those on which the asker has a verb */
	SCOPE_NAMED,   /* the one named in the path, on which the asker must have a verb */
	SCOPE_SESSION, /* the one of the session named in the path */
	SCOPE_COUNT
};

struct route {
	enum http_method method;
	enum route_right right;
	uint32_t roles; /* set of ROUTE_ROLE; NONE: without a credential */
	enum route_scope scope;
	size_t body_max;
	const char *pattern;
	route_handler_fn *handler;
	const char *handler_name;
};

/* The route of a request, with the values of its pattern (encoded). NULL: `ret_allowed` is the set
 * (1 << enum http_method) of methods that exist there, 0 if nothing does. HEAD finds GET's. */
const struct route *route_find(enum http_method method, struct bytes path,
			       struct bytes ret_params[ROUTE_PARAMS_MAX], uint32_t *ret_allowed);

static inline bool route_needs_credential(const struct route *route)
{
	return !(route->roles & ROLES_NONE);
}

/* One JSON line for each route; for the tests. */
void route_print(FILE *to);

#endif
