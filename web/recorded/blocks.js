// What the log says of sealed fragments. The box hands out the text of each block as it is sealed on its disk; who opens
// it holds it against its entry in the log, and the fragments against it: a fragment that somebody else sealed fits none.

import { sha256, toHex } from '../log/bytes.js';
import { isPiece, parseBlock } from '../log/block.js';

/** @typedef {import('./mp4.js').Bytes} Bytes */
/** @typedef {import('./segments.js').Segment} Segment */
/** @typedef {import('../log/block.js').Block} Block */
/** @typedef {{file: Bytes, plain: Bytes}} Opened as it lies on the disk, and what is in it */
/** @typedef {Pick<import('../box/ledger.js').Ledger, 'mediaHash'>} Ledger */

const BLOCKS_MAX = 64;

/** It opens, but is not what the log says of it: 'changed', or the log that says something is not there any more: 'older-log'. */
export class Changed extends RangeError {
	/** @param {string} word */
	constructor(word) {
		super(word);
		this.word = word;
	}
}

export class Blocks {
	/** @param {(seq: number, epoch: string) => Promise<Bytes>} read its text, opened @param {Ledger} ledger @param {string} camera its id in the log */
	constructor(read, ledger, camera) {
		this.read = read;
		this.ledger = ledger;
		this.camera = camera;
		/** By entry. @type {Map<number, Promise<Block>>} */
		this.known = new Map();
	}

	/** A fragment, if it is what was recorded. @param {Segment} segment @param {Promise<Opened>} opening */
	async check(segment, opening) {
		const [{ pieces }, { file, plain }] = await Promise.all([this.#block(segment), opening]);
		const piece = pieces.get(`${segment.track} ${segment.id.split('-')[1]}`);
		const isThere = piece?.from === segment.from && piece.to === segment.to;
		if (!piece || !isThere || !(await isPiece(piece, file, plain)))
			throw new Changed('changed');
		return plain;
	}

	/** @param {Segment} segment */
	#block({ block, init }) {
		let found = this.known.get(block);
		if (!found) {
			found = this.#prove(block, String(init.sealed));
			found.catch(() => this.known.delete(block));
			this.known.set(block, found);
			if (this.known.size > BLOCKS_MAX)
				this.known.delete(this.known.keys().next().value ?? 0);
		}
		return found;
	}

	/** @param {number} seq of its entry; 0: in an older log @param {string} epoch */
	async #prove(seq, epoch) {
		if (!seq)
			throw new Changed('older-log');
		const [hash, text] = await Promise.all([this.ledger.mediaHash(seq, this.camera), this.read(seq, epoch)]);
		if (toHex(await sha256(text)) !== hash)
			throw new Changed('changed');
		return parseBlock(new TextDecoder().decode(text));
	}
}
