// Plays fragments in a <video> element: one SourceBuffer a track, filled around the playhead and emptied far
// from it. It knows nothing of gaps in what was recorded or of other cameras; `screen.js` does.

import { keyFrameOnly, readFragment } from './mp4.js';
import { Refused } from '../box/api.js';
import { isAway } from './play.js';

/** @typedef {import('./segments.js').Segment} Segment */
/** @typedef {import('./play.js').Play} Play */
/** @typedef {{segment: Segment, times: number[]}} Shown `times`: when each picture is shown, µs, in order */
/** @typedef {{track: string, buffer: SourceBuffer, init: string, codecs: string, done: Map<string, Shown>}} Lane */
/** @typedef {{onFrame: (at_us: number) => void, onFlow: () => void, onSkip: (segment: Segment, word: string) => void, onTrouble: (word: string, error?: unknown) => void, onBroken: (at_us: number) => void}} Reports */

const AHEAD_S = 10;
const AHEAD_BYTES = 24 << 20;
const KEPT_BYTES = 48 << 20;
const FETCHES = 3;
const BACK_US = 45e6; // a group of pictures is not longer
const RETRY_MS = 700;
const EDGE_US = 1000; // inside a fragment rather than at its edge, whatever was rounded

const Source = /** @type {typeof MediaSource} */ (globalThis.MediaSource ?? /** @type {any} */ (globalThis).ManagedMediaSource);

/** @param {{mime: string, codecs: string}} init */
const typeOf = ({ mime, codecs }) => `${mime}; codecs="${codecs}"`;

/** Can this browser play it? @param {import('./segments.js').Init | undefined} init */
export const isPlayable = (init) => Boolean(init?.codecs) && Boolean(Source) && Source.isTypeSupported(typeOf(/** @type {import('./segments.js').Init} */ (init)));

export class Player {
	/**
	 * @param {HTMLVideoElement} video @param {Play} play @param {Reports} reports
	 * @param {{tracks: string[], isThin: boolean, at: number}} mode isThin: key frames only, for fast play
	 */
	constructor(video, play, reports, { tracks, isThin, at }) {
		this.video = video;
		this.play = play;
		this.reports = reports;
		this.tracks = tracks;
		this.isThin = isThin;
		/** The wall time at which the element's clock is 0, µs. */
		this.base = Math.floor(play.from / 1e6 - 1) * 1e6;
		this.target = at;
		this.rate = 1;
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
		this.frame = video.requestVideoFrameCallback((...args) => this.#onFrame(...args));
		this.#run();
	}

	/** The wall time of the element's clock, µs. */
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

	/** @param {number} now @param {VideoFrameCallbackMetadata} data */
	#onFrame(now, data) {
		if (this.isClosed)
			return;
		this.frame = this.video.requestVideoFrameCallback((...args) => this.#onFrame(...args));
		this.reports.onFrame(this.base + data.mediaTime * 1e6);
	}

	/** @param {number} at µs */
	seek(at) {
		this.target = at;
		if (this.lanes.length > 0)
			this.video.currentTime = (at - this.base) / 1e6;
		this.play.keepOnly(this.#wanted().slice(0, FETCHES));
		this.wake?.();
	}

	/** @param {number} rate */
	run(rate) {
		this.rate = rate;
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
		return this.video.seeking || this.lanes.length === 0 ? this.target : Math.max(this.time, 0);
	}

	/** What is to come next, in this order. @returns {Segment[]} */
	#wanted() {
		const head = this.#head;
		const ahead_us = Math.max(AHEAD_S, AHEAD_S * 0.5 * this.rate) * 1e6;
		/** @type {Segment[]} */
		const found = [];
		for (const track of this.tracks) {
			let bytes = 0;
			const done = this.lanes.find((lane) => lane.track === track)?.done;
			for (const segment of this.play.index.between(track, head, head + ahead_us)) {
				bytes += this.isThin ? segment.bytes / 8 : segment.bytes;
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
			return this.isClosed || this.reports.onTrouble('open', error);
		}
		while (!this.isClosed) {
			const head = this.#head;
			const wanted = this.#wanted();
			try {
				for (const segment of wanted.slice(0, FETCHES))
					this.play.fragment(segment).catch(() => {});
				const loaded = this.play.index.load(head, head + AHEAD_S * 1e6 * Math.max(1, this.rate / 2));
				loaded.catch(() => {});
				if (wanted.length > 0)
					await this.#append(wanted[0]);
				else
					await Promise.race([loaded.then(() => this.#wanted().length > 0 || this.#rest()), this.#woken()]);
			} catch (error) {
				if (!this.isClosed)
					await this.#failed(wanted[0], error);
			}
		}
		return undefined;
	}

	#rest() {
		return new Promise((resolve) => setTimeout(resolve, 250));
	}

	#woken() {
		return new Promise((resolve) => {
			this.wake = () => resolve(undefined);
		});
	}

	/** Waits for the proof and for the element, and makes all buffers before anything is appended. */
	async #open() {
		const opened = new Promise((resolve) => this.source.addEventListener('sourceopen', resolve, { once: true }));
		const { index } = this.play;
		await this.play.opened;
		await index.load(this.target, this.target + AHEAD_S * 1e6);
		this.#wanted().slice(0, FETCHES).forEach((segment) => {
			this.play.init(segment.track, segment.init).catch(() => {});
			this.play.fragment(segment).catch(() => {});
		});
		await Promise.all([this.play.proven, opened]);
		if (this.isClosed)
			return;
		this.source.duration = (this.play.to - this.base) / 1e6 + 1;
		for (const track of this.tracks) {
			const init = (index.at(track, this.target) ?? index.nextAfter(track, this.target, this.target + AHEAD_S * 1e6))?.init;
			if (!isPlayable(init)) {
				if (track === this.tracks[0] && init)
					throw new NotPlayable(init.codecs);
				continue;
			}
			const made = /** @type {import('./segments.js').Init} */ (init);
			const buffer = this.source.addSourceBuffer(typeOf(made));
			buffer.timestampOffset = -this.base / 1e6;
			this.lanes.push({ track, buffer, init: '', codecs: made.codecs, done: new Map() });
		}
		this.tracks = this.lanes.length > 0 ? this.lanes.map(({ track }) => track) : this.tracks;
		this.video.currentTime = (this.target - this.base) / 1e6;
	}

