// Keeps one camera's picture coming: opens views, swaps them without a gap when sound is turned on, and
// connects again by itself after whatever happened.

import { ProofError } from '../log/merkle.js';
import { Refused } from './api.js';
import { isAlarm } from './ledger.js';
import { Whep } from './whep.js';

/**
 * @typedef {object} ViewState
 * @property {'asking' | 'live' | 'waiting' | 'refused' | 'ended'} phase
 * @property {MediaStream | null} stream only when proven
 * @property {string} word why not, for words.js
 * @property {boolean} hasSound
 * @property {number} seq of the entry that covers what is shown; -1: nothing is
 * @property {number} lostAt ms since 1970 when the picture went away; 0: it did not
 */

const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 8000;
const SILENT_MS_MAX = 6000;
const STEADY_MS = 10000;
const OPEN_MS_MAX = 25000;
const NOT_ACCEPTABLE = 406; // the box and this browser have no codec in common
/** No trying again by itself: a person has to change something first. */
const FINAL = new Set(['no-codec', 'bad-offer', 'not-allowed', 'not-found', 'not-signed-in', 'bad-signature', 'bad-request']);

/** A microphone without a picture. @param {import('./box.js').Camera | null | undefined} camera */
export const isSoundOnly = (camera) => Boolean(camera && !camera.video && camera.audio);

export class Viewer {
	/** @param {import('./box.js').Box} box @param {string} cameraId @param {() => void} onChange */
	constructor(box, cameraId, onChange) {
		this.box = box;
		this.cameraId = cameraId;
		this.onChange = onChange;
		this.verbs = 'view';
		/** @type {ViewState} */
		this.state = { phase: 'asking', stream: null, word: '', hasSound: false, seq: -1, lostAt: 0 };
		/** @type {Whep | null} shown now */
		this.shown = null;
		/** @type {Whep | null} on its way */
		this.coming = null;
		this.wait_ms = RETRY_MS_MIN;
		this.liveAt = 0;
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.retry = undefined;
		this.isStopped = false;
		this.#open();
	}

	/** How loud it is now, 0..1. */
	get level() {
		return this.shown?.stats.level ?? 0;
	}

	/** What is asked for now. */
	get #wanted() {
		return isSoundOnly(this.box.camera(this.cameraId)) ? 'listen' : this.verbs;
	}

	/** @param {boolean} isWanted */
	setSound(isWanted) {
		const verbs = isWanted ? 'view,listen' : 'view';
		if (verbs === this.verbs)
			return;
		this.verbs = verbs;
		this.tryAgain();
	}

	/** Try now: the network is back, the camera came alive. What was refused waits for a person. */
	hurry() {
		if (this.state.phase !== 'refused')
			this.tryAgain();
	}

	/** A person asked. */
	tryAgain() {
		if (this.isStopped)
			return;
		this.wait_ms = RETRY_MS_MIN;
		if (this.coming?.verbs === this.#wanted || (this.shown?.verbs === this.#wanted && this.state.phase === 'live'))
			return;
		this.#open();
	}

	/** The sessions have changed; is ours still among them? @param {Set<string>} sids */
	checkSession(sids) {
		if (this.shown && !sids.has(this.shown.sid))
			this.#ended(this.shown, true);
	}

	stop() {
		this.isStopped = true;
		clearTimeout(this.retry);
		this.shown?.close();
		this.coming?.close();
		this.shown = this.coming = null;
		this.#set({ phase: 'ended', stream: null, seq: -1 });
	}

	/** @param {Partial<ViewState>} patch */
	#set(patch) {
		this.state = { ...this.state, ...patch };
		this.onChange();
	}

	async #open() {
		clearTimeout(this.retry);
		this.coming?.close();
		const camera = this.box.camera(this.cameraId);
		if (!camera)
			return this.#drop('not-found');
		const whep = new Whep({ box: this.box, camera, verbs: this.#wanted }, (why) => this.#lost(whep, why));
		this.coming = whep;
		if (!this.shown)
			this.#set({ phase: 'asking' });
		// A peer that neither connects nor fails must not keep us waiting.
		const limit = setTimeout(() => this.#failed(whep, new Refused('offline', 0)), OPEN_MS_MAX);
		try {
			const stream = await whep.open();
			if (this.coming === whep)
				this.#show(whep, stream);
		} catch (error) {
			this.#failed(whep, error);
		} finally {
			clearTimeout(limit);
		}
	}

	/** @param {Whep} whep @param {MediaStream} stream */
	#show(whep, stream) {
		this.coming = null;
		this.shown?.close();
		this.shown = whep;
		this.liveAt = Date.now();
		this.#set({ phase: 'live', stream, word: '', hasSound: whep.verbs.includes('listen'), seq: whep.seq, lostAt: 0 });
	}

	/** @param {Whep} whep @param {unknown} error */
	#failed(whep, error) {
		whep.close();
		if (this.coming !== whep)
			return;
		this.coming = null;
		if (isAlarm(error))
			return this.box.raise(error);
		const word = wordOf(error);
		if (FINAL.has(word))
			return this.#drop(word);
		this.#later(word);
	}

	/** @param {string} word */
	#drop(word) {
		this.shown?.close();
		this.shown = null;
		this.#set({ phase: 'refused', stream: null, word, seq: -1, lostAt: 0 });
	}

	/** @param {string} word */
	#later(word) {
		if (Date.now() - this.liveAt < STEADY_MS && this.shown)
			this.wait_ms = Math.max(this.wait_ms, 1000);
		if (!this.shown)
			this.#set({ phase: 'waiting', stream: null, word, seq: -1 });
		clearTimeout(this.retry);
		this.retry = setTimeout(() => this.#open(), this.wait_ms * (0.75 + Math.random() / 2));
		this.wait_ms = Math.min(this.wait_ms * 2, RETRY_MS_MAX);
	}

	/** @param {Whep} whep @param {string} why */
	async #lost(whep, why) {
		if (this.shown !== whep)
			return;
		if (why === 'failed')
			return this.#ended(whep);
		const silent_ms = performance.now() - whep.stats.at;
		const isCameraLive = this.box.camera(this.cameraId)?.state === 'live';
		if (silent_ms > SILENT_MS_MAX && isCameraLive)
			return this.#again('lost');
		return this.box.refreshSoon();
	}

	/**
	 * Our session is over: ended by somebody, or lost with a process or the network.
	 * @param {Whep} whep @param {boolean} [isGone] the box has said so
	 */
	async #ended(whep, isGone) {
		this.#set({ lostAt: this.state.lostAt || Date.now() });
		const how = await this.box.endOf(whep.sid).catch(() => '');
		if (this.shown !== whep)
			return;
		if (isGone || how)
			whep.close(true);
		if (how === 'revoked' || how === 'expired')
			this.#drop(how);
		else
			this.#again('lost');
	}

	/** @param {string} word */
	#again(word) {
		if (Date.now() - this.liveAt > STEADY_MS)
			this.wait_ms = RETRY_MS_MIN;
		this.shown?.close();
		this.shown = null;
		this.#set({ phase: 'waiting', stream: null, word, seq: -1, lostAt: this.state.lostAt || Date.now() });
		if (!this.coming)
			this.#later(word);
	}
}

/** @param {unknown} error */
function wordOf(error) {
	if (error instanceof Refused)
		return error.status === NOT_ACCEPTABLE ? 'no-codec' : error.word;
	return error instanceof ProofError ? error.word : 'offline';
}
