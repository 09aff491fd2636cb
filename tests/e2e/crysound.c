/* crysound QUIET CRYING QUIET > FILE: seconds of a quiet room, of something like crying, and of a
 * quiet room again; 16-bit samples at 8 kHz. */
#include <stdio.h>
#include <stdlib.h>

#include "proto/hear/mel.h"
#include "train/cry/synth.h"

enum { SECONDS_MAX = 120 };

int main(int argc, char **argv)
{
	static float sound[SECONDS_MAX * MEL_HZ];
	struct chance chance = {5};
	size_t seconds[3], sum = 0;

	for (int i = 0; i < 3; i++) {
		seconds[i] = argc == 4 ? strtoul(argv[i + 1], NULL, 10) : 0;
		sum += seconds[i];
	}
	if (sum == 0 || sum > SECONDS_MAX)
		return fprintf(stderr, "usage: crysound QUIET CRYING QUIET > FILE\n"), 2;
	synth_cry(sound + seconds[0] * MEL_HZ, seconds[1] * MEL_HZ, &chance);
	for (size_t i = 0; i < sum * MEL_HZ; i++) {
		int value = (int)(32767 * (sound[i] + 0.001F * chance_normal(&chance)));

		putchar(value & 0xff);
		putchar(value >> 8 & 0xff);
	}
	return ferror(stdout);
}
