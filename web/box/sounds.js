// What a camera's speaker plays: asking, the signed request for a sound, and silence.

import { signText, soundText } from '../log/ask.js';

/**
 * @typedef {object} Playing
 * @property {string} sound @property {number} volume
 * @property {number} since µs @property {number} until µs
 * @property {boolean} waits somebody talks: it goes on after
 * @property {boolean} mine @property {string} user @property {string | null} device
 * @property {string | null} sid @property {number | null} seq
 */
/** @typedef {{sound: string, seconds: number, volume: number}} Choice seconds 0: until it is stopped */

const KEPT = 'ward-sound';
const FIRST = { sound: 'white', seconds: 1800, volume: 50 };

export const SOUNDS = ['white', 'pink', 'brown', 'rain', 'heartbeat', 'shush', 'wiegenlied', 'twinkle', 'frere-jacques'];
export const TIMES_S = [900, 1800, 3600, 0];

/** What was chosen last on this phone. @returns {Choice} */
export function lastChoice() {
	try {
		const { sound, seconds, volume } = JSON.parse(localStorage.getItem(KEPT) ?? '{}');
		if (SOUNDS.includes(sound) && TIMES_S.includes(seconds) && volume >= 10 && volume <= 100)
			return { sound, seconds, volume };
	} catch {
		// somebody else's, or none
	}
	return FIRST;
}

/** @param {string} camera its name */
const path = (camera) => `/api/v1/cameras/${encodeURIComponent(camera)}/sound`;

/** @param {import('./box.js').Box} box @param {string} camera @returns {Promise<Playing | null>} */
export async function askPlaying(box, camera) {
	const answer = await box.link.api.json(path(camera));
	return answer.sound === null ? null : answer;
}

/** @param {import('./box.js').Box} box @param {string} camera @param {Choice} choice */
export async function playSound(box, camera, choice) {
	const { api, ledger, identity } = box.link;
	const nonce = await api.nonce();
	const known = ledger.remembered;
	const ask = { camera, ...choice, nonce, size: known?.size ?? 0, root: known?.root ?? '-' };
	const signature = await signText(identity.key, soundText(ask));
	localStorage.setItem(KEPT, JSON.stringify(choice));
	await api.send(path(camera), { method: 'POST', body: JSON.stringify(choice), headers: { 'content-type': 'application/json',
		'ward-ask': `nonce=${nonce}; size=${ask.size}; root=${ask.root}; signature=${signature}` } });
}

/** @param {import('./box.js').Box} box @param {string} camera */
export const stopSound = (box, camera) => box.link.api.end(path(camera));
