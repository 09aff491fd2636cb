// The small picture of the moment under the finger, before the large one is there. One question at a time, and
// the newest wish is the only one that waits: what the finger has left is never asked for.

import { Refused } from '../box/api.js';
import { timeText } from '../words-recorded.js';
import { isIn } from './spans.js';

/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./play.js').Play} Play */
/** @typedef {{from: number, to: number, bitmap: ImageBitmap | null}} Seen of a span of time, µs; null: there is none */

const KEPT_MAX = 96; // about 130 kB each
const NOTHING_US = 1e6; // where there was no picture there is likely none within this
const RETRY_MS = 1000;
const LOOK_AROUND_US = 30e6;

/** The thumbnails of one play, asked for as they are wished for. */
export class Thumbs {
	/** @param {Play} play @param {() => void} onChange a new one is here */
	constructor(play, onChange) {
		this.play = play;
		this.onChange = onChange;
		/** The least used first. @type {Set<Seen>} */
		this.kept = new Set();
		this.wish = NaN;
		this.isAsking = false;
		this.restUntil = 0; // ms: the box is busy
		this.isClosed = false;
	}

	/** What is known of a moment. @param {number} at µs */
	find(at) {
		for (const seen of this.kept)
			if (seen.from <= at && at < seen.to) {
				this.kept.delete(seen);
				this.kept.add(seen);
				return seen;
			}
		return null;
	}

	/** The picture of a moment, or the one that was shown for a wish before it; null: there is none. @param {number} at */
	want(at) {
		const seen = this.find(at);
		this.wish = seen ? NaN : at;
		if (!seen)
			this.#ask();
		return seen;
	}

	async #ask() {
		if (this.isAsking || this.isClosed || performance.now() < this.restUntil)
			return;
		this.isAsking = true;
		while (!Number.isNaN(this.wish) && !this.isClosed) {
			const at = this.wish;
			this.wish = NaN;
			const seen = await this.#fetch(at);
			if (!seen)
				break;
			this.#keep(seen);
		}
		this.isAsking = false;
	}

	/** @param {number} at @returns {Promise<Seen | null>} */
	async #fetch(at) {
		try {
			const { from, to, data } = await this.play.thumb(at);
			const bitmap = await createImageBitmap(data);
			return from <= at && at < to ? { from, to, bitmap } : { from: at, to: at + 1, bitmap };
		} catch (error) {
			if (error instanceof Refused && ![404, 409, 410, 422, 500].includes(error.status)) {
				this.restUntil = performance.now() + RETRY_MS;
				return null;
			}
			return { from: at, to: at + NOTHING_US, bitmap: null };
		}
	}

	/** @param {Seen} seen */
	#keep(seen) {
		if (this.isClosed)
			return seen.bitmap?.close();
		this.kept.add(seen);
		for (const old of this.kept) {
			if (this.kept.size <= KEPT_MAX)
				break;
			this.kept.delete(old);
			old.bitmap?.close();
		}
		return this.onChange();
	}

	stop() {
		this.isClosed = true;
		for (const { bitmap } of this.kept)
			bitmap?.close();
		this.kept.clear();
	}
}

/** The card above the timeline that shows them. */
export class Glimpse {
	/** @param {HTMLElement} element with a canvas and a time in it @param {Screen} screen */
	constructor(element, screen) {
		this.element = element;
		this.screen = screen;
		this.canvas = /** @type {HTMLCanvasElement} */ (element.querySelector('canvas'));
		this.time = /** @type {HTMLTimeElement} */ (element.querySelector('time'));
		/** @type {Thumbs | null} */
		this.thumbs = null;
		/** @type {Seen | null} */
		this.shown = null;
		this.at = NaN;
		this.x = 0;
	}

	/** @param {number} at µs @param {number} x where the finger is, in px from the left */
	show(at, x) {
		if (at === this.at && x === this.x && this.thumbs?.play === this.screen.play)
			return;
		this.at = at;
		this.x = x;
		this.#draw();
	}

	hide() {
		if (Number.isNaN(this.at))
			return;
		this.at = NaN;
		this.shown = null;
		this.element.hidden = true;
	}

	/** Those of the play that is open now; what was seen under another one goes with it. @param {number} at */
	#of(at) {
		const { play } = this.screen;
		if (this.thumbs?.play !== play || this.thumbs?.play.isClosed) {
			this.thumbs?.stop();
			this.shown = null;
			this.thumbs = play && !play.isClosed ? new Thumbs(play, () => Number.isNaN(this.at) || this.#draw()) : null;
		}
		return this.thumbs && this.thumbs.play.from <= at && at < this.thumbs.play.to ? this.thumbs : null;
	}

	/** Is something recorded there, as far as is known? @param {number} at */
	#isRecorded(at) {
		const { coverage } = this.screen;
		return !coverage.isKnown || !coverage.covers(at) || isIn(coverage.parts(at - LOOK_AROUND_US, at + LOOK_AROUND_US).spans, at);
	}

	#draw() {
		const { at } = this;
		const thumbs = this.#isRecorded(at) ? this.#of(at) : null;
		const seen = thumbs?.want(at) ?? null;
		// Until the right one is here, the last one stays: the card does not flicker.
		const next = seen ?? (thumbs && this.shown && thumbs.kept.has(this.shown) ? this.shown : null);
		this.element.hidden = !next?.bitmap;
		if (!next?.bitmap)
			return;
		if (next !== this.shown) {
			const { width, height } = next.bitmap;
			Object.assign(this.canvas, { width, height });
			this.canvas.getContext('2d')?.drawImage(next.bitmap, 0, 0);
			this.shown = next;
		}
		this.element.classList.toggle('is-late', next !== seen);
		this.time.textContent = timeText(at, false);
		const room = (this.element.parentElement?.clientWidth ?? 0) - this.element.offsetWidth;
		this.element.style.setProperty('translate', `${Math.max(0, Math.min(this.x - this.element.offsetWidth / 2, room))}px 0`);
	}

	stop() {
		this.hide();
		this.thumbs?.stop();
		this.thumbs = null;
	}
}
