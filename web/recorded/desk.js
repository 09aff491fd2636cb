// What the buttons do, for one camera's recordings or several: play, pause, seek, step and speed set the clock, and
// the screens follow it. A picture that is late holds the clock for a moment, and later catches up.

import { Clock } from './clock.js';
import { Screen } from './screen.js';
import { sameTime } from './scale.js';
import { hearsWords } from '../words-talk.js';
import { eventText, jumpText, noEventText } from '../words-recorded.js';

/** @typedef {'room' | 'speaker' | 'both'} Hears */
/**
 * @typedef {object} DeskState
 * @property {boolean} hasSound
 * @property {Hears} hears what is heard where somebody spoke through the camera: what its microphone heard, the very sound that its speaker was given, or both
 * @property {boolean} isAtEnd there is nothing newer
 * @property {string} said a word about where the clock was just set; '': nothing
 */

export const RATES = [0.5, 1, 2, 4, 8, 16];
/** @type {Hears[]} */
export const HEARS = ['room', 'speaker', 'both'];
export const THIN_RATE = 8; // from here on key frames only, and no sound
const TICK_MS = 100;
const HOLD_MS_MAX = 4000;
const SAID_MS = 5000;
const JUMP_SAID_US = 2e6; // shorter ones go without a word
const SCRUB_MS = 70;
const SCRUB_WAIT_MS = 350; // for a picture that is on its way
const OPEN_AFTER_MS = 300; // a finger that only passes a day opens no play for it
const FRAME_US = 40e3; // where the pictures are not known
const EVENT_LEAD_US = 2e6; // an event is looked at from a little before
const EVENT_AGAIN_US = 3e6; // so soon after it, “the event before” is another one

export class Desk {
	/**
	 * @param {import('../box/box.js').Box} box @param {string[]} ids of the cameras @param {number} at µs
	 * @param {() => void} onChange
	 */
	constructor(box, ids, at, onChange) {
		this.onChange = onChange;
		this.clock = new Clock(at);
		this.screens = ids.map((id) => new Screen(box, id, this.clock, onChange));
		this.isOne = ids.length === 1;
		/** @type {DeskState} */
		this.state = { hasSound: false, hears: 'room', isAtEnd: false, said: '' };
		/** The event that was gone to last, and where its look began. */
		this.event = { from: 0, at: -Infinity };
		this.seeks = 0;
		this.isScrubbing = false;
		this.isJumping = false;
		this.hasBegun = false;
		/** The one whose pictures trim the clock, as long as they flow. @type {Screen | undefined} */
		this.lead = undefined;
		this.heldAt = 0; // ms, since when something is late
		/** Those that the others do not wait for any more. @type {Set<Screen>} */
		this.slow = new Set();
		this.movedAt = 0; // ms, when the finger last moved
		this.askedAt = 0; // ms, when a picture was last asked for while scrubbing
		this.askedFor = 0; // of which time
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

	/** The wall time that is shown, µs. */
	get time() {
		return this.clock.time;
	}

	/** The newest recorded time known of any camera, µs. */
	get newest() {
		return edge(this.screens.map(({ coverage }) => coverage.newest), Math.max);
	}

	get oldest() {
		return edge(this.screens.map(({ coverage }) => coverage.oldest), Math.min);
	}

	play() {
		this.clock.isRunning = true;
		this.onChange();
		this.#tick();
	}

	/** At rest all show the same moment: that of the picture which led. */
	pause() {
		const { lead, clock } = this;
		const { isGoing } = clock;
		clock.isRunning = false;
		clock.hold();
		this.screens.forEach((screen) => screen.rest());
		if (isGoing && lead?.isFlowing)
			clock.seek(lead.time ?? clock.time);
		// The picture that is on the screen when an element pauses may be the one before or after.
		this.screens.forEach((screen) => screen.settle(-1));
		this.onChange();
	}

	/** @param {number} at µs */
	seek(at) {
		this.hasBegun = true;
		this.clock.seek(at);
		this.isJumping = false;
		this.heldAt = 0;
		this.seeks++;
		if (this.state.isAtEnd || this.state.said)
			this.#set({ isAtEnd: false, said: '' });
		this.screens.forEach((screen) => screen.show());
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
		if (!this.isScrubbing)
			this.screens.forEach((screen) => screen.rest());
		this.isScrubbing = true;
		this.clock.seek(at);
		this.movedAt = performance.now();
		this.#chase();
	}

	/** The picture follows the finger, as fast as it can be had. */
	#chase() {
		const now = performance.now();
		const isLate = this.screens.some((screen) => !screen.isReady) && now - this.askedAt < SCRUB_WAIT_MS;
		if (isLate || now - this.askedAt < SCRUB_MS)
			return;
		this.askedAt = now;
		const isResting = now - this.movedAt > OPEN_AFTER_MS;
		const isAnother = this.askedFor !== this.time;
		for (const screen of this.screens)
			if (isAnother && (isResting || screen.isOpen))
				screen.show(true);
			else
				screen.look();
		if (isResting || this.screens.every((screen) => screen.isOpen))
			this.askedFor = this.time;
	}

	endScrub() {
		this.isScrubbing = false;
		this.seek(this.time);
		this.#tick();
	}

	/** @param {number} rate */
	setRate(rate) {
		this.clock.setRate(rate);
		this.#setMode();
		this.onChange();
		this.#tick();
	}

