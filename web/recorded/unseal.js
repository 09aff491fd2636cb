// Private parts of a play: the box gives them as they lie on its disk, and cannot open them. This device's own key
// opens the key of ten minutes, and that opens what was recorded in them.

import { Refused } from '../box/api.js';
import { keyring } from '../keys/keyring.js';
import { codecsOf } from './codecs.js';

/** @typedef {import('./mp4.js').Bytes} Bytes */
/** @typedef {import('./segments.js').Answer} Answer */
/** @typedef {(path: string, signal?: AbortSignal) => Promise<Bytes>} Fetch of the play's own addresses */

export class Unsealer {
	/** @param {Fetch} fetch */
	constructor(fetch) {
		this.fetch = fetch;
		/** By epoch. @type {Map<string, Promise<string>>} */
		this.keys = new Map();
		/** @type {Promise<import('../keys/keyring.js').OwnKey> | null} */
		this.own = null;
		/** Codecs by init segment. @type {Map<string, string>} */
		this.known = new Map();
	}

	/**
	 * Says of each sealed init segment what it holds, which the box does not know; or why it cannot be opened.
	 * @param {Answer} answer @returns {Promise<Answer>}
	 */
	async complete(answer) {
		for (const { track, inits } of answer.tracks)
			for (const init of inits)
				if (init.sealed)
					await this.#look(track, init);
		return answer;
	}

	/** @param {string} track @param {Answer['tracks'][0]['inits'][0]} init */
	async #look(track, init) {
		const path = `${track}/${init.init}.mp4`;
		try {
			init.codecs = this.known.get(path) ?? codecsOf(await this.bytes(path, String(init.sealed)));
			this.known.set(path, init.codecs);
		} catch (error) {
			if (!(error instanceof Refused) || !isClosed(error))
				throw error;
			init.why = error;
		}
	}

	/** A piece, opened. @param {string} path as if it were not sealed @param {string} epoch @param {AbortSignal} [signal] */
	async bytes(path, epoch, signal) {
		const [identity, file] = await Promise.all([this.#keyOf(epoch), this.fetch(`${path}.age`, signal)]);
		return keyring.decrypt(identity, file);
	}

	/** @param {string} epoch */
	#keyOf(epoch) {
		let key = this.keys.get(epoch);
		if (!key) {
			key = this.#openKey(epoch);
			key.catch(() => this.keys.delete(epoch));
			this.keys.set(epoch, key);
		}
		return key;
	}

	/** @param {string} epoch */
	async #openKey(epoch) {
		// A person who said no to the passkey is not asked again before they ask themselves: that is another play.
		this.own ??= keyring.open();
		const { recipient, identity } = await this.own;
		const file = await this.fetch(`keys/${epoch}?for=${recipient}`).catch((error) => {
			throw error instanceof Refused && error.status === 404 ? new Refused('sealed', 409) : error;
		});
		return new TextDecoder().decode(await keyring.decrypt(identity, file)).trim();
	}
}

/** Nothing but a person can change it. @param {Refused} error */
export const isClosed = ({ word }) => word === 'sealed' || word === 'key-locked';
