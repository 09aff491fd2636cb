// The timeline's arithmetic: how much time the width shows, and where its marks stand. Times are µs since
// 1970; days, hours and minutes are the reader's own, also on the days when the clocks change. Pure.

/** @typedef {'fraction' | 'second' | 'minute' | 'day'} MarkFormat */
/** @typedef {{at: number, format: MarkFormat | ''}} Mark format '': no text */

export const SECOND = 1e6;
export const MINUTE = 60e6;
export const HOUR = 3600e6;
export const DAY = 86400e6;
export const SPAN_MIN = SECOND;
export const SPAN_MAX = 31 * DAY;
const HALF_HOUR = HOUR / 2; // the smallest step by which clocks change anywhere
const LABEL_PX = 76;
const MARKS_MAX = 400;

/** Distance of texts, of small marks, and what the text says. @type {[number, number, MarkFormat][]} */
const steps = [
	[0.2 * SECOND, 0.04 * SECOND, 'fraction'], [0.5 * SECOND, 0.1 * SECOND, 'fraction'], [SECOND, 0.2 * SECOND, 'second'], [2 * SECOND, 0.5 * SECOND, 'second'],
	[5 * SECOND, SECOND, 'second'], [10 * SECOND, 2 * SECOND, 'second'], [15 * SECOND, 5 * SECOND, 'second'], [30 * SECOND, 5 * SECOND, 'second'],
	[MINUTE, 10 * SECOND, 'minute'], [2 * MINUTE, 30 * SECOND, 'minute'], [5 * MINUTE, MINUTE, 'minute'], [10 * MINUTE, 2 * MINUTE, 'minute'],
	[15 * MINUTE, 5 * MINUTE, 'minute'], [HALF_HOUR, 5 * MINUTE, 'minute'], [HOUR, 15 * MINUTE, 'minute'], [2 * HOUR, HALF_HOUR, 'minute'],
	[3 * HOUR, HOUR, 'minute'], [6 * HOUR, HOUR, 'minute'], [12 * HOUR, 3 * HOUR, 'minute'], [DAY, 6 * HOUR, 'day'], [2 * DAY, DAY, 'day'], [7 * DAY, DAY, 'day'],
];

/** @param {number} span */
export const clampSpan = (span) => Math.min(Math.max(span, SPAN_MIN), SPAN_MAX);

/** Local midnight before a time, so many days later. @param {number} us @param {number} [days] */
export function dayStart(us, days = 0) {
	const date = new Date(us / 1000);
	return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime() * 1000;
}

/** The same time of day, so many days later. @param {number} us @param {number} days */
export function sameTime(us, days) {
	const date = new Date(us / 1000);
	const rest = us - Math.floor(us / 1000) * 1000;
	return date.setDate(date.getDate() + days) * 1000 + rest;
}

/** Do the clocks change on the day of this time? @param {number} us */
export function isChangeDay(us) {
	return dayStart(us, 1) - dayStart(us) !== DAY;
}

/** Does a mark of this distance stand at this time, which is a local half hour? @param {Date} date @param {number} step */
function stands(date, step) {
	const minutes = date.getHours() * 60 + date.getMinutes();
	if (step > DAY)
		return minutes === 0 && daysSinceMonday(date) % Math.round(step / DAY) === 0;
	return minutes % (step / MINUTE) === 0;
}

/** Days since a Monday long ago, by the calendar. @param {Date} date */
function daysSinceMonday(date) {
	return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / (DAY / 1000)) - 4;
}

/** @param {number} from @param {number} to @param {number} step @returns {number[]} */
function places(from, to, step) {
	const found = [];
	// The local clock is off by whole half hours: below that, marks stand at round times of any clock.
	const grid = step < HALF_HOUR ? step : HALF_HOUR;
	for (let at = Math.ceil(from / grid) * grid; at <= to && found.length < MARKS_MAX; at += grid)
		if (step < HALF_HOUR || stands(new Date(at / 1000), step))
			found.push(Math.round(at));
	return found;
}

/**
 * The marks between two times, on a line of that many pixels.
 * @param {number} from @param {number} to @param {number} width_px
 * @returns {Mark[]}
 */
export function marks(from, to, width_px) {
	const room = ((to - from) / Math.max(width_px, 1)) * LABEL_PX;
	const [large, small, format] = steps.find(([step, , kind]) => step >= (kind === 'fraction' ? room * 1.3 : room)) ?? steps[steps.length - 1];
	const texts = new Set(places(from - large, to, large));
	const between = places(from, to, small).filter((at) => !texts.has(at));
	return [...between.map((at) => mark(at, '')), ...[...texts].map((at) => mark(at, format))].sort((a, b) => a.at - b.at);
}

/** Midnight is named by its day. @param {number} at @param {MarkFormat | ''} format @returns {Mark} */
function mark(at, format) {
	return { at, format: format && at === dayStart(at) ? 'day' : format };
}
