#include <jansson.h>
#include <string.h>

#include "../check.h"
#include "front/route.h"
#include "proto/http/grammar.h"

static void each_address_has_its_route(void **state)
{
	static const struct {
		enum http_method method;
		const char *path, *pattern;
		uint32_t allowed;
	} cases[] = {
		{HTTP_GET, "/", "/*", 0},
		{HTTP_GET, "/ui/app.js", "/*", 0},
		{HTTP_HEAD, "/ui/app.js", "/*", 0},
		{HTTP_GET, "/api/v1/me", "/api/v1/me", 0},
		{HTTP_GET, "/api/v1/none", "/*", 0}, /* where it is not found */
		{HTTP_POST, "/whep/yard", "/whep/:camera", 0},
		{HTTP_PATCH, "/whep/yard/00", "/whep/:camera/:sid", 0},
		{HTTP_GET, "/whep/yard", NULL, 1 << HTTP_POST | 1 << HTTP_OPTIONS},
		{HTTP_HEAD, "/whep/yard", NULL, 1 << HTTP_POST | 1 << HTTP_OPTIONS},
		{HTTP_GET, "/whep/yard/00", NULL,
		 1 << HTTP_PATCH | 1 << HTTP_DELETE | 1 << HTTP_OPTIONS},
		{HTTP_POST, "/whip/yard", "/whip/:camera", 0},
		{HTTP_DELETE, "/whip/yard/00", "/whip/:camera/:sid", 0},
		{HTTP_GET, "/whip/yard", NULL, 1 << HTTP_POST | 1 << HTTP_OPTIONS},
		{HTTP_POST, "/api/v1/me", NULL, 1 << HTTP_GET | 1 << HTTP_HEAD},
		{HTTP_DELETE, "/index.html", NULL, 1 << HTTP_GET | 1 << HTTP_HEAD},
		{HTTP_OTHER, "/api/v1/pair", NULL, 1 << HTTP_POST},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct bytes params[ROUTE_PARAMS_MAX];
		uint32_t allowed = 0;
		const struct route *route =
			route_find(cases[i].method, grammar_bytes(cases[i].path), params, &allowed);

		if (cases[i].pattern)
			assert_string_equal(route->pattern, cases[i].pattern);
		else
			assert_null(route);
		assert_int_equal(allowed, cases[i].allowed);
	}
}

static void the_printed_table_is_json_and_whole(void **state)
{
	char *text = NULL, *rest, *line;
	size_t size = 0, count = 0;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	route_print(to);
	fclose(to);
	for (rest = text; (line = strsep(&rest, "\n")) != NULL && *line; count++) {
		json_t *route = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		const json_t *roles = json_object_get(route, "roles");

		assert_non_null(route);
		assert_true(json_array_size(roles) > 0);
		assert_string_not_equal(json_string_value(json_object_get(route, "right")),
					"unset");
		assert_string_not_equal(json_string_value(json_object_get(route, "camera")),
					"unset");
		assert_int_equal(json_string_value(json_object_get(route, "pattern"))[0], '/');
		json_decref(route);
	}
	assert_true(count >= 20);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_has_its_route),
		cmocka_unit_test(the_printed_table_is_json_and_whole),
	};

	return cmocka_run_group_tests_name("front route", tests, NULL, NULL);
}
