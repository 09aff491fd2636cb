// Bytes and their texts. Decoders are strict: one text for one value, anything else is refused.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const encoder = new TextEncoder();

/** @param {string} text @returns {Bytes} */
export function utf8(text) {
	return encoder.encode(text);
}

/** @param {Bytes} bytes */
export function toHex(bytes) {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Lower-case hex only. @param {string} text @returns {Bytes} */
export function fromHex(text) {
	if (!/^([0-9a-f]{2})*$/.test(text))
		throw new SyntaxError('not hex');
	return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {Bytes} bytes */
export function toBase64(bytes) {
	return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** RFC 4648 §4, padded, canonical. @param {string} text @returns {Bytes} */
export function fromBase64(text) {
	const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
	if (toBase64(bytes) !== text)
		throw new SyntaxError('not canonical base64');
	return bytes;
}

/** @param {...Bytes} parts @returns {Bytes} */
export function concat(...parts) {
	const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
	let offset = 0;
	for (const part of parts) {
		all.set(part, offset);
		offset += part.length;
	}
	return all;
}

/** @param {Bytes} a @param {Bytes} b */
export function isEqual(a, b) {
	return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** @param {...Bytes} parts @returns {Promise<Bytes>} */
export async function sha256(...parts) {
	return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));
}
