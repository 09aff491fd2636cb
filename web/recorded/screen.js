// One camera's recordings on one <video>: opens a play for the day that is looked at, keeps the element covered
// until it is proven, and says why there is no picture. Times are µs.

import { isAlarm } from '../box/ledger.js';
import { Refused } from '../box/api.js';
import { ProofError } from '../log/merkle.js';
import { Coverage } from './coverage.js';
import { NotPlayable, Player } from './player.js';
import { Play } from './play.js';
import { dayStart } from './scale.js';
import { holeAt } from './spans.js';

/** @typedef {import('./spans.js').Hole} Hole */
/** @typedef {{hasSound: boolean, isThin: boolean}} Mode */
/**
 * @typedef {object} ScreenState
 * @property {'asking' | 'shown' | 'waiting' | 'hole' | 'refused'} phase
 * @property {string} word why there is no picture, for words; '' if there is nothing to say
 * @property {Hole | null} hole where nothing was recorded, while the clock stands in it
 * @property {number} seq of the entry that covers what is shown; -1: none
 * @property {{from: number, word: string} | null} skipped the last fragment that could not be shown
 * @property {boolean} isSilent sound is wanted, and this browser cannot play it or there is none
 */

const NEAR_US = 400e3; // a shorter hole is stepped over without a word
const FINAL = new Set(['not-allowed', 'not-signed-in', 'bad-signature', 'bad-request', 'no-codec', 'sealed', 'revoked', 'expired', 'log-stopped']);
const RETRY_MS = 1500;
const EDGE_US = 1000; // inside a fragment, whatever was rounded
const STUCK_MS = 1200;
const PICTURE = 'v';

export class Screen {
	/** @param {import('../box/box.js').Box} box @param {string} id of the camera @param {() => void} onChange */
	constructor(box, id, onChange) {
		this.box = box;
		this.id = id;
		this.onChange = onChange;
		this.coverage = new Coverage(box, this.camera?.name ?? '', onChange);
		/** @type {Mode} */
		this.mode = { hasSound: false, isThin: false };
		/** @type {ScreenState} */
		this.state = { phase: 'asking', word: '', hole: null, seq: -1, skipped: null, isSilent: false };
		/** @type {Play | null} */
		this.play = null;
		/** @type {Player | null} */
		this.player = null;
		/** @type {HTMLVideoElement | null} */
		this.video = null;
		/** Keeps the last picture while another player comes up. @type {HTMLCanvasElement | null} */
		this.still = null;
		this.at = 0;
		this.shownAt = 0; // of the picture on the screen
		this.rate = 0; // 0: it rests
		this.stuckAt = 0; // ms
		this.deafUntil = 0; // no sound is recorded before
		this.isStopped = false;
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.retry = undefined;
	}

	get camera() {
		return this.box.camera(this.id);
	}

	/** @param {HTMLVideoElement} video @param {HTMLCanvasElement} still */
	attach(video, still) {
		this.video = video;
		this.still = still;
	}

