// Plays fragments in a <video> element: one SourceBuffer a track, filled around the playhead and emptied far
// from it. It knows nothing of gaps in what was recorded or of other cameras; `screen.js` does.

import { isPlayable, NotPlayable, Source, typeOf } from './convert.js';
import { keyFrameOnly, readFragment } from './mp4.js';
import { Refused } from '../box/api.js';
import { isEqual } from '../log/bytes.js';
import { isAway } from './play.js';
import { isClosed } from './unseal.js';

/** @typedef {import('./segments.js').Segment} Segment */
/** @typedef {import('./play.js').Play} Play */
/** @typedef {{segment: Segment, times: number[]}} Shown `times`: when each picture is shown, µs, in order */
/** @typedef {{track: string, buffer: SourceBuffer, init: Uint8Array<ArrayBuffer>, codecs: string, done: Map<string, Shown>, last: string}} Lane last: the fragment that was appended last */
/** @typedef {{onFrame: () => void, onFlow: () => void, onSkip: (segment: Segment, word: string) => void, onTrouble: (error: unknown) => void, onBroken: () => void}} Reports */

const AHEAD_S = 10;
const AHEAD_BYTES = 24 << 20;
const KEPT_BYTES = 48 << 20;
const FETCHES = 3;
const BACK_US = 45e6; // a group of pictures is not longer
const CHAIN_MAX = 3; // fragments back to a key frame
const RETRY_MS = 700;
const IDLE_MS = 250;
const EDGE_US = 1000; // inside a fragment rather than at its edge, whatever was rounded

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Player {
	/**
	 * @param {HTMLVideoElement} video @param {Play} play @param {import('./clock.js').Clock} clock whose time is shown first
	 * @param {Reports} reports @param {{tracks: string[], isThin: boolean}} mode isThin: key frames only, for fast play
	 */
	constructor(video, play, clock, reports, { tracks, isThin }) {
		this.video = video;
		this.play = play;
		this.clock = clock;
		this.reports = reports;
		this.tracks = tracks;
		this.isThin = isThin;
		/** The wall time at which the element's clock is 0, µs. */
		this.base = Math.floor(play.from / 1e6 - 1) * 1e6;
		/** @type {Lane[]} */
		this.lanes = [];
		this.isClosed = false;
		/** @type {(() => void) | null} */
		this.wake = null;
		this.source = new Source();
		this.url = URL.createObjectURL(this.source);
		video.src = this.url;
		video.disableRemotePlayback = true; // ManagedMediaSource opens only then
		video.onerror = () => this.#broken(this.play.index.at(this.tracks[0], this.time));
		this.frame = video.requestVideoFrameCallback(() => this.#onFrame());
		// Sound alone has no frames: then where it is played counts.
		video.ontimeupdate = () => !this.isClosed && video.videoWidth === 0 && this.lanes.length > 0 && this.reports.onFrame();
		this.#run();
	}

	/** The wall time of the picture, or of the one that it seeks, µs. */
	get time() {
		return this.base + this.video.currentTime * 1e6;
	}

	/** Is there a picture for where the clock stands? */
	get isReady() {
		return this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !this.video.seeking;
	}

	/** Can it go on playing from here? */
	get isFlowing() {
		return this.video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA && !this.video.seeking;
	}

	#onFrame() {
		if (this.isClosed)
			return;
		this.frame = this.video.requestVideoFrameCallback(() => this.#onFrame());
		this.reports.onFrame();
	}

	/** @param {number} at µs */
	seek(at) {
		if (this.lanes.length > 0)
			this.video.currentTime = (at - this.base) / 1e6;
		this.play.keepOnly(this.#wanted().slice(0, FETCHES), this.isThin);
		this.wake?.();
	}

	/** @param {number} rate */
	run(rate) {
		if (this.video.playbackRate !== rate)
			this.video.playbackRate = rate;
		if (this.video.paused)
			this.video.play().catch(() => {});
		this.wake?.();
	}

	rest() {
		this.video.pause();
	}

	/** Where the playhead is, or is to be. */
	get #head() {
		return this.lanes.length > 0 ? this.time : Math.min(Math.max(this.clock.time, this.play.from), this.play.to - 1);
	}

	/** @param {Segment} segment */
	#sizeOf({ bytes }) {
		return this.isThin ? bytes / 8 : bytes;
	}

	/** What is to come next, in this order. @returns {Segment[]} */
	#wanted() {
		const head = this.#head;
		const ahead_us = AHEAD_S * 1e6 * Math.max(1, this.clock.rate / 2);
		/** @type {Segment[]} */
		const found = [];
		for (const track of this.tracks) {
			let bytes = 0;
			const done = this.lanes.find((lane) => lane.track === track)?.done;
			for (const segment of this.play.index.between(track, head, head + ahead_us)) {
				bytes += this.#sizeOf(segment);
				if (bytes > AHEAD_BYTES && segment.from > head)
					break;
				if (!done?.has(segment.id) && !this.play.bad.has(segment.id))
					found.push(segment);
			}
		}
		return found.sort((a, b) => a.from - b.from);
	}

	async #run() {
		try {
			await this.#open();
		} catch (error) {
			return this.isClosed || this.reports.onTrouble(error);
		}
		while (!this.isClosed) {
			const head = this.#head;
			const wanted = this.#wanted();
			try {
				for (const segment of wanted.slice(0, FETCHES))
					this.play.bytes(segment, this.isThin).catch(() => {});
				const loaded = this.play.index.load(head, head + AHEAD_S * 1e6 * Math.max(1, this.clock.rate / 2));
				loaded.catch(() => {});
				if (this.lanes.length > 0 ? wanted.length > 0 : this.#makeLanes(wanted))
					await this.#append(wanted[0]);
				else
					await Promise.race([loaded.then(() => this.#wanted().length > 0 || pause(IDLE_MS)), this.#woken()]);
			} catch (error) {
				if (!this.isClosed)
					await this.#failed(wanted[0], error);
			}
		}
		return undefined;
	}

	#woken() {
		return new Promise((resolve) => {
			this.wake = () => resolve(undefined);
		});
	}

	/** Waits for the proof and for the element; what comes first is on its way meanwhile. */
	async #open() {
		const opened = new Promise((resolve) => this.source.addEventListener('sourceopen', resolve, { once: true }));
		await this.play.opened;
		const head = this.#head;
		await this.play.index.load(head, head + AHEAD_S * 1e6);
		this.#wanted().slice(0, FETCHES).forEach((segment) => {
			this.play.init(segment.track, segment.init).catch(() => {});
			this.play.bytes(segment, this.isThin).catch(() => {});
		});
		await Promise.all([this.play.proven, opened]);
	}

	/** Makes all buffers before anything is appended, as soon as there is a picture to come. @param {Segment[]} wanted */
	#makeLanes(wanted) {
		const start = this.#head;
		const inits = this.tracks.map((track) => ({ track, init: wanted.find((one) => one.track === track)?.init }));
		const [{ init: picture }] = inits;
		if (!picture)
			return false;
		if (!isPlayable(picture))
			throw picture.why ?? new NotPlayable(picture.sealed ? 'no-codec-private' : 'no-codec');
		this.source.duration = (this.play.to - this.base) / 1e6 + 1;
		for (const { track, init } of inits)
			if (init && isPlayable(init)) {
				const buffer = this.source.addSourceBuffer(typeOf(init));
				buffer.timestampOffset = -this.base / 1e6;
				this.lanes.push({ track, buffer, init: new Uint8Array(), codecs: init.codecs, done: new Map(), last: '' });
			}
		this.tracks = this.lanes.map(({ track }) => track);
		this.video.currentTime = (start - this.base) / 1e6;
		return true;
	}

	/** @param {Segment} segment @param {number} [left] how far back a key frame is looked for; less: for another's sake */
	async #append(segment, left = CHAIN_MAX) {
		const lane = this.lanes.find(({ track }) => track === segment.track);
		if (!lane)
			throw new NotPlayable();
		const [{ data: init, timescale }, data] = await Promise.all([this.play.init(segment.track, segment.init), this.play.bytes(segment, this.isThin)]);
		const isFirst = left === CHAIN_MAX;
		if (this.isClosed || (isFirst && !this.#wanted().includes(segment)))
			return;
		const { samples } = readFragment(data);
		const before = samples[0].isKey || segment.track === 'm' || left === 0 ? null : await this.#needed(segment);
		// Pictures that need the one before are taken only right behind it: not after a jump, nor after an init segment.
		if (before && lane.last !== before.id && !this.play.bad.has(before.id))
			await this.#append(before, left - 1);
		if (!isEqual(lane.init, init)) {
			if (lane.codecs !== segment.init.codecs)
				lane.buffer.changeType(typeOf(segment.init));
			Object.assign(lane, { init, codecs: segment.init.codecs });
			await this.#fill(lane, init);
		}
		const thin = this.isThin && isFirst && !segment.init.isConverted ? keyFrameOnly(data, Math.round(((segment.to - segment.from) / 1e6) * timescale)) : null;
		await this.#fill(lane, thin ?? data);
		const times = (thin ? samples.slice(0, 1) : samples).map(({ time }) => (time / timescale) * 1e6).sort((a, b) => a - b);
		lane.last = segment.id;
		lane.done.set(segment.id, { segment, times });
		this.#lookAgain(segment);
		this.reports.onFlow();
		if (isFirst)
			await this.#evict(lane);
	}

	/** The fragment before, which may lie in what the box has not been asked about. @param {Segment} segment */
	async #needed(segment) {
		await this.play.index.load(segment.from - 1e6, segment.from);
		return this.#before(segment);
	}

	/** @param {Segment} segment */
	#before({ track, from }) {
		return this.play.index.between(track, from - BACK_US, from).filter((one) => one.from < from).pop();
	}

	/**
	 * Chromium takes a seek to just before what it has for done, with the first picture that is there: the right one came
	 * only now. @param {Segment} segment
	 */
	#lookAgain({ from, to }) {
		const { time, video } = this;
		if (from <= time && time < to && video.paused && !video.seeking)
			video.currentTime = (time - this.base) / 1e6;
	}

	/** @param {Lane} lane @param {Uint8Array<ArrayBuffer>} data */
	async #fill(lane, data) {
		for (let isRetry = false; !this.isClosed; isRetry = true) {
			try {
				lane.buffer.appendBuffer(data);
				break;
			} catch (error) {
				if (isRetry || !(error instanceof DOMException) || error.name !== 'QuotaExceededError')
					throw error;
				await this.#evict(lane, KEPT_BYTES / 4);
			}
		}
		await this.#updated(lane.buffer);
	}

	/** @param {SourceBuffer} buffer @returns {Promise<void>} */
	#updated(buffer) {
		if (!buffer.updating)
			return Promise.resolve();
		return new Promise((resolve, reject) => {
			buffer.addEventListener('updateend', () => resolve(), { once: true });
			buffer.addEventListener('error', () => reject(new BrokenFragment()), { once: true });
		});
	}

	/** Lets go of what lies farthest behind or away from the playhead. @param {Lane} lane @param {number} [limit] bytes */
	async #evict(lane, limit = KEPT_BYTES) {
		const head = this.#head;
		const distance = (/** @type {Shown} */ { segment }) => (segment.to < head ? (head - segment.to) * 2 : Math.max(0, segment.from - head));
		const shown = [...lane.done.values()].sort((a, b) => distance(b) - distance(a));
		let sum = shown.reduce((bytes, { segment }) => bytes + this.#sizeOf(segment), 0);
		for (const one of shown) {
			if (sum <= limit || distance(one) === 0 || this.isClosed)
				return;
			sum -= this.#sizeOf(one.segment);
			lane.done.delete(one.segment.id);
			lane.buffer.remove(Math.max(0, (one.segment.from - this.base) / 1e6), (one.segment.to - this.base) / 1e6);
			await this.#updated(lane.buffer);
		}
	}

	/** @param {Segment | undefined} segment @param {unknown} error */
	async #failed(segment, error) {
		if (error instanceof DOMException && error.name === 'AbortError')
			return; // not wanted any more
		if (error instanceof BrokenFragment)
			return this.#broken(segment);
		if (error instanceof NotPlayable || (error instanceof Refused && isClosed(error))) // asking again would not open it
			return this.#close(() => this.reports.onTrouble(error));
		const isOver = error instanceof Refused && error.status === 404 && !(await this.play.isThere());
		if (!segment || isOver || isAway(error)) {
			this.reports.onTrouble(error);
			return void (await pause(RETRY_MS));
		}
		this.play.bad.add(segment.id);
		this.reports.onSkip(segment, /** @type {{word?: string}} */ (error).word ?? 'damaged');
	}

	/** The element has given up: another one must go on, without this fragment. @param {Segment | undefined} segment */
	#broken(segment) {
		if (this.isClosed)
			return;
		if (segment) {
			this.play.bad.add(segment.id);
			this.reports.onSkip(segment, 'damaged');
		}
		this.#close(() => this.reports.onBroken());
	}

	/**
	 * Where the picture before or after that of a time begins; null: not known.
	 * @param {number} at µs @param {1 | -1} direction
	 */
	neighbour(at, direction) {
		const { index } = this.play;
		const lane = this.lanes.find(({ track }) => track !== 'm');
		const here = lane && index.at(lane.track, at);
		const times = here && lane.done.get(here.id)?.times;
		if (!lane || !here || !times)
			return null;
		const inside = times[times.findLastIndex((time) => time <= at) + direction];
		if (inside !== undefined)
			return inside + EDGE_US;
		// It is in the fragment beside, which may not be here yet: its last picture lasts until its end.
		const next = direction > 0 ? index.nextAfter(lane.track, here.from, here.to + BACK_US) : this.#before(here);
		return next ? (direction > 0 ? next.from : next.to - 2 * EDGE_US) + EDGE_US : null;
	}

	/** @param {() => void} then */
	#close(then) {
		this.stop();
		then();
	}

	stop() {
		if (this.isClosed)
			return;
		this.isClosed = true;
		this.wake?.();
		this.video.cancelVideoFrameCallback(this.frame);
		this.video.onerror = null;
		this.video.ontimeupdate = null;
		this.video.pause();
		this.video.removeAttribute('src');
		this.video.load();
		URL.revokeObjectURL(this.url);
	}
}

class BrokenFragment extends Error {}
