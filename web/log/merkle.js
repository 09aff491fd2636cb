// The log's tree: RFC 6962 hashing, the proofs of RFC 9162 §2.1, and C2SP tlog-tiles of height 8.
// Sizes and indexes are plain numbers (exact to 2^53), so no bit operators: those cut at 32 bits.

import { isEqual, sha256, utf8 } from './bytes.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
export const TILE_WIDTH = 256;

/** @param {Bytes} entry */
export function leafHash(entry) {
	return sha256(LEAF, entry);
}

/** @param {Bytes} left @param {Bytes} right */
export function nodeHash(left, right) {
	return sha256(NODE, left, right);
}

/** @param {number} n */
const isOdd = (n) => n % 2 === 1;
/** @param {number} n */
const half = (n) => Math.floor(n / 2);

/** @param {number} n */
function isSize(n) {
	return Number.isSafeInteger(n) && n >= 0;
}

/**
 * Is the leaf at `index` of the tree of `size` leaves with this root? RFC 9162 §2.1.3.2.
 * @param {number} index @param {number} size @param {Bytes} leaf @param {Bytes[]} hashes @param {Bytes} root
 */
export async function verifyInclusion(index, size, leaf, hashes, root) {
	if (!isSize(index) || !isSize(size) || index >= size)
		return false;
	let position = index;
	let last = size - 1;
	let hash = leaf;
	for (const sibling of hashes) {
		if (last === 0)
			return false;
		if (isOdd(position) || position === last) {
			hash = await nodeHash(sibling, hash);
			while (!isOdd(position) && position !== 0) {
				position = half(position);
				last = half(last);
			}
		} else {
			hash = await nodeHash(hash, sibling);
		}
		position = half(position);
		last = half(last);
	}
	return last === 0 && root.length === 32 && isEqual(hash, root);
}

/**
 * Is the tree of `from` leaves a prefix of the tree of `to` leaves? RFC 9162 §2.1.4.2. The empty tree
 * is a prefix of every tree, with an empty proof.
 * @param {number} from @param {number} to @param {Bytes} rootFrom @param {Bytes} rootTo @param {Bytes[]} hashes
 */
export async function verifyConsistency(from, to, rootFrom, rootTo, hashes) {
	if (!isSize(from) || !isSize(to) || from > to)
		return false;
	if (from === to)
		return hashes.length === 0 && isEqual(rootFrom, rootTo);
	if (from === 0)
		return hashes.length === 0 && isEqual(rootFrom, await sha256(utf8('')));
	let position = from - 1;
	let last = to - 1;
	while (isOdd(position)) {
		position = half(position);
		last = half(last);
	}
	const path = position === 0 ? [rootFrom, ...hashes] : [...hashes];
	let older = path.shift();
	if (!older)
		return false;
	let newer = older;
	for (const sibling of path) {
		if (last === 0)
			return false;
		if (isOdd(position) || position === last) {
			older = await nodeHash(sibling, older);
			newer = await nodeHash(sibling, newer);
			while (!isOdd(position) && position !== 0) {
				position = half(position);
				last = half(last);
			}
		} else {
			newer = await nodeHash(newer, sibling);
		}
		position = half(position);
		last = half(last);
	}
	return last === 0 && isEqual(older, rootFrom) && isEqual(newer, rootTo);
}

/** The root over a power of two of hashes. @param {Bytes[]} hashes @returns {Promise<Bytes>} */
async function fullRoot(hashes) {
	let level = hashes;
	while (level.length > 1) {
		const above = [];
		for (let index = 0; index < level.length; index += 2)
			above.push(await nodeHash(level[index], level[index + 1]));
		level = above;
	}
	return level[0];
}

/** The complete subtrees that a row of hashes falls into, largest first. @param {Bytes[]} hashes */
async function peaks(hashes) {
	const found = [];
	let start = 0;
	for (let width = TILE_WIDTH; width >= 1; width /= 2) {
		if (hashes.length - start < width)
			continue;
		found.push(await fullRoot(hashes.slice(start, start + width)));
		start += width;
	}
	return found;
}

