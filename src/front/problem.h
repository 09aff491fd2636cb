/* What the front itself finds wrong with a request, before anyone else is asked. */
#ifndef FRONT_PROBLEM_H
#define FRONT_PROBLEM_H

enum problem {
	PROBLEM_NONE,
	PROBLEM_BAD_REQUEST,
	PROBLEM_CLIP_TOO_LONG,
	PROBLEM_NO_CREDENTIAL,
	PROBLEM_WRONG_ORIGIN,
	PROBLEM_NO_SUCH_PATH,
	PROBLEM_WRONG_METHOD,
	PROBLEM_NOT_ACCEPTABLE,
	PROBLEM_TOO_SLOW,
	PROBLEM_WRONG_STATE,
	PROBLEM_WRONG_ETAG,
	PROBLEM_BODY_TOO_LARGE,
	PROBLEM_WRONG_TYPE,
	PROBLEM_WRONG_EXPECTATION,
	PROBLEM_WRONG_HOST,
	PROBLEM_BAD_OFFER,
	PROBLEM_NO_ETAG,
	PROBLEM_TOO_MANY,
	PROBLEM_HEAD_TOO_LARGE,
	PROBLEM_BROKEN,
	PROBLEM_NOT_IMPLEMENTED,
	PROBLEM_UNAVAILABLE,
	PROBLEM_WRONG_VERSION,
	PROBLEM_COUNT
};

struct problem_answer {
	int http_status;
	const char *word, *text;
};

const struct problem_answer *problem_answer(enum problem problem);

/* The problem that has this HTTP status; BAD_REQUEST if none does. */
enum problem problem_of_status(int http_status);

/* What a failure of request_parse stands for. */
enum problem problem_of_head(int error);

#endif
