// Zones as shapes in per cent of the picture: what a finger or a key does to them. Pure; nothing is changed in place.

/** @typedef {[number, number]} Point */
/** @typedef {{name: string, kind: 'include' | 'exclude', points: Point[]}} Zone */
/** @typedef {{height: number, dwell: number, zones: Zone[]}} Draft least height in per cent of the picture's, seconds, and where */

export const ZONES_MAX = 8;
export const POINTS_MAX = 48; // of all zones together
export const POINTS_MIN = 3;
export const NAME_SIZE_MAX = 31; // bytes
const START = 25; // a new zone lies so far from the edges
const SHIFT = 4; // and beside the one before

/** @param {number} value */
const clamp = (value) => Math.round(Math.max(0, Math.min(100, value)) * 100) / 100;
/** @param {Draft} draft */
export const pointCount = ({ zones }) => zones.reduce((sum, { points }) => sum + points.length, 0);
/** @param {Draft} draft */
export const canAdd = (draft) => draft.zones.length < ZONES_MAX && pointCount(draft) + 4 <= POINTS_MAX;

/** @param {Draft} draft @param {Partial<Zone>} [patch] @param {number} [place] @returns {Draft} one zone is another one */
export const change = (draft, patch = {}, place = 0) => ({ ...draft, zones: draft.zones.map((zone, i) => (i === place ? { ...zone, ...patch } : zone)) });

/** A rectangle in the middle. @param {Draft} draft @returns {Draft} */
export function add(draft) {
	const low = START + SHIFT * draft.zones.length % START;
	const high = low + 100 - 2 * START;
	const points = /** @type {Point[]} */ ([[low, low], [high, low], [high, high], [low, high]].map((point) => point.map(clamp)));
	return { ...draft, zones: [...draft.zones, { name: '', kind: 'include', points }] };
}

/** @param {Draft} draft @param {number} place @returns {Draft} */
export const remove = (draft, place) => ({ ...draft, zones: draft.zones.filter((_, i) => i !== place) });

/** A corner goes there. @param {Draft} draft @param {number} place @param {number} corner @param {Point} to @returns {Draft} */
export const movePoint = (draft, place, corner, [x, y]) => change(draft, { points: draft.zones[place].points.map((point, i) => (i === corner ? [clamp(x), clamp(y)] : point)) }, place);

/** The zone as a whole, as far as the edges let it. @param {Draft} draft @param {number} place @param {Point} by @returns {Draft} */
export function moveZone(draft, place, by) {
	const { points } = draft.zones[place];
	const [dx, dy] = by.map((value, axis) => {
		const all = points.map((point) => point[axis]);
		return Math.max(-Math.min(...all), Math.min(100 - Math.max(...all), value));
	});
	return change(draft, { points: points.map(([x, y]) => [clamp(x + dx), clamp(y + dy)]) }, place);
}

/** One more corner, in the middle of the side behind this one. @param {Draft} draft @param {number} place @param {number} corner @returns {Draft} */
export function split(draft, place, corner) {
	const { points } = draft.zones[place];
	return pointCount(draft) < POINTS_MAX ? change(draft, { points: [...points.slice(0, corner + 1), middle(points, corner), ...points.slice(corner + 1)] }, place) : draft;
}

/** @param {Point[]} points @param {number} corner @returns {Point} the middle of the side behind it */
export function middle(points, corner) {
	const [a, b] = [points[corner], points[(corner + 1) % points.length]];
	return [clamp((a[0] + b[0]) / 2), clamp((a[1] + b[1]) / 2)];
}

/** @param {Draft} draft @param {number} place @param {number} corner @returns {Draft} */
export function dropPoint(draft, place, corner) {
	const { points } = draft.zones[place];
	return points.length > POINTS_MIN ? change(draft, { points: points.filter((_, i) => i !== corner) }, place) : draft;
}

/** As many letters as the box takes. @param {string} text */
export function cutName(text) {
	const encoder = new TextEncoder();
	let name = '';
	for (const letter of text.replace(/\p{Cc}/gu, '')) {
		if (encoder.encode(name + letter).length > NAME_SIZE_MAX)
			break;
		name += letter;
	}
	return name;
}
