// What the page says about sounds that a camera's speaker plays.

import { clock } from './words.js';

/** @typedef {import('./box/sounds.js').Playing} Playing */

export const soundWords = {
	open: 'Sounds',
	which: 'Sound',
	time: 'How long',
	volume: 'Loudness',
	play: 'Play',
	instead: 'Play instead',
	stop: 'Stop',
	asking: 'One moment…',
	note: 'It begins softly and fades out. While somebody talks it waits, and goes on after. The log says who began it before it sounds.',
};

/** @type {Record<string, string>} */
const names = {
	white: 'White noise', pink: 'Pink noise', brown: 'Brown noise', rain: 'Rain', heartbeat: 'Heartbeat', shush: 'Shush',
	wiegenlied: 'Lullaby (Brahms)', twinkle: 'Twinkle, twinkle', 'frere-jacques': 'Frère Jacques',
};

/** @param {string} sound */
export const soundName = (sound) => names[sound] ?? 'A sound';

/** @param {number} seconds */
export const timeName = (seconds) => (seconds === 0 ? 'Until stopped' : seconds === 3600 ? '1 hour' : `${seconds / 60} min`);

/** On the button that opens the sheet. @param {Playing | null} playing */
export const openText = (playing) => (playing ? `${soundName(playing.sound)} until ${clock(playing.until / 1000)}` : soundWords.open);

/** What plays, and whose doing it is. @param {Playing} playing */
export function playingText({ sound, until, waits, mine, user, seq }) {
	const who = mine ? 'You began it.' : user === 'someone' ? 'Somebody began it.' : `${user} began it.`;
	return [`${soundName(sound)} until ${clock(until / 1000)}.`, who, waits && 'It waits while somebody talks, or until the camera is back.', seq !== null && `Entry ${seq} in the log says so.`]
		.filter(Boolean).join(' ');
}

/** @type {Record<string, string>} */
const failures = {
	'no-speaker': 'Not played: the camera did not take the sound.',
	'speaker-taken': 'Somebody is talking there. Try again when they have finished.',
	'not-allowed': 'You have no right to play sounds here. Ask the owner.',
	'camera-down': 'Not played: the camera is not there.',
	'log-stopped': 'Not played: the access log cannot be written.',
	offline: 'Ward does not answer.',
};

/** @param {string} word */
export const soundFailure = (word) => failures[word] ?? 'Not played. Try again in a moment.';
