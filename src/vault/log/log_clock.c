#include "vault/log/log_clock.h"

#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "base/text.h"

static const char boot_id_path[] = "/proc/sys/kernel/random/boot_id";

static uint64_t system_real_us(void *context)
{
	(void)context;
	return clock_real_us();
}

static uint64_t system_boot_ns(void *context)
{
	(void)context;
	return clock_boot_ns();
}

int log_clock_system(struct log_clock *ret_clock)
{
	char text[64], digits[32];
	size_t count = 0;
	uint64_t boot_id = 0;
	autoclose int fd = open(boot_id_path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;

	ssize_t size = read(fd, text, sizeof(text));

	if (size < 0)
		return -errno;
	for (ssize_t i = 0; i < size && count < 16; i++)
		if (text[i] != '-' && text[i] != '\n')
			digits[count++] = text[i];

	uint8_t bytes[8];

	if (text_parse_hex(digits, count, bytes, sizeof(bytes)) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(bytes); i++)
		boot_id = boot_id << 8 | bytes[i];
	*ret_clock = (struct log_clock){system_real_us, system_boot_ns, NULL, boot_id};
	return 0;
}
