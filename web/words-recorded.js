// The texts of the recorded view.

import { clock, day, duration } from './words.js';

/** @typedef {import('./recorded/spans.js').Happening} Happening */
/** @typedef {import('./recorded/spans.js').Hole} Hole */

const secondFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const fractionFormat = new Intl.DateTimeFormat(undefined, { minute: '2-digit', second: '2-digit', fractionalSecondDigits: 1 });
const zoneFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' });
const shortDayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const longFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const HOLE_DAY_MS = 86400e3;

export const recordedWords = {
	recordings: 'Recordings',
	all: 'All',
	allCameras: 'All cameras',
	live: 'Live',
	watchLive: 'Watch live',
	play: 'Play',
	pause: 'Pause',
	earlier: '10 seconds back',
	later: '10 seconds on',
	frameBack: 'Picture before',
	frameOn: 'Next picture',
	eventBack: 'The event before',
	eventOn: 'The next event',
	happened: 'What happened on this day',
	happenedNone: 'Nothing was noted on this day.',
	happenedNote: 'The small pictures come out of the recording. That you look at them stands in the visits, as for the recording itself.',
	whoIsThis: 'Who is this?',
	wrong: 'Wrong?',
	wrongSure: 'Somebody else',
	corrected: 'Noted. It is a face without a name now, and will not be taken for that person again.',
	notCorrected: 'It could not be noted. Try again.',
	noPicture: 'Nothing recorded',
	sealedPicture: 'Only the recording shows it',
	dayBack: 'The day before',
	dayOn: 'The next day',
	pickDay: 'Choose a day',
	speed: 'Speed',
	sound: 'Sound',
	timeline: 'Time',
	newest: 'This is the newest recording',
	newestText: 'What the camera sees now comes here within a few seconds.',
	empty: 'Nothing is recorded yet',
	emptyText: 'Recording is switched on in the box’s ward.yml, for each camera: “record: continuous”.',
	nothing: 'Nothing recorded',
	leftOut: 'Left out',
	nothingHere: 'nothing recorded',
	soundFast: 'No sound at this speed',
	soundNone: 'No sound that this browser can play was recorded here',
	soundGrid: 'Sound is for one camera: tap it',
	again: 'Look again',
	mayNot: 'You may not look at recordings.',
	loading: 'Coming…',
	save: 'Save',
	saveTitle: 'Save a clip from here on',
	saveText: 'A file with picture and sound, for you to keep or give away. Whoever has it can watch it. That you saved it stands in the visits, for good.',
	saveFailed: 'It could not be saved. Nothing was left behind.',
	keepTitle: 'Or keep it on the box',
	keepText: 'Old recordings are erased to make room. What is kept stays until somebody releases it. So much around the time that is shown:',
	clipName: 'Its name',
	kept: 'Kept.',
	released: 'Released: it goes when room is needed.',
	release: 'Release',
	releaseSure: 'Release now?',
};

export const clipLengths = [
	{ seconds: 30, label: '30 s' },
	{ seconds: 60, label: '1 min' },
	{ seconds: 300, label: '5 min' },
	{ seconds: 900, label: '15 min' },
];

export const keepLengths = [
	{ seconds: 120, label: '2 min' },
	{ seconds: 600, label: '10 min' },
	{ seconds: 3600, label: '1 h' },
];