	/** @param {Segment} segment */
	async #append(segment) {
		const lane = this.lanes.find(({ track }) => track === segment.track);
		if (!lane)
			throw new NotPlayable(segment.init.codecs);
		const [{ data: init, timescale }, data] = await Promise.all([this.play.init(segment.track, segment.init), this.play.fragment(segment)]);
		if (this.isClosed || !this.#wanted().includes(segment))
			return;
		const { samples } = readFragment(data);
		if (!samples[0].isKey && segment.track !== 'm' && (await this.#appendBefore(segment)))
			return;
		if (lane.init !== segment.init.init) {
			if (lane.codecs !== segment.init.codecs)
				lane.buffer.changeType(typeOf(segment.init));
			Object.assign(lane, { init: segment.init.init, codecs: segment.init.codecs });
			await this.#fill(lane, init);
		}
		const thin = this.isThin ? keyFrameOnly(data, Math.round(((segment.to - segment.from) / 1e6) * timescale)) : null;
		await this.#fill(lane, thin ?? data);
		const times = (thin ? samples.slice(0, 1) : samples).map(({ time }) => (time / timescale) * 1e6).sort((a, b) => a - b);
		lane.done.set(segment.id, { segment, times });
		this.#lookAgain(segment);
		this.reports.onFlow();
		await this.#evict(lane);
	}

	/**
	 * Chromium takes a seek to just before what it has for done, with the first picture that is there: the right one came
	 * only now. @param {Segment} segment
	 */
	#lookAgain({ from, to }) {
		const isThere = from <= this.target && this.target < to && Math.abs(this.time - this.target) < 1;
		if (isThere && this.video.paused && !this.video.seeking)
			this.video.currentTime = (this.target - this.base) / 1e6;
	}

	/** A fragment that does not begin with a key frame needs the one before. @param {Segment} segment */
	async #appendBefore({ track, from }) {
		const lane = this.lanes.find((one) => one.track === track);
		const before = this.play.index.between(track, from - BACK_US, from).filter((one) => one.from < from).pop();
		if (!before || !lane || lane.done.has(before.id) || this.play.bad.has(before.id))
			return false;
		const chain = [before];
		const { timescale } = await this.play.init(track, before.init);
		for (let at = before; chain.length < 4; at = chain[0]) {
			if (readFragment(await this.play.fragment(at)).samples[0].isKey)
				break;
			const next = this.play.index.between(track, at.from - BACK_US, at.from).filter((one) => one.from < at.from).pop();
			if (!next)
				break;
			chain.unshift(next);
		}
		for (const one of chain) {
			const data = await this.play.fragment(one);
			await this.#fill(lane, data);
			lane.done.set(one.id, { segment: one, times: readFragment(data).samples.map(({ time }) => (time / timescale) * 1e6).sort((a, b) => a - b) });
		}
		return true;
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
		let sum = shown.reduce((bytes, { segment }) => bytes + (this.isThin ? segment.bytes / 8 : segment.bytes), 0);
		for (const one of shown) {
			if (sum <= limit || distance(one) === 0 || this.isClosed)
				return;
			sum -= this.isThin ? one.segment.bytes / 8 : one.segment.bytes;
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
		if (error instanceof NotPlayable)
			return this.#close(() => this.reports.onTrouble('no-codec', error));
		if (error instanceof Refused && error.word === 'sealed') // asking again would not open it
			return this.#close(() => this.reports.onTrouble('sealed', error));
		const isOver = error instanceof Refused && error.status === 404 && !(await this.play.isThere());
		if (!segment || isOver || isAway(error)) {
			this.reports.onTrouble('away', error);
			await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
			return;
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
		const at = this.#head;
		this.#close(() => this.reports.onBroken(at));
	}

	/** The pictures' times around a time, from the fragments that are here. */
	get #times() {
		const lane = this.lanes.find(({ track }) => track !== 'm');
		const shown = [...(lane?.done.values() ?? [])].sort((a, b) => a.segment.from - b.segment.from);
		return shown.flatMap(({ times }) => times);
	}

	/**
	 * The time of the picture before or after the one that is shown; null if it is not here.
	 * @param {number} shown_us @param {1 | -1} direction
	 */
	neighbour(shown_us, direction) {
		const times = this.#times;
		const at = times.findLastIndex((time) => time <= shown_us + EDGE_US);
		const next = times[at + direction];
		return at < 0 || next === undefined ? null : next + EDGE_US;
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
		this.video.pause();
		this.video.removeAttribute('src');
		this.video.load();
		URL.revokeObjectURL(this.url);
	}
}

class BrokenFragment extends Error {}

export class NotPlayable extends Error {
	/** @param {string} codecs */
	constructor(codecs) {
		super(codecs);
		this.codecs = codecs;
	}
}
