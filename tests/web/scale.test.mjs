// The timeline's marks in a place where the clocks change. The zone is set before anything asks for it.
process.env.TZ = 'Europe/Berlin';
const { default: assert } = await import('node:assert/strict');
const { test } = await import('node:test');
const { clampSpan, DAY, dayStart, HOUR, isChangeDay, marks, MINUTE, sameTime, SECOND, SPAN_MAX, SPAN_MIN } = await import('../../web/recorded/scale.js');
const { markText, timeText } = await import('../../web/words-recorded.js');

const us = (text) => Date.parse(text) * 1000;
const spring = us('2026-03-29T00:00:00+01:00'); // 02:00 → 03:00
const autumn = us('2026-10-25T00:00:00+02:00'); // 03:00 → 02:00
/** Texts may begin outside, so that they do not appear all at once. */
const texts = (from, to, width) => marks(from, to, width).filter((mark) => mark.format && mark.at >= from);
const hoursOf = (list) => list.map(({ at }) => new Date(at / 1000).getHours());

test('a day in spring has 23 hours, and no mark at two', () => {
	assert.equal(dayStart(spring + 5 * HOUR), spring);
	assert.equal(dayStart(spring, 1) - spring, 23 * HOUR);
	assert.ok(isChangeDay(spring + HOUR) && !isChangeDay(spring - HOUR) && !isChangeDay(dayStart(spring, 1)));
	assert.deepEqual(hoursOf(texts(spring, spring + 5 * HOUR, 600)), [0, 1, 3, 4, 5, 6]);
	// Marks every three hours stand at the hours of the wall, not three hours apart.
	assert.deepEqual(hoursOf(texts(spring, dayStart(spring, 1) - 1, 700)), [0, 3, 6, 9, 12, 15, 18, 21]);
});

test('a day in autumn has 25 hours, and two marks at two', () => {
	assert.equal(dayStart(autumn, 1) - autumn, 25 * HOUR);
	const found = texts(autumn, autumn + 5 * HOUR, 600);
	assert.deepEqual(hoursOf(found), [0, 1, 2, 2, 3, 4]);
	assert.deepEqual(hoursOf(texts(autumn, dayStart(autumn, 1) - 1, 800)), [0, 3, 6, 9, 12, 15, 18, 21]);
	const [first, second] = [autumn + 2 * HOUR + 30 * MINUTE, autumn + 3 * HOUR + 30 * MINUTE];
	assert.notEqual(timeText(first, true), timeText(second, true), 'the same time of day is told apart by its zone');
	assert.equal(timeText(first, false), timeText(second, false));
});

test('midnights are local on both sides of a change', () => {
	for (const change of [spring, autumn]) {
		const days = marks(change - 3 * DAY, change + 3 * DAY, 700).filter((mark) => mark.format === 'day');
		assert.ok(days.length >= 6);
		for (const { at } of days)
			assert.equal(new Date(at / 1000).getHours(), 0, new Date(at / 1000).toString());
	}
	const month = marks(spring - 15 * DAY, spring + 16 * DAY, 390).filter((mark) => mark.format);
	assert.ok(month.length >= 3 && month.every(({ at }) => new Date(at / 1000).getDay() === 1), 'weeks begin on Mondays');
});

test('the next day has the same time of day', () => {
	assert.equal(sameTime(spring - 9 * HOUR + 7, 1), spring + 14 * HOUR + 7);
	assert.equal(sameTime(autumn + 16 * HOUR, -1), autumn - 9 * HOUR);
	assert.equal(new Date(sameTime(spring - DAY + 2.5 * HOUR, 1) / 1000).getHours(), 3, 'half past two does not exist on that day');
});

test('at every zoom the texts have room and the marks are in order', () => {
	for (let span = SPAN_MIN; span <= SPAN_MAX; span *= 1.37)
		for (const width of [320, 390, 1180]) {
			const from = autumn + 1.7 * HOUR;
			const found = marks(from, from + span, width);
			const named = found.filter((mark) => mark.format);
			assert.ok(named.length >= 1 && named.length <= width / 70 + 2, `${span / SECOND} s: ${named.length}`);
			for (let at = 1; at < named.length; at++)
				assert.ok(((named[at].at - named[at - 1].at) / span) * width > 37, 'also where an hour is missing');
			assert.ok(found.every((mark, at) => at === 0 || mark.at > found[at - 1].at));
			assert.ok(named.every(({ at, format }) => markText(at, format).length > 0));
		}
	assert.equal(clampSpan(1), SPAN_MIN);
	assert.equal(clampSpan(1e18), SPAN_MAX);
});

test('a zone that is off by half an hour', () => {
	process.env.TZ = 'Asia/Kolkata';
	const found = marks(us('2026-05-01T00:00:00+05:30'), us('2026-05-01T06:00:00+05:30'), 600).filter((mark) => mark.format);
	assert.ok(found.every(({ at }) => new Date(at / 1000).getMinutes() === 0));
	process.env.TZ = 'Europe/Berlin';
});
