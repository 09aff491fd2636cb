// What is recorded and what is not: spans, holes, and the index of fragments.

import './webcrypto.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '../../web/recorded/clock.js';
import { Coverage } from '../../web/recorded/coverage.js';
import { SegmentIndex } from '../../web/recorded/segments.js';
import { holeAt, isIn, joined, nextIn, union } from '../../web/recorded/spans.js';
import { holeText, jumpText, skippedText } from '../../web/words-recorded.js';

const S = 1e6;

test('the clock stands, runs at its rate, and goes only when it is to run', () => {
	let now = 5000;
	const clock = new Clock(100 * S, () => now);
	const after = (ms) => {
		now += ms;
		return clock.time / S;
	};
	clock.go();
	assert.equal(after(1000), 100, 'nobody has said that it is to run');
	clock.isRunning = true;
	assert.equal(after(1000), 100, 'no picture is there yet');
	clock.go();
	assert.equal(after(1000), 101);
	clock.setRate(4);
	assert.equal(after(500), 103, 'another speed begins where it is');
	clock.hold();
	assert.equal(after(9000), 103);
	clock.go();
	assert.equal(after(1000), 107);
	clock.go(106.5 * S);
	assert.equal(after(0), 106.5, 'what plays says how far it is');
	clock.seek(50 * S);
	assert.equal(after(1000), 50, 'pictures of the new time come first');
	assert.ok(clock.isRunning && !clock.isGoing);
	clock.go();
	clock.isRunning = false;
	clock.hold();
	assert.equal(after(1000), 50);
});

test('spans are sorted and joined where they touch, also when a clock was set back', () => {
	assert.deepEqual(joined([[20 * S, 30 * S], [0, 10 * S], [10.3 * S, 20 * S], [40 * S, 50 * S], [42 * S, 44 * S]]), [[0, 30 * S], [40 * S, 50 * S]]);
	assert.deepEqual(union([[[0, 5 * S]], [[4 * S, 9 * S]], [[20 * S, 21 * S]]]), [[0, 9 * S], [20 * S, 21 * S]]);
});

test('what is at a time, and where it goes on', () => {
	const spans = [[10 * S, 20 * S], [30 * S, 40 * S]];
	assert.deepEqual([5, 10, 19.9, 20, 30, 40].map((at) => isIn(spans, at * S)), [false, true, true, false, true, false]);
	assert.deepEqual([5, 15, 25, 45].map((at) => nextIn(spans, at * S)), [10 * S, 15 * S, 30 * S, null]);
});

test('a hole has its bounds and the reason that covers it', () => {
	const spans = [[0, 10 * S], [60 * S, 70 * S]];
	const gaps = [[10 * S, 12 * S, 'restart'], [12 * S, 60 * S, 'camera-lost']];
	assert.deepEqual(holeAt(spans, gaps, 11 * S), { from: 10 * S, to: 60 * S, reason: 'restart' });
	assert.deepEqual(holeAt(spans, gaps, 30 * S), { from: 10 * S, to: 60 * S, reason: 'camera-lost' });
	assert.deepEqual(holeAt(spans, [], 80 * S), { from: 70 * S, to: Infinity, reason: '' });
	assert.match(holeText(holeAt(spans, gaps, 30 * S)), /\(50 s\)\. The camera did not answer$/);
	assert.match(jumpText(holeAt(spans, gaps, 11 * S)), /^Nothing recorded .*: Ward was not running/);
	assert.match(holeText(holeAt(spans, [], 80 * S)), /^Since .*1970|^Since .*1 January|^Since .*January 1/);
	assert.equal(holeText(holeAt([], [], 80 * S)), '');
	assert.match(skippedText({ from: S, word: 'damaged' }), /damaged and left out/);
	assert.match(skippedText({ from: S, word: 'not-found' }), /erased/);
});

/** Seconds 0 to 300 in fragments of 2 s, but for 100 to 110; answers at most 20 rows. */
function box() {
	const asked = [];
	const ask = async (from, to) => {
		asked.push([from / S, to / S]);
		const rows = [];
		for (let at = 0; at < 300; at += 2)
			if ((at < 100 || at >= 110) && at * S < to && (at + 2) * S > from)
				rows.push([at * S, (at + 2) * S, at, at < 200 ? 0 : 1, 1000]);
		const first = rows.slice(0, 20);
		return { tracks: [{ track: 'v', inits: [{ init: 0, codecs: 'avc1.42e01f', mime: 'video/mp4' }, { init: 1, codecs: 'avc1.640028', mime: 'video/mp4' }], segments: first }],
			...(rows.length > 20 ? { next: rows[20][0] } : {}) };
	};
	return { asked, index: new SegmentIndex(ask, 0, 1000 * S) };
}