	/** @param {boolean} hasSound */
	setSound(hasSound) {
		this.#set({ hasSound });
		this.#setMode();
	}

	/** Sound is chosen: which. @param {Hears} hears */
	setHears(hears) {
		this.#set({ hears, hasSound: true });
		this.#setMode();
		this.#say(hearsWords[hears]);
	}

	nextHears() {
		this.setHears(HEARS[(HEARS.indexOf(this.state.hears) + 1) % HEARS.length]);
	}

	#setMode() {
		const { hasSound: isOn, hears } = this.state;
		const hasSound = isOn && hears !== 'speaker' && this.isOne; // in the grid one hears nothing: it would be all rooms at once
		for (const screen of this.screens) {
			screen.setMode({ hasSound, isThin: this.clock.rate >= THIN_RATE });
			if (screen.video)
				screen.video.muted = !hasSound;
		}
	}

	/** The next picture, or the one before. @param {1 | -1} direction */
	step(direction) {
		this.pause();
		const [first] = this.screens.filter((screen) => screen.state.phase === 'shown');
		this.seek(first?.player?.neighbour(this.time, direction) ?? this.time + direction * FRAME_US);
	}

	/** To the event before or after, of any camera. @param {1 | -1} direction */
	async goToEvent(direction) {
		const isThere = Math.abs(this.time - this.event.at) < EVENT_AGAIN_US * Math.max(1, this.clock.rate);
		const from = isThere ? this.event.from : this.time;
		const { seeks } = this;
		const beside = await Promise.all(this.screens.map(async ({ coverage, camera }) => ({ coverage, camera, event: await coverage.eventBeside(from, direction) })));
		const [first] = beside.flatMap(({ event, ...of }) => (event ? [{ ...of, event }] : [])).sort((a, b) => (a.event.from - b.event.from) * direction);
		if (!first)
			return this.#say(noEventText(direction));
		const { event, coverage, camera } = first;
		const recorded = await coverage.nextFrom(event.from - EVENT_LEAD_US);
		if (this.seeks !== seeks)
			return undefined; // another place was asked for meanwhile
		const at = recorded !== null && recorded < Math.max(event.to, event.from + EVENT_LEAD_US) ? recorded : event.from;
		this.seek(at);
		this.event = { from: event.from, at };
		return this.#say(eventText(event, this.isOne ? '' : camera?.name ?? ''));
	}

	#tick() {
		if (this.isJumping)
			return;
		if (this.isScrubbing)
			return this.#chase();
		if (!this.clock.isRunning)
			return this.screens.forEach((screen) => screen.look() || screen.unstick() || screen.settle());
		const active = this.screens.filter((screen) => this.#isActive(screen));
		return active.length === 0 ? this.#jump() : this.#run(active);
	}

	/** @param {Screen} screen */
	#isActive(screen) {
		const wasHole = screen.state.phase === 'hole';
		if (screen.state.phase === 'refused')
			return false;
		if (screen.look()) {
			screen.rest();
			return false;
		}
		if (wasHole || screen.isOver)
			screen.show();
		return true;
	}

	/** @param {Screen[]} active */
	#run(active) {
		const { clock } = this;
		const now = performance.now();
		active.forEach((screen) => screen.unstick());
		const late = active.filter((screen) => !screen.isFlowing && !screen.isAtEdge);
		this.slow.forEach((screen) => late.includes(screen) || this.slow.delete(screen));
		const missed = late.filter((screen) => !this.slow.has(screen));
		this.heldAt = missed.length > 0 ? this.heldAt || now : 0;
		if (late.length < active.length && this.heldAt > 0 && now - this.heldAt > HOLD_MS_MAX) {
			missed.forEach((screen) => this.slow.add(screen));
			this.heldAt = 0;
		}
		this.lead = [this.lead, ...active].find((screen) => screen && active.includes(screen) && screen.isFlowing && screen.isNear);
		if (this.heldAt > 0 || late.length === active.length)
			clock.hold();
		else
			clock.go(this.lead?.time ?? clock.time);
		for (const screen of active)
			if (clock.isGoing || this.isOne)
				screen.run();
			else
				screen.wait();
	}

	/** Nothing is recorded here: on to where something is. */
	async #jump() {
		this.clock.hold();
		const open = this.screens.filter((screen) => screen.state.phase === 'hole');
		if (open.length === 0)
			return;
		this.isJumping = true;
		const { time: from, seeks } = this;
		const [hole] = open.map(({ state }) => state.hole);
		const found = (await Promise.all(open.map((screen) => screen.next(from)))).filter((at) => at !== null);
		if (this.seeks !== seeks)
			return; // another place was asked for meanwhile
		this.isJumping = false;
		if (found.length === 0) {
			this.pause();
			return this.#set({ isAtEnd: true });
		}
		const to = Math.min(.../** @type {number[]} */ (found));
		this.seek(to);
		if (hole && to - from > JUMP_SAID_US)
			this.#say(jumpText({ ...hole, from: Math.max(hole.from, from - 1e6), to }));
	}

	/** @param {string} said */
	#say(said) {
		clearTimeout(this.forget);
		this.#set({ said });
		this.forget = setTimeout(() => this.#set({ said: '' }), SAID_MS);
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
