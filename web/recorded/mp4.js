// What the player must know of an fMP4 fragment (ISO/IEC 14496-12): when each picture is shown, and how to
// cut a fragment down to its key frame for fast play. Pure; whatever it reads may be damaged.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{type: string, start: number, body: number, end: number}} Box */
/** @typedef {{time: number, duration: number, size: number, isKey: boolean}} Sample `time` is when it is shown, in units */
/** @typedef {{base: number, data: number, samples: Sample[]}} Fragment times in units of the track's timescale; `data`: where the first sample lies */

const SAMPLES_MAX = 4096;
const NOT_SYNC = 0x00010000;
const TRACK_ID_ONLY = 0x020000; // tfhd: default-base-is-moof
const ENTRIES_AT = 8; // in stsd, behind flags and count
const SIZES_AT = 76; // in tkhd of version 0
const TFHD = [[0x1, 8], [0x2, 4]]; // what may stand before the defaults: flag, bytes

/** @param {Bytes} bytes */
export const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @param {DataView} view @param {number} from @param {number} to @returns {Box[]} */
export function boxes(view, from, to) {
	const found = [];
	for (let start = from; start + 8 <= to;) {
		const size = view.getUint32(start);
		const type = String.fromCharCode(...[4, 5, 6, 7].map((at) => view.getUint8(start + at)));
		if (size < 8 || start + size > to)
			throw new RangeError(`box ${type}`);
		found.push({ type, start, body: start + 8, end: start + size });
		start += size;
	}
	return found;
}

/** Goes down the path of box types. @param {DataView} view @param {string[]} path */
export function find(view, path) {
	let box = { type: '', start: 0, body: 0, end: view.byteLength };
	for (const type of path) {
		const next = boxes(view, box.body, box.end).find((one) => one.type === type);
		if (!next)
			throw new RangeError(`no ${type}`);
		box = next;
	}
	return box;
}

/** Units in a second of the track in an init segment. @param {Bytes} init */
export function timescaleOf(init) {
	const view = viewOf(init);
	const { body } = find(view, ['moov', 'trak', 'mdia', 'mdhd']);
	const timescale = view.getUint32(body + (view.getUint8(body) === 1 ? 20 : 12));
	if (timescale === 0)
		throw new RangeError('timescale');
	return timescale;
}

/** The one track of an init segment; `entry` is that of stsd. @param {Bytes} init */
export function readInit(init) {
	const view = viewOf(init);
	const trak = ['moov', 'trak'];
	const [tkhd, hdlr, stsd] = [['tkhd'], ['mdia', 'hdlr'], ['mdia', 'minf', 'stbl', 'stsd']].map((path) => find(view, [...trak, ...path]));
	const [entry] = boxes(view, stsd.body + ENTRIES_AT, stsd.end);
	if (!entry || tkhd.end - tkhd.body < SIZES_AT + 8 || hdlr.end - hdlr.body < 12)
		throw new RangeError('init');
	return { isVideo: String.fromCharCode(...init.subarray(hdlr.body + 8, hdlr.body + 12)) === 'vide', timescale: timescaleOf(init),
		width: view.getUint16(tkhd.body + SIZES_AT), height: view.getUint16(tkhd.body + SIZES_AT + 4), entry: init.subarray(entry.start, entry.end) };
}

/** @param {DataView} view @param {Box} tfhd */
function defaults(view, tfhd) {
	const flags = view.getUint32(tfhd.body) & 0xffffff;
	let at = tfhd.body + 8;
	for (const [flag, size] of TFHD)
		at += flags & flag ? size : 0;
	const take = (/** @type {number} */ flag) => (flags & flag ? view.getUint32((at += 4) - 4) : 0);
	return { duration: take(0x8), size: take(0x10), flags: take(0x20) };
}

/** @param {DataView} view @param {Box} trun @param {ReturnType<typeof defaults>} base @param {number} start_dts */
function readSamples(view, trun, base, start_dts) {
	const flags = view.getUint32(trun.body) & 0xffffff;
	const count = view.getUint32(trun.body + 4);
	if (count === 0 || count > SAMPLES_MAX)
		throw new RangeError('samples');
	let at = trun.body + 8;
	const take = (/** @type {number} */ flag, /** @type {number} */ other) => (flags & flag ? view.getInt32((at += 4) - 4) : other);
	const offset = take(0x1, 0);
	const firstFlags = take(0x4, base.flags);
	/** @type {Sample[]} */
	const samples = [];
	for (let dts = start_dts; samples.length < count;) {
		const duration = take(0x100, base.duration);
		const size = take(0x200, base.size);
		const isKey = (take(0x400, samples.length === 0 ? firstFlags : base.flags) & NOT_SYNC) === 0;
		samples.push({ time: dts + take(0x800, 0), duration, size, isKey });
		dts += duration;
	}
	return { offset, samples };
}

/** @param {Bytes} bytes @returns {Fragment} */
export function readFragment(bytes) {
	const view = viewOf(bytes);
	const moof = find(view, ['moof']);
	const traf = boxes(view, moof.body, moof.end).find(({ type }) => type === 'traf');
	if (!traf)
		throw new RangeError('no traf');
	const inner = new Map(boxes(view, traf.body, traf.end).map((box) => [box.type, box]));
	const [tfhd, tfdt, trun] = ['tfhd', 'tfdt', 'trun'].map((type) => inner.get(type));
	if (!tfhd || !tfdt || !trun)
		throw new RangeError('traf');
	const base = view.getUint8(tfdt.body) === 1 ? Number(view.getBigUint64(tfdt.body + 4)) : view.getUint32(tfdt.body + 4);
	const { offset, samples } = readSamples(view, trun, defaults(view, tfhd), base);
	return { base, data: moof.start + offset, samples };
}

/** @param {string} type @param {...(Bytes | number[])} parts @returns {Bytes} */
export function box(type, ...parts) {
	const size = parts.reduce((sum, part) => sum + part.length, 8);
	const bytes = new Uint8Array(size);
	viewOf(bytes).setUint32(0, size);
	bytes.set(Array.from(type, (letter) => letter.charCodeAt(0)), 4);
	let at = 8;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}

/** @param {...number} values */
export const words32 = (...values) => list32(values);

/** There may be more of them than a call takes. @param {number[]} values @returns {Bytes} */
export function list32(values) {
	const bytes = new Uint8Array(values.length * 4);
	values.forEach((value, at) => viewOf(bytes).setUint32(at * 4, value));
	return bytes;
}

/**
 * The same fragment with its first picture only, shown for the whole time; null if that is no key frame.
 * @param {Bytes} bytes @param {number} duration in units
 * @returns {Bytes | null}
 */
export function keyFrameOnly(bytes, duration) {
	const { base, data, samples } = readFragment(bytes);
	const [first] = samples;
	if (!first.isKey || data + first.size > bytes.length)
		return null;
	const picture = bytes.subarray(data, data + first.size);
	const build = (/** @type {number} */ offset) => box('moof', box('mfhd', words32(0, 1)), box('traf',
		box('tfhd', words32(TRACK_ID_ONLY, 1)),
		box('tfdt', words32(0x01000000, Math.floor(base / 2 ** 32), base % 2 ** 32)),
		box('trun', words32(0x01000f01, 1, offset, duration, first.size, 0x02000000, first.time - base))));
	const moof = build(0);
	const head = build(moof.length + 8);
	const whole = new Uint8Array(head.length + 8 + picture.length);
	whole.set(head);
	whole.set(box('mdat', picture), head.length);
	return whole;
}
