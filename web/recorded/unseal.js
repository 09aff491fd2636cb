// Private parts of a play: the box gives them as they lie on its disk, and cannot open them. This device's own key
// opens the key of ten minutes, and that opens what was recorded in them. What it opens is held against the log.

import { Refused } from '../box/api.js';
import { keyring } from '../keys/keyring.js';
import { Blocks } from './blocks.js';
import { codecsOf } from './codecs.js';
import { flacFragment, flacInit, lawOf } from './flac.js';

/** @typedef {import('./mp4.js').Bytes} Bytes */
/** @typedef {import('./segments.js').Answer} Answer */
/** @typedef {import('./segments.js').Init} Init */
/** @typedef {import('./segments.js').Segment} Segment */
/** @typedef {(path: string, signal?: AbortSignal) => Promise<Bytes>} Fetch of the play's own addresses */

export class Unsealer {
	/** @param {Fetch} fetch @param {import('./blocks.js').Ledger} ledger @param {string} camera its id in the log */
	constructor(fetch, ledger, camera) {
		this.fetch = fetch;
		this.blocks = new Blocks(async (seq, epoch) => (await this.#open(`blocks/${seq}`, epoch)).plain, ledger, camera);
		/** By epoch. @type {Map<string, Promise<string>>} */
		this.keys = new Map();
		/** @type {Promise<import('../keys/keyring.js').OwnKey> | null} */
		this.own = null;
		/** By init segment. @type {Map<string, Pick<Init, 'codecs' | 'law'>>} */
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
		const path = `${track}/${init.init}.mp4.age`;
		try {
			if (!this.known.has(path)) {
				const { plain } = await this.#open(path, String(init.sealed));
				const law = lawOf(plain);
				this.known.set(path, { law, codecs: law ? 'flac' : codecsOf(plain) });
			}
			Object.assign(init, this.known.get(path));
		} catch (error) {
			if (!(error instanceof Refused) || !isClosed(error))
				throw error;
			init.why = error;
		}
	}

	/** As the player takes it. @param {string} track @param {Init} init */
	async init(track, { init, sealed, law }) {
		const { plain } = await this.#open(`${track}/${init}.mp4.age`, String(sealed));
		return law ? flacInit(plain) : plain;
	}

	/** As the player takes it, and as it was recorded. @param {Segment} segment @param {AbortSignal} [signal] */
	async fragment(segment, signal) {
		const { track, id, init: { sealed, law } } = segment;
		const plain = await this.blocks.check(segment, this.#open(`${track}/${id}.m4s.age`, String(sealed), signal));
		return law ? flacFragment(plain, law) : plain;
	}

	/** @param {string} path @param {string} epoch @param {AbortSignal} [signal] */
	async #open(path, epoch, signal) {
		const [identity, file] = await Promise.all([this.#keyOf(epoch), this.fetch(path, signal)]);
		return { file, plain: await keyring.decrypt(identity, file) };
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
