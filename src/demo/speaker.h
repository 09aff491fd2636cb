/* The demo camera's speaker, behind its ONVIF back channel: RTP packets of AAC (48 kHz, one
 * channel) in, and what the microphone hears of them out. What comes late or jumps is played from
 * now on; what would lie too far ahead is not played. */
#ifndef DEMO_SPEAKER_H
#define DEMO_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

enum {
	SPEAKER_PAYLOAD_TYPE = 100,
	SPEAKER_LEAD = 1440,     /* samples between a packet and its sound: packets come unevenly */
	SPEAKER_LEAD_MAX = 9600, /* and if they come very unevenly */
	SPEAKER_AHEAD = 48000,   /* no packet is played later than that */
};

/* The config of its AAC (ISO 14496-3 §1.6.2.1), as the description writes it. */
#define SPEAKER_CONFIG "1188"

struct speaker;

NODISCARD int speaker_create(struct speaker **ret_speaker);
void speaker_destroy(struct speaker *speaker);
AUTO_DEFINE(speaker)

/* `now`: the sample that the microphone takes now. What is no packet of that sound is dropped. */
void speaker_take_packet(struct speaker *speaker, struct bytes data, uint64_t now);

/* Adds what the microphone hears from sample `first` on. */
void speaker_hear(const struct speaker *speaker, uint64_t first, int16_t *samples, size_t count);

bool speaker_is_playing(const struct speaker *speaker, uint64_t now);

#endif
