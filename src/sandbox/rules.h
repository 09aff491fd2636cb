/* The table of system calls: which profile may make which, with which arguments. */
#ifndef SANDBOX_RULES_H
#define SANDBOX_RULES_H

#include <stddef.h>
#include <stdint.h>

/* How the call is judged. All but RULE_ALLOW look at one argument. */
enum sandbox_verdict {
	RULE_ALLOW,
	RULE_ALLOW_IF,  /* (argument & mask) == value */
	RULE_ALLOW_OWN, /* argument == this process's id */
	RULE_REFUSE,    /* fails with EACCES instead of killing: libraries that probe go on */
};

struct sandbox_rule {
	uint32_t profiles; /* set of 1 << enum sandbox_profile */
	int syscall;
	enum sandbox_verdict verdict;
	unsigned argument;
	uint64_t mask, value;
};

/* Everything not in the table kills the process. */
const struct sandbox_rule *sandbox_rules(size_t *ret_count);

#endif
