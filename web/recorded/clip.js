// One MP4 file of recorded fragments, for a person to keep: by the rules of the box (src/proto/mp4/mp4_clip.c), and byte
// for byte the same. A plain file, whose edit lists begin it at its picture. This is what is taken of each fragment;
// movie.js writes the file's head. Pure.

import { isEqual } from '../log/bytes.js';
import { readFragment, readInit } from './mp4.js';

/** @typedef {import('./mp4.js').Bytes} Bytes */
/** @typedef {{size: number, duration: number, composition: number, isKey: boolean}} Sample */
/** @typedef {{at: number, count: number, entry: number}} Part one run of samples: where in the data, how many, of which format */
/** @typedef {{bytes: Bytes, timescale: number}} Entry */
/**
 * @typedef {object} Track times in units of `timescale`
 * @property {boolean} isVideo @property {number} width @property {number} height @property {number} timescale
 * @property {Entry[]} entries @property {Sample[]} samples @property {Part[]} parts
 * @property {number} firstDts @property {number} lastDts @property {number} firstPts @property {number} endPts
 * @property {{pts: number, end: number} | null} shown the picture that is seen at the clip's first moment
 * @property {number} afterPts of the picture after it; 0: none yet
 * @property {number} advance how far presentation is put off so that no composition is negative
 */
/** @typedef {{track: Track, entry: number, from: number, to: number, timescale: number}} Taking a fragment on its way in, times in its own timescale */
/** @typedef {Sample & {dts: number, pts: number}} Read */

export const TIMESCALE = 90000; // of the movie
const US = 1e6;
const HOLE_MS = 1000; // a picture is not seen for longer, unless it says so itself
const LEAD_MS = 200; // of sound before the first moment, for its decoder
const ENTRIES_MAX = 16;
const DURATION_MAX = 2 ** 32 - 1;

/** Exact below 2^53. @param {number} a @param {number} b */
const quotient = (a, b) => (a - (a % b)) / b;
/** In another timescale, rounded down. @param {number} time @param {number} from @param {number} to */
export const rescale = (time, from, to) => quotient(time, from) * to + quotient((time % from) * to, from);

/** @param {Track} track @param {number} time */
export const toMovie = (track, time) => rescale(time, track.timescale, TIMESCALE);

export class Clip {
	/** @param {number} from µs @param {number} to */
	constructor(from, to) {
		this.from = from;
		this.to = to;
		/** By letter. @type {Map<string, Track>} */
		this.tracks = new Map();
		this.size = 0; // of the data
		this.entryCount = 0;
	}

	/** What the next fragments of a track are; the format's number. @param {string} letter @param {Bytes} init */
	addInit(letter, init) {
		const { isVideo, timescale, width, height, entry } = readInit(init);
		let track = this.tracks.get(letter);
		if (!track) {
			track = { isVideo, width, height, timescale, entries: [], samples: [], parts: [], firstDts: 0, lastDts: 0, firstPts: Infinity, endPts: 0, shown: null, afterPts: 0, advance: 0 };
			this.tracks.set(letter, track);
		}
		const known = track.entries.findIndex((one) => one.timescale === timescale && isEqual(one.bytes, entry));
		if (known >= 0)
			return known;
		if (track.isVideo !== isVideo || this.entryCount++ === ENTRIES_MAX)
			throw new RangeError('formats');
		return track.entries.push({ bytes: entry, timescale }) - 1;
	}

