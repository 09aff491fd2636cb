// What the page says about talking.

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
