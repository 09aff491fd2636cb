// The text of a block, `ward/block/1`: what of one camera became durable together. Its hash is a `media` entry of the
// log. Pure and strict: what the box would not write is refused.

import { sha256, toHex, utf8 } from './bytes.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {{from: number, to: number, frames: number, bytes: number, cipher: string, plain: string}} Piece a fragment: times in µs, the size of its age file, hashes in hex */
/** @typedef {{camera: string, from: number, to: number, pieces: Map<string, Piece>}} Block pieces by track and number, `v 17` */

const TEXT_SIZE_MAX = 40 * 1024;
const PIECES_MAX = 128;
const SALT = { at: 8, end: 40 }; // in a fragment's free box
const NUMBER = '(0|[1-9][0-9]{0,15})';
const HASH = '([0-9a-f]{64})';
const HEAD = ['ward/block/1', 'cam (c[1-9][0-9]{0,9})', `prev ${HASH}`, `span ${NUMBER} ${NUMBER}`].map((line) => new RegExp(`^${line}$`));
const SEG = new RegExp(`^seg ([vwmts]) ${Array(5).fill(NUMBER).join(' ')} ${HASH} ${HASH}$`);
const OTHER = new RegExp(`^(gap [vwmts] ${NUMBER} ${NUMBER} [a-z-]+|spk [0-9a-f]{32} ${Array(4).fill(NUMBER).join(' ')} (sound|silent|hole|hole [a-z]+))$`);

/** @param {string} text @returns {Block} */
export function parseBlock(text) {
	if (text.length > TEXT_SIZE_MAX || !text.endsWith('\n'))
		throw new RangeError('not a block');
	const lines = text.slice(0, -1).split('\n');
	const [, cam, , span] = HEAD.map((line, at) => {
		const found = line.exec(lines[at] ?? '');
		if (!found)
			throw new RangeError('head of the block');
		return found;
	});
	/** @type {Map<string, Piece>} */
	const pieces = new Map();
	for (const line of lines.slice(HEAD.length)) {
		const [, track, ...rest] = SEG.exec(line) ?? [];
		if (!track && !OTHER.test(line))
			throw new RangeError(`line "${line}" of the block`);
		if (!track)
			continue;
		const [number, from, duration, frames, bytes] = rest.slice(0, 5).map(Number);
		const name = `${track} ${number}`;
		if (pieces.has(name) || pieces.size === PIECES_MAX)
			throw new RangeError(`line "${line}" of the block`);
		pieces.set(name, { from, to: from + duration, frames, bytes, cipher: rest[5], plain: rest[6] });
	}
	return { camera: cam[1], from: Number(span[1]), to: Number(span[2]), pieces };
}

/**
 * Is a fragment the one that the block names, to the last byte?
 * @param {Piece} piece @param {Bytes} file as it lies on the disk @param {Bytes} plain as it was opened
 */
export async function isPiece(piece, file, plain) {
	if (file.length !== piece.bytes || toHex(await sha256(file)) !== piece.cipher)
		return false;
	const hash = await sha256(utf8('ward/pt/1\0'), plain.subarray(SALT.at, SALT.end), plain.subarray(SALT.end));
	return toHex(hash) === piece.plain;
}
