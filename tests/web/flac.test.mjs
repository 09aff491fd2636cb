// Private G.711 becomes FLAC in the browser: sample by sample what ffmpeg makes of it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { flacFragment, flacInit, lawOf } from '../../web/recorded/flac.js';
import { box, list32, words32 } from '../../web/recorded/mp4.js';

const SAMPLES = 2000; // of one access unit
const UNITS = 4;

const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
const zeros = (size) => new Uint8Array(size);
const full = (type, ...parts) => box(type, words32(0), ...parts);
const decoded = (input, ...args) => execFileSync('ffmpeg', ['-v', 'error', '-xerror', ...args, '-i', 'pipe:0', '-f', 's16le', 'pipe:1'], { input, maxBuffer: 16 << 20 });

/** As Ward records it. */
function init(type, { channels = 1, rate = 8000 } = {}) {
	const entry = box(type, zeros(6), [0, 1], zeros(8), [0, channels, 0, 16], zeros(4), [rate >> 8, rate & 0xff, 0, 0]);
	const stbl = box('stbl', full('stsd', words32(1), entry), full('stts', words32(0)), full('stsc', words32(0)), full('stsz', words32(0, 0)), full('stco', words32(0)));
	const minf = box('minf', full('smhd', words32(0)), box('dinf', full('dref', words32(1), box('url ', words32(1)))), stbl);
	const mdia = box('mdia', full('mdhd', words32(0, 0, 8000, 0, 0x55c40000)), full('hdlr', words32(0), Buffer.from('soun'), zeros(12), Buffer.from('Ward\0')), minf);
	const matrix = words32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
	const trak = box('trak', box('tkhd', words32(3, 0, 0, 1, 0, 0, 0, 0, 0, 0x01000000), matrix, words32(0, 0)), mdia);
	const mvhd = full('mvhd', words32(0, 0, 1000, 0, 0x10000, 0x01000000), zeros(8), matrix, zeros(24), words32(2));
	return bytes(box('ftyp', Buffer.from('isom\0\0\0\0isomiso6')), box('moov', mvhd, trak, box('mvex', full('trex', words32(1, 1, 0, 0, 0)))));
}

/** @param {Uint8Array} sound @param {number[]} sizes of its access units */
function fragment(sound, sizes) {
	const rows = sizes.flatMap((size) => [size, size, 0x02000000, 0]);
	const moof = (offset) => box('moof', full('mfhd', words32(1)), box('traf', box('tfhd', words32(0x020000, 1)), box('tfdt', words32(0x01000000, 0, 0)),
		box('trun', words32(0x01000f01, sizes.length, offset), list32(rows))));
	return bytes(box('free', zeros(32)), moof(moof(0).length + 8), box('mdat', sound));
}

for (const [law, name, rate] of [['alaw', 'alaw', 8000], ['ulaw', 'mulaw', 8000], ['ulaw', 'mulaw', 16000]])
	test(`${law} at ${rate} Hz: each of its bytes sounds as ffmpeg has it`, () => {
		const sound = Uint8Array.from({ length: SAMPLES * UNITS }, (_, at) => (at * 37 + (at >> 8)) & 0xff);
		const whole = [new Uint8Array(init(law, { rate })), new Uint8Array(fragment(sound, Array(UNITS).fill(SAMPLES)))];
		assert.equal(lawOf(whole[0]), law);
		const file = bytes(flacInit(whole[0]), flacFragment(whole[1], law));
		assert.deepEqual(decoded(file), decoded(Buffer.from(sound), '-f', name, '-ar', String(rate), '-ac', '1'));
	});

test('units of any length, and what is none of it', () => {
	const sizes = [1, 160, 65535, 7];
	const sound = Uint8Array.from({ length: sizes.reduce((sum, size) => sum + size) }, (_, at) => at & 0xff);
	const file = bytes(flacInit(new Uint8Array(init('ulaw'))), flacFragment(new Uint8Array(fragment(sound, sizes)), 'ulaw'));
	assert.deepEqual(decoded(file), decoded(Buffer.from(sound), '-f', 'mulaw', '-ar', '8000', '-ac', '1'));
	for (const other of [init('mp4a'), init('alaw', { channels: 2 }), init('alaw', { rate: 48001 })])
		assert.equal(lawOf(new Uint8Array(other)), '');
	for (const wrong of [fragment(sound, [0, 5]), fragment(sound.subarray(0, 9), [10]), fragment(zeros(70000), [65536])])
		assert.throws(() => flacFragment(new Uint8Array(wrong), 'alaw'), RangeError);
});
