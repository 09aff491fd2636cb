#include <errno.h>
#include <stdlib.h>

#include "proto/cmaf/boxes.h"
#include "proto/cmaf/cmaf.h"

enum {
	TFHD_DEFAULT_BASE_IS_MOOF = 0x020000,
	TRUN_DATA_OFFSET = 0x001,
	TRUN_DURATION = 0x100,
	TRUN_SIZE = 0x200,
	TRUN_FLAGS = 0x400,
	TRUN_COMPOSITION = 0x800,
	SAMPLE_IS_KEY = 0x02000000,     /* depends on no other */
	SAMPLE_IS_NOT_KEY = 0x01010000, /* depends on others, is no sync sample */
	FIXED_SIZE = 8 + 16 + 8 + 16 + 20 + 20 + CMAF_MDAT_HEAD_SIZE,
	SAMPLE_SIZE = 16,
};

size_t cmaf_head_size(uint32_t sample_count)
{
	return FIXED_SIZE + (size_t)sample_count * SAMPLE_SIZE;
}

static int compare_times(const void *left, const void *right)
{
	uint64_t a, b;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	return (a > b) - (a < b);
}

/* Decoding times: the presentation times in order. Frames of a live camera come in decoding order,
 * one at each of these moments. */
static void sort_times(const struct cmaf_fragment *fragment, uint64_t ret_dts[CMAF_SAMPLES_MAX + 1])
{
	uint32_t count = fragment->sample_count;

	for (uint32_t i = 0; i < count; i++)
		ret_dts[i] = fragment->samples[i].pts;
	qsort(ret_dts, count, sizeof(*ret_dts), compare_times);
	if (fragment->end > ret_dts[count - 1])
		ret_dts[count] = fragment->end;
	else
		ret_dts[count] = ret_dts[count - 1] +
				 (count > 1 ? ret_dts[count - 1] - ret_dts[count - 2] : 1);
}

static void put_trun(struct bytes_writer *writer, const struct cmaf_fragment *fragment,
		     const uint64_t *dts)
{
	struct box trun = box_open_full(writer, "trun", 1,
					TRUN_DATA_OFFSET | TRUN_DURATION | TRUN_SIZE | TRUN_FLAGS |
						TRUN_COMPOSITION);

	bytes_put_be32(writer, fragment->sample_count);
	bytes_put_be32(writer, (uint32_t)cmaf_head_size(fragment->sample_count));
	for (uint32_t i = 0; i < fragment->sample_count; i++) {
		const struct cmaf_sample *sample = &fragment->samples[i];

		bytes_put_be32(writer, (uint32_t)(dts[i + 1] - dts[i]));
		bytes_put_be32(writer, sample->size);
		bytes_put_be32(writer, sample->is_key ? SAMPLE_IS_KEY : SAMPLE_IS_NOT_KEY);
		bytes_put_be32(writer, (uint32_t)(sample->pts - dts[i])); /* signed in version 1 */
	}
	box_close(writer, trun);
}

/* ISO/IEC 14496-12 §8.8.4 to §8.8.12 */
static void put_moof(struct bytes_writer *writer, const struct cmaf_fragment *fragment,
		     const uint64_t *dts)
{
	struct box moof = box_open(writer, "moof");
	struct box mfhd = box_open_full(writer, "mfhd", 0, 0);

	bytes_put_be32(writer, fragment->sequence);
	box_close(writer, mfhd);

	struct box traf = box_open(writer, "traf");
	struct box tfhd = box_open_full(writer, "tfhd", 0, TFHD_DEFAULT_BASE_IS_MOOF);

	bytes_put_be32(writer, 1);
	box_close(writer, tfhd);

	struct box tfdt = box_open_full(writer, "tfdt", 1, 0);

	bytes_put_be64(writer, dts[0]);
	box_close(writer, tfdt);
	put_trun(writer, fragment, dts);
	box_close(writer, traf);
	box_close(writer, moof);
}

int cmaf_build_head(const struct cmaf_fragment *fragment, uint8_t *ret_data, size_t capacity)
{
	struct bytes_writer writer = bytes_write(ret_data, capacity);
	uint64_t dts[CMAF_SAMPLES_MAX + 1], size = CMAF_MDAT_HEAD_SIZE;

	if (fragment->sample_count == 0 || fragment->sample_count > CMAF_SAMPLES_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < fragment->sample_count; i++)
		size += fragment->samples[i].size;
	if (size > UINT32_MAX)
		return -EINVAL;
	sort_times(fragment, dts);
	put_moof(&writer, fragment, dts);
	bytes_put_be32(&writer, (uint32_t)size);
	bytes_put(&writer, "mdat", 4);
	return writer.failed ? -EINVAL : (int)bytes_written(&writer);
}
