/* The pump: tells rtc which frames may go to which viewer, as far as its lease, its link and the
 * log allow; all viewers of a frame in one message. Every release checks again that the grant's entry is durable. */
#ifndef VAULT_PUMP_H
#define VAULT_PUMP_H

#include "vault/grants.h"

/* rtc has new frames of this track. */
void pump_track(struct grants *grants, struct camera *camera, struct track *track);
/* Everything that may go to one viewer now. */
void pump_grant(struct grant *grant);

/* Wants, and no longer wants, the tracks that the grant's level needs. */
void pump_choose(struct grant *grant);
void pump_unchoose(struct grant *grant);

/* What rtc says about the viewer's link. */
void pump_report(struct grant *grant, const struct ipc_view_report *report);

#endif