const megabytes = new Intl.NumberFormat(undefined, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
/** @param {number} received bytes @param {number} size 0: not known yet */
export const savingText = (received, size) => (size ? `${Math.floor((100 * received) / size)} % of ${megabytes.format(size / 1e6)}` : 'Looking it up…');
/** @param {string} name @param {number} size @param {number} missing pieces that are not in it */
export const savedText = (name, size, missing) => `Saved: ${name} (${megabytes.format(size / 1e6)})${missing ? `. Left out: ${missing === 1 ? 'one piece that is' : `${missing} pieces that are`} not what was recorded.` : ''}`;
/** As the box names such files. @param {string} camera @param {number} start in 90000ths of a second */
export function clipFileText(camera, start) {
	const at = new Date(start / 90);
	const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
	const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
	return `${camera} ${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('.')}.mp4`;
}

/** Why nothing is recorded, as the box words it. @type {Record<string, string>} */
const reasons = {
	restart: 'Ward was not running, or was not to record',
	'camera-lost': 'the camera did not answer',
	disk: 'the disk was full or failed',
	excess: 'the camera sent more than can be kept',
	privacy: 'private time',
	erased: 'it was erased',
	erase: 'it was erased',
	retention: 'it was too old to be kept',
	'no-event': 'nothing happened: only events are kept',
	clock: "the box's clock was set",
	silent: 'nothing was to be recorded',
	damaged: 'it is damaged',
	changed: 'it is not what was recorded: the log says otherwise',
	'older-log': 'it belongs to an older log, which nothing here can prove any more',
};
const flaws = new Set(['damaged', 'changed', 'older-log']);
/** Was something recorded that is not shown? @param {string} reason */
export const isFlaw = (reason) => flaws.has(reason);
/** @param {string} reason */
export const reasonWord = (reason) => reasons[reason] ?? '';

/** Short, for the timeline. @type {Record<string, string>} */
const marks = { restart: 'Ward was off', 'camera-lost': 'no camera', disk: 'disk', excess: 'too much', 'no-event': 'no event', clock: 'clock set', privacy: 'private', erased: 'erased', erase: 'erased' };
/** @param {string} reason */
export const reasonMark = (reason) => marks[reason] ?? '';

/** @type {Record<string, string>} */
const events = { mark: 'A mark', person: 'A person', motion: 'Something moved', cry: 'Crying', face: 'A face', animal: 'An animal', speech: 'Somebody spoke',
	noise: 'A noise', smoke: 'The smoke alarm', doorbell: 'The doorbell', door: 'A door', alarm: 'An alarm' };
/** @param {string} kind */
export const eventWord = (kind) => events[kind] ?? kind;
/** Who it was, if that is known. @param {Happening} event */
export const whatText = ({ kind, face }) => face?.name ?? eventWord(kind);

/** @param {Happening} event @param {string} camera its name, where there are several */
export function eventText(event, camera) {
	const { from, to } = event;
	const lasting = to - from >= 1e6 ? ` (${duration((to - from) / 1000)})` : '';
	return [whatText(event), camera, day(from), secondFormat.format(from / 1000)].filter(Boolean).join(', ') + lasting;
}

/** For who hears the button. @param {string} name */
export const wrongText = (name) => `This is not ${name}`;

/** For who hears a small picture instead of seeing it. @param {Happening} event @param {string} camera */
export const pictureText = (event, camera) => `${whatText(event)}${camera ? `, ${camera}` : ''}, at ${secondFormat.format((event.picture?.at ?? event.from) / 1000)}`;

/** When it was, and for how long. @param {Happening} event @param {string} camera its name, where there are several */
export function happenedText({ from, to }, camera) {
	const until = Math.min(to, Date.now() * 1000); // it may last
	return [secondFormat.format(from / 1000), until - from >= 1e6 ? duration((until - from) / 1000) : '', camera].filter(Boolean).join(' · ');
}

/** What a clip is called, if nobody says. @param {number} at */
export const clipText = (at) => `${shortDayFormat.format(at / 1000)}, ${clock(at / 1000)}`;
/** @param {import('./recorded/spans.js').Clip} clip */
export const keptText = ({ from, to }) => `${day(from)}, ${clock(from / 1000)} (${duration((to - from) / 1000)})`;

/** @param {string} name */
export const keptMark = (name) => `kept: ${name}`;

/** @param {1 | -1} direction */
export const noEventText = (direction) => (direction > 0 ? 'No event after this' : 'No event before this');

/** @param {number} us @param {import('./recorded/scale.js').MarkFormat} format */
export function markText(us, format) {
	const ms = us / 1000;
	const formats = { fraction: fractionFormat, second: secondFormat, day: shortDayFormat };
	return format === 'minute' ? clock(ms) : formats[format].format(ms);
}

/** The time that is shown, to the second; on a day when the clocks change, by which clock. @param {number} us @param {boolean} isChangeDay */
export const timeText = (us, isChangeDay) => (isChangeDay ? zoneFormat : secondFormat).format(us / 1000);
/** @param {number} us */
export const dayText = (us) => day(us);
/** @param {number} us */
export const longTime = (us) => longFormat.format(us / 1000);

/** @param {number} from @param {number} to */
function range(from, to) {
	if (!Number.isFinite(from))
		return '';
	if (!Number.isFinite(to))
		return `Since ${day(from)}, ${clock(from / 1000)}`.replace('Today, ', '').replace('Yesterday', 'yesterday');
	const [a, b] = [from / 1000, to / 1000];
	const text = b - a < 60e3 ? secondFormat.formatRange(a, b) : b - a > HOLE_DAY_MS ? shortDayFormat.formatRange(a, b) : `${clock(a)} – ${clock(b)}`;
	return `${text} (${duration(b - a)})`;
}

/** Why there is no picture. @param {Hole} hole */
export function holeText({ from, to, reason }) {
	const when = range(from, to);
	const why = reasonWord(reason);
	return [when, why && why[0].toUpperCase() + why.slice(1)].filter(Boolean).join('. ');
}

/** @param {Hole} hole */
export function jumpText({ from, to, reason }) {
	const why = reasonWord(reason);
	return `${isFlaw(reason) ? recordedWords.leftOut : recordedWords.nothing} ${range(from, to)}${why ? `: ${why}` : ''}`;
}

/** What could not be shown. @param {{from: number, word: string}} skipped */
export function skippedText({ from, word }) {
	const at = secondFormat.format(from / 1000);
	if (word === 'no-conversion')
		return `${at}: this moment is in H.265, and the box could not make H.264 of it. It is left out.`;
	const isErased = word === 'not-found' || word === 'erased' || word === 'gone';
	if (isErased)
		return `${at}: this moment has been erased`;
	if (word === 'changed' || word === 'older-log')
		return `${at}: left out, for ${reasonWord(word)}.`;
	return `${at}: this moment is damaged and left out. Every piece is checked before it is shown.`;
}

/** @param {number} rate */
export const rateText = (rate) => `${rate === 0.5 ? '½' : rate}×`;

/** For who hears the timeline instead of seeing it. @param {number} us @param {string} what */
export const sliderText = (us, what) => `${longTime(us)}${what ? `, ${what}` : ''}`;
