// What an init segment holds, as the browser wants to be told (RFC 6381, ISO/IEC 14496-15 annex E): the box says
// it of what it can open, this device finds it out of what only it can. Pure.

import { boxes, find, viewOf } from './mp4.js';

/** @typedef {import('./mp4.js').Bytes} Bytes */

const VISUAL_ENTRY = 78; // bytes before the codec's own box
const AUDIO_ENTRY = 28;
const FULL_BOX = 4;
const SPECIFIC_INFO_AT = 2 + 3 + 2 + 13; // of the decoder's own config, in esds

const hex = (/** @type {number} */ value) => value.toString(16).toUpperCase();

/** @param {Bytes} entry @param {number} before @param {string} type @returns {Bytes} */
function inner(entry, before, type) {
	const box = boxes(viewOf(entry), before, entry.length).find((one) => one.type === type);
	if (!box)
		throw new RangeError(`no ${type}`);
	return entry.subarray(box.body, box.end);
}

/** @param {Bytes} entry */
function avc1(entry) {
	const avcc = inner(entry, VISUAL_ENTRY, 'avcC');
	return `avc1.${[1, 2, 3].map((at) => hex(avcc[at]).padStart(2, '0')).join('')}`;
}

/** Profile, compatibility flags with their bits turned round, tier and level, constraints. @param {Bytes} entry */
function hvc1(entry) {
	const profile = inner(entry, VISUAL_ENTRY, 'hvcC').subarray(1, 13);
	let flags = 0;
	for (let bit = 0; bit < 32; bit++)
		flags += ((profile[1 + (bit >> 3)] >> (7 - (bit & 7))) & 1) * 2 ** bit;
	const constraints = [...profile.subarray(5, 11)];
	while (constraints.length > 0 && constraints[constraints.length - 1] === 0)
		constraints.pop();
	return [`hvc1.${profile[0] & 0x1f}`, hex(flags), `${profile[0] & 0x20 ? 'H' : 'L'}${profile[11]}`, ...constraints.map(hex)].join('.');
}

/** The object type is the first five bits of the decoder's own config. @param {Bytes} entry */
function mp4a(entry) {
	const info = inner(entry, AUDIO_ENTRY, 'esds').subarray(FULL_BOX + SPECIFIC_INFO_AT);
	if (info.length < 3 || info[0] !== 5)
		throw new RangeError('esds');
	return `mp4a.40.${info[2] >> 3}`;
}

/** @type {Record<string, (entry: Bytes) => string>} */
const entries = { avc1, hvc1, mp4a, Opus: () => 'opus' };

/** Empty: nothing that a browser plays. @param {Bytes} init */
export function codecsOf(init) {
	const view = viewOf(init);
	const stsd = find(view, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']);
	const [entry] = boxes(view, stsd.body + FULL_BOX + 4, stsd.end);
	return (entry && entries[entry.type]?.(init.subarray(entry.body, entry.end))) ?? '';
}
