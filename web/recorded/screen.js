// One camera's recordings on one <video>: opens a play for the day that is looked at, keeps the element covered
// until it is proven, and says why there is no picture. Times are µs.

import { isAlarm } from '../box/ledger.js';
import { Refused } from '../box/api.js';
import { isSoundOnly } from '../box/viewer.js';
import { ProofError } from '../log/merkle.js';
import { Coverage } from './coverage.js';
import { NotPlayable } from './convert.js';
import { Player } from './player.js';
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

const HOLE_US_MIN = 400e3; // a shorter hole is stepped over without a word
const NEAR_US = 30e3; // as good as on time, while it runs
const APART_US_MAX = 500e3; // farther away is caught up with by a seek, nearer by pace
const SEEK_US = 150e3; // what a seek takes
const PACE_MAX = 0.15;
const RATE_MAX = 16;
const FINAL = new Set(['not-allowed', 'not-signed-in', 'bad-signature', 'bad-request', 'no-codec', 'no-codec-private', 'no-conversion', 'sealed', 'key-locked', 'revoked', 'expired', 'log-stopped']);
const RETRY_MS = 1500;
const EDGE_US = 1000; // inside a fragment, whatever was rounded
const STUCK_MS = 1200;
const FLAWS_MAX = 500;
const PICTURE = 'v';
const SMALL = 'w';

export class Screen {
	/** @param {import('../box/box.js').Box} box @param {string} id of the camera @param {import('./clock.js').Clock} clock @param {() => void} onChange */
	constructor(box, id, clock, onChange) {
		this.box = box;
		this.id = id;
		this.clock = clock;
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
		/** Fragments that could not be shown, by their names. @type {Map<string, import('./spans.js').Gap>} */
		this.flaws = new Map();
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

	/** Of which time its picture is; null: it has none now. */
	get time() {
		return this.player && this.player.lanes.length > 0 && this.state.phase !== 'hole' ? this.player.time : null;
	}

	get isReady() {
		return this.state.phase === 'hole' || this.state.phase === 'refused' || Boolean(this.player?.isReady);
	}

	get isFlowing() {
		return this.state.phase === 'hole' || this.state.phase === 'refused' || Boolean(this.player?.isFlowing);
	}

	/** What the clock goes by: the picture, or the sound of a microphone alone. */
	get #main() {
		return isSoundOnly(this.camera) ? 'm' : PICTURE;
	}

