// The timeline: a line of time that a finger pulls along under a fixed mark, and two fingers stretch. It draws
// what is recorded of each camera, the holes with their reasons, and what was seen or heard.

import { html, useEffect, useRef } from '../vendor/standalone.module.js';
import { keptMark, markText, reasonMark, reasonWord, recordedWords, sliderText, whatText } from '../words-recorded.js';
import { Glimpse } from './glimpse.js';
import { clampSpan, DAY, HOUR, marks, SECOND } from './scale.js';
import { holeAt, isIn } from './spans.js';
import { talkerText } from '../words-talk.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {{from: number, to: number, width: number, height: number, x: (us: number) => number}} Window */

const SPAN_FIRST = 2 * HOUR;
const TAP_PX = 8;
const WHEEL_ZOOM = 1.0022;
const KEY_ZOOM = 1.6;
const GLIDE_MS = 320; // a thrown line slows down to a third in this time
const GLIDE_MIN = 0.02; // px a ms
const NAME_ROOM_PX = 24;
const TEXT_ROOM_PX = 54;
const SAY_EVERY_MS = 10000;

export class Timeline {
	/** @param {HTMLElement} element with a canvas in it @param {Desk} desk @param {Glimpse | null} glimpse */
	constructor(element, desk, glimpse) {
		this.element = element;
		this.canvas = /** @type {HTMLCanvasElement} */ (element.querySelector('canvas'));
		this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
		this.desk = desk;
		this.glimpse = glimpse;
		/** Where a mouse rests over the line, px from its left. @type {number | null} */
		this.hover = null;
		this.span = SPAN_FIRST;
		/** @type {Map<number, {x: number, y: number}>} fingers on the line */
		this.fingers = new Map();
		this.grip = { time: 0, x: 0, span: 0, apart: 0, isTap: false };
		/** @type {{at_ms: number, x: number}[]} the last movements, for the throw */
		this.moves = [];
		this.glide = 0; // px a ms
		this.drawn = '';
		this.saidAt = -Infinity;
		this.frameAt = 0;
		this.aborter = new AbortController();
		const options = { signal: this.aborter.signal };
		element.addEventListener('pointerdown', (event) => this.#onDown(event), options);
		element.addEventListener('pointermove', (event) => this.#onMove(event), options);
		for (const name of /** @type {const} */ (['pointerup', 'pointercancel']))
			element.addEventListener(name, (event) => this.#onUp(event), options);
		element.addEventListener('pointerleave', () => {
			this.hover = null;
		}, options);
		element.addEventListener('wheel', (event) => this.#onWheel(event), { ...options, passive: false });
		this.frame = requestAnimationFrame((now) => this.#onFrame(now));
	}

	get #perPixel() {
		return this.span / Math.max(this.element.clientWidth, 1);
	}

	/** @param {number} span the middle stays where it is */
	zoom(span) {
		this.span = clampSpan(span);
	}

	/* ---- fingers ---- */

	/** @param {PointerEvent} event */
	#onDown(event) {
		if (event.button > 0)
			return;
		this.element.setPointerCapture(event.pointerId);
		this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
		this.glide = 0;
		this.#grip(this.fingers.size === 1);
	}

	/** Remembers what lies under the fingers now. @param {boolean} isTap */
	#grip(isTap) {
		const [a, b] = [...this.fingers.values()];
		this.grip = { time: this.desk.time, x: b ? (a.x + b.x) / 2 : (a?.x ?? 0), span: this.span, apart: b ? Math.hypot(a.x - b.x, a.y - b.y) : 0, isTap };
		this.moves = [];
	}

	/** @param {PointerEvent} event */
	#onMove(event) {
		const finger = this.fingers.get(event.pointerId);
		if (event.pointerType === 'mouse')
			this.hover = event.clientX - this.element.getBoundingClientRect().left;
		if (!finger)
			return;
		Object.assign(finger, { x: event.clientX, y: event.clientY });
		const [a, b] = [...this.fingers.values()];
		const x = b ? (a.x + b.x) / 2 : a.x;
		if (b && this.grip.apart > 0)
			this.zoom(this.grip.span * (this.grip.apart / Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1)));
		else if (this.grip.isTap && Math.abs(x - this.grip.x) < TAP_PX)
			return;
		this.grip.isTap = false;
		this.moves = [...this.moves.slice(-4), { at_ms: event.timeStamp, x }];
		this.#scrub(this.grip.time - (x - this.grip.x) * this.#perPixel);
	}

