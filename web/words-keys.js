// The texts about keys to the recordings.

import { number } from './words.js';

export const keyWords = {
	intro: 'Recordings lie encrypted on the box. Here you see who can open them.',

	mine: 'This device',
	none: 'This device has no key of its own. With one, it can show what the box itself cannot open.',
	make: 'Make a key',
	bring: 'I have one already',
	has: 'This device has the key',
	locked: 'It asks for your passkey before it opens anything.',
	notKnown: 'The box does not know this key. It opens nothing that is recorded from now on.',
	drop: 'Remove it from this device',
	dropSure: 'Remove it? You will need what you wrote down.',

	writeTitle: 'Write this down',
	writeText: 'This is the key itself. The box never sees it, and nobody can give it to you again. Keep it on paper, away from the box: with it you open the ' +
		'recordings on another phone, or with the program “age” without Ward.',
	writeCheck: 'Its last six letters, to be sure',
	writeWrong: 'These are not its last six letters.',
	passkey: 'Ask for my fingerprint or face (a passkey) before it opens anything',
	noPasskey: 'This device has no passkey that can do this. Press again to keep the key without one.',
	bringTitle: 'Bring your key to this device',
	bringText: 'Type or paste what you wrote down. It begins with AGE-SECRET-KEY-1, and stays on this device.',
	bringWrong: 'This is not a whole key. Is a letter missing?',
	keep: 'Keep it here',
	name: 'Name of the key',

	who: 'People’s keys',
	whoNone: 'Nobody has a key. Only the box opens recordings.',
	whoNobody: 'added on the box',
	remove: 'Remove',
	removeText: 'What is recorded from now on is not made for this key any more. What was recorded before can still be opened with it, and the app does not bring that any more.',

	box: 'The box itself',
	window: 'It can play back everything',
	windowText: 'Every device that may look at recordings can do so. Whoever takes the whole box can, too.',
	days: 'It can play back the last days only',
	daysText: 'What is older opens with people’s keys alone.',
	daysLabel: 'Days',
	private: 'Private: it can open nothing that it records',
	privateText: 'From now on recordings open with people’s keys alone. Who has none sees nothing of them, and a lost key cannot be replaced. What was recorded before it can still open, until you lock.',
	needsKey: 'First somebody needs a key.',
	change: 'Change',
	changeTitle: 'Change what the box can open?',

	lock: 'Lock now',
	lockTitle: 'Lock everything that is recorded?',
	lockText: 'The box forgets its keys of everything recorded until now, at once and for good. Only people’s own keys open it then. Recording goes on, and so does the live view.',
	lockLose: 'Lock, and lose it',

	cancel: 'Cancel',
	signed: 'This is signed by this device and stands in the visits, for good.',
	busy: 'One moment…',
	owner: 'Only an owner can change this.',
	mayNot: 'Your part in the household has nothing to do with keys.',
};

/** @param {number} stretches of ten minutes */
export const loseText = (stretches) => `${number(stretches)} ${stretches === 1 ? 'stretch' : 'stretches'} of ten minutes can be opened by nobody else: ` +
	'they are lost. Give it a few minutes after a key was added.';
/** @param {number} seq */
export const doneText = (seq) => `Done. Proven in the log: entry ${number(seq)}.`;
/** @param {string} secret in groups that an eye can follow, the last of six */
export const groups = (secret) => secret.replace(/[^-]{2,}$/, (letters) => letters.replace(/.(?=(.{6})+$)/g, '$& '));

/** @type {Record<string, string>} */
const refusals = {
	'bad-request': 'The box did not take it. Is there a key of that name already?',
	'too-many': 'There are as many keys as the box takes. Remove one first.',
	'not-allowed': 'The box does not allow it: somebody must be left who can open what is recorded.',
	'not-found': 'That key is gone already.',
	'no-passkey': keyWords.noPasskey,
	offline: 'Ward does not answer. Nothing was changed.',
};
/** @param {string} word */
export const keyRefusal = (word) => refusals[word] ?? 'It did not work. Please try again.';
