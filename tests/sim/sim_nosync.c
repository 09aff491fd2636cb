/* A disk that syncs in no time: what is measured or bounded here is Ward's work, and nothing loses
 * power. Linked into a program, these take the place of the C library's, for SQLite as well. */
#include "sim/sim_nosync.h"

int fsync(int file)
{
	(void)file;
	return 0;
}

int fdatasync(int file)
{
	(void)file;
	return 0;
}
