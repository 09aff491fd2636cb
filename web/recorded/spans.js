// What is recorded and what is not, and why: the timeline's answers as something to ask. Pure; µs.

/** @typedef {[number, number]} Span */
/** @typedef {[number, number, string]} Gap with its reason */
/** @typedef {{at: number, box: [number, number, number, number]}} Best the moment that shows an event best, and where in the picture, per cent */
/** @typedef {{id: number, name: string | null}} Face whose it was; null: nobody has said who that is */
/** @typedef {{id?: number, kind: string, from: number, to: number, picture?: Best | null, face?: Face | null}} Happening what was seen or heard there */
/** @typedef {Omit<Happening, 'to'> & {to: number | null}} Told one as the box tells it; null: it lasts */
/** @typedef {{id: number, from: number, to: number, name: string}} Clip a part that retention leaves alone */
/** @typedef {{from: number, to: number, seconds: number, lost: number, user: string | null, device: string | null, seq: number | null, sid: string | null, mine: boolean, sound?: string}} Spoken a talk, as far as the camera's speaker was given it */
/** @typedef {{from: number, to: number, oldest: number | null, newest: number | null, spans: Span[], gaps: Gap[], events?: Told[], clips?: Clip[], spoken?: Spoken[]}} Answer */
/** @typedef {{from: number, to: number, reason: string}} Hole reason '': the box gives none */

const NEAR_US = 400e3; // shorter holes are no news: a frame is missing

/** The last one that begins at or before a time; -1: none. @template {{[0]: number}} T @param {T[]} list @param {number} at */
export function lastBefore(list, at) {
	let low = 0;
	let high = list.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (list[middle][0] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

/** Two pieces of the timeline may tell parts of one talk: the longest part of each, oldest first. @param {Spoken[]} told */
export function wholeTalks(told) {
	/** @type {Map<string, Spoken>} */
	const talks = new Map();
	for (const one of told) {
		const key = one.sid ?? `${one.user} ${one.from}`;
		const known = talks.get(key);
		if (!known || one.seconds + one.lost > known.seconds + known.lost)
			talks.set(key, one);
	}
	return [...talks.values()].sort((a, b) => a.from - b.from);
}

/** Sorted, and joined where they touch. @param {Span[]} spans @returns {Span[]} */
export function joined(spans) {
	/** @type {Span[]} */
	const result = [];
	for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
		const last = result[result.length - 1];
		if (last && from - last[1] <= NEAR_US)
			last[1] = Math.max(last[1], to);
		else
			result.push([from, to]);
	}
	return result;
}

/** The spans of several cameras, as one. @param {Span[][]} lists */
export const union = (lists) => joined(lists.flat());

/** Is there something at this time? @param {Span[]} spans @param {number} at */
export function isIn(spans, at) {
	const place = lastBefore(spans, at);
	return place >= 0 && at < spans[place][1];
}

/** The next time from here on that is recorded; null: none known. @param {Span[]} spans @param {number} at */
export function nextIn(spans, at) {
	if (isIn(spans, at))
		return at;
	return spans[lastBefore(spans, at) + 1]?.[0] ?? null;
}

/**
 * The hole around a time at which nothing is recorded, and its reason: of several the one that covers it.
 * @param {Span[]} spans @param {Gap[]} gaps @param {number} at @returns {Hole}
 */
export function holeAt(spans, gaps, at) {
	const place = lastBefore(spans, at);
	const from = place >= 0 ? spans[place][1] : -Infinity;
	const to = spans[place + 1]?.[0] ?? Infinity;
	const covers = gaps.filter((gap) => gap[0] <= at && at < gap[1]);
	const near = covers.length ? covers : gaps.filter((gap) => gap[0] < to && gap[1] > from);
	const widest = near.sort((a, b) => b[1] - b[0] - (a[1] - a[0]))[0];
	return { from, to, reason: widest?.[2] ?? '' };
}
