// Every text that a person reads, in one place, so that it can be translated. Plain words: what is so,
// what it means, what to do.

/** @typedef {import('./box/box.js').Camera} Camera */
/** @typedef {import('./box/box.js').Session} Session */
/** @typedef {import('./log/visits.js').Happening} Happening */

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const numberFormat = new Intl.NumberFormat();

/** @param {number} time_ms */
export const clock = (time_ms) => clockFormat.format(time_ms);
/** @param {number} from_ms @param {number} to_ms */
export const clockRange = (from_ms, to_ms) => clockFormat.formatRange(from_ms, Math.max(from_ms, to_ms));
/** @param {number} time_ms */
export const moment = (time_ms) => fullFormat.format(time_ms);
/** @param {number} n */
export const number = (n) => numberFormat.format(n);

/** @param {number} time_us */
export function day(time_us) {
	const date = new Date(time_us / 1000);
	const today = new Date();
	const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
	if (date.toDateString() === today.toDateString())
		return 'Today';
	return date.toDateString() === yesterday.toDateString() ? 'Yesterday' : dayFormat.format(date);
}

/** @param {number} ms */
export function duration(ms) {
	const seconds = Math.max(0, Math.round(ms / 1000));
	if (seconds < 60)
		return `${seconds} s`;
	const minutes = Math.round(seconds / 60);
	if (minutes < 60)
		return `${minutes} min`;
	return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** @param {string[]} names */
function list(names) {
	return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

export const words = {
	ward: 'Ward',
	cameras: 'Cameras',
	visits: 'Visits',
	phone: 'This device',
	recordings: 'Recordings',
	recorded: 'Recorded',
	keys: 'Keys to the recordings',
	close: 'Close',
	save: 'Save',
	back: 'Back',
	zones: 'Where people count',
	faces: 'Faces',
	learnFace: 'Remember a face',
	retry: 'Try now',
	you: 'you',

	unsupportedTitle: 'This browser cannot keep Ward’s promise',
	unsupported: 'Ward gives each device a signing key of its own (Ed25519). This browser cannot make one. Please update it: ' +
		'Chrome, Edge or Android from version 137, Safari or iPhone from 17, Firefox from 132.',
	insecureTitle: 'Please open Ward by its secure address',
	insecure: 'A browser makes keys only on a secure page. Open the address that begins with https:// (on the box itself, ' +
		'http://localhost works too). “ward status” on the box prints it.',

	unpairedTitle: 'This device is not paired yet',
	unpaired: 'Ward has no passwords. Each device gets in with a pairing link, which works once. On the box, type:',
	unpairedCommand: 'ward user add NAME',
	unpairedThen: 'and open the link that it prints on this device, or point the camera at the code in the terminal.',
	leftTitle: 'This device is no longer paired',
	left: 'The box does not know this device’s key any more: somebody removed it, or the box was set up anew. The owner can ' +
		'make a new pairing link on the box:',
	forget: 'Forget this pairing',

	pairTitle: 'Pair this device',
	pairText: 'A key is made here, and never leaves this device. From then on every look at a camera is signed with it, and ' +
		'written to a log that nobody can change unnoticed.',
	pairName: 'Name of this device',
	pairNameHint: 'The others see it when you watch.',
	pairButton: 'Pair',
	pairBusy: 'Pairing…',

	watchingNow: 'Watching now',
	nobodyWatching: 'Nobody is watching',
	onlyYou: 'Only you are watching',
	atRecordings: 'looking at recordings',
	noCameras: 'No cameras yet',
	noCamerasText: 'Add one on the box with “ward camera add NAME URL”.',
	starting: 'Checking the log…',
	offline: 'Ward does not answer',
	offlineText: 'Trying again by itself. Is this device on the home network, and the box switched on?',
	live: 'Live',
	paused: 'Paused. Tap to watch',
	askingPicture: 'Checking the log…',
	soundOn: 'Sound on',
	soundOff: 'Sound off',
	soundComing: 'Sound…',
	noSound: 'No sound',
	soundOnly: 'Sound only',
	fit: 'Fit',
	fill: 'Fill',
	who: 'Who',
	watchAgain: 'Watch again',
	end: 'End',
	endSure: 'End now?',

	visitsIntro: 'Every look through Ward, newest first. This device checks each entry itself.',
	older: 'Loading older entries…',
	beginning: 'This is where the log begins.',
	noOlder: 'Nothing older is shown to you.',
	proven: 'Proven on this device',
	provenSoon: 'Not in the signed log yet',
	notProven: 'The proof failed',
	proofTitle: 'Proof',
	proofText: 'The entry, as it stands in the log',
	proofOpenings: 'The names behind the seals',
	saveProof: 'Save this proof',
	saveEvidence: 'Save the evidence',
	checkAgain: 'Check again',

	limitsTitle: 'What Ward cannot prove',
	limits: [
		'Paths it does not carry. A camera that still talks to its maker’s cloud can be watched there. Close the camera’s own way to the Internet.',
		'Who held the phone. The log says that a device’s key asked, not whose hand it was in.',
		'What the box does from now on, if somebody has taken it over. But what this device has already seen cannot be rewritten unnoticed.',
		'Somebody filming the screen.',
	],
	phoneKey: 'The log’s key, pinned when this device was paired. It must equal what “ward log key” prints on the box.',
	phoneMemory: 'This device remembers',
	phoneTrust: 'The browser’s warning',
	phoneTrustText: 'Ward made its certificate itself. Install its root once on this device, and the browser’s warning goes away.',
	phoneTrustGet: 'Get the root certificate',
	phoneEvidence: 'Failed proofs kept as evidence',
	forgetButton: 'Unpair this device',
	forgetSure: 'Unpair now? A new pairing link is needed to come back.',

	alarmTitle: 'Stop. The proof failed',
	alarmMeans: 'What it means',
	alarmDo: 'What to do',
	alarmCause: 'Somebody changed or put back the box’s storage, or the box runs something else than Ward. It also happens after a ' +
		'backup was restored.',
};

/** Roles and ends as the box words them. @type {Record<string, string>} */
const roles = { owner: 'owner', member: 'family', guest: 'guest', integration: 'program', system: 'Ward itself' };
/** @param {string} role */
export const roleWord = (role) => roles[role] ?? role;

/** @type {Record<string, string>} */
const alarms = {
	rollback: 'The box’s log is shorter than the one this device has already seen. Entries that were there are gone.',
	fork: 'The box’s log was rewritten: it no longer contains what this device has already seen.',
	'checkpoint-fork': 'The box says that its log is not the one this device remembers.',
	signature: 'The log is not signed with the key that this device knows.',
	inclusion: 'The box showed an entry that is not in the signed log.',
	missing: 'The box did not write this visit to the log.',
	'entry-text': 'The entry about this visit cannot be read as it must be.',
	'entry-seq': 'The entry about this visit stands in another place of the log.',
	'entry-kind': 'The entry for this visit is about something else.',
	'entry-cam': 'The entry for this visit names another camera.',
	'entry-sid': 'The entry for this visit is about another visit.',
	'entry-ask': 'The entry about this visit does not carry the request that this device signed.',
	'entry-tracks': 'The entry for this visit does not say what was really shown.',
	opening: 'The names the box gives do not match what is sealed in the log.',
	'tile-root': 'The list of visits does not match the signed log.',
	'tile-size': 'The list of visits does not match the signed log.',
	gap: 'Entries are missing from the list of visits.',
	different: 'The list of visits shows an entry that is not the one in the signed log.',
};
/** @param {string} word */
export const alarmText = (word) => alarms[word] ?? 'What the box said could not be proven.';

/** @param {number} since_ms when the last good proof was */
export function alarmSteps(since_ms) {
	return [
		'Save the evidence. It is a small file that anyone can check, on another computer.',
		`Do not rely on pictures or on the list of visits from ${since_ms ? moment(since_ms) : 'now'} on. Cover or unplug the cameras in private moments.`,
		'On the box, run “ward log verify” and ask who had access to it.',
		'If you restored a backup yourself: unpair this device, and pair it again.',
	];
}

/** Why there is no picture. @type {Record<string, string>} */
const refusals = {
	offline: 'Ward does not answer. Trying again…',
	lost: 'The picture was lost. Connecting again…',
	busy: 'Ward is busy. Trying again…',
	late: 'Ward has not proven the log entry yet, so there is no picture. Trying again…',
	unavailable: 'Ward is starting. Trying again…',
	'stale-nonce': 'Connecting again…',
	'no-codec': 'This browser cannot play this camera’s picture (H.265?). Try another browser, or set the camera to H.264.',
	'no-codec-private': 'This part is private, and in H.265, which this browser cannot play. The box could make H.264 of what it can open, but not of this. Try another browser.',
	'no-conversion': 'This browser cannot play this camera’s picture (H.265), and the box could not make H.264 of it. Try another browser.',
	sealed: 'This part is private: the box keeps no key of it, and this device has none that opens it. See “Keys to the recordings” under “This device”.',
	'key-locked': 'This part is private, and this device’s key to it is locked. Look again, and confirm with your passkey.',
	'bad-offer': 'The box did not understand this browser. Reload the page.',
	'camera-down': 'The camera sends nothing now.',
	'too-many': 'Too many are watching at once. Trying again…',
	'log-stopped': 'Ward cannot write its log, so it shows nothing. Is the box’s disk full?',
	'not-allowed': 'You may not watch this camera.',
	'not-found': 'This camera is gone.',
	'not-signed-in': 'This device is no longer paired.',
	'bad-signature': 'The box did not accept this device’s signature.',
	'link-used': 'This link was used before or is too old. Make a new one on the box with “ward user add NAME”.',
	'bad-request': 'The box did not understand this device. Is the app older than the box? Reload the page.',
	revoked: 'This view was ended by the owner.',
	expired: 'The time for this view is over.',
};
/** @param {string} word */
export const refusalText = (word) => refusals[word] ?? 'It did not work. Trying again…';

/** @param {Camera} camera */
export function cameraText(camera) {
	const reason = camera.reason.replace(/\.$/, '');
	if (camera.state === 'connecting')
		return reason ? `Connecting to the camera: ${reason}` : 'Connecting to the camera…';
	if (camera.state === 'live')
		return '';
	const since = camera.lostAt ? `No picture since ${clock(camera.lostAt)}` : 'No picture';
	return reason ? `${since}: ${reason}` : `${since}. The camera ${camera.state === 'silent' ? 'is there but silent' : 'does not answer'}.`;
}

/** @param {number} count */
export const watching = (count) => `${number(count)} watching`;

/** @param {Session[]} sessions */
export function watchers(sessions) {
	const others = [...new Set(sessions.filter((session) => !session.mine).map((session) => session.user))];
	if (others.length === 0)
		return sessions.length ? words.onlyYou : words.nobodyWatching;
	const isMine = sessions.some((session) => session.mine);
	const names = isMine ? ['You', ...others] : others;
	const isPast = sessions.every((session) => session.mine || session.kind === 'play') && !isMine;
	return `${list(names)} ${names.length > 1 ? 'are' : 'is'} ${isPast ? words.atRecordings : 'watching'}`;
}

/** @param {string} tracks as in the entry */
export function trackWords(tracks) {
	const set = tracks.split(',');
	return list([set.includes('v') ? 'picture' : '', set.includes('m') ? 'sound' : '', set.includes('t') ? 'speaking' : '',
		set.includes('p') ? 'still picture' : ''].filter(Boolean));
}

/** The address without its port. @param {string} address */
export const from = (address) => `from ${address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')}`;
/** @param {number} age_ms */
export const pictureAge = (age_ms) => `This picture is ${Math.round(age_ms / 1000)} s old`;
/** @param {number} time_ms */
export const lostSince = (time_ms) => `No picture since ${clock(time_ms)}`;
/** @param {number} seq */
export const inTheLog = (seq) => `Proven: entry ${number(seq)}`;
/** @param {number} size @param {number} at_ms */
export const logChecked = (size, at_ms) => `Log checked ${clock(at_ms)}: ${number(size)} entries, none changed`;
/** @param {{first: number, last: number, hidden: number}} range */
export const rangeChecked = ({ first, last, hidden }) => `Entries ${number(first)} to ${number(last)}: ` +
	(hidden ? `none changed. ${number(hidden)} about others are not shown to you.` : 'all here, none changed.');
/** @param {number} count @param {number} size */
export const proofSummary = (count, size) => `Included in the signed log of ${number(size)} entries, by ${count} hashes.`;
/** @param {import('./box/memory.js').Remembered} checkpoint */
export const memoryText = (checkpoint) => `${number(checkpoint.size)} entries, as of ${moment(checkpoint.at)}. A log that does not contain them is refused.`;
