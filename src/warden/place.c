#include "warden/place.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

static const char build_end[] = "/src/warden";

int place_find(struct place *ret_place)
{
	char self[PLACE_PATH_SIZE];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct text programs, app, models;

	if (size <= 0)
		return -errno;
	self[size] = 0;
	*strrchr(self, '/') = 0;
	text_init(&programs, ret_place->programs, sizeof(ret_place->programs));
	text_init(&app, ret_place->app, sizeof(ret_place->app));
	text_init(&models, ret_place->models, sizeof(ret_place->models));
	size_t end = strlen(self) - (sizeof(build_end) - 1);

	ret_place->is_build = strlen(self) > sizeof(build_end) && !strcmp(self + end, build_end);
	if (ret_place->is_build) {
		text_add_bytes(&programs, self, end);
		text_add(&programs, "/src");
		text_add(&app, WARD_APP_BUILD);
		text_add(&models, WARD_MODELS_BUILD);
	} else {
		text_add(&programs, self);
		text_add(&app, WARD_APP_INSTALLED);
		text_add(&models, WARD_MODELS_INSTALLED);
	}
	return programs.failed || app.failed || models.failed ? -ENAMETOOLONG : 0;
}

int place_program(const struct place *place, const char *folder, const char *program,
		  char *ret_path, size_t size)
{
	struct text text;

	text_init(&text, ret_path, size);
	text_add(&text, place->programs);
	if (place->is_build)
		text_printf(&text, "/%s", folder);
	text_printf(&text, "/%s", program);
	if (text.failed)
		return -ENAMETOOLONG;
	return access(ret_path, X_OK) ? -errno : 0;
}
