#include "../check.h"

#include <errno.h>

#include "proto/rtp/rtp_build.h"
#include "proto/rtp/rtp_packet.h"

static const uint8_t sound[160] = {1, 2, 3};

static struct rtp_packet build(struct rtp_build *build, uint64_t sample, uint8_t *packet, size_t room)
{
	struct rtp_packet parsed;
	int size = rtp_build_sound(build, sample, (struct bytes){sound, sizeof(sound)}, packet, room);

	assert_true(size > 0);
	assert_int_equal(rtp_packet_parse(packet, (size_t)size, &parsed), 0);
	return parsed;
}

static void g711_stands_bare(void **state)
{
	struct rtp_build stream = {
		.codec = CODEC_PCMU, .sequence = 65535, .ssrc = 0xabcd, .time = 0xffffffff};
	uint8_t packet[sizeof(sound) + RTP_BUILD_GROWTH_MAX];

	(void)state;
	struct rtp_packet first = build(&stream, 0, packet, sizeof(packet));

	assert_true(first.marker);
	assert_int_equal(first.sequence, 65535);
	assert_int_equal(first.timestamp, 0xffffffff);
	assert_int_equal(first.ssrc, 0xabcd);
	assert_int_equal(first.payload.size, sizeof(sound));
	assert_memory_equal(first.payload.data, sound, sizeof(sound));
	struct rtp_packet second = build(&stream, 160, packet, sizeof(packet));

	assert_false(second.marker);
	assert_int_equal(second.sequence, 0);
	assert_int_equal(second.timestamp, 159);
}

static void aac_stands_behind_its_size(void **state)
{
	struct rtp_build stream = {.codec = CODEC_AAC, .payload_type = 97};
	uint8_t packet[sizeof(sound) + RTP_BUILD_GROWTH_MAX];

	(void)state;
	struct rtp_packet parsed = build(&stream, 1024, packet, sizeof(packet));

	assert_true(parsed.marker);
	assert_int_equal(parsed.payload_type, 97);
	assert_int_equal(parsed.payload.size, sizeof(sound) + 4);
	assert_int_equal(parsed.payload.data[1], 16);
	assert_int_equal((parsed.payload.data[2] << 8 | parsed.payload.data[3]) >> 3, sizeof(sound));
}

static void what_does_not_fit_is_refused(void **state)
{
	struct rtp_build stream = {.codec = CODEC_PCMA};
	uint8_t packet[sizeof(sound) + 11];

	(void)state;
	assert_int_equal(rtp_build_sound(&stream, 0, (struct bytes){sound, sizeof(sound)}, packet,
					 sizeof(packet)),
			 -EMSGSIZE);
	assert_int_equal(stream.sequence, 0);
	assert_true(rtp_build_knows(CODEC_PCMA) && rtp_build_knows(CODEC_AAC));
	assert_false(rtp_build_knows(CODEC_OPUS) || rtp_build_knows(CODEC_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(g711_stands_bare),
		cmocka_unit_test(aac_stands_behind_its_size),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