	/** @param {PointerEvent} event */
	#onUp(event) {
		if (!this.fingers.delete(event.pointerId))
			return;
		if (this.fingers.size > 0)
			return this.#grip(false);
		if (this.grip.isTap && event.type === 'pointerup') {
			const { left, width } = this.element.getBoundingClientRect();
			return this.desk.seek(this.#clamp(this.desk.time + (event.clientX - left - width / 2) * this.#perPixel));
		}
		const [first, last] = [this.moves[0], this.moves[this.moves.length - 1]];
		const isThrown = first && last && last.at_ms > first.at_ms && event.timeStamp - last.at_ms < 60;
		this.glide = isThrown && event.pointerType !== 'mouse' ? (last.x - first.x) / (last.at_ms - first.at_ms) : 0;
		if (!this.glide && this.desk.isScrubbing)
			this.desk.endScrub();
		return undefined;
	}

	/** Sideways moves, up and down stretches; a pinch on a touchpad comes as a wheel with Ctrl. @param {WheelEvent} event */
	#onWheel(event) {
		event.preventDefault();
		const scale = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
		if (Math.abs(event.deltaX) > Math.abs(event.deltaY))
			this.desk.seek(this.#clamp(this.desk.time + event.deltaX * scale * this.#perPixel));
		else
			this.zoom(this.span * WHEEL_ZOOM ** (event.deltaY * scale * (event.ctrlKey ? 4 : 1)));
	}

