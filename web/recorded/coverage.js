// What one camera has recorded, as the box tells it, fetched in pieces as the timeline needs them. A piece is
// a power of two of minutes long and kept; the one that time still writes to is asked for again.

import { Refused } from '../box/api.js';
import { DAY, HOUR, MINUTE } from './scale.js';
import { joined, nextIn, wholeTalks } from './spans.js';

/** @typedef {import('./spans.js').Answer} Answer */
/** @typedef {import('./spans.js').Span} Span */
/** @typedef {import('./spans.js').Gap} Gap */
/** @typedef {import('./spans.js').Happening} Happening */
/** @typedef {import('./spans.js').Spoken} Spoken */
/** @typedef {import('./spans.js').Clip} Clip */
/** @typedef {{answer: Answer, at_ms: number}} Piece */

const PIECES_MAX = 96;
const FRESH_MS = 4000;
const RETRY_MS = 3000;
const STEPS = 2048; // holes shorter than a piece's length over this are not told
const SEARCH_LENGTHS = [DAY, 8 * DAY, 31 * DAY];
const EVENT_LENGTHS = [HOUR, DAY, 31 * DAY, 400 * DAY]; // an answer names a thousand at most, the newest

/** A piece for a shown span: at most two of them cover it. @param {number} span */
const lengthFor = (span) => MINUTE * 2 ** Math.max(0, Math.ceil(Math.log2(span / MINUTE)));

export class Coverage {
	/** @param {import('../box/box.js').Box} box @param {string} camera its name @param {() => void} onChange */
	constructor(box, camera, onChange) {
		this.box = box;
		this.path = `/api/v1/cameras/${encodeURIComponent(camera)}/timeline`;
		this.onChange = onChange;
		/** @type {Map<string, Piece>} by length and place, the least used first */
		this.pieces = new Map();
		/** @type {Map<string, Promise<void>>} */
		this.asking = new Map();
		/** @type {number | null} µs */
		this.oldest = null;
		/** @type {number | null} µs */
		this.newest = null;
		this.isKnown = false;
		/** Counts up with each answer, for who draws. */
		this.version = 0;
		/** Why it cannot be told, for words; '' if it can. */
		this.trouble = '';
		this.troubleAt = -Infinity;
	}

	/** Sees to it that the pieces that cover a range are here, and fresh. @param {number} from @param {number} to */
	need(from, to) {
		const length = lengthFor(to - from);
		for (let place = Math.floor(from / length); place * length < to; place++)
			this.#ask(place, length);
	}

	/** @param {number} from @param {number} to */
	async #load(from, to) {
		const length = lengthFor(to - from);
		for (let place = Math.floor(from / length); place * length < to; place++)
			await this.#ask(place, length);
	}

	/** @param {number} place @param {number} length */
	#ask(place, length) {
		const key = `${length} ${place}`;
		const known = this.pieces.get(key);
		const isGrowing = known && (place + 1) * length >= (known.answer.newest ?? 0);
		const isFresh = known && known.at_ms > -Infinity && (!isGrowing || performance.now() - known.at_ms < FRESH_MS);
		const isResting = performance.now() - this.troubleAt < RETRY_MS;
		if (known) {
			this.pieces.delete(key);
			this.pieces.set(key, known);
		}
		if (isFresh || isResting)
			return undefined;
		if (!this.asking.has(key))
			this.asking.set(key, this.#fetch(key, place * length, (place + 1) * length).finally(() => this.asking.delete(key)));
		return this.asking.get(key);
	}

	/** @param {string} key @param {number} from @param {number} to */
	async #fetch(key, from, to) {
		try {
			const step = Math.round((to - from) / STEPS);
			const answer = /** @type {Answer} */ (await this.box.link.api.json(`${this.path}?from=${from}&to=${to}&step=${step}`));
			answer.spans = joined(answer.spans);
			this.pieces.delete(key);
			this.pieces.set(key, { answer, at_ms: performance.now() });
			if (this.pieces.size > PIECES_MAX)
				this.pieces.delete(this.pieces.keys().next().value ?? '');
			this.oldest = answer.oldest;
			this.newest = answer.newest;
			this.isKnown = true;
			this.version++;
			this.trouble = '';
		} catch (error) {
			this.trouble = error instanceof Refused ? error.word : 'offline';
			this.troubleAt = performance.now();
		}
		this.onChange();
	}

	/** The pieces that lie in a range, those of the fitting length last. @param {number} from @param {number} to */
	#pieces(from, to) {
		const length = lengthFor(to - from);
		const lying = [...this.pieces.values()].map(({ answer }) => answer).filter((one) => one.from < to && one.to > from);
		const fitting = lying.filter((one) => one.to - one.from === length);
		const isWhole = joined(fitting.map((one) => [one.from, one.to])).some((one) => one[0] <= from && one[1] >= to);
		return isWhole ? fitting : lying;
	}

	/** What to draw of a range, as exactly as is known. @param {number} from @param {number} to */
	parts(from, to) {
		const pieces = this.#pieces(from, to);
		/** @type {Map<string, Gap>} */
		const gaps = new Map(pieces.flatMap((one) => one.gaps).map((gap) => [gap.join(' '), gap]));
		/** @type {Map<string, Happening>} */
		const events = new Map(pieces.flatMap((one) => (one.events ?? []).map((event) => ({ ...event, to: event.to ?? one.to }))).map((one) => [`${one.kind} ${one.from}`, one]));
		/** @type {Map<number, Clip>} */
		const clips = new Map(pieces.flatMap((one) => one.clips ?? []).map((one) => [one.id, one]));
		return { spans: joined(pieces.flatMap((one) => one.spans)), gaps: [...gaps.values()], events: [...events.values()], clips: [...clips.values()],
			spoken: wholeTalks(pieces.flatMap((one) => one.spoken ?? [])) };
	}

	/**
	 * Where recording goes on from a time; null: nowhere later.
	 * @param {number} at @returns {Promise<number | null>}
	 */
	async nextFrom(at) {
		for (const length of SEARCH_LENGTHS) {
			await this.#load(at, at + length);
			const { spans } = this.parts(at, at + length);
			const next = nextIn(spans, at);
			if (next !== null)
				return next;
			if (this.newest === null || at >= this.newest)
				return null;
		}
		return null;
	}

	/**
	 * The event that begins next after a time, or last before it; null: there is none.
	 * @param {number} at @param {1 | -1} direction @returns {Promise<Happening | null>}
	 */
	async eventBeside(at, direction) {
		for (const length of EVENT_LENGTHS) {
			const [from, to] = direction > 0 ? [at, at + length] : [at - length, at];
			await this.#load(from, to);
			const beside = this.parts(from, to).events.filter((one) => one.from > from && one.from < to).sort((a, b) => (a.from - b.from) * direction);
			if (beside.length > 0)
				return beside[0];
			if (direction > 0 ? to >= Date.now() * 1000 : from <= (this.oldest ?? 0))
				return null;
		}
		return null;
	}

	/** Something was changed: all of it is asked for again. */
	renew() {
		this.pieces.forEach((piece) => Object.assign(piece, { at_ms: -Infinity }));
	}

	/** Has the box been asked about this time? @param {number} at */
	covers(at) {
		return [...this.pieces.values()].some(({ answer }) => answer.from <= at && at < answer.to);
	}
}
