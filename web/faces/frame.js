// Where in a picture a face is: a square that fingers and keys move, and a guess from where somebody stood. Pure; pixels of the picture.

/** @typedef {{x: number, y: number, side: number}} Square */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {[number, number, number, number]} Box left, top, right, bottom, per cent */

export const SIDE_MIN = 48;
const NAME_SIZE_MAX = 63; // bytes; the box takes no more
const ROOM = 1.15; // around the head, of a person's width

/** @param {number} value @param {number} most */
const within = (value, most) => Math.min(Math.max(value, 0), Math.max(most, 0));

/** No larger than the picture, and within it. @param {Square} square @param {Size} size @returns {Square} */
export function fitted({ x, y, side }, { width, height }) {
	const fit = Math.min(Math.max(side, SIDE_MIN), width, height);
	return { x: within(x, width - fit), y: within(y, height - fit), side: fit };
}

/** As large as can be, or a part of that; above the middle, where faces are. @param {Size} size @param {number} part @returns {Square} */
export function first(size, part) {
	const side = Math.min(size.width, size.height) * part;
	return fitted({ x: (size.width - side) / 2, y: (size.height - side) / 4, side }, size);
}

/** @param {Square} square @param {[number, number]} by @param {Size} size */
export const moved = ({ x, y, side }, by, size) => fitted({ x: x + by[0], y: y + by[1], side }, size);

/** Around the same middle. @param {Square} square @param {number} side @param {Size} size */
export function resized({ x, y, side: was }, side, size) {
	const fit = fitted({ x, y, side }, size).side;
	return fitted({ x: x + (was - fit) / 2, y: y + (was - fit) / 2, side: fit }, size);
}

/** Where the head of somebody is. @param {Box} box of all of him @param {Size} size @returns {Square} */
export function headIn([left, top, right, bottom], size) {
	const [width, height] = [((right - left) / 100) * size.width, ((bottom - top) / 100) * size.height];
	const side = Math.min(width * ROOM, height * ROOM);
	return fitted({ x: ((left + right) / 200) * size.width - side / 2, y: (top / 100) * size.height - side * 0.05, side }, size);
}

/**
 * Where somebody was at a moment: between the boxes along his way, which the event's note lists in even steps of its time.
 * null: the event does not say.
 * @param {{from: number, to: number | null, note?: string, picture?: {at: number, box: Box} | null}} event @param {number} at µs @returns {Box | null}
 */
export function boxAt({ from, to, note = '', picture }, at) {
	const path = note.split(' ').map((part) => part.split(',').map(Number)).filter((box) => box.length === 4 && box.every(Number.isFinite));
	if (path.length === 0 || to === null || to <= from)
		return picture && Math.abs(picture.at - at) < 1e6 ? picture.box : null;
	const place = within((at - from) / (to - from), 1) * (path.length - 1);
	const [before, after] = [path[Math.floor(place)], path[Math.ceil(place)]];
	return /** @type {Box} */ (before.map((value, i) => value + (after[i] - value) * (place % 1)));
}

/** Would the box take it as a name? @param {string} text */
export const isName = (text) => text !== '' && !/\p{Cc}/u.test(text) && new TextEncoder().encode(text).length <= NAME_SIZE_MAX;
