// What the page says about talking, and about who has talked.

import { soundName } from './words-sounds.js';
import { duration } from './words.js';

/** @typedef {import('./recorded/spans.js').Spoken} Spoken */

export const talkWords = {
	hold: 'Hold to talk',
	handsFree: 'Hands-free',
	stop: 'Stop talking',
	take: 'Take over and talk',
	late: 'Not heard yet: the speaker opens, and a chime announces you.',
	noChime: 'No chime: a voice comes unannounced here. The owner turned it off, and the log says so.',
	asking: 'One moment…',
	heard: 'You are heard.',
	heardFree: 'You are heard, hands-free.',
};

/** @type {Record<string, string>} */
const failures = {
	'no-speaker': 'Not heard: the camera did not take the sound.',
	'speaker-taken': 'Somebody else is talking there. Wait until they have finished.',
	'no-microphone': 'Not heard: this phone does not give its microphone to this page.',
	'talk-ended': 'You are no longer heard: the talk was ended.',
	'taken-over': 'You are no longer heard: the owner has taken over.',
	'too-many': 'Too many wait to talk here. Try again in a moment.',
	'not-allowed': 'You have no right to talk here. Ask the owner.',
	'log-stopped': 'Not heard: the access log cannot be written.',
	'camera-down': 'Not heard: the camera is not there.',
	offline: 'Not heard: Ward does not answer.',
};

/** Why hands-free ended by itself. @type {Record<string, string>} */
const ends = {
	'talk-silence': 'Hands-free has ended: nobody spoke for half a minute.',
	'talk-hidden': 'Hands-free has ended: this page was not in sight.',
};

/** @param {import('./box/box.js').Session} session */
const otherText = ({ user, mine, device, role }) => (role === 'integration' ? `A program of ${mine ? 'yours' : user} is` : mine ? `You, on ${device}, are` : `${user === 'someone' ? 'Somebody' : user} is`);

/**
 * @param {import('./box/talk.js').TalkState} state
 * @param {{other?: import('./box/box.js').Session, isHandsFree: boolean}} around `other`: who talks there now
 */
export function talkText(state, { other, isHandsFree }) {
	const who = other && `${otherText(other)} talking here`;
	if (state.phase === 'failed')
		return failures[state.word] ?? 'Not heard.';
	if (state.phase === 'heard')
		return `${isHandsFree ? talkWords.heardFree : talkWords.heard} Entry ${state.seq} in the log says so.`;
	if (state.phase === 'asking' && who)
		return `${who}. You are not heard yet: it is your turn when they have finished.`;
	if (state.phase === 'asking')
		return state.word === 'talk-late' ? talkWords.late : talkWords.asking;
	return ends[state.word] ?? (who ? `${who}.` : '');
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
	hears: 'While it plays, listen to',
	/** @param {Spoken} talk */
	sound: (talk) => `${soundName(talk.sound ?? '')}, begun by ${talkerText(talk).replace('You', 'you')}`,
	/** @param {Spoken} talk */
	chime: (talk) => `Chime for ${talkerText(talk).replace('You', 'you')}`,
	noCodec: 'It is kept, but this browser cannot play the speaker’s coding.',
	listening: 'The very sound that the speaker was given',
};

/** What one listens to, where somebody spoke. @type {Record<'room' | 'speaker' | 'both', string>} */
export const hearsWords = {
	room: 'Sound: the room, as the microphone heard it',
	speaker: 'Sound: only what the speaker was given',
	both: 'Sound: the room and what the speaker was given',
};

/** @param {Spoken} talk */
export const talkerText = ({ user, mine }) => (mine ? 'You' : user === 'someone' ? 'Somebody' : (user ?? 'Somebody who was forgotten'));

/** Nobody spoke: it was played. @param {Spoken} talk */
export const isLasting = ({ sound }) => sound !== undefined && sound !== 'voice' && sound !== 'chime';

/** From when to when, and how much of it was heard. @param {Spoken} talk */
export function spokenText({ from, to, seconds, lost, device }) {
	const when = secondFormat.formatRange(from / 1000, Math.max(to / 1000, from / 1000 + 1000));
	return [device, when, `${duration(Math.max(seconds, 1) * 1000)} of sound`, lost > 0.02 && `${lost.toFixed(1)} s did not get through`].filter(Boolean).join(' · ');
}

/** What the speaker did at a moment. @param {number} at µs @param {Spoken | undefined} talk */
export const momentText = (at, talk) => (talk && isLasting(talk) ? `${spokenWords.sound(talk)}, played at ${secondFormat.format(at / 1000)}.` : talk?.sound === 'chime' ? `A chime announced ${talkerText(talk).replace('You', 'you')} at ${secondFormat.format(at / 1000)}.` : talk ? `${talkerText(talk)} spoke at ${secondFormat.format(at / 1000)}.` : `Nothing was played by Ward at ${secondFormat.format(at / 1000)}.`);
