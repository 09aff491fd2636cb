/* Known and unknown faces: `/api/v1/faces`, for owners in person. */
#ifndef FRONT_FACES_H
#define FRONT_FACES_H

#include "front/exchange.h"

void faces_list(struct exchange *exchange);
/* Who is in a picture that is sent in. */
void faces_add(struct exchange *exchange);
/* Who a face is. */
void faces_name(struct exchange *exchange);
void faces_erase(struct exchange *exchange);
/* An event's person is not whom it says. */
void faces_correct(struct exchange *exchange);

#endif
