// The texts of the faces that the box knows.

import { clock, day, number, refusalText } from './words.js';

/** @typedef {import('./faces/page.js').Face} Face */

export const faceWords = {
	title: 'Faces',
	intro: 'Whom the box knows by face: only who agreed. It keeps no pictures, only numbers, sealed, and they never leave it.',
	off: 'Faces are not looked at now. Switch it on for a camera in the box’s ward.yml, “see: {person: normal, faces: on}”; “ward status” says if anything is missing.',
	notAllowed: 'Only an owner may see and name faces.',
	known: 'Known',
	knownNone: 'Nobody yet.',
	unknown: 'Who is this?',
	unknownNone: 'No unknown face was seen in the last two weeks.',
	unknownText: 'Seen lately, and not known. What nobody names is forgotten two weeks after it was last seen.',
	show: 'Show their pictures',
	showOne: 'Show the picture',
	showText: 'They come out of the recordings. That you look at them stands in the visits, as for the recordings themselves.',
	noPicture: 'No recording shows it',
	lookFailed: 'The picture did not come',
	add: 'Add somebody',
	addText: 'A picture of one face: it is looked at once, and not kept. Two or three of each person, in different light, are better than one. With a name that is known already it is one more picture of that person.',
	fromFile: 'From a picture',
	fromCamera: 'Live:',
	who: 'Name',
	consent: 'Who agreed to it?',
	consentHint: 'as “she herself”, or “both parents”',
	consentText: 'The name and who agreed stand in the log, sealed, and are forgotten with the face.',
	save: 'Save',
	saving: 'Saving…',
	forget: 'Forget',
	forgetText: 'All that is known of this face goes: its numbers, its name in all events, and the key to the log’s words about it. That it was forgotten, and by whom, stays in the log. It cannot be undone; a face that is seen again is an unknown one.',
	forgetSure: 'Forget this face',
	forgotten: 'Forgotten.',
	cancel: 'Cancel',
	joined: 'The same person as one that is known: they are one face now.',
	frame: 'The frame around the face',
	frameSize: 'Size of the frame',
	frameText: 'Put the frame around one face. Drag it, or move it with the arrow keys; with + and − it grows and shrinks.',
	liveText: 'Let the person look at the camera, near enough that their face fills a tenth of the picture’s height.',
	take: 'Take this picture',
	again: 'Another picture',
	learn: 'Remember this face',
	learning: 'Looking…',
	learnFile: 'Remember a face',
	toFaces: 'All faces',
	notAPicture: 'That is no picture that this browser can read. Choose a JPEG or PNG file.',
	tooLarge: 'That file is larger than 20 MB.',
};

/** Why it was not done, as the box words it. @type {Record<string, string>} */
const refusals = {
	'no-face': 'No face in the frame is large, sharp and frontal enough. Come nearer, or take another picture.',
	'many-faces': 'There is more than one face in the frame. Make it smaller, around one.',
	'no-picture': faceWords.notAPicture,
	'bad-request': 'That name, or who agreed, is not filled in well.',
	'too-many': 'The box knows as many people as it can: forget one first.',
	'not-allowed': faceWords.notAllowed,
	'not-found': 'That face is not there any more.',
	busy: 'The box cannot look at faces just now. Try again in a moment.',
};
/** @param {string} word */
export const faceRefusal = (word) => refusals[word] ?? refusalText(word);

const samples = (/** @type {number} */ count) => (count === 1 ? 'one sample' : `${number(count)} samples`);

/** @param {number} at µs */
const on = (at) => day(at).replace('Today', 'today').replace('Yesterday', 'yesterday');
/** @param {number} at µs */
const when = (at) => `${on(at)}, ${clock(at / 1000)}`;

/** @param {Face} face */
const seenText = (face) => (face.at ? `seen ${when(face.at)}${face.camera_name ? `, ${face.camera_name}` : ''}` : '');

/** What is known of it, in lines. @param {Face} face @returns {string[]} */
export function faceLines(face) {
	if (face.name === null)
		return [seenText(face) || `seen ${when(face.seen)}`, samples(face.prints)];
	return [`Agreed: ${face.consent ?? ''}`, [face.named ? `since ${on(face.named)}` : '', samples(face.prints), face.wrong ? `${number(face.wrong)} taken wrongly` : ''].filter(Boolean).join(' · '),
		seenText(face)].filter(Boolean);
}

/** @param {Face} face */
export const facePicture = (face) => `${face.name ?? 'Somebody unknown'}, ${seenText(face)}`;
/** @param {string} name */
export const forgetTitle = (name) => `Forget ${name || 'this face'}?`;
/** @param {string} camera */
export const learnLive = (camera) => `Remember a face: ${camera}`;
/** @param {string} name @param {number} seq */
export const namedText = (name, seq) => `${name} is known now. Entry ${number(seq)} says so.`;
