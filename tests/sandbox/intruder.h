/* What the intruder tries; the number rides on SIGUSR2. */
#ifndef SANDBOX_INTRUDER_H
#define SANDBOX_INTRUDER_H

enum intruder_attempt {
	INTRUDER_OPEN, /* /etc/shadow */
	INTRUDER_CONNECT,
	INTRUDER_EXEC,
	INTRUDER_TRACE, /* the warden, which knows every password */
	INTRUDER_KILL,  /* the warden */
	INTRUDER_COUNT
};

#endif
