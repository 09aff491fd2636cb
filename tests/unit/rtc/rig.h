/* Plays warden, vault and front for one real ward-rtc process, all in one loop. */
#ifndef UNIT_RTC_RIG_H
#define UNIT_RTC_RIG_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"
#include "ipc/ipc.h"
#include "rtc/dtls.h"

enum { RIG_CAMERA = 5, RIG_GRANTS = 4, RIG_SDP_MAX = 32768 };
#define RIG_LIMIT_NS (10 * CLOCK_NS_PER_S) /* an event that takes longer does not come */

struct rig_grant {
	struct rig *rig;
	struct ipc_channel channel;
	uint64_t number;
	bool is_open, is_connected;
	uint32_t end;       /* enum view_end, as rtc told it */
	uint32_t wants_key; /* how often */
};

struct rig {
	struct loop *loop;
	pid_t rtc;
	uint16_t port; /* UDP and TCP */
	bool is_ready, is_gone;
	struct ipc_channel warden, vault, front;
	struct rig_grant grant[RIG_GRANTS];
	uint32_t grant_count;
	uint64_t answered; /* answers to offers and patches so far */
	uint32_t status;
	char answer[RIG_SDP_MAX + 1];
	uint64_t next_frame;
};

void rig_start(struct rig *rig, const char *path);
void rig_finish(struct rig *rig);

/* Turns the loop until the condition holds; false if it did not within RIG_LIMIT_NS. */
typedef bool rig_condition(const void *context);
bool rig_until(struct rig *rig, rig_condition *condition, const void *context);
void rig_for_ms(struct rig *rig, unsigned ms);

struct rig_grant *rig_open(struct rig *rig, const uint8_t fingerprint[DTLS_FINGERPRINT_SIZE]);
/* The grant of somebody who only talks (WHIP). */
struct rig_grant *rig_open_talk(struct rig *rig, const uint8_t fingerprint[DTLS_FINGERPRINT_SIZE]);

/* Sends SDP and waits for what comes back, in rig->status and rig->answer. */
void rig_offer(struct rig *rig, uint64_t grant, enum ipc_type type, const char *sdp);

/* Feeds one video frame of `packets` full packets; its number. */
uint64_t rig_feed(struct rig *rig, bool is_key, uint32_t packets);
void rig_release(struct rig_grant *grant, uint64_t first, uint64_t count);

#endif
