// G.711, which no browser plays, as FLAC (RFC 9639), sample by sample: what the box does of what it can open
// (src/proto/flac), byte for byte the same. Verbatim subframes: nothing is searched for, nothing is lost. Pure.

import { box, boxes, find, readFragment, viewOf, words32 } from './mp4.js';

/** @typedef {import('./mp4.js').Bytes} Bytes */
/** @typedef {'alaw' | 'ulaw'} Law */

const HZ_MAX = 48000;
const SAMPLES_MAX = 65535; // of a frame
const TRUN_FLAGS = 0xf01;
const SAMPLE_SIZE = 16;
const INFO_SIZE = 34;
const PATH = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'];
const ENTRIES_AT = 8; // in stsd's body
const CHANNELS_AT = 16, RATE_AT = 24; // in an entry's body

/** The loudness that a byte stands for. @type {Record<Law, (byte: number) => number>} */
const expand = {
	ulaw(byte) {
		const turned = ~byte & 0xff;
		const value = (((turned & 0x0f) << 3) + 0x84) << ((turned >> 4) & 7);
		return turned & 0x80 ? 0x84 - value : value - 0x84;
	},
	alaw(byte) {
		const turned = byte ^ 0x55;
		const step = (turned >> 4) & 7;
		const value = ((turned & 0x0f) << 4) + 8;
		const loud = step ? (value + 0x100) << (step - 1) : value;
		return turned & 0x80 ? loud : -loud;
	},
};

/** Of an init segment; '': it holds something else. @param {Bytes} init @returns {Law | ''} */
export function lawOf(init) {
	const view = viewOf(init);
	const stsd = find(view, PATH);
	const [entry] = boxes(view, stsd.body + ENTRIES_AT, stsd.end);
	if ((entry?.type !== 'alaw' && entry?.type !== 'ulaw') || entry.end - entry.body < RATE_AT + 4)
		return '';
	const hz = view.getUint16(entry.body + RATE_AT);
	return view.getUint16(entry.body + CHANNELS_AT) === 1 && hz > 0 && hz <= HZ_MAX ? entry.type : '';
}

/** @param {Bytes} bytes */
function crc8(bytes) {
	let crc = 0;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++)
			crc = ((crc << 1) ^ (crc & 0x80 ? 0x07 : 0)) & 0xff;
	}
	return crc;
}

const CRC16 = Uint16Array.from({ length: 256 }, (_, at) => {
	let crc = at << 8;
	for (let bit = 0; bit < 8; bit++)
		crc = (crc << 1) ^ (crc & 0x8000 ? 0x8005 : 0);
	return crc;
});

/** @param {Bytes} bytes */
const crc16 = (bytes) => bytes.reduce((crc, byte) => ((crc << 8) ^ CRC16[(crc >> 8) ^ byte]) & 0xffff, 0);

/** A number as UTF-8 writes a character: §9.1.5. @param {number} value below 2^31 */
function numbered(value) {
	if (value < 0x80)
		return [value];
	let size = 2;
	while (value >> (5 * size + 1))
		size++;
	const rest = Array.from({ length: size - 1 }, (_, at) => 0x80 | ((value >> (6 * (size - 2 - at))) & 0x3f));
	return [((0xff00 >> size) | (value >> (6 * (size - 1)))) & 0xff, ...rest];
}

/** @param {Law} law @param {Bytes} samples @param {number} first its first sample's place in the stream */
function frame(law, samples, first) {
	const head = [0xff, 0xf9, 0x70, 0x08, ...numbered(first), (samples.length - 1) >> 8, (samples.length - 1) & 0xff];
	const bytes = new Uint8Array(head.length + 2 + 2 * samples.length + 2);
	const view = viewOf(bytes);
	bytes.set(head);
	bytes[head.length] = crc8(bytes.subarray(0, head.length));
	bytes[head.length + 1] = 0x02;
	samples.forEach((byte, at) => view.setInt16(head.length + 2 + 2 * at, expand[law](byte)));
	view.setUint16(bytes.length - 2, crc16(bytes.subarray(0, -2)));
	return bytes;
}

/** One entry of `stsd`: fLaC with its dfLa. @param {number} hz */
function entryOf(hz) {
	const info = new Uint8Array(INFO_SIZE);
	const view = viewOf(info);
	view.setUint16(0, 16);
	view.setUint16(2, SAMPLES_MAX);
	view.setUint32(10, (hz << 12) | (15 << 4)); // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of count: unknown
	return box('fLaC', words32(0, 1, 0, 0), [0, 1, 0, 16], words32(0, hz * 2 ** 16), box('dfLa', words32(0, 0x80000000 + INFO_SIZE), info));
}

/** The init segment of the FLAC. @param {Bytes} init */
export function flacInit(init) {
	const view = viewOf(init);
	const around = PATH.map((_, depth) => find(view, PATH.slice(0, depth + 1)));
	const [old] = boxes(view, around[around.length - 1].body + ENTRIES_AT, around[around.length - 1].end);
	const entry = entryOf(view.getUint16(old.body + RATE_AT));
	const made = new Uint8Array(init.length + entry.length - (old.end - old.start));
	made.set(init.subarray(0, old.start));
	made.set(entry, old.start);
	made.set(init.subarray(old.end), old.start + entry.length);
	for (const { start, end } of around)
		viewOf(made).setUint32(start, end - start + made.length - init.length);
	return made;
}

/** @param {Bytes} fragment @param {Law} law */
export function flacFragment(fragment, law) {
	const { data, samples } = readFragment(fragment);
	const trun = find(viewOf(fragment), ['moof', 'traf', 'trun']);
	const sum = samples.reduce((size, one) => size + one.size, 0);
	if ((viewOf(fragment).getUint32(trun.body) & 0xffffff) !== TRUN_FLAGS || samples.some(({ size }) => size < 1 || size > SAMPLES_MAX) || data + sum > fragment.length)
		throw new RangeError('G.711');
	let at = 0;
	const frames = samples.map(({ size }) => frame(law, fragment.subarray(data + at, data + (at += size)), at - size));
	const made = new Uint8Array(frames.reduce((size, one) => size + one.length, data));
	const view = viewOf(made);
	made.set(fragment.subarray(0, data));
	frames.reduce((place, one, number) => {
		made.set(one, place);
		view.setUint32(trun.body + 12 + number * SAMPLE_SIZE + 4, one.length);
		return place + one.length;
	}, data);
	view.setUint32(data - 8, made.length - data + 8);
	return made;
}
