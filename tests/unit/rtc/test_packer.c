/* Frames go in, RTP payloads come out; a reader written here from the RFCs puts them together. */
#include "../check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/rtc/packer.h"

struct packed {
	struct packer_packet *packet;
	uint8_t *bytes;
	int count;
};

static void pack(const struct packer_source *source, struct packed *ret)
{
	uint32_t packets;
	size_t bytes;

	assert_int_equal(packer_measure(source, &packets, &bytes), 0);
	ret->packet = calloc(packets, sizeof(*ret->packet));
	ret->bytes = malloc(bytes);
	assert_non_null(ret->packet);
	assert_non_null(ret->bytes);
	ret->count = packer_run(source, ret->bytes, ret->packet);
	assert_true(ret->count > 0);
}

static void unpack_finish(struct packed *packed)
{
	free(packed->packet);
	free(packed->bytes);
}

static void put_nal(struct bytes_writer *writer, const uint8_t *header, size_t header_size,
		    size_t size)
{
	bytes_put_be32(writer, (uint32_t)size);
	bytes_put(writer, header, header_size);
	for (size_t i = header_size; i < size; i++)
		bytes_put_u8(writer, (uint8_t)(i * 7 + size));
}

/* RFC 6184 §5.7.1, §5.8. */
static void join_h264(const struct packed *packed, struct bytes_writer *out)
{
	uint8_t *size_at = NULL;

	for (int i = 0; i < packed->count; i++) {
		const uint8_t *p = packed->bytes + packed->packet[i].offset;
		size_t size = packed->packet[i].size;
		unsigned type = p[0] & 31;

		if (type == 24) {
			bytes_put(out, p + 1, 0);
			for (size_t at = 1; at + 2 <= size;) {
				size_t nal = (size_t)(p[at] << 8 | p[at + 1]);

				bytes_put_be32(out, (uint32_t)nal);
				bytes_put(out, p + at + 2, nal);
				at += 2 + nal;
			}
		} else if (type == 28) {
			if (p[1] & 0x80) {
				size_at = bytes_reserve(out, 4);
				bytes_put_u8(out, (uint8_t)((p[0] & 0xe0) | (p[1] & 31)));
			}
			bytes_put(out, p + 2, size - 2);
			struct bytes_writer patch = bytes_write(size_at, 4);

			bytes_put_be32(&patch, (uint32_t)(out->at - size_at - 4));
		} else {
			bytes_put_be32(out, (uint32_t)size);
			bytes_put(out, p, size);
		}
	}
}

static void h264_comes_back_as_it_was(void **state)
{
	static const size_t sizes[] = {1,
				       2,
				       100,
				       PACKER_PAYLOAD_MAX - 1,
				       PACKER_PAYLOAD_MAX,
				       PACKER_PAYLOAD_MAX + 1,
				       2 * (PACKER_PAYLOAD_MAX - 2) + 1,
				       100000};
	static uint8_t frame[400000], joined[400000];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		struct bytes_writer writer = bytes_write(frame, sizeof(frame));
		struct bytes_writer out = bytes_write(joined, sizeof(joined));
		struct packed packed;

		put_nal(&writer, (const uint8_t[]){0x67}, 1, 20);
		put_nal(&writer, (const uint8_t[]){0x68}, 1, 5);
		size_t config_size = bytes_written(&writer);

		put_nal(&writer, (const uint8_t[]){0x65}, 1, sizes[i]);
		put_nal(&writer, (const uint8_t[]){0x41}, 1, 50);
		struct packer_source source = {
			.kind = PACKER_H264,
			.config = {frame, config_size},
			.frame = {frame + config_size, bytes_written(&writer) - config_size}};

		pack(&source, &packed);
		join_h264(&packed, &out);
		assert_int_equal(bytes_written(&out), bytes_written(&writer));
		assert_memory_equal(joined, frame, bytes_written(&writer));
		for (int k = 0; k < packed.count; k++) {
			assert_true(packed.packet[k].size <= PACKER_PAYLOAD_MAX);
			assert_int_equal(packed.packet[k].is_last, k == packed.count - 1);
		}
		unpack_finish(&packed);
	}
}

static void fragments_have_one_size(void **state)
{
	static uint8_t frame[50004];
	struct bytes_writer writer = bytes_write(frame, sizeof(frame));
	struct packed packed;

	(void)state;
	put_nal(&writer, (const uint8_t[]){0x65}, 1, 50000);
	pack(&(struct packer_source){.kind = PACKER_H264, .frame = {frame, sizeof(frame)}},
	     &packed);
	for (int i = 0; i + 1 < packed.count; i++)
		assert_int_equal(packed.packet[i].size, PACKER_PAYLOAD_MAX);
	unpack_finish(&packed);
}