	/** The tracks to ask for; of the smaller picture, thumbnails are made. */
	get #tracks() {
		const { camera } = this;
		if (isSoundOnly(camera))
			return 'm';
		return [PICTURE, ...(camera?.sub ? [SMALL] : []), ...(this.mode.hasSound && camera?.audio ? ['m'] : [])].join(',');
	}

	/** @param {Mode} mode */
	setMode(mode) {
		const old = this.mode;
		this.mode = mode;
		if (!this.play || this.#main === 'm' || (old.hasSound === mode.hasSound && old.isThin === mode.isThin))
			return;
		if (this.play.tracks.includes('m') || !this.#tracks.includes('m'))
			return this.#renew();
		// Sound is another thing to have seen and heard, and has an entry of its own.
		this.#leave();
		return this.show();
	}

	/** The clock was set: its picture. @param {boolean} [isRough] the key frame before will do: a finger is moving */
	show(isRough = false) {
		if (this.isStopped || !this.video || this.state.phase === 'refused')
			return;
		if (this.coverage.isKnown && this.coverage.newest === null)
			return this.#nothing();
		if (!this.isOpen)
			this.#open();
		else if (!this.player)
			this.#renew();
		else
			this.player.seek(isRough ? this.#keyFrame : this.clock.time);
		this.look();
	}

	/** Where the key frame before lies. */
	get #keyFrame() {
		const segment = this.play?.index.at(this.#main, this.clock.time);
		return segment ? Math.max(segment.from, /** @type {Play} */ (this.play).from) + EDGE_US : this.clock.time;
	}

	/** Is there a play that may show this time? */
	get isOpen() {
		const { play, clock: { time } } = this;
		return Boolean(play && !play.isClosed && time >= play.from && time < play.to);
	}

	/** Has the clock left what the play is for? */
	get isOver() {
		return this.play?.isClosed === false && !this.isOpen;
	}

	/** How far it is ahead of the clock, µs. */
	get #ahead() {
		return (this.time ?? this.clock.time) - this.clock.time;
	}

	get isNear() {
		return this.time !== null && Math.abs(this.#ahead) < APART_US_MAX * Math.max(1, this.clock.rate / 2);
	}

	/** Goes with the clock, a little faster or slower where it is behind or ahead. */
	run() {
		const { player, clock } = this;
		const { rate } = clock;
		if (!player || this.state.phase === 'hole')
			return player?.rest();
		if (this.time !== null && !this.isNear)
			player.seek(clock.time + SEEK_US * rate);
		const pace = Math.abs(this.#ahead) < NEAR_US * rate ? 0 : this.#ahead / (1e6 * rate);
		return player.run(Math.min(RATE_MAX, rate * (1 - Math.max(-PACE_MAX, Math.min(PACE_MAX, pace)))));
	}

	/** Waits for others where the clock stands. */
	wait() {
		this.rest();
		this.settle(NEAR_US);
	}

	/** At rest: exactly the moment of the clock. @param {number} [apart_us_max] */
	settle(apart_us_max = EDGE_US) {
		if (this.isOpen && !this.player?.video.seeking && Math.abs(this.#ahead) > apart_us_max)
			this.player?.seek(this.clock.time);
	}

	rest() {
		this.player?.rest();
	}

	/** A person asked. */
	again() {
		this.#leave();
		this.#set({ phase: 'asking', word: '' });
		this.show();
	}

	/** Is something recorded at the clock's time, as far as is known? */
	look() {
		const hole = this.#holeAt(this.clock.time);
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
		const flaw = [...this.flaws.values()].find(([from, to]) => from <= at && at < to);
		if (flaw && this.#good(at, at + 1).length === 0)
			return { from: flaw[0], to: flaw[1], reason: flaw[2] };
		if (this.#good(at, at + HOLE_US_MIN).length > 0)
			return null;
		const isListed = this.play?.index.knows(at) ?? false;
		if (!isListed && (!coverage.isKnown || !coverage.covers(at) || spans.some(([from, to]) => from <= at + HOLE_US_MIN && to > at)))
			return null;
		return holeAt(spans, gaps, at);
	}

	/** Has the element shown the last picture before a hole, or of its play? Then the clock goes on without it. */
	get isAtEdge() {
		const { player, play } = this;
		if (!player || !play || player.lanes.length === 0 || player.isFlowing || player.video.seeking)
			return false;
		if (player.time > play.to - HOLE_US_MIN)
			return true;
		const last = this.#good(player.time, player.time + 1).pop();
		const isEnding = last && last.to - player.time < HOLE_US_MIN && this.#good(last.to, last.to + HOLE_US_MIN).every((one) => one === last);
		return Boolean(isEnding && play.index.knows(last.to));
	}

	/** The fragments in a range that can be shown. @param {number} from @param {number} to */
	#good(from, to) {
		return (this.play?.index.between(this.#main, from, to) ?? []).filter((one) => !this.play?.bad.has(one.id));
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
		const [picture] = this.#good(at, at + HOLE_US_MIN);
		if (picture && picture.from > at)
			this.#skipTo(picture.from + EDGE_US);
		else if (picture && this.#main !== 'm' && player.tracks.includes('m') && !play.index.at('m', at) && performance.now() - this.stuckAt > STUCK_MS) {
			this.deafUntil = play.index.nextAfter('m', at, at + 60e6)?.from ?? at + 60e6;
			this.#renew();
		}
	}

	/** @param {number} at */
	#skipTo(at) {
		if (this.clock.isRunning)
			this.player?.seek(at);
		else
			this.clock.seek(at);
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

	/** A play for the day of the time that is looked at. */
	#open() {
		const { camera } = this;
		this.#leave();
		if (!camera)
			return this.#set({ phase: 'refused', word: this.box.state.isLoaded ? 'not-found' : '' });
		const play = new Play({ box: this.box, camera, from: dayStart(this.clock.time), to: dayStart(this.clock.time, 1), tracks: this.#tracks });
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
		const isDeaf = this.#main !== 'm' && (!this.mode.hasSound || this.mode.isThin || this.clock.time < this.deafUntil);
		const tracks = play.tracks.split(',').filter((track) => track !== SMALL && (track !== 'm' || !isDeaf));
		/** @type {Player} */
		const player = new Player(video, play, this.clock, {
			onFrame: () => this.player === player && this.#onFrame(),
			onFlow: () => this.state.phase === 'waiting' && this.#set({ word: '' }),
			onSkip: (segment, word) => this.#skipped(segment, word),
			onTrouble: (error) => this.player === player && this.#failed(error),
			onBroken: () => this.player === player && this.#renew(),
		}, { tracks, isThin: this.mode.isThin && this.#main === PICTURE });
		this.player = player;
	}

	/** @param {import('./segments.js').Segment} segment @param {string} word */
	#skipped({ track, id, from, to }, word) {
		this.flaws.set(`${track}/${id}`, [from, to, word]);
		if (this.flaws.size > FLAWS_MAX)
			this.flaws.delete(this.flaws.keys().next().value ?? '');
		// What somebody did is said rather than what a disk did.
		if (this.state.skipped?.word !== 'changed' || word === 'changed')
			this.#set({ skipped: { from, word } });
	}

	#onFrame() {
		if (this.still && !this.still.hidden)
			this.still.hidden = true;
		const isSilent = this.mode.hasSound && !this.mode.isThin && !this.player?.tracks.includes('m');
		if (this.state.phase !== 'hole')
			this.#set({ phase: 'shown', word: '', hole: null, isSilent });
	}

	#keepStill() {
		const { video, still } = this;
		if (!video || !still || this.state.phase !== 'shown' || video.videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA)
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
				this.show();
			}, RETRY_MS);
		return undefined;
	}

	/** Nothing was recorded on that day. */
	#nothing() {
		this.#leave();
		this.#set({ phase: 'hole', word: '', hole: { from: dayStart(this.clock.time), to: dayStart(this.clock.time, 1), reason: '' } });
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
		play.stop(true);
		if (how === 'revoked' || how === 'expired')
			return this.#refuse(how);
		// Nothing was asked for a while: what is on the screen stays, and what is asked for next opens another.
		if (this.clock.isRunning || this.state.phase !== 'shown' || !this.player?.isReady)
			this.show();
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
		return error.word;
	if (error instanceof Refused)
		return error.word;
	return error instanceof ProofError ? error.word : 'offline';
}
