// A clip that the app puts together itself. That it is the box's own, byte for byte, is held in tests/e2e/export.test.mjs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Clip } from '../../web/recorded/clip.js';
import { movieHead } from '../../web/recorded/movie.js';
import { FPS, fakeMedia } from './fake-media.mjs';

const start_us = 1767225600e6;
const media = await fakeMedia();
const bytes = (buffer) => new Uint8Array(buffer);

/** @param {number} from seconds @param {number} to @param {string[]} tracks @param {number[]} [without] seconds whose picture is missing */
function make(from, to, tracks, without = []) {
	const clip = new Clip(start_us + from * 1e6, start_us + to * 1e6);
	const parts = [];
	for (const track of tracks)
		for (let at = 0; at < 12; at += media[track].seconds)
			if (at + media[track].seconds > from && at < to && !(track === 'v' && without.includes(at)))
				parts.push(clip.add(track, clip.addInit(track, bytes(media[track].init)), bytes(media.fragment(track, start_us + at * 1e6))));
	return { clip, file: () => Buffer.concat([movieHead(clip), ...parts]) };
}

/** What ffmpeg says of it, when it has nothing to complain of. */
function probe(file, ...args) {
	const { status, stdout, stderr } = spawnSync('ffprobe', ['-v', 'error', ...args, '-of', 'json', '-i', 'pipe:0'], { input: file });
	assert.deepEqual([status, String(stderr)], [0, '']);
	return JSON.parse(stdout);
}

const shown = (file) => probe(file, '-select_streams', 'v', '-show_entries', 'frame=pts_time').frames.map(({ pts_time }) => Number(pts_time));

test('it begins with the picture that was seen, and ends before its end', () => {
	const { file } = make(2.35, 6.15, ['v', 'm']);
	const times = shown(file());
	assert.equal(times.length, 39, '2.3 s to 6.1 s');
	times.forEach((time, at) => assert.ok(Math.abs(time - at / FPS) < 1e-4));
	const { streams } = probe(file(), '-show_entries', 'stream=codec_name,start_time');
	assert.deepEqual(streams.map(({ codec_name }) => codec_name), ['h264', 'opus']);
	for (const { start_time } of streams)
		assert.ok(Math.abs(Number(start_time)) < 0.021);
});

test('what is left out is a hole in which the picture stands', () => {
	const times = shown(make(1, 6, ['v'], [3]).file());
	assert.equal(times.length, 40);
	assert.ok(Math.abs(times[20] - times[19] - 1.1) < 1e-4);
	const late = make(1, 6, ['v', 'm'], [1, 2]);
	assert.equal(late.clip.start, start_us * 0.09 + 90000, 'there was sound before the picture');
});

test('nothing in it, and what is damaged', () => {
	assert.equal(make(20, 30, ['v']).clip.size, 0);
	const { clip } = make(1, 3, ['v']);
	const fragment = bytes(media.fragment('v', start_us + 4e6));
	assert.throws(() => clip.add('v', 0, fragment.subarray(0, fragment.length - 1)), RangeError);
	assert.throws(() => clip.addInit('v', bytes(media.m.init)), RangeError);
	assert.throws(() => clip.addInit('x', bytes(media.v.init).subarray(0, 300)), RangeError);
});
