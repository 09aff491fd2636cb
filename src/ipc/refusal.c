#include "ipc/refusal.h"

#include <assert.h>

static const struct {
	int http_status;
	const char *word, *text;
} refusals[REFUSAL_COUNT] = {
	[REFUSAL_NONE] = {500, "none", "No reason was given."},
	[REFUSAL_BAD_REQUEST] = {400, "bad-request", "The request is malformed."},
	[REFUSAL_NOT_SIGNED_IN] = {401, "not-signed-in",
				   "Sign in again: this device or token is not known here, or its time is over."},
	[REFUSAL_NOT_ALLOWED] = {403, "not-allowed", "You have no right to do this. Ask the owner."},
	[REFUSAL_NOT_FOUND] = {404, "not-found", "There is no such thing here."},
	[REFUSAL_BAD_SIGNATURE] = {403, "bad-signature",
				   "The device's signature does not fit the request."},
	[REFUSAL_STALE_NONCE] = {409, "stale-nonce", "The request took too long. Try again."},
	[REFUSAL_LINK_USED] = {410, "link-used",
			       "This pairing link was used already or is too old. Ask for a new one."},
	[REFUSAL_CAMERA_DOWN] = {503, "camera-down", "The camera sends no picture now."},
	[REFUSAL_TOO_MANY] = {429, "too-many", "Too many requests or viewers. Wait a moment."},
	[REFUSAL_LOG_STOPPED] = {503, "log-stopped",
				 "The access log cannot be written, so nothing is shown."},
	[REFUSAL_CHECKPOINT_FORK] = {409, "checkpoint-fork",
				     "The access log is not the one that this device remembers."},
	[REFUSAL_BUSY] = {503, "busy", "Ward is starting or busy. Try again in a moment."},
	[REFUSAL_ERASED] = {410, "erased", "This recording was erased."},
	[REFUSAL_SEALED] = {409, "sealed",
			    "The box keeps no key of this recording: only a person's own key opens it."},
	[REFUSAL_DAMAGED] = {500, "damaged",
			     "This part of the recording was changed or damaged on the disk, so it is not shown."},
	[REFUSAL_SPEAKER_TAKEN] = {409, "speaker-taken",
				   "Somebody else is talking there. Wait until they have finished."},
	[REFUSAL_NO_SPEAKER] = {503, "no-speaker",
				"The camera did not take the sound: nothing was heard there."},
	[REFUSAL_NO_THUMB] = {422, "no-thumbnail", "No small picture can be made of this moment."},
	[REFUSAL_NO_CONVERSION] = {422, "no-conversion",
				   "This part of the recording cannot be made into H.264."},
	[REFUSAL_NO_PICTURE] = {422, "no-picture", "That is no JPEG or PNG picture that can be read."},
	[REFUSAL_NO_FACE] = {422, "no-face",
			     "There is no face in the picture that is large, sharp and frontal enough."},
	[REFUSAL_MANY_FACES] = {422, "many-faces",
				"There is more than one face in the picture: send a part of it with one."},
};

int refusal_http_status(enum refusal refusal)
{
	assert(refusal < REFUSAL_COUNT);
	return refusals[refusal].http_status;
}

const char *refusal_text(enum refusal refusal)
{
	assert(refusal < REFUSAL_COUNT);
	return refusals[refusal].text;
}

const char *refusal_word(enum refusal refusal)
{
	assert(refusal < REFUSAL_COUNT);
	return refusals[refusal].word;
}