	/** Where a finger may go: what is recorded, and a little around it. @param {number} at */
	#clamp(at) {
		const { oldest, newest } = this.desk;
		const margin = this.span / 3;
		return Math.max((oldest ?? 0) - margin, Math.min(at, (newest ?? Date.now() * 1000) + Math.min(margin, 5 * SECOND)));
	}

	/** @param {number} at */
	#scrub(at) {
		this.desk.scrub(Math.round(this.#clamp(at)));
	}

	/* ---- keys ---- */

	/** @type {Record<string, (timeline: Timeline) => void>} */
	static keys = {
		ArrowLeft: (line) => line.#move(-line.span / 24),
		ArrowRight: (line) => line.#move(line.span / 24),
		PageUp: (line) => line.#move(line.span / 2),
		PageDown: (line) => line.#move(-line.span / 2),
		Home: (line) => line.desk.seek(line.desk.oldest ?? line.desk.time),
		End: (line) => line.desk.seek((line.desk.newest ?? line.desk.time) - SECOND),
		'+': (line) => line.zoom(line.span / KEY_ZOOM),
		'=': (line) => line.zoom(line.span / KEY_ZOOM),
		'-': (line) => line.zoom(line.span * KEY_ZOOM),
	};

	/** @param {number} by */
	#move(by) {
		this.saidAt = -Infinity;
		this.desk.seek(Math.round(this.#clamp(this.desk.time + by)));
	}

	/* ---- drawing ---- */

	/** @param {number} now */
	#onFrame(now) {
		this.frame = requestAnimationFrame((next) => this.#onFrame(next));
		const passed_ms = Math.min(now - this.frameAt, 50);
		this.frameAt = now;
		if (this.glide)
			this.#slide(passed_ms);
		const { clientWidth: width, clientHeight: height } = this.element;
		const time = this.desk.time;
		const sharpness = devicePixelRatio;
		const versions = this.desk.screens.map(({ coverage }) => coverage.version).join(' ');
		const key = [Math.round(time / this.#perPixel / 0.3), this.span, width, height, sharpness, versions, this.desk.clock.isRunning].join(' ');
		this.desk.screens.forEach(({ coverage }) => coverage.need(time - this.span, time + this.span));
		this.#glimpse(time, width);
		if (key === this.drawn || width === 0)
			return;
		this.drawn = key;
		if (this.canvas.width !== Math.round(width * sharpness) || this.canvas.height !== Math.round(height * sharpness))
			Object.assign(this.canvas, { width: Math.round(width * sharpness), height: Math.round(height * sharpness) });
		this.context.setTransform(sharpness, 0, 0, sharpness, 0, 0);
		this.#draw(time, width, height);
		this.#say(time, now);
	}

	/** The small picture: of the mark while the line is pulled, else of where a mouse rests. @param {number} time @param {number} width */
	#glimpse(time, width) {
		const x = this.desk.isScrubbing ? width / 2 : this.hover;
		if (x === null)
			this.glimpse?.hide();
		else
			this.glimpse?.show(Math.round(time + (x - width / 2) * this.#perPixel), x);
	}

	/** @param {number} passed_ms */
	#slide(passed_ms) {
		this.#scrub(this.desk.time - this.glide * passed_ms * this.#perPixel);
		this.glide *= Math.exp(-passed_ms / GLIDE_MS);
		if (Math.abs(this.glide) > GLIDE_MIN)
			return;
		this.glide = 0;
		this.desk.endScrub();
	}

	/** @param {string} name of a colour in the style sheet */
	#colour(name) {
		return getComputedStyle(this.element).getPropertyValue(name).trim();
	}

	/** @param {number} time @param {number} width @param {number} height */
	#draw(time, width, height) {
		const from = time - this.span / 2;
		const window = { from, to: from + this.span, width, height, x: (/** @type {number} */ us) => ((us - from) / this.span) * width };
		this.context.clearRect(0, 0, width, height);
		this.context.font = `500 11.5px ${getComputedStyle(this.element).fontFamily}`;
		this.context.textBaseline = 'middle';
		this.#drawMarks(window);
		const { screens } = this.desk;
		const top = 30;
		const room = (height - top - 14) / screens.length;
		const thick = Math.min(room - (screens.length > 1 ? 3 : 0), 34);
		screens.forEach((screen, at) => this.#drawBand(window, screen, top + at * room, thick));
		this.#drawHead(window);
	}

	/** @param {Window} window */
	#drawMarks({ from, to, width, height, x }) {
		const { context } = this;
		const line = this.#colour('--line');
		const dim = this.#colour('--dim');
		const text = this.#colour('--text');
		context.textAlign = 'center';
		for (const { at, format } of marks(from, to, width)) {
			const place = Math.round(x(at)) + 0.5;
			context.fillStyle = line;
			context.fillRect(place, format ? 22 : 25, 1, format ? height - 30 : 4);
			if (!format)
				continue;
			context.fillStyle = format === 'day' && this.span < 3 * DAY ? text : dim;
			context.fillText(markText(at, format), place, 11);
		}
	}

	/** @param {Window} window @param {import('./screen.js').Screen} screen @param {number} top @param {number} thick */
	#drawBand(window, { coverage, flaws }, top, thick) {
		const { context } = this;
		const { width, x } = window;
		const { spans, gaps, events, clips, spoken } = coverage.parts(window.from - this.span / 2, window.to + this.span / 2);
		context.fillStyle = this.#colour('--band-empty');
		this.#box(0, top, width, thick);
		this.#drawGaps(gaps, window, top, thick);
		context.fillStyle = this.#colour('--band');
		for (const [from, to] of spans)
			if (to > window.from && from < window.to)
				this.#box(Math.max(x(from), -4), top, Math.max(Math.min(x(to), width + 4) - Math.max(x(from), -4), 1.5), thick);
		context.fillStyle = this.#colour('--bad');
		for (const [from, to] of flaws.values())
			if (to > window.from && from < window.to)
				this.#box(x(from), top, Math.max(x(to) - x(from), 3), thick);
		context.fillStyle = this.#colour('--lamp');
		for (const { from, to } of events)
			if (to > window.from && from < window.to)
				this.#box(x(from), top + thick - 6, Math.max(x(to) - x(from), 3), 5);
		this.#drawNames(events, window, top, thick);
		context.fillStyle = this.#colour('--text');
		for (const { from, to } of spoken)
			if (to > window.from && from < window.to)
				this.#box(x(from), top + 1, Math.max(x(to) - x(from), 3), 5);
		context.fillStyle = this.#colour('--good');
		for (const { from, to } of clips)
			if (to > window.from && from < window.to)
				this.#box(x(from), top - 4, Math.max(x(to) - x(from), 3), 3);
	}

	/** Who was seen, where there is room to say it. @param {import('./spans.js').Happening[]} events @param {Window} window @param {number} top @param {number} thick */
	#drawNames(events, { width, x }, top, thick) {
		const { context } = this;
		context.fillStyle = this.#colour('--text');
		for (const { from, to, face } of events) {
			const [left, right] = [Math.max(x(from), 0), Math.min(x(to), width)];
			if (face?.name && thick >= NAME_ROOM_PX && right - left > context.measureText(face.name).width + 8)
				context.fillText(face.name, (left + right) / 2, top + thick / 2 - 2);
		}
	}

	/** @param {import('./spans.js').Gap[]} gaps @param {Window} window @param {number} top @param {number} thick */
	#drawGaps(gaps, { from, to, width, x }, top, thick) {
		const { context } = this;
		context.save();
		context.beginPath();
		const seen = gaps.filter((gap) => gap[1] > from && gap[0] < to && x(gap[1]) - x(gap[0]) > 1);
		seen.forEach((gap) => context.rect(x(gap[0]), top, x(gap[1]) - x(gap[0]), thick));
		context.clip();
		context.strokeStyle = this.#colour('--band-hatch');
		context.lineWidth = 1.5;
		context.beginPath();
		if (seen.length > 0)
			for (let at = -thick; at < width; at += 8) {
				context.moveTo(at, top + thick);
				context.lineTo(at + thick, top);
			}
		context.stroke();
		context.restore();
		context.fillStyle = this.#colour('--dim');
		for (const gap of seen) {
			const [left, right] = [Math.max(x(gap[0]), 0), Math.min(x(gap[1]), width)];
			const text = reasonMark(gap[2]);
			if (text && right - left > Math.max(TEXT_ROOM_PX, context.measureText(text).width + 12) && thick >= 14)
				context.fillText(text, (left + right) / 2, top + thick / 2);
		}
	}

	/** @param {number} left @param {number} top @param {number} width @param {number} height */
	#box(left, top, width, height) {
		this.context.beginPath();
		this.context.roundRect(left, top, width, height, Math.min(4, width / 2));
		this.context.fill();
	}

	/** @param {Window} window */
	#drawHead({ width, height }) {
		const { context } = this;
		const middle = Math.round(width / 2);
		context.fillStyle = this.#colour('--lamp');
		context.fillRect(middle - 1, 24, 2, height - 30);
		context.beginPath();
		context.moveTo(middle - 6, 20);
		context.lineTo(middle + 6, 20);
		context.lineTo(middle, 28);
		context.fill();
	}

	/* ---- for who hears it ---- */

	/** @param {number} time @param {number} now */
	#say(time, now) {
		if (this.desk.isScrubbing || (this.desk.clock.isRunning && now - this.saidAt < SAY_EVERY_MS))
			return;
		this.saidAt = now;
		const [{ coverage, flaws }] = this.desk.screens;
		const { spans, gaps, events, clips, spoken } = coverage.parts(time - this.span, time + this.span);
		const event = events.find((one) => one.from <= time && time < one.to);
		const isNothing = !event && !isIn(spans, time) && coverage.isKnown;
		const clip = clips.find((one) => one.from <= time && time < one.to);
		const talk = spoken.find((one) => one.from <= time && time < one.to);
		const flaw = [...flaws.values()].find(([from, to]) => from <= time && time < to);
		const what = [flaw && reasonWord(flaw[2]), event && whatText(event), isNothing && [recordedWords.nothingHere, reasonMark(holeAt(spans, gaps, time).reason)].filter(Boolean).join(': '),
			talk && `${talkerText(talk)} spoke`, clip && keptMark(clip.name)].filter(Boolean).join(', ');
		const { element } = this;
		element.setAttribute('aria-valuemin', String(Math.round((this.desk.oldest ?? time) / 1e6)));
		element.setAttribute('aria-valuemax', String(Math.round((this.desk.newest ?? time) / 1e6)));
		element.setAttribute('aria-valuenow', String(Math.round(time / 1e6)));
		element.setAttribute('aria-valuetext', sliderText(time, what));
	}

	stop() {
		this.aborter.abort();
		cancelAnimationFrame(this.frame);
		this.glimpse?.stop();
	}
}

/** @param {{desk: Desk, hold: {current: Timeline | null}}} props `hold` lets the page's keys reach it */
export function TimelineView({ desk, hold }) {
	const element = useRef(/** @type {HTMLElement | null} */ (null));
	const card = useRef(/** @type {HTMLElement | null} */ (null));
	useEffect(() => {
		// Of all cameras together there would be as many small pictures as large ones.
		const glimpse = desk.isOne && card.current ? new Glimpse(card.current, desk.screens[0]) : null;
		const timeline = new Timeline(/** @type {HTMLElement} */ (element.current), desk, glimpse);
		hold.current = timeline;
		return () => {
			hold.current = null;
			timeline.stop();
		};
	}, [desk]);
	return html`<div class="line">
		<div class="timeline" ref=${element} tabindex="0" role="slider" aria-label=${recordedWords.timeline} aria-valuenow="0" aria-orientation="horizontal"><canvas></canvas></div>
		<div class="glimpse" ref=${card} hidden aria-hidden="true"><canvas></canvas><time></time></div>
	</div>`;
}
