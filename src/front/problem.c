#include "front/problem.h"

#include <assert.h>
#include <errno.h>

static const struct problem_answer answers[PROBLEM_COUNT] = {
	[PROBLEM_NONE] = {500, "none", "No reason was given."},
	[PROBLEM_BAD_REQUEST] = {400, "bad-request", "The request is malformed."},
	[PROBLEM_CLIP_TOO_LONG] = {400, "too-long",
				   "That is too long for one file. Ask for a shorter time."},
	[PROBLEM_NO_CREDENTIAL] = {401, "not-signed-in", "Sign in first, or send a token."},
	[PROBLEM_WRONG_ORIGIN] = {403, "wrong-origin", "Another site may not do this."},
	[PROBLEM_NO_SUCH_PATH] = {404, "not-found", "There is no such thing here."},
	[PROBLEM_WRONG_METHOD] = {405, "wrong-method", "This cannot be done with that method."},
	[PROBLEM_NOT_ACCEPTABLE] = {406, "no-common-codec",
				    "Nothing in the offer fits what the camera sends or takes."},
	[PROBLEM_WRONG_STATE] = {409, "wrong-state", "The session is not ready for that, or over."},
	[PROBLEM_BROKEN] = {500, "broken", "Ward failed at this. Try again."},
	[PROBLEM_TOO_SLOW] = {408, "too-slow", "The request took too long to arrive."},
	[PROBLEM_WRONG_ETAG] = {412, "wrong-etag", "The session has changed since. Look again."},
	[PROBLEM_BODY_TOO_LARGE] = {413, "too-large", "The request's body is too large."},
	[PROBLEM_WRONG_TYPE] = {415, "wrong-type", "The request's Content-Type does not fit."},
	[PROBLEM_WRONG_EXPECTATION] = {417, "wrong-expectation", "That expectation is unknown."},
	[PROBLEM_WRONG_HOST] = {421, "wrong-host", "Ward does not answer under that name here."},
	[PROBLEM_BAD_OFFER] = {422, "bad-offer",
			       "The SDP offer names no SHA-256 fingerprint, or is no offer."},
	[PROBLEM_NO_ETAG] = {428, "no-etag", "Send If-Match with the session's ETag."},
	[PROBLEM_TOO_MANY] = {429, "too-many",
			      "Too many failures from this address. Wait a minute."},
	[PROBLEM_HEAD_TOO_LARGE] = {431, "head-too-large", "The request's fields are too large."},
	[PROBLEM_NOT_IMPLEMENTED] = {501, "not-implemented",
				     "Ward does not know that method or coding."},
	[PROBLEM_UNAVAILABLE] = {503, "unavailable",
				 "Ward is starting or busy. Try again in a moment."},
	[PROBLEM_WRONG_VERSION] = {505, "wrong-version", "Use HTTP/1.1 or HTTP/2."},
};

const struct problem_answer *problem_answer(enum problem problem)
{
	assert(problem < PROBLEM_COUNT);
	return &answers[problem];
}

enum problem problem_of_status(int http_status)
{
	for (enum problem problem = PROBLEM_BAD_REQUEST; problem < PROBLEM_COUNT; problem++)
		if (answers[problem].http_status == http_status)
			return problem;
	return PROBLEM_BAD_REQUEST;
}

enum problem problem_of_head(int error)
{
	static const struct {
		int error;
		enum problem problem;
	} meanings[] = {
		{-EMSGSIZE, PROBLEM_HEAD_TOO_LARGE},      {-ENOSYS, PROBLEM_NOT_IMPLEMENTED},
		{-EOPNOTSUPP, PROBLEM_WRONG_EXPECTATION}, {-EPROTONOSUPPORT, PROBLEM_WRONG_VERSION},
		{-ETIMEDOUT, PROBLEM_TOO_SLOW},
	};

	for (unsigned i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].error == error)
			return meanings[i].problem;
	return PROBLEM_BAD_REQUEST;
}
