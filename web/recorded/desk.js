// One clock for one camera's recordings or several: play, pause, seek and speed reach all of them together.
// The clock follows the pictures; a picture that is late holds all of them for a moment, and then catches up.

import { Screen } from './screen.js';
import { sameTime } from './scale.js';

/** @typedef {import('./spans.js').Hole} Hole */
/**
 * @typedef {object} DeskState
 * @property {boolean} isPlaying
 * @property {number} rate
 * @property {boolean} hasSound
 * @property {boolean} isAtEnd there is nothing newer
 * @property {Hole | null} jumped the hole that was just stepped over
 */

export const RATES = [0.5, 1, 2, 4, 8, 16];
const THIN_RATE = 8; // from here on key frames only, and no sound
const TICK_MS = 100;
const HOLD_MS_MAX = 4000;
const JUMP_SHOWN_MS = 5000;
const JUMP_SAID_US = 2e6; // shorter ones go without a word
const SCRUB_MS = 70;
const SCRUB_WAIT_MS = 350; // for a picture that is on its way
const OPEN_AFTER_MS = 300; // a finger that only passes a day opens no play for it
const APART_US_MAX = 500e3;
const NEAR_US = 30e3;

export class Desk {
	/**
	 * @param {import('../box/box.js').Box} box @param {string[]} ids of the cameras @param {number} at µs
	 * @param {() => void} onChange
	 */
	constructor(box, ids, at, onChange) {
		this.onChange = onChange;
		this.screens = ids.map((id) => new Screen(box, id, onChange));
		this.isOne = ids.length === 1;
		this.clock = at;
		/** @type {DeskState} */
		this.state = { isPlaying: false, rate: 1, hasSound: false, isAtEnd: false, jumped: null };
		this.isScrubbing = false;
		this.isJumping = false;
		this.hasBegun = false;
		this.heldAt = 0; // ms, since when something is late
		this.steppedTo = 0; // where the last step led
		/** Those that the others do not wait for any more. @type {Set<Screen>} */
		this.slow = new Set();
		this.movedAt = 0; // ms, when the finger last moved
		this.shownAt = 0; // ms, when a picture was last asked for while scrubbing
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.forget = undefined;
		this.timer = setInterval(() => this.#tick(), TICK_MS);
		this.setSound(false);
	}

	/** @param {Partial<DeskState>} patch */
	#set(patch) {
		this.state = { ...this.state, ...patch };
		this.onChange();
	}

	/** The wall time that is shown, µs; between two ticks too. */
	get time() {
		const lead = this.isScrubbing || this.isJumping || !this.state.isPlaying ? null : this.#lead;
		return lead?.time ?? this.clock;
	}