static void h265_fragments_as_the_standard_says(void **state)
{
	static const uint8_t header[] = {0x26, 0x01}; /* IDR_W_RADL */
	static uint8_t frame[3004];
	struct bytes_writer writer = bytes_write(frame, sizeof(frame));
	struct packed packed;

	(void)state;
	put_nal(&writer, header, 2, 3000);
	pack(&(struct packer_source){.kind = PACKER_H265, .frame = {frame, sizeof(frame)}},
	     &packed);
	assert_int_equal(packed.count, 3);
	size_t total = 2;

	for (int i = 0; i < 3; i++) {
		const uint8_t *p = packed.bytes + packed.packet[i].offset;

		assert_int_equal(p[0] >> 1 & 0x3f, 49);
		assert_int_equal(p[1], 0x01);
		assert_int_equal(p[2], (i == 0 ? 0x80 : 0) | (i == 2 ? 0x40 : 0) | 19);
		assert_memory_equal(p + 3, frame + 4 + total, packed.packet[i].size - 3U);
		total += packed.packet[i].size - 3U;
	}
	assert_int_equal(total, 3000);
	unpack_finish(&packed);
}

static void h265_parameter_sets_share_a_packet(void **state)
{
	static uint8_t config[100], frame[14];
	struct bytes_writer writer = bytes_write(config, sizeof(config));
	struct bytes_writer other = bytes_write(frame, sizeof(frame));
	struct packed packed;

	(void)state;
	put_nal(&writer, (const uint8_t[]){0x40, 0x01}, 2, 20);
	put_nal(&writer, (const uint8_t[]){0x42, 0x01}, 2, 30);
	put_nal(&other, (const uint8_t[]){0x26, 0x01}, 2, 10);
	struct packer_source source = {.kind = PACKER_H265,
				       .config = {config, bytes_written(&writer)},
				       .frame = {frame, bytes_written(&other)}};

	pack(&source, &packed);
	assert_int_equal(packed.count, 2);
	const uint8_t *p = packed.bytes + packed.packet[0].offset;

	assert_int_equal(p[0] >> 1 & 0x3f, 48);
	assert_int_equal(p[2] << 8 | p[3], 20);
	assert_int_equal(packed.packet[0].size, 2 + 2 + 20 + 2 + 30);
	unpack_finish(&packed);
}

static void refuses_what_cannot_be(void **state)
{
	static uint8_t many[6 * (PACKER_PACKETS_MAX + 1)];
	static const uint8_t overlong[] = {0, 0, 0, 9, 0x65, 1}, empty[] = {0, 0, 0, 0};
	static const uint8_t trailing[] = {0, 0, 0, 1, 0x65, 0, 0};
	struct bytes_writer writer = bytes_write(many, sizeof(many));
	uint32_t packets;
	size_t bytes;

	(void)state;
	for (size_t i = 0; i <= PACKER_PACKETS_MAX; i++)
		put_nal(&writer, (const uint8_t[]){0x41, 0}, 2, 2);
	const struct {
		struct packer_source source;
		int result;
	} cases[] = {
		{{.kind = PACKER_H264, .frame = {overlong, sizeof(overlong)}}, -EBADMSG},
		{{.kind = PACKER_H264, .frame = {empty, sizeof(empty)}}, -EBADMSG},
		{{.kind = PACKER_H264, .frame = {trailing, sizeof(trailing)}}, -EBADMSG},
		{{.kind = PACKER_H264, .frame = {empty, 0}}, -EBADMSG},
		{{.kind = PACKER_H264, .frame = {many, bytes_written(&writer)}}, -EMSGSIZE},
		{{.kind = PACKER_WHOLE, .frame = {many, PACKER_PAYLOAD_MAX + 1}}, -EMSGSIZE},
		{{.kind = PACKER_WHOLE, .frame = {many, PACKER_PAYLOAD_MAX}}, 0},
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(packer_measure(&cases[i].source, &packets, &bytes),
				 cases[i].result);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(h264_comes_back_as_it_was),
		cmocka_unit_test(fragments_have_one_size),
		cmocka_unit_test(h265_fragments_as_the_standard_says),
		cmocka_unit_test(h265_parameter_sets_share_a_packet),
		cmocka_unit_test(refuses_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
