/* Offers, and later changes, from the front (WHEP, draft-ietf-wish-whep): SDP in, SDP out. */
#ifndef RTC_VIEWER_OFFER_H
#define RTC_VIEWER_OFFER_H

#include "base/text.h"
#include "rtc/viewer.h"

/* Agrees on streams and builds the answer. 0, or the HTTP status that says why not: 400 malformed
 * or without the granted certificate, 406 no common format, 409 already answered, 500. */
int viewer_offer_accept(struct viewer *viewer, const char *text, size_t size, struct text *answer);

/* Trickled candidates, or an ICE restart; `etag` is what the browser thinks is current ("" or "*":
 * it does not say). 0 with an empty `answer`: nothing to tell; 0 with text: restarted. Else 400,
 * 409 without an offer before, 412 for an etag that is over, 500. */
int viewer_offer_patch(struct viewer *viewer, const char *text, size_t size, const char *etag,
		       struct text *answer);

#endif
