// The texts that this device signs. Each begins with its purpose, so that a signature for one can
// never serve as another; LF ends each line.

import { toHex } from './bytes.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */

/** @param {string} secret hex @param {string} key hex @param {string} name of this device */
export function pairText(secret, key, name) {
	return `ward/pair/1\nsecret ${secret}\nkey ${key}\nname ${name}\n`;
}

/** @param {string} nonce hex */
export function loginText(nonce) {
	return `ward/login/1\nnonce ${nonce}\n`;
}

/**
 * A request to see, and perhaps hear, one camera. It names the certificate that alone may receive, and
 * the newest checkpoint this device has seen.
 * @param {{camera: string, verbs: string, fingerprint: string, nonce: string, size: number, root: string}} ask
 */
export function askText(ask) {
	return `ward/ask/1\ncamera ${ask.camera}\nverbs ${ask.verbs}\nfingerprint ${ask.fingerprint}\n` +
		`nonce ${ask.nonce}\ncheckpoint ${ask.size} ${ask.root}\n`;
}

/**
 * A request to see what was recorded of one camera between two times, in µs.
 * @param {{camera: string, from: number, to: number, nonce: string, size: number, root: string}} ask
 */
export function playText(ask) {
	return `ward/ask/1\ncamera ${ask.camera}\nverbs play\nspan ${ask.from} ${ask.to}\n` +
		`nonce ${ask.nonce}\ncheckpoint ${ask.size} ${ask.root}\n`;
}

/**
 * A request that a camera's speaker plays one of Ward's own sounds.
 * @param {{camera: string, sound: string, seconds: number, volume: number, nonce: string, size: number, root: string}} ask seconds 0: until it is stopped
 */
export function soundText(ask) {
	return `ward/ask/1\ncamera ${ask.camera}\nverbs talk\nsound ${ask.sound} ${ask.seconds} ${ask.volume}\n` +
		`nonce ${ask.nonce}\ncheckpoint ${ask.size} ${ask.root}\n`;
}

/** @typedef {{order: 'add' | 'remove' | 'private' | 'window' | 'lock', name?: string, key?: string, days?: number, lose?: boolean}} KeyOrder */

/** The lines of each order. @type {Record<string, (ask: KeyOrder) => string>} */
const orderLines = {
	add: ({ name, key }) => `name ${name}\nkey ${key}\n`,
	remove: ({ name }) => `name ${name}\n`,
	private: () => '',
	window: ({ days = 0 }) => `days ${days}\n`,
	lock: ({ lose = false }) => `lose ${lose ? 'yes' : 'no'}\n`,
};

/**
 * A change of who can open recordings.
 * @param {KeyOrder & {nonce: string, size: number, root: string}} ask
 */
export function keysText(ask) {
	return `ward/keys/1\norder ${ask.order}\n${orderLines[ask.order](ask)}nonce ${ask.nonce}\ncheckpoint ${ask.size} ${ask.root}\n`;
}

/**
 * The SHA-256 fingerprint in a session description, as 64 hex digits.
 * @param {string} sdp
 */
export function sdpFingerprint(sdp) {
	const found = /^a=fingerprint:sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})\r?$/im.exec(sdp);
	if (!found)
		throw new SyntaxError('no fingerprint');
	return found[1].replaceAll(':', '').toLowerCase();
}

/** @param {CryptoKey} key @param {string} text @returns {Promise<string>} hex */
export async function signText(key, text) {
	return toHex(new Uint8Array(await crypto.subtle.sign('Ed25519', key, new TextEncoder().encode(text))));
}