/** `x001/x234/067` of tlog-tiles. @param {number} index */
function tileName(index) {
	const groups = [];
	do {
		groups.unshift(String(index % 1000).padStart(3, '0'));
		index = Math.floor(index / 1000);
	} while (index > 0);
	return groups.map((group, at) => (at < groups.length - 1 ? 'x' : '') + group).join('/');
}

/** Path of a tile below `tile/`. @param {number} level @param {number} index @param {number} width */
export function tilePath(level, index, width) {
	return `${level}/${tileName(index)}` + (width < TILE_WIDTH ? `.p/${width}` : '');
}

/**
 * All leaf hashes of one checkpoint, read from tiles and proven under its root: one or two requests
 * prove hundreds of entries, and show at the same time that none is missing between them.
 */
export class ProvenTiles {
	/**
	 * @param {number} size of the checkpoint @param {Bytes} root of the checkpoint
	 * @param {(path: string) => Promise<Bytes>} fetchTile
	 */
	constructor(size, root, fetchTile) {
		this.size = size;
		this.root = root;
		this.fetchTile = fetchTile;
		/** @type {Map<string, Promise<Bytes[]>>} */
		this.tiles = new Map();
		/** @type {Promise<boolean> | null} */
		this.edge = null;
	}

	/** How many hashes tile `index` of `level` has under this checkpoint. @param {number} level @param {number} index */
	#width(level, index) {
		const count = Math.floor(this.size / TILE_WIDTH ** level);
		return Math.max(0, Math.min(TILE_WIDTH, count - index * TILE_WIDTH));
	}

	/** @param {number} level @param {number} index @returns {Promise<Bytes[]>} */
	#tile(level, index) {
		const path = tilePath(level, index, this.#width(level, index));
		let tile = this.tiles.get(path);
		if (!tile) {
			tile = this.#read(path, this.#width(level, index));
			this.tiles.set(path, tile);
			tile.catch(() => this.tiles.delete(path));
		}
		return tile;
	}

	/** @param {string} path @param {number} width @returns {Promise<Bytes[]>} */
	async #read(path, width) {
		const bytes = await this.fetchTile(path);
		if (bytes.length !== width * 32)
			throw new ProofError('tile-size');
		return Array.from({ length: width }, (_, at) => bytes.slice(at * 32, at * 32 + 32));
	}

	/** The tiles at the right edge, of every level, make the root. */
	async #checkEdge() {
		/** @type {Bytes | null} */
		let root = null;
		for (let level = 0; TILE_WIDTH ** level <= this.size; level++) {
			const index = Math.floor(this.size / TILE_WIDTH ** (level + 1));
			if (this.#width(level, index) === 0)
				continue;
			for (const peak of (await peaks(await this.#tile(level, index))).reverse())
				root = root ? await nodeHash(peak, root) : peak;
		}
		return isEqual(root ?? (await sha256(utf8(''))), this.root);
	}

	/** @param {number} level @param {number} index @returns {Promise<Bytes[]>} */
	async #proven(level, index) {
		this.edge ??= this.#checkEdge();
		if (!(await this.edge))
			throw new ProofError('tile-root');
		const tile = await this.#tile(level, index);
		if (tile.length < TILE_WIDTH)
			return tile;
		const above = await this.#proven(level + 1, Math.floor(index / TILE_WIDTH));
		if (!isEqual(await fullRoot(tile), above[index % TILE_WIDTH]))
			throw new ProofError('tile-root');
		return tile;
	}

	/** The proven hash of one leaf. @param {number} seq */
	async leaf(seq) {
		if (!isSize(seq) || seq >= this.size)
			throw new ProofError('beyond-checkpoint');
		return (await this.#proven(0, Math.floor(seq / TILE_WIDTH)))[seq % TILE_WIDTH];
	}
}

/** A proof that does not hold. `word` says which, for words.js. */
export class ProofError extends Error {
	/** @param {string} word @param {Record<string, unknown>} [evidence] what shows it, for a file */
	constructor(word, evidence = {}) {
		super(word);
		this.word = word;
		this.evidence = evidence;
	}
}
