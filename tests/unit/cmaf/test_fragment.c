#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/cmaf/cmaf.h"

static uint8_t head[64 * 1024];

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The box of that type inside start..end, which consists of boxes only. */
static const uint8_t *find_box(const uint8_t *start, const uint8_t *end, const char *type)
{
	const uint8_t *found = NULL;

	while (start < end) {
		uint32_t size = be32(start);

		assert_true(size >= 8 && size <= (size_t)(end - start));
		if (memcmp(start + 4, type, 4) == 0)
			found = start;
		start += size;
	}
	assert_non_null(found);
	return found;
}

static size_t build(const struct cmaf_sample *samples, uint32_t count, uint64_t end)
{
	struct cmaf_fragment fragment = {
		.sequence = 7, .end = end, .samples = samples, .sample_count = count};
	int size = cmaf_build_head(&fragment, head, sizeof(head));

	assert_int_equal(size, cmaf_head_size(count));
	return (size_t)size;
}

/* Box sizes are right if the boxes can be walked, and mdat covers exactly the samples. */
static const uint8_t *find_trun(size_t size, uint32_t mdat_size)
{
	const uint8_t *moof = head, *mdat = head + be32(head);

	assert_memory_equal(moof + 4, "moof", 4);
	assert_int_equal(mdat - head, size - CMAF_MDAT_HEAD_SIZE);
	assert_memory_equal(mdat + 4, "mdat", 4);
	assert_int_equal(be32(mdat), CMAF_MDAT_HEAD_SIZE + mdat_size);
	const uint8_t *mfhd = find_box(moof + 8, mdat, "mfhd");
	const uint8_t *traf = find_box(moof + 8, mdat, "traf");

	assert_int_equal(be32(mfhd + 12), 7);
	return find_box(traf + 8, mdat, "trun");
}

static const uint8_t *sample_at(const uint8_t *trun, uint32_t index)
{
	return trun + 20 + 16 * index;
}

/* Decoding order I P b b: decoding times are the presentation times in order, the difference is in
 * the composition offset, and the last picture lasts until the next fragment. */
static void pictures_in_another_order_get_sorted_decoding_times(void **state)
{
	static const struct cmaf_sample samples[] = {{90000, 1000, true},
						     {90000 + 9000, 10, false},
						     {90000 + 3000, 20, false},
						     {90000 + 6000, 30, false}};
	static const int32_t offsets[] = {0, 6000, -3000, -3000};
	size_t size = build(samples, 4, 90000 + 13000);
	const uint8_t *trun = find_trun(size, 1060);
	const uint8_t *traf = head + 8 + 16, *tfdt = traf + 8 + 16;

	(void)state;
	assert_memory_equal(tfdt + 4, "tfdt", 4);
	assert_int_equal(be32(tfdt + 12), 0);
	assert_int_equal(be32(tfdt + 16), 90000);
	assert_int_equal(be32(trun + 12), 4);
	assert_int_equal(be32(trun + 16), size); /* the samples stand right behind the head */
	for (uint32_t i = 0; i < 4; i++) {
		const uint8_t *sample = sample_at(trun, i);

		assert_int_equal(be32(sample), i == 3 ? 4000 : 3000);
		assert_int_equal(be32(sample + 4), samples[i].size);
		assert_int_equal(be32(sample + 8), i == 0 ? 0x02000000 : 0x01010000);
		assert_int_equal((int32_t)be32(sample + 12), offsets[i]);
	}
}

static void without_an_end_the_last_one_lasts_like_the_one_before(void **state)
{
	static const struct cmaf_sample samples[] = {{1000, 5, true}, {1960, 6, true}};

	(void)state;
	const uint8_t *trun = find_trun(build(samples, 2, 0), 11);

	assert_int_equal(be32(sample_at(trun, 0)), 960);
	assert_int_equal(be32(sample_at(trun, 1)), 960);
	trun = find_trun(build(samples, 1, 0), 5);
	assert_int_equal(be32(sample_at(trun, 0)), 1);
}

static void the_largest_fragment_fits_and_a_larger_one_is_refused(void **state)
{
	static struct cmaf_sample samples[CMAF_SAMPLES_MAX + 1];
	struct cmaf_fragment fragment = {.samples = samples, .sample_count = CMAF_SAMPLES_MAX + 1};

	(void)state;
	find_trun(build(samples, CMAF_SAMPLES_MAX, 0), 0);
	assert_int_equal(cmaf_build_head(&fragment, head, sizeof(head)), -EINVAL);
	fragment.sample_count = 0;
	assert_int_equal(cmaf_build_head(&fragment, head, sizeof(head)), -EINVAL);
	fragment.sample_count = 2;
	assert_int_equal(cmaf_build_head(&fragment, head, cmaf_head_size(2) - 1), -EINVAL);
	samples[0].size = UINT32_MAX; /* an mdat of over 4 GiB */
	assert_int_equal(cmaf_build_head(&fragment, head, sizeof(head)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_in_another_order_get_sorted_decoding_times),
		cmocka_unit_test(without_an_end_the_last_one_lasts_like_the_one_before),
		cmocka_unit_test(the_largest_fragment_fits_and_a_larger_one_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