	/** @param {Partial<ScreenState>} patch */
	#set(patch) {
		const isNew = Object.entries(patch).some(([key, value]) => /** @type {any} */ (this.state)[key] !== value);
		if (!isNew)
			return;
		this.state = { ...this.state, ...patch };
		this.onChange();
	}

	/** Where its own clock stands; null: it has none now. */
	get time() {
		return this.player && this.player.lanes.length > 0 && this.state.phase !== 'hole' ? this.player.time : null;
	}

	get isReady() {
		return this.state.phase === 'hole' || this.state.phase === 'refused' || Boolean(this.player?.isReady);
	}

	get isFlowing() {
		return this.state.phase === 'hole' || this.state.phase === 'refused' || Boolean(this.player?.isFlowing);
	}

	/** The tracks to ask for. */
	get #tracks() {
		return this.mode.hasSound && this.camera?.audio ? `${PICTURE},m` : PICTURE;
	}

	/** @param {Mode} mode */
	setMode(mode) {
		const old = this.mode;
		this.mode = mode;
		if (!this.play || (old.hasSound === mode.hasSound && old.isThin === mode.isThin))
			return;
		if (this.play.tracks.includes('m') || !this.#tracks.includes('m'))
			return this.#renew();
		// Sound is another thing to have seen and heard, and has an entry of its own.
		this.#leave();
		return this.show(this.at);
	}

	/**
	 * Shows the picture of a time.
	 * @param {number} at @param {boolean} [isRough] the key frame before will do: a finger is moving
	 */
	show(at, isRough = false) {
		this.at = at;
		if (this.isStopped || !this.video || this.state.phase === 'refused')
			return;
		if (this.coverage.isKnown && this.coverage.newest === null)
			return this.#nothing();
		if (!this.isOpenAt(at))
			this.#open();
		else if (!this.player)
			this.#renew();
		else
			this.player.seek(isRough ? this.#keyAt(at) : at);
		this.look(at);
	}

	/** @param {number} at */
	#keyAt(at) {
		const segment = this.play?.index.at(PICTURE, at);
		return segment ? Math.max(segment.from, /** @type {Play} */ (this.play).from) + EDGE_US : at;
	}

	/** Is there a play that may show this time? @param {number} at */
	isOpenAt(at) {
		return Boolean(this.play && !this.play.isClosed && at >= this.play.from && at < this.play.to);
	}

	/** A person asked. */
	again() {
		this.#leave();
		this.#set({ phase: 'asking', word: '' });
		this.show(this.at);
	}

	/** Is something recorded at this time, as far as is known? @param {number} at */
	look(at) {
		const hole = this.#holeAt(at);
		if (hole)
			this.#set({ phase: 'hole', hole, word: '' });
		else if (this.state.phase === 'hole')
			this.#set({ phase: this.player ? 'waiting' : 'asking', hole: null });
		return hole;
	}

	/** @param {number} at @returns {Hole | null} */
	#holeAt(at) {
		const { coverage } = this;
		const { spans, gaps } = coverage.parts(at - 30e6, at + 30e6);
		if (this.#good(at, at + NEAR_US).length > 0)
			return null;
		const isListed = this.play?.index.knows(at) ?? false;
		if (!isListed && (!coverage.isKnown || !coverage.covers(at) || spans.some(([from, to]) => from <= at + NEAR_US && to > at)))
			return null;
		return holeAt(spans, gaps, at);
	}

	/** Just behind the last picture before a hole, if its clock has come to rest there; else null. */
	get edge() {
		const { player, play } = this;
		if (!player || !play || player.lanes.length === 0 || player.isFlowing || player.video.seeking)
			return null;
		const last = this.#good(player.time, player.time + 1).pop();
		const isEnding = last && last.to - player.time < NEAR_US && this.#good(last.to, last.to + NEAR_US).every((one) => one === last);
		return isEnding && play.index.knows(last.to) ? last.to + EDGE_US : null;
	}

	/** The fragments in a range that can be shown. @param {number} from @param {number} to */
	#good(from, to) {
		return (this.play?.index.between(PICTURE, from, to) ?? []).filter((one) => !this.play?.bad.has(one.id));
	}

	/** Steps over what stops the element though there is something to show: a missing frame, a hole in the sound. */
	unstick() {
		const { player, play } = this;
		const isStuck = player && play && player.lanes.length > 0 && !player.isFlowing && this.state.phase !== 'hole';
		// Of a time whose list has not come yet nobody knows that it has no picture.
		if (!isStuck || !play.index.knows(player.time)) {
			this.stuckAt = 0;
			return;
		}
		this.stuckAt ||= performance.now();
		const at = player.time;
		if (at > play.to - NEAR_US)
			return this.show(Math.max(at, play.to) + EDGE_US); // the next day is another play
		const [picture] = this.#good(at, at + NEAR_US);
		if (picture && picture.from > at)
			return player.seek(picture.from + EDGE_US);
		if (picture && player.tracks.includes('m') && !play.index.at('m', at) && performance.now() - this.stuckAt > STUCK_MS) {
			this.deafUntil = play.index.nextAfter('m', at, at + 60e6)?.from ?? at + 60e6;
			this.at = at;
			this.#renew();
		}
	}

	/** The next time from here at which there is a picture; null: none. @param {number} at */
	async next(at) {
		if (this.play && at < this.play.to) {
			await this.play.index.load(at, at + 60e6).catch(() => {});
			const [segment] = this.#good(at, at + 60e6);
			if (segment)
				return Math.max(segment.from + EDGE_US, at);
		}
		const found = await this.coverage.nextFrom(at);
		return found === null ? null : Math.max(found + EDGE_US, at);
	}

	/** @param {number} rate */
	run(rate) {
		this.rate = rate;
		if (this.state.phase === 'hole')
			this.player?.rest();
		else
			this.player?.run(rate);
	}

	rest() {
		this.rate = 0;
		this.player?.rest();
	}

	/** A play for the day of the time that is looked at. */
	#open() {
		const { camera } = this;
		this.#leave();
		if (!camera)
			return this.#set({ phase: 'refused', word: this.box.state.isLoaded ? 'not-found' : '' });
		const play = new Play({ box: this.box, camera, from: dayStart(this.at), to: dayStart(this.at, 1), tracks: this.#tracks });
		this.play = play;
		play.onGone = () => this.#gone(play);
		this.#set({ phase: 'asking', word: '', seq: -1, isSilent: false });
		play.proven.then(() => this.play === play && this.#set({ seq: play.seq }), (error) => this.play === play && this.#failed(error));
		return this.#renew();
	}

	/** Another player for the same play. The last picture stays until the new one has its own. */
	#renew() {
		const { play, video } = this;
		if (!play || !video || play.isClosed)
			return;
		this.#keepStill();
		this.player?.stop();
		const isDeaf = !this.mode.hasSound || this.mode.isThin || this.at < this.deafUntil;
		const tracks = play.tracks.split(',').filter((track) => track !== 'm' || !isDeaf);
		/** @type {Player} */
		const player = new Player(video, play, {
			onFrame: (at) => this.player === player && this.#onFrame(at),
			onFlow: () => this.player === player && this.state.phase === 'waiting' && this.#set({ word: '' }),
			onSkip: (segment, word) => this.#set({ skipped: { from: segment.from, word } }),
			onTrouble: (word, error) => this.player === player && this.#failed(error),
			onBroken: (at) => {
				this.at = at;
				if (this.player === player)
					this.#renew();
			},
		}, { tracks, isThin: this.mode.isThin, at: this.at });
		this.player = player;
		if (this.rate > 0)
			player.run(this.rate);
	}

	/** @param {number} at */
	#onFrame(at) {
		this.shownAt = at;
		if (this.still && !this.still.hidden)
			this.still.hidden = true;
		const isSilent = this.mode.hasSound && !this.mode.isThin && !this.player?.tracks.includes('m');
		if (this.state.phase !== 'hole')
			this.#set({ phase: 'shown', word: '', hole: null, isSilent });
	}

	#keepStill() {
		const { video, still } = this;
		if (!video || !still || this.state.phase !== 'shown' || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA)
			return;
		Object.assign(still, { width: video.videoWidth, height: video.videoHeight });
		still.getContext('2d')?.drawImage(video, 0, 0);
		still.hidden = false;
	}

	/** @param {unknown} error */
	#failed(error) {
		if (this.isStopped)
			return;
		if (isAlarm(error))
			return this.box.raise(error);
		const word = wordOf(error);
		if (error instanceof Refused && error.status === 404)
			return this.play?.sid ? this.#gone(this.play) : this.#nothing();
		if (FINAL.has(word))
			return this.#refuse(word);
		this.#set({ phase: 'waiting', word });
		clearTimeout(this.retry);
		if (!this.player?.lanes.length)
			this.retry = setTimeout(() => {
				this.#leave();
				this.show(this.at);
			}, RETRY_MS);
		return undefined;
	}

	/** Nothing was recorded on that day. */
	#nothing() {
		this.#leave();
		this.#set({ phase: 'hole', word: '', hole: { from: dayStart(this.at), to: dayStart(this.at, 1), reason: '' } });
	}

	/** @param {string} word */
	#refuse(word) {
		this.#leave();
		this.#set({ phase: 'refused', word, seq: -1, hole: null });
	}

	/** The box says that our play is over: by the owner, or because nothing was asked for a while. @param {Play} play */
	async #gone(play) {
		const how = await this.box.endOf(play.sid).catch(() => '');
		if (this.play !== play || (!how && !play.isClosed && (await play.isThere())))
			return;
		this.at = this.player && this.player.lanes.length > 0 ? this.player.time : this.at;
		play.stop(true);
		if (how === 'revoked' || how === 'expired')
			return this.#refuse(how);
		// Nothing was asked for a while: what is on the screen stays, and what is asked for next opens another.
		if (this.rate > 0 || this.state.phase !== 'shown' || !this.player?.isReady)
			this.show(this.at);
	}

	#leave() {
		clearTimeout(this.retry);
		this.#keepStill();
		this.player?.stop();
		this.player = null;
		this.play?.stop();
		this.play = null;
	}

	stop() {
		this.isStopped = true;
		this.#leave();
		if (this.still)
			this.still.hidden = true;
	}
}

/** @param {unknown} error */
function wordOf(error) {
	if (error instanceof NotPlayable)
		return 'no-codec';
	if (error instanceof Refused)
		return error.word;
	return error instanceof ProofError ? error.word : 'offline';
}
