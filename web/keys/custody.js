// Who can open recordings: what the box says of it, and changes that this device signs.

import { keysText, signText } from '../log/ask.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {{name: string, key: string, person: string, mine: boolean, seq: number}} Key */
/** @typedef {{mode: 'window' | 'private', days: number | null, only_box: number, keys: Key[]}} Custody only_box: stretches of ten minutes */

/** @param {Box} box @returns {Promise<Custody>} */
export function readCustody(box) {
	return box.link.api.json('/api/v1/keys');
}

/** @param {Box} box @param {import('../log/ask.js').KeyOrder} order @returns {Promise<number>} the entry that says so, proven */
export async function changeCustody(box, order) {
	const { api, ledger, identity } = box.link;
	const nonce = await api.nonce();
	const { size, root } = ledger.remembered ?? { size: 0, root: '-' };
	const text = keysText({ ...order, nonce, size, root });
	const signature = await signText(identity.key, text);
	const response = await api.send('/api/v1/keys', { method: 'POST', body: JSON.stringify(order),
		headers: { 'content-type': 'application/json', 'ward-ask': `nonce=${nonce}; size=${size}; root=${root}; signature=${signature}` } });
	const { seq } = await response.json();
	await ledger.proveChange({ seq, ask: { text, signature } });
	return seq;
}
