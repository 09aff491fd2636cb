// C2SP signed-note and tlog-checkpoint: a text, a blank line, and signatures over the text.

import { fromBase64, isEqual, sha256, toHex, utf8 } from './bytes.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {{name: string, id: Bytes, key: CryptoKey}} Verifier */
/** @typedef {{origin: string, size: number, root: Bytes, note: string}} Checkpoint */

const TYPE_ED25519 = 0x01;
const SIGNATURE_SIZE = 64;
const NOTE_SIZE_MAX = 16384;

/**
 * Reads `name+id+key`, the log's public key as `ward log key` prints it.
 * @param {string} vkey @returns {Promise<Verifier>}
 */
export async function parseVkey(vkey) {
	const parts = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey.trim());
	if (!parts)
		throw new SyntaxError('not a log key');
	const [, name, idHex, keyText] = parts;
	const typed = fromBase64(keyText);
	const id = (await sha256(utf8(name + '\n'), typed)).slice(0, 4);
	if (typed.length !== 33 || typed[0] !== TYPE_ED25519 || toHex(id) !== idHex)
		throw new SyntaxError('not a log key');
	const key = await crypto.subtle.importKey('raw', typed.slice(1), 'Ed25519', true, ['verify']);
	return { name, id, key };
}

/** @param {string} line @returns {{name: string, id: Bytes, signature: Bytes}} */
function parseSignature(line) {
	const parts = /^\u2014 ([^+\s]+) ([A-Za-z0-9+/=]+)$/.exec(line);
	if (!parts)
		throw new SyntaxError('not a signature line');
	const bytes = fromBase64(parts[2]);
	if (bytes.length < 5)
		throw new SyntaxError('not a signature line');
	return { name: parts[1], id: bytes.slice(0, 4), signature: bytes.slice(4) };
}

/** Splits at the last blank line. @param {string} note */
export function parseNote(note) {
	const split = note.lastIndexOf('\n\n');
	if (note.length > NOTE_SIZE_MAX || split < 0 || !note.endsWith('\n') || /[\x00-\x09\x0b-\x1f]/.test(note))
		throw new SyntaxError('not a note');
	const lines = note.slice(split + 2, -1).split('\n');
	return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

/**
 * The note's text, if the key signed it. One bad signature by the key rejects the note, and so does
 * having none; unknown keys are ignored.
 * @param {string} note @param {Verifier} verifier @returns {Promise<string | null>}
 */
export async function openNote(note, verifier) {
	const { text, signatures } = parseNote(note);
	const known = signatures.filter((line) => line.name === verifier.name && isEqual(line.id, verifier.id));
	for (const { signature } of known) {
		const isGood = signature.length === SIGNATURE_SIZE &&
			(await crypto.subtle.verify('Ed25519', verifier.key, signature, utf8(text)));
		if (!isGood)
			return null;
	}
	return known.length > 0 ? text : null;
}

/** @param {string} text of a note; no extension lines, ever */
export function parseCheckpoint(text) {
	const parts = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n$/.exec(text);
	if (!parts || !Number.isSafeInteger(Number(parts[2])))
		throw new SyntaxError('not a checkpoint');
	return { origin: parts[1], size: Number(parts[2]), root: fromBase64(parts[3]) };
}

/**
 * @param {string} note @param {Verifier} verifier
 * @returns {Promise<Checkpoint | null>} null: not signed by the log's key, or not by this log
 */
export async function openCheckpoint(note, verifier) {
	const text = await openNote(note, verifier);
	if (text === null)
		return null;
	const checkpoint = parseCheckpoint(text);
	return checkpoint.origin === verifier.name ? { ...checkpoint, note } : null;
}