	/** Takes what the clip needs of a fragment; its bytes, which are the file's next. @param {string} letter @param {number} entry @param {Bytes} fragment */
	add(letter, entry, fragment) {
		const track = /** @type {Track} */ (this.tracks.get(letter));
		const { timescale } = track.entries[entry];
		const { base, data, samples } = readFragment(fragment);
		let dts = base;
		/** @type {Read[]} */
		const read = samples.map(({ time, duration, size, isKey }) => ({ pts: Math.max(0, time), dts: (dts += duration) - duration, duration, size, isKey, composition: 0 }));
		if (data + samples.reduce((size, one) => size + one.size, 0) > fragment.length || samples.some(({ size, duration }) => size < 0 || duration < 0))
			throw new RangeError('samples');
		const taking = { track, entry, timescale, from: rescale(this.from, US, timescale), to: rescale(this.to, US, timescale) };
		const [first, end] = choose(taking, read);
		const skip = read.slice(0, first).reduce((size, one) => size + one.size, data);
		const taken = read.slice(first, end);
		if (taken.length === 0)
			return fragment.subarray(0, 0);
		track.parts.push({ at: this.size, count: taken.length, entry });
		taken.forEach((sample) => this.#addSample(taking, sample));
		const size = taken.reduce((sum, one) => sum + one.size, 0);
		this.size += size;
		return fragment.subarray(skip, skip + size);
	}

	/** @param {Taking} taking @param {Read} sample */
	#addSample({ track, timescale }, { pts, dts, duration, size, isKey }) {
		const to = (/** @type {number} */ time) => rescale(time, timescale, track.timescale);
		const composition = to(pts) - to(dts);
		const seen = settle(track, to(dts)) + composition;
		const lasting = to(duration);
		track.firstPts = Math.min(track.firstPts, seen);
		track.advance = Math.max(track.advance, -composition);
		if (track.isVideo)
			noteShown(track, seen, lasting, rescale(this.from, US, track.timescale));
		track.endPts = Math.max(track.endPts, seen + lasting);
		track.samples.push({ size, duration: lasting, composition, isKey });
	}

	/** Those with something in them, in the order of the box. */
	get used() {
		return [...this.tracks].filter(([, { samples }]) => samples.length > 0).sort(([a], [b]) => trackNumber(a) - trackNumber(b));
	}

	/** The first moment shown, on the movie's clock: the picture that is seen at `from`; without one, `from` or the first that there is after it. */
	get start() {
		const tracks = this.used.map(([, track]) => track);
		const seen = tracks.find((track) => isShown(track, this.from));
		if (seen?.shown)
			return toMovie(seen, seen.shown.pts);
		return Math.max(rescale(this.from, US, TIMESCALE), Math.min(...tracks.map((track) => toMovie(track, track.firstPts))));
	}
}

/** As the box counts them. @param {string} letter */
export const trackNumber = (letter) => 'vwmlts'.indexOf(letter) + 1;

/**
 * Which samples are taken: one run. The last is the last in decoding order that is shown before the end, so pictures that
 * others need stay, hidden by the edit list.
 * @param {Taking} taking @param {Read[]} samples
 */
function choose({ track, timescale, from, to }, samples) {
	const lead = quotient(timescale * LEAD_MS, 1000);
	const mayBegin = (/** @type {Read} */ { pts, isKey }) => track.samples.length > 0 || (track.isVideo ? isKey : pts + lead >= from);
	const first = samples.findIndex(mayBegin);
	const end = samples.findLastIndex(({ pts }) => pts < to) + 1;
	return first < 0 ? [0, 0] : [first, Math.max(first, end)];
}

/** Decoding times only go up: what was recorded while the clock was set back is squeezed in. @param {Track} track @param {number} dts */
function settle(track, dts) {
	const last = track.samples[track.samples.length - 1];
	if (last) {
		last.duration = Math.min(Math.max(dts - track.lastDts, 1), DURATION_MAX);
		track.lastDts += last.duration;
	} else {
		track.firstDts = track.lastDts = dts;
	}
	return track.lastDts;
}

/** The newest picture that is not after the first moment, and the one after it. @param {Track} track @param {number} pts @param {number} duration @param {number} from */
function noteShown(track, pts, duration, from) {
	if (pts > from)
		track.afterPts = track.afterPts ? Math.min(track.afterPts, pts) : pts;
	else if (!track.shown || pts > track.shown.pts)
		track.shown = { pts, end: pts + duration };
}

/** No hole lies between the picture and the clip's first moment. @param {Track} track @param {number} from µs */
function isShown({ shown, afterPts, timescale }, from) {
	const hole = quotient(timescale * HOLE_MS, 1000);
	return shown !== null && (shown.end > rescale(from, US, timescale) || (afterPts > 0 && afterPts - shown.pts <= hole));
}
