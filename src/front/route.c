#include "front/route.h"

#include <string.h>

#include "front/account.h"
#include "front/cameras.h"
#include "front/clip.h"
#include "front/diary.h"
#include "front/events.h"
#include "front/faces.h"
#include "front/files.h"
#include "front/hls.h"
#include "front/keys.h"
#include "front/logbook.h"
#include "front/plays.h"
#include "front/sessions.h"
#include "front/sounding.h"
#include "front/talking.h"
#include "front/timeline.h"
#include "front/wish.h"
#include "front/zones.h"

static const struct route routes[] = {
#define ROUTE(method, pattern, right, roles, scope, body_max, handler)                             \
	{HTTP_##method, RIGHT_##right, ROLES_##roles, SCOPE_##scope,                               \
	 body_max,      pattern,       handler,       #handler},
#include "front/routes.def"
#undef ROUTE
};

/* A public route must have nothing to do with cameras, all others must name who may. */
#define ROUTE(method, pattern, right, roles, scope, body_max, handler)                             \
	_Static_assert(RIGHT_##right > RIGHT_UNSET && RIGHT_##right < RIGHT_COUNT, pattern);       \
	_Static_assert(SCOPE_##scope > SCOPE_UNSET && SCOPE_##scope < SCOPE_COUNT, pattern);       \
	_Static_assert((ROLES_##roles) != 0, pattern);                                             \
	_Static_assert(!((ROLES_##roles) & ROLES_NONE) ||                                          \
			       ((ROLES_##roles) == ROLES_NONE && SCOPE_##scope == SCOPE_NONE &&    \
				RIGHT_##right <= RIGHT_SIGN_IN),                                   \
		       pattern);                                                                   \
	_Static_assert(((ROLES_##roles) & ROLES_NONE) || RIGHT_##right > RIGHT_SIGN_IN, pattern);
#include "front/routes.def"
#undef ROUTE

static const char *const right_words[RIGHT_COUNT] = {
	[RIGHT_UNSET] = "unset",     [RIGHT_PUBLIC] = "public",   [RIGHT_LINK] = "link",
	[RIGHT_SIGN_IN] = "sign-in", [RIGHT_ACCOUNT] = "account", [RIGHT_SEE] = "see",
	[RIGHT_TALK] = "talk",       [RIGHT_KEYS] = "keys",
	[RIGHT_WATCH] = "watch",     [RIGHT_END] = "end",         [RIGHT_LOG] = "log",
	[RIGHT_ENTRIES] = "entries", [RIGHT_PLAY] = "play",       [RIGHT_OWN] = "own",
	[RIGHT_MARK] = "mark",       [RIGHT_KEEP] = "keep",       [RIGHT_ZONES] = "zones",
	[RIGHT_FACES] = "faces",
};

static const char *const scope_words[SCOPE_COUNT] = {
	[SCOPE_UNSET] = "unset", [SCOPE_NONE] = "none",       [SCOPE_ASKERS] = "askers",
	[SCOPE_NAMED] = "named", [SCOPE_SESSION] = "session",
};

static const char *const role_words[ROLE_COUNT] = {
	[ROLE_NONE] = "none",
	[ROLE_OWNER] = "owner",
	[ROLE_MEMBER] = "member",
	[ROLE_GUEST] = "guest",
	[ROLE_INTEGRATION] = "integration",
};

const struct route *route_find(enum http_method method, struct bytes path,
			       struct bytes ret_params[ROUTE_PARAMS_MAX], uint32_t *ret_allowed)
{
	struct bytes params[ROUTE_PARAMS_MAX];
	uint32_t allowed = 0;

	if (method == HTTP_HEAD)
		method = HTTP_GET;
	for (size_t i = 0; i < ARRAY_COUNT(routes); i++) {
		const struct route *route = &routes[i];

		memset(params, 0, sizeof(params));
		if (!url_match(route->pattern, path, params, ROUTE_PARAMS_MAX))
			continue;
		/* The page's own line matches everything; it must not hide a missing method. */
		if (allowed && strcmp(route->pattern, "/*") == 0)
			break;
		if (route->method == method) {
			memcpy(ret_params, params, sizeof(params));
			return route;
		}
		allowed |= UINT32_C(1) << route->method;
	}
	if (allowed & UINT32_C(1) << HTTP_GET)
		allowed |= UINT32_C(1) << HTTP_HEAD;
	*ret_allowed = allowed;
	return NULL;
}

void route_print(FILE *to)
{
	for (size_t i = 0; i < ARRAY_COUNT(routes); i++) {
		const struct route *route = &routes[i];
		const char *comma = "";

		fprintf(to,
			"{\"method\":\"%s\",\"pattern\":\"%s\",\"right\":\"%s\",\"camera\":\"%s\","
			"\"handler\":\"%s\",\"roles\":[",
			request_method_name(route->method), route->pattern,
			right_words[route->right], scope_words[route->scope], route->handler_name);
		for (int role = 0; role < ROLE_COUNT; role++) {
			if (!(route->roles & UINT32_C(1) << role))
				continue;
			fprintf(to, "%s\"%s\"", comma, role_words[role]);
			comma = ",";
		}
		fputs("]}\n", to);
	}
}
