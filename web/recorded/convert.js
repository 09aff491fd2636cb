// H.265 in a browser that has none: the box makes H.264 of what it recorded, piece by piece as it is asked for.

import { Refused } from '../box/api.js';
import { codecsOf } from './codecs.js';

/** @typedef {import('./mp4.js').Bytes} Bytes */
/** @typedef {import('./segments.js').Answer} Answer */
/** @typedef {import('./segments.js').Segment} Segment */

const H265 = /^h(vc|ev)1\./;
const NEVER = new Set([400, 404, 422]); // asking again would not change it

export const Source = /** @type {typeof MediaSource} */ (globalThis.MediaSource ?? /** @type {any} */ (globalThis).ManagedMediaSource);

/** @param {{mime: string, codecs: string}} init */
export const typeOf = ({ mime, codecs }) => `${mime}; codecs="${codecs}"`;

/** Can this browser play it? @param {{mime: string, codecs: string}} init */
export const isPlayable = (init) => Boolean(init.codecs && Source?.isTypeSupported(typeOf(init)));

/** A piece's name: `k` of a converted fragment is its first picture alone. @param {Segment} segment @param {boolean} isThin */
export const pieceName = ({ id, init }, isThin) => `${id}${init.isConverted ? (isThin ? 'k' : 'h') : ''}`;

export class NotPlayable extends Error {
	/** @param {string} [word] for words */
	constructor(word = 'no-codec') {
		super(word);
		this.word = word;
	}
}

export class Converter {
	/** @param {(path: string) => Promise<Bytes>} fetch of the play's own addresses */
	constructor(fetch) {
		this.fetch = fetch;
		/** Codecs by init segment. @type {Map<string, string>} */
		this.known = new Map();
	}

	/** Says of each init segment that this browser cannot play what the box will give in its place. @param {Answer} answer */
	async complete(answer) {
		for (const { track, inits } of answer.tracks)
			for (const init of inits)
				if (!init.sealed && H265.test(init.codecs) && !isPlayable(init))
					await this.#look(`${track}/${init.init}h.mp4`, init);
		return answer;
	}

	/** @param {string} path @param {Answer['tracks'][0]['inits'][0]} init */
	async #look(path, init) {
		try {
			init.codecs = this.known.get(path) ?? codecsOf(await this.fetch(path));
			init.isConverted = true;
			this.known.set(path, init.codecs);
		} catch (error) {
			if (!(error instanceof Refused) || !NEVER.has(error.status))
				throw error;
			init.why = new NotPlayable('no-conversion');
		}
	}
}