test('the index asks a minute at a time, once, and in parts if it is told so', async () => {
	const { asked, index } = box();
	await Promise.all([index.load(70 * S, 80 * S), index.load(75 * S, 90 * S)]);
	assert.deepEqual(asked, [[60, 120], [110, 120]]);
	await index.load(61 * S, 62 * S);
	assert.equal(asked.length, 2);
	assert.equal(index.at('v', 73 * S).id, '72');
	assert.equal(index.at('v', 105 * S), undefined);
	assert.equal(index.nextAfter('v', 100 * S, 119 * S).id, '110');
	assert.deepEqual(index.between('v', 97 * S, 112 * S).map(({ id }) => Number(id)), [96, 98, 110]);
	assert.equal(index.between('m', 0, 300 * S).length, 0);
});

test('a fragment over the edge of two minutes is one, and a new init is told', async () => {
	const { index } = box();
	await index.load(100 * S, 280 * S);
	const list = index.between('v', 110 * S, 280 * S);
	assert.equal(new Set(list.map(({ id }) => id)).size, list.length);
	assert.equal(list.length, 85);
	assert.equal(index.at('v', 199 * S).init.codecs, 'avc1.42e01f');
	assert.equal(index.at('v', 200 * S).init.codecs, 'avc1.640028');
});

test('the minute that still grows is asked for again, but not at once', async (t) => {
	const { asked, index } = box();
	let now = 0;
	t.mock.method(performance, 'now', () => now);
	await index.load(290 * S, 299 * S);
	const first = asked.length;
	await index.load(290 * S, 299 * S);
	assert.equal(asked.length, first, 'its end is known');
	await index.load(300 * S, 310 * S);
	const second = asked.length;
	await index.load(300 * S, 310 * S);
	assert.equal(asked.length, second);
	now = 5000;
	await index.load(300 * S, 310 * S);
	assert.equal(asked.length, second + 1);
});

test('the index forgets what is far away', async () => {
	const { index } = box();
	for (let at = 0; at < 6000; at += 60)
		index.windows.set(at, { rows: new Map(), at_ms: 0, isLast: false });
	await index.load(0, S);
	assert.ok(index.windows.size <= 101);
});

test('the timeline is asked in pieces that are kept', async () => {
	const asked = [];
	const spans = [[0, 3600 * S], [7200 * S, 9000 * S]];
	const api = { json: async (path) => {
		const url = new URL(path, 'http://box');
		const [from, to, step] = ['from', 'to', 'step'].map((name) => Number(url.searchParams.get(name)));
		asked.push(url.pathname);
		assert.ok(step >= 0 && from < to);
		return { from, to, oldest: 0, newest: 9000 * S, spans: spans.filter((one) => one[0] < to && one[1] > from).map((one) => [...one]), gaps: [[3600 * S, 7200 * S, 'disk']] };
	} };
	let changes = 0;
	const coverage = new Coverage({ link: { api } }, 'Kids & co', () => changes++);
	assert.equal(await coverage.nextFrom(4000 * S), 7200 * S);
	assert.equal(asked[0], '/api/v1/cameras/Kids%20%26%20co/timeline');
	assert.equal(await coverage.nextFrom(9500 * S), null);
	assert.deepEqual(coverage.parts(0, 8000 * S).spans, [[0, 3600 * S], [7200 * S, 9000 * S]]);
	assert.equal(coverage.parts(0, 8000 * S).gaps.length, 1, 'each gap once, however many pieces have it');
	assert.ok(changes > 0 && coverage.covers(0));
	const before = asked.length;
	coverage.need(1000 * S, 2000 * S);
	coverage.need(1000 * S, 2000 * S);
	await new Promise(setImmediate);
	const more = asked.length - before;
	assert.ok(more >= 1 && more <= 2);
	coverage.need(1000 * S, 2000 * S);
	assert.equal(asked.length - before, more, 'the past does not change');
});
