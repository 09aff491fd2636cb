#include "../check.h"

#include "base/clock.h"
#include "vault/lease.h"

#define S CLOCK_NS_PER_S

static uint64_t seed;

static uint64_t next_below(uint64_t limit)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (seed >> 33) % limit;
}

/* A thousand random lives: what flows is within what was added, in bytes and in time, always. */
static void flow_stays_within_the_allowance(void **state)
{
	(void)state;
	for (seed = 1; seed < 1000; seed += 1) {
		struct lease lease = {0};
		uint64_t now = 100 * S, allowed = 0, until = 0, used = 0, life = seed;
		struct lease_allowance first = lease_first(now);

		lease_add(&lease, &first);
		allowed = first.bytes;
		until = now + first.seconds * S;
		for (int step = 0; step < 200; step++) {
			uint64_t bytes = next_below(3000000);

			now += next_below(S);
			if (lease_may(&lease, now, bytes)) {
				lease_use(&lease, bytes);
				used += bytes;
				assert_true(now < until);
			}
			assert_true(used <= allowed);
			if (lease_is_low(&lease, now) && next_below(4) == 0) {
				struct lease_allowance more = lease_next(&lease, now, bytes);

				lease_add(&lease, &more);
				allowed += more.bytes;
				if (now + more.seconds * S > until)
					until = now + more.seconds * S;
			}
		}
		assert_int_equal(lease.used_bytes, used);
		seed = life;
	}
}

static void time_runs_out_as_well(void **state)
{
	struct lease lease = {0};
	struct lease_allowance first = lease_first(5 * S);

	(void)state;
	lease_add(&lease, &first);
	assert_true(lease_may(&lease, 5 * S, 1));
	assert_true(lease_may(&lease, (5 + LEASE_FIRST_S) * S - 1, 1));
	assert_false(lease_may(&lease, (5 + LEASE_FIRST_S) * S, 1));
	assert_false(lease_may(&lease, 5 * S, LEASE_FIRST_BYTES + 1));
	assert_false(lease_is_low(&lease, 6 * S));
	assert_true(lease_is_low(&lease, (5 + LEASE_FIRST_S / 2) * S));
}

/* A steady stream needs about one entry each half-life, not more. */
static void steady_stream_ticks_seldom(void **state)
{
	struct lease lease = {0};
	uint64_t now = S;
	struct lease_allowance allowance = lease_first(now);
	unsigned ticks = 0;

	(void)state;
	lease_add(&lease, &allowance);
	for (int frame = 0; frame < 25 * 600; frame++) { /* ten minutes, 4 Mbit/s */
		now += S / 25;
		assert_true(lease_may(&lease, now, 20000));
		lease_use(&lease, 20000);
		if (!lease_is_low(&lease, now))
			continue;
		allowance = lease_next(&lease, now, 0);
		lease_add(&lease, &allowance);
		ticks++;
	}
	assert_in_range(ticks, 10, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flow_stays_within_the_allowance),
		cmocka_unit_test(time_runs_out_as_well),
		cmocka_unit_test(steady_stream_ticks_seldom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
