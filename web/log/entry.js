// The text of a log entry, `ward/entry/1`: `key value` lines in one order, then salted commitments to
// personal values, sorted by name. Anything else is invalid, so one entry has one text.

import { concat, fromBase64, fromHex, isEqual, sha256, utf8 } from './bytes.js';

/** @typedef {{name: string, salt: string, value: string}} Opening */
/**
 * @typedef {object} Entry
 * @property {number} seq
 * @property {string} kind
 * @property {number} time microseconds since 1970, the box's claim
 * @property {Map<string, string>} fields
 * @property {Map<string, string>} commitments name → base64
 */

const ENTRY_SIZE_MAX = 4096;
const FIRST_LINE = 'ward/entry/1';
const HEAD = ['seq', 'kind', 'time', 'mono'];
const ORDER = [...HEAD, 'cam', 'sid', 'tracks', 'why', 'grant', 'allow', 'used', 'until', 'end', 'count', 'reason',
	'span', 'sound', 'sha256', 'key', 'head', 'version', 'witness', 'step'];
const NUMBER = /^(0|[1-9][0-9]{0,15})$/;

/** @param {string} text @returns {Entry} */
export function parseEntry(text) {
	if (text.length > ENTRY_SIZE_MAX || !/^[\x20-\x7e\n]*$/.test(text) || !text.endsWith('\n'))
		throw new SyntaxError('not an entry');
	const [first, ...lines] = text.slice(0, -1).split('\n');
	if (first !== FIRST_LINE)
		throw new SyntaxError('not an entry');
	/** @type {Map<string, string>} */
	const fields = new Map();
	/** @type {Map<string, string>} */
	const commitments = new Map();
	let lastKey = -1;
	let lastName = '';
	for (const line of lines) {
		const parts = /^(~?)([a-z][a-z0-9.-]*) (\S(?:.*\S)?)$/.exec(line);
		if (!parts)
			throw new SyntaxError(`line "${line}" of the entry`);
		const [, mark, name, value] = parts;
		const place = ORDER.indexOf(name);
		if (mark ? name <= lastName : commitments.size > 0 || place <= lastKey)
			throw new SyntaxError(`line "${line}" of the entry`);
		if (mark)
			lastName = name;
		else
			lastKey = place;
		(mark ? commitments : fields).set(name, value);
	}
	return { ...head(fields), fields, commitments };
}

/** @param {Map<string, string>} fields */
function head(fields) {
	const [seq, kind, time] = HEAD.map((name) => fields.get(name) ?? '');
	if (!NUMBER.test(seq) || !NUMBER.test(time) || !kind || !fields.has('mono'))
		throw new SyntaxError('head of the entry');
	return { seq: Number(seq), kind, time: Number(time) };
}

/**
 * Does the opening show what the entry committed to?
 * SHA-256("ward/commit/1\0" ‖ u8 len(name) ‖ name ‖ salt[32] ‖ value)
 * @param {Entry} entry @param {Opening} opening
 */
export async function checkOpening(entry, opening) {
	const commitment = entry.commitments.get(opening.name);
	if (!commitment)
		return false;
	const name = utf8(opening.name);
	const salt = fromHex(opening.salt);
	const digest = await sha256(utf8('ward/commit/1\0'), Uint8Array.of(name.length), name, salt, utf8(opening.value));
	return salt.length === 32 && isEqual(digest, fromBase64(commitment));
}

/**
 * What is wrong with the entry that is said to cover this device's own view; '' if nothing. It must carry
 * this device's own signed request: text, its lines joined by tabs, and signature.
 * @param {Entry} entry @param {Opening[]} openings already held against the commitments
 * @param {{kind: string, seq: number, camera: string, sid: string, span?: string, tracks?: string, ask: {text: string, signature: string}}} view `tracks`: all that may flow; the
 *   picture without it
 */
export function faultOfView(entry, openings, view) {
	return faultOfSession(entry, view) || faultOfAsk(openings, view.ask);
}

/**
 * The same of an entry that carries no request of its own.
 * @param {Entry} entry
 * @param {{kind: string, seq: number, camera: string, sid: string, span?: string, tracks?: string}} view
 */
export function faultOfSession(entry, view) {
	/** @type {[string, boolean][]} */
	const checks = [
		['seq', entry.seq === view.seq],
		['kind', entry.kind === view.kind],
		['cam', entry.fields.get('cam') === view.camera],
		['sid', entry.fields.get('sid') === view.sid],
		['span', entry.fields.get('span') === view.span],
		['tracks', (view.tracks ?? 'v').split(',').every((track) => tracksOf(entry).includes(track))],
	];
	return checks.find(([, holds]) => !holds)?.[0] ?? '';
}

/**
 * Does an entry carry this very request, as its device signed it?
 * @param {Opening[]} openings @param {{text: string, signature: string}} ask
 */
export function faultOfAsk(openings, ask) {
	const opened = new Map(openings.map(({ name, value }) => [name, value]));
	return opened.get('ask') === ask.text.trimEnd().replaceAll('\n', '|') && opened.get('sig') === ask.signature ? '' : 'ask';
}

/** What may flow: v picture, m sound. @param {Entry} entry */
export function tracksOf(entry) {
	return (entry.fields.get('tracks') ?? '').split(',');
}