	/** Who shows the time: the first that has a picture and goes on. */
	get #lead() {
		return this.screens.find((screen) => screen.state.phase !== 'hole' && screen.time !== null && screen.isFlowing);
	}

	/** The newest recorded time known of any camera, µs. */
	get newest() {
		return edge(this.screens.map(({ coverage }) => coverage.newest), Math.max);
	}

	get oldest() {
		return edge(this.screens.map(({ coverage }) => coverage.oldest), Math.min);
	}

	play() {
		if (!this.state.isPlaying)
			this.#set({ isPlaying: true });
		this.#tick();
	}

	pause() {
		this.clock = this.time;
		this.screens.forEach((screen) => screen.rest());
		// Fast ones may be a little apart; at rest all show the same moment.
		for (const screen of this.screens)
			if (screen.state.phase === 'shown' && Math.abs((screen.time ?? this.clock) - this.clock) > NEAR_US)
				screen.show(this.clock);
		if (this.state.isPlaying)
			this.#set({ isPlaying: false });
	}

	/** @param {number} at µs */
	seek(at) {
		this.hasBegun = true;
		this.clock = at;
		this.isJumping = false;
		this.heldAt = 0;
		if (this.state.isAtEnd || this.state.jumped)
			this.#set({ isAtEnd: false, jumped: null });
		this.screens.forEach((screen) => screen.show(at));
	}

	/** @param {number} by µs */
	skip(by) {
		this.seek(this.time + by);
	}

	/** @param {number} days */
	skipDays(days) {
		this.seek(sameTime(this.time, days));
	}

	/** A finger moves the time. @param {number} at */
	scrub(at) {
		if (!this.isScrubbing) {
			this.isScrubbing = true;
			this.screens.forEach((screen) => screen.rest());
		}
		this.clock = at;
		this.movedAt = performance.now();
		this.#follow();
	}

	/** The picture follows the finger, as fast as it can be had. */
	#follow() {
		const now = performance.now();
		const isLate = this.screens.some((screen) => !screen.isReady) && now - this.shownAt < SCRUB_WAIT_MS;
		if (isLate || now - this.shownAt < SCRUB_MS)
			return;
		this.shownAt = now;
		const isResting = now - this.movedAt > OPEN_AFTER_MS;
		for (const screen of this.screens)
			if (screen.at !== this.clock && (isResting || screen.isOpenAt(this.clock)))
				screen.show(this.clock, true);
			else
				screen.look(this.clock);
	}

	endScrub() {
		this.isScrubbing = false;
		this.seek(this.clock);
		if (this.state.isPlaying)
			this.#tick();
	}

	/** @param {number} rate */
	setRate(rate) {
		this.clock = this.time;
		this.#set({ rate });
		this.#setMode();
		if (this.state.isPlaying)
			this.#tick();
	}

	/** @param {boolean} hasSound */
	setSound(hasSound) {
		this.clock = this.time;
		this.#set({ hasSound });
		this.#setMode();
	}

	#setMode() {
		const { rate, hasSound } = this.state;
		for (const screen of this.screens) {
			screen.at = this.clock;
			// In the grid one hears nothing: it would be all rooms at once.
			screen.setMode({ hasSound: hasSound && this.isOne, isThin: rate >= THIN_RATE });
			if (screen.video)
				screen.video.muted = !hasSound || !this.isOne;
		}
	}

	/** The next picture, or the one before. @param {1 | -1} direction */
	step(direction) {
		this.pause();
		const [lead] = this.screens.filter((screen) => screen.state.phase === 'shown');
		// A picture that was just stepped to may be on the screen before the browser has said so.
		const from = this.clock === this.steppedTo ? this.clock : lead?.shownAt ?? this.clock;
		// If it is not here yet, the fragment before must come first.
		this.steppedTo = lead?.player?.neighbour(from, direction) ?? this.clock + direction * 40e3;
		return this.seek(this.steppedTo);
	}

	#tick() {
		if (this.isJumping)
			return;
		if (this.isScrubbing)
			return this.#follow();
		if (!this.state.isPlaying)
			return this.screens.forEach((screen) => screen.look(this.clock) || screen.unstick());
		const lead = this.heldAt ? undefined : this.#lead;
		this.clock = lead?.time ?? this.clock;
		const edges = this.screens.map((screen) => screen.edge);
		const active = this.screens.filter((screen, at) => this.#isActive(screen, edges[at] ?? this.clock));
		if (active.length === 0) {
			this.clock = Math.max(this.clock, ...edges.map((one) => one ?? 0));
			return this.#jump();
		}
		return this.#run(active);
	}

	/** @param {Screen} screen @param {number} at where it is, or is to be */
	#isActive(screen, at) {
		const wasHole = screen.state.phase === 'hole';
		if (screen.state.phase === 'refused')
			return false;
		if (screen.look(at)) {
			screen.rest();
			return false;
		}
		if (wasHole)
			screen.show(this.clock);
		return true;
	}

	/** @param {Screen[]} active */
	#run(active) {
		const now = performance.now();
		active.forEach((screen) => screen.unstick());
		for (const screen of active)
			if (screen.isFlowing)
				this.slow.delete(screen);
		const late = active.filter((screen) => !screen.isFlowing && !this.slow.has(screen));
		this.heldAt = late.length > 0 ? this.heldAt || now : 0;
		if (late.length < active.length && this.heldAt > 0 && now - this.heldAt > HOLD_MS_MAX) {
			late.forEach((screen) => this.slow.add(screen));
			this.heldAt = 0;
		}
		for (const screen of active)
			if (this.heldAt > 0 && !this.isOne)
				this.#hold(screen);
			else
				screen.run(this.#rateFor(screen));
	}

	/** Waits at the clock. @param {Screen} screen */
	#hold(screen) {
		screen.rest();
		if (screen.isReady && screen.time !== null && Math.abs(screen.time - this.clock) > NEAR_US)
			screen.show(this.clock);
	}

	/** Its own speed, a little more or less where it is behind or ahead of the clock. @param {Screen} screen */
	#rateFor(screen) {
		const { rate } = this.state;
		const apart = (screen.time ?? this.clock) - this.clock;
		if (this.isOne || Math.abs(apart) < NEAR_US * rate)
			return rate;
		if (Math.abs(apart) > APART_US_MAX * Math.max(1, rate / 2)) {
			screen.show(this.clock + (this.heldAt ? 0 : 150e3 * rate));
			return rate;
		}
		return Math.min(16, rate * (1 - Math.max(-0.15, Math.min(0.15, apart / (1e6 * rate)))));
	}

	/** Nothing is recorded here: on to where something is. */
	async #jump() {
		const open = this.screens.filter((screen) => screen.state.phase === 'hole');
		if (open.length === 0)
			return;
		this.isJumping = true;
		const from = this.clock;
		const [hole] = open.map(({ state }) => state.hole);
		const found = (await Promise.all(open.map((screen) => screen.next(from)))).filter((at) => at !== null);
		if (!this.isJumping)
			return;
		this.isJumping = false;
		if (found.length === 0) {
			this.pause();
			return this.#set({ isAtEnd: true });
		}
		const to = Math.min(.../** @type {number[]} */ (found));
		this.seek(to);
		if (hole && to - from > JUMP_SAID_US)
			this.#say({ ...hole, from: Math.max(hole.from, from - 1e6), to });
	}

	/** @param {Hole} jumped */
	#say(jumped) {
		clearTimeout(this.forget);
		this.#set({ jumped });
		this.forget = setTimeout(() => this.#set({ jumped: null }), JUMP_SHOWN_MS);
	}

	stop() {
		clearInterval(this.timer);
		clearTimeout(this.forget);
		this.screens.forEach((screen) => screen.stop());
	}
}

/** @param {(number | null)[]} values @param {(...values: number[]) => number} pick */
function edge(values, pick) {
	const known = values.filter((one) => one !== null);
	return known.length ? pick(.../** @type {number[]} */ (known)) : null;
}
