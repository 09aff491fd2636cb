/* ward-front: TLS and HTTP to the outside, questions to the vault and rtc inside. */
#include <signal.h>
#include <sodium.h>
#include <string.h>

#include "base/diag.h"
#include "front/front.h"
#include "front/route.h"
#include "front/setup.h"

enum { WARDEN_FD = 3 };

static int serve(void)
{
	static struct front front;
	static struct setup setup;
	AUTO(loop) loop = NULL;
	int r;

	if (sodium_init() < 0 || loop_create(&loop) < 0)
		fatal("cannot start");
	front_init(&front, loop);
	setup_open(&setup, &front, WARDEN_FD);
	r = loop_run(loop);
	setup_finish(&setup);
	front_finish(&front);
	return r < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	diag_init("ward-front");
	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && strcmp(argv[1], "--routes") == 0) {
		route_print(stdout);
		return 0;
	}
	return serve();
}
