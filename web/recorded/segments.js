// Which fragments there are around a time, from the box, a minute at a time. Pure but for the one function
// that asks.

import { lastBefore } from './spans.js';

/** @typedef {{init: string, codecs: string, mime: string, sealed?: string, law?: import('./flac.js').Law | '', isConverted?: boolean, why?: Error}} Init sealed: the box cannot open it (unseal.js); law: it holds G.711; isConverted: the box makes H.264 of it (convert.js); why: it cannot be had */
/** @typedef {{track: string, from: number, to: number, id: string, init: Init, bytes: number, block: number}} Segment times in µs; block: the entry that its block has in the log */
/** @typedef {[number, number, string | number, string | number, number, number]} Row */
/** @typedef {{tracks: {track: string, inits: (Omit<Init, 'init'> & {init: string | number})[], segments: Row[]}[], next?: number}} Answer */

const WINDOW_US = 60e6;
const WINDOWS_MAX = 64;
const FRESH_MS = 2000;
const PAGES_MAX = 8;

export class SegmentIndex {
	/**
	 * @param {(from: number, to: number) => Promise<Answer>} ask
	 * @param {number} from µs @param {number} to
	 */
	constructor(ask, from, to) {
		this.ask = ask;
		this.from = from;
		this.to = to;
		/** @type {Map<number, {rows: Map<string, Segment[]>, at_ms: number, isLast: boolean}>} */
		this.windows = new Map();
		/** @type {Map<number, Promise<void>>} */
		this.asking = new Map();
	}

	/** Sees to it that the fragments between two times are known. @param {number} from @param {number} to */
	async load(from, to) {
		const [first, end] = [Math.max(from, this.from), Math.min(to, this.to)];
		const waits = [];
		for (let place = Math.floor(first / WINDOW_US); place * WINDOW_US < end; place++)
			waits.push(this.#loadWindow(place));
		await Promise.all(waits);
	}

	/** @param {number} place */
	#loadWindow(place) {
		const known = this.windows.get(place);
		// Nothing later is known: more may have been recorded since.
		if (known && (!known.isLast || performance.now() - known.at_ms < FRESH_MS))
			return undefined;
		let asking = this.asking.get(place);
		if (!asking) {
			asking = this.#fetch(place).finally(() => this.asking.delete(place));
			this.asking.set(place, asking);
		}
		return asking;
	}

	/** @param {number} place */
	async #fetch(place) {
		const [from, to] = [Math.max(place * WINDOW_US, this.from), Math.min((place + 1) * WINDOW_US, this.to)];
		/** @type {Map<string, Segment[]>} */
		const rows = new Map();
		let start = from;
		for (let page = 0; start < to && page < PAGES_MAX; page++) {
			const answer = await this.ask(start, to);
			for (const { track, inits, segments } of answer.tracks) {
				const byInit = new Map(inits.map((one) => [String(one.init), { ...one, init: String(one.init) }]));
				const list = rows.get(track) ?? [];
				for (const [begin, end, id, init, bytes, block] of segments) {
					const of = byInit.get(String(init));
					if (of && !list.some((one) => one.id === String(id)))
						list.push({ track, from: begin, to: end, id: String(id), init: of, bytes, block });
				}
				rows.set(track, list.sort((a, b) => a.from - b.from));
			}
			start = answer.next ?? to;
		}
		const isLast = ![...rows.values()].some((list) => list.some((one) => one.to >= to));
		this.windows.set(place, { rows, at_ms: performance.now(), isLast });
		if (this.windows.size > WINDOWS_MAX)
			this.windows.delete(this.windows.keys().next().value ?? 0);
	}

	/** The known fragments of a track that overlap a range, in order. @param {string} track @param {number} from @param {number} to */
	between(track, from, to) {
		/** @type {Map<string, Segment>} */
		const found = new Map();
		for (let place = Math.floor(from / WINDOW_US); place * WINDOW_US < to; place++)
			for (const one of this.windows.get(place)?.rows.get(track) ?? [])
				if (one.from < to && one.to > from)
					found.set(one.id, one);
		return [...found.values()].sort((a, b) => a.from - b.from);
	}

	/** Has the box been asked about this time? @param {number} at */
	knows(at) {
		return this.windows.has(Math.floor(at / WINDOW_US));
	}

	/** The fragment that is shown at a time. @param {string} track @param {number} at @returns {Segment | undefined} */
	at(track, at) {
		return this.between(track, at, at + 1).pop();
	}

	/** @param {string} track @param {number} from @param {number} to the first that begins in a range @returns {Segment | undefined} */
	nextAfter(track, from, to) {
		const list = this.between(track, from, to);
		const place = lastBefore(list.map((one) => /** @type {[number]} */ ([one.from])), from);
		return list[place + 1];
	}
}
