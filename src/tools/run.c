/* `ward run` becomes the warden: same process, same terminal, nothing in between. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tools/command.h"
#include "tools/talk.h"

/* Beside this program in a build tree (../warden/ward-warden), else where it is installed. */
static int find_warden(char *ret_path, size_t size)
{
	char self[4096];
	ssize_t self_size = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (self_size < 0)
		return -errno;
	self[self_size] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(ret_path, size, "%s/../warden/ward-warden", self);
	if (access(ret_path, X_OK) == 0)
		return 0;
	snprintf(ret_path, size, "%s/ward-warden", WARD_LIBEXEC);
	return access(ret_path, X_OK) == 0 ? 0 : -errno;
}

enum exit_code run_command(const struct invocation *invocation)
{
	static const enum flag_id passed_on[] = {FLAG_CONFIG, FLAG_STATE, FLAG_DEMO, FLAG_NEW_EPOCH};
	char path[4200];
	const char *arguments[2 * ARRAY_COUNT(passed_on) + 2] = {"ward-warden"};
	size_t count = 1;

	if (find_warden(path, sizeof(path)) < 0) {
		fprintf(stderr, "ward: ward-warden is missing: this installation is not whole. Build it again "
				"(./run) or install it again.\n");
		return EXIT_UNREACHABLE;
	}
	for (size_t i = 0; i < ARRAY_COUNT(passed_on); i++) {
		const char *value = invocation->values[passed_on[i]];

		if (!value)
			continue;
		arguments[count++] = flag_table[passed_on[i]].name;
		if (flag_table[passed_on[i]].value)
			arguments[count++] = value;
	}
	arguments[count] = NULL;
	execv(path, (char *const *)(uintptr_t)arguments);
	fprintf(stderr, "ward: cannot start %s: %s\n", path, strerror(errno));
	return EXIT_UNREACHABLE;
}
