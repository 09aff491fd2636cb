// What the page says about talking, and about who has talked.

import { duration } from './words.js';

/** @typedef {import('./recorded/spans.js').Spoken} Spoken */

export const talkWords = {
	hold: 'Hold to talk',
	late: 'Not heard yet: the camera has not opened its speaker.',
	asking: 'One moment…',
	heard: 'You are heard.',
};

/** @type {Record<string, string>} */
const failures = {
	'no-speaker': 'Not heard: the camera did not take the sound.',
	'speaker-taken': 'Somebody else is talking there. Wait until they have finished.',
	'no-microphone': 'Not heard: this phone does not give its microphone to this page.',
	'talk-ended': 'You are no longer heard: the talk was ended.',
	'not-allowed': 'You have no right to talk here. Ask the owner.',
	'log-stopped': 'Not heard: the access log cannot be written.',
	'camera-down': 'Not heard: the camera is not there.',
	offline: 'Not heard: Ward does not answer.',
};

/** @param {import('./box/talk.js').TalkState} state */
export function talkText(state) {
	if (state.phase === 'failed')
		return failures[state.word] ?? 'Not heard.';
	if (state.phase === 'heard')
		return `${talkWords.heard} Entry ${state.seq} in the log says so.`;
	if (state.phase === 'asking')
		return state.word === 'talk-late' ? talkWords.late : talkWords.asking;
	return '';
}

const secondFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const spokenWords = {
	who: 'Who spoke?',
	none: 'Nobody spoke through this camera around this time.',
	note: 'This is what Ward gave the camera’s speaker. A voice without a line here came from the room, or from the camera itself.',
	unknown: 'What the speaker was given in the last seconds is not known yet.',
	trouble: 'The box does not tell now.',
	room: 'Room',
	speaker: 'Speaker',
	both: 'Both',
	proof: 'Proof',
	noCodec: 'It is kept, but this browser cannot play the speaker’s coding.',
	listening: 'The very sound that the speaker was given',
};

/** @param {Spoken} talk */
export const talkerText = ({ user, mine }) => (mine ? 'You' : user === 'someone' ? 'Somebody' : (user ?? 'Somebody who was forgotten'));

/** From when to when, and how much of it was heard. @param {Spoken} talk */
export function spokenText({ from, to, seconds, lost, device }) {
	const when = secondFormat.formatRange(from / 1000, Math.max(to / 1000, from / 1000 + 1000));
	return [device, when, `${duration(Math.max(seconds, 1) * 1000)} of sound`, lost > 0.02 && `${lost.toFixed(1)} s did not get through`].filter(Boolean).join(' · ');
}

/** What the speaker did at a moment. @param {number} at µs @param {Spoken | undefined} talk */
export const momentText = (at, talk) => (talk ? `${talkerText(talk)} spoke at ${secondFormat.format(at / 1000)}.` : `Nothing was played by Ward at ${secondFormat.format(at / 1000)}.`);
