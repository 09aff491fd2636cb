// The head of a clip's file: `ftyp`, `moov` with all tables (ISO/IEC 14496-12), and the head of `mdat`; the same bytes as
// the box's (src/proto/mp4/mp4_movie.c, mp4_tables.c). Pure.

import { rescale, TIMESCALE, toMovie, trackNumber } from './clip.js';
import { box, list32, words32 } from './mp4.js';

/** @typedef {import('./mp4.js').Bytes} Bytes */
/** @typedef {import('./clip.js').Clip} Clip */
/** @typedef {import('./clip.js').Track} Track */
/** @typedef {{empty: number, duration: number, mediaTime: number}} Edit on the movie's clock; mediaTime in the track's */

const EPOCH_S = 2082844800; // from 1904, where the format's time begins, to 1970
const DATA_SIZE_MAX = 2 ** 32 - 2 ** 26; // so that every offset has 32 bits
const MATRIX = words32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
const NEXT_TRACK = 7;

const ascii = (/** @type {string} */ text) => Array.from(text, (letter) => letter.charCodeAt(0));
const zeros = (/** @type {number} */ size) => new Uint8Array(size);
const words16 = (/** @type {number[]} */ ...values) => values.flatMap((value) => [value >> 8, value & 0xff]);
const words64 = (/** @type {number[]} */ ...values) => words32(...values.flatMap((value) => [Math.floor(value / 2 ** 32), value % 2 ** 32]));

/** @param {string} type @param {number} version @param {number} flags @param {...(Bytes | number[])} parts */
const full = (type, version, flags, ...parts) => box(type, words32(version * 2 ** 24 + flags), ...parts);

/** A table of rows of words. @param {string} type @param {number[][]} rows */
const table = (type, rows) => full(type, 0, 0, words32(rows.length), list32(rows.flat()));

/** Where a track begins and ends. @param {Clip} clip @param {Track} track @returns {Edit} */
function editOf({ start, to }, track) {
	const first = toMovie(track, track.firstPts);
	const end = Math.min(toMovie(track, track.endPts), rescale(to, 1e6, TIMESCALE));
	// Rounded down it may be before the first sample: a media time of -1 would show nothing.
	const begin = Math.max(rescale(start, TIMESCALE, track.timescale), track.firstPts);
	return { empty: Math.max(0, first - start), duration: Math.max(0, end - Math.max(first, start)), mediaTime: begin + track.advance - track.firstDts };
}

/** Creation and modification: when what is seen first was recorded. @param {Clip} clip */
function times({ start }) {
	const seconds = Math.floor(start / TIMESCALE) + EPOCH_S;
	return words64(seconds, seconds);
}

/** @param {Edit} edit */
function edts({ empty, duration, mediaTime }) {
	const nothing = empty ? [words64(empty), words32(0xffffffff, 0xffffffff, 0x10000)] : [];
	return box('edts', full('elst', 1, 0, words32(empty ? 2 : 1), ...nothing, words64(duration, mediaTime), words32(0x10000)));
}

/** @param {Clip} clip @param {Track} track @param {number} number @param {Edit} edit */
function tkhd(clip, { isVideo, width, height }, number, { empty, duration }) {
	return full('tkhd', 1, 3, times(clip), words32(number, 0), words64(empty + duration), zeros(12), words16(isVideo ? 0 : 0x100, 0), MATRIX,
		words32(width * 2 ** 16, height * 2 ** 16));
}

/** How often the same value came in a row. @param {number[]} values */
function runs(values) {
	/** @type {number[][]} */
	const rows = [];
	for (const value of values) {
		const last = rows[rows.length - 1];
		if (last?.[1] === value)
			last[0]++;
		else
			rows.push([1, value]);
	}
	return rows;
}

/** One chunk a part. @param {Track} track */
function stsc({ parts }) {
	const rows = parts.map(({ count, entry }, at) => [at + 1, count, entry + 1]);
	return table('stsc', rows.filter(([, count, entry], at) => at === 0 || count !== rows[at - 1][1] || entry !== rows[at - 1][2]));
}

/** @param {Track} track @param {number} dataAt */
function stbl(track, dataAt) {
	const { samples, parts, entries, advance } = track;
	const keys = samples.flatMap(({ isKey }, at) => (isKey ? [[at + 1]] : []));
	return box('stbl',
		full('stsd', 0, 0, words32(entries.length), ...entries.map(({ bytes }) => bytes)),
		table('stts', runs(samples.map(({ duration }) => duration))),
		// Never negative: players that know version 0 only play it too.
		...(samples.some(({ composition }) => composition) ? [table('ctts', runs(samples.map(({ composition }) => composition + advance)))] : []),
		...(keys.length < samples.length ? [table('stss', keys)] : []),
		stsc(track),
		full('stsz', 0, 0, words32(0, samples.length), list32(samples.map(({ size }) => size))),
		table('stco', parts.map(({ at }) => [dataAt + at])));
}

/** @param {Clip} clip @param {string} letter @param {Track} track @param {number} dataAt */
function trak(clip, letter, track, dataAt) {
	const { isVideo, samples } = track;
	const edit = editOf(clip, track);
	const lasting = track.lastDts - track.firstDts + samples[samples.length - 1].duration;
	return box('trak', tkhd(clip, track, trackNumber(letter), edit), edts(edit), box('mdia',
		full('mdhd', 1, 0, times(clip), words32(track.timescale), words64(lasting), words32(0x55c40000)),
		full('hdlr', 0, 0, words32(0), ascii(isVideo ? 'vide' : 'soun'), zeros(12), ascii('Ward\0')),
		box('minf', full(isVideo ? 'vmhd' : 'smhd', 0, isVideo ? 1 : 0, zeros(isVideo ? 8 : 4)),
			box('dinf', full('dref', 0, 0, words32(1), full('url ', 0, 1))),
			stbl(track, dataAt))));
}

/** @param {Clip} clip @param {number} dataAt */
function headAt(clip, dataAt) {
	const edits = clip.used.map(([, track]) => editOf(clip, track));
	const moov = box('moov',
		full('mvhd', 1, 0, times(clip), words32(TIMESCALE), words64(Math.max(...edits.map(({ empty, duration }) => empty + duration))), words32(0x10000), words16(0x100),
			zeros(10), MATRIX, zeros(24), words32(NEXT_TRACK)),
		...clip.used.map(([letter, track]) => trak(clip, letter, track, dataAt)));
	return [box('ftyp', ascii('mp42\0\0\0\0mp42isomiso2mp41')), moov, words32(clip.size + 8), ascii('mdat')];
}

/** What stands before the clip's data. @param {Clip} clip which has something in it @returns {Bytes} */
export function movieHead(clip) {
	if (clip.size > DATA_SIZE_MAX)
		throw new RangeError('clip');
	// Twice: the tables say where the data are, which is behind the tables.
	const size = headAt(clip, 0).reduce((sum, part) => sum + part.length, 0);
	const head = new Uint8Array(size);
	headAt(clip, size).reduce((at, part) => (head.set(part, at), at + part.length), 0);
	return head;
}
