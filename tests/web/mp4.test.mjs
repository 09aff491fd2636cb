import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyFrameOnly, readFragment, timescaleOf } from '../../web/recorded/mp4.js';
import { FPS, fakeMedia } from './fake-media.mjs';

const time_us = 1767225610e6;
const media = await fakeMedia();
const bytes = (buffer) => new Uint8Array(buffer);

test('a fragment says when each picture is shown', () => {
	assert.equal(timescaleOf(bytes(media.v.init)), 90000);
	assert.equal(timescaleOf(bytes(media.m.init)), 48000);
	const { base, samples } = readFragment(bytes(media.fragment('v', time_us)));
	assert.equal(base / 90000, time_us / 1e6);
	assert.equal(samples.length, FPS);
	assert.deepEqual(samples.map(({ isKey }) => isKey), [true, ...Array(FPS - 1).fill(false)]);
	assert.equal(samples[3].time, base + 3 * (90000 / FPS));
});

test('cut down to its key frame it is a fragment still', () => {
	const whole = bytes(media.fragment('v', time_us));
	const { data, samples } = readFragment(whole);
	const thin = keyFrameOnly(whole, 90000);
	const cut = readFragment(thin);
	assert.deepEqual([cut.base, cut.samples.length], [time_us * 0.09, 1]);
	assert.deepEqual(cut.samples[0], { ...samples[0], duration: 90000 });
	assert.deepEqual(thin.subarray(cut.data), whole.subarray(data, data + samples[0].size));
	assert.equal(cut.data + samples[0].size, thin.length);
});

test('whatever is damaged is refused, and never read past its end', () => {
	const whole = bytes(media.fragment('v', time_us));
	const { data } = readFragment(whole);
	for (let at = 0; at < data; at++) {
		if (at < data - 8)
			assert.throws(() => readFragment(whole.slice(0, at)), RangeError, `cut at ${at}`);
		assert.ok(at < data - 8 || keyFrameOnly(whole.slice(0, at), 1) === null);
		for (const flip of [0x01, 0x80, 0xff]) {
			const bad = whole.slice();
			bad[at] ^= flip;
			try {
				const { samples } = readFragment(bad);
				assert.ok(samples.length > 0 && samples.length <= 4096);
				keyFrameOnly(bad, 1);
			} catch (error) {
				assert.ok(error instanceof RangeError, `${error} at ${at}`);
			}
		}
	}
	assert.throws(() => timescaleOf(bytes(media.v.init).slice(0, 100)), RangeError);
});
