// What happened, in one sentence each: the texts of the Visits page.

import { soundName } from './words-sounds.js';
import { clock, clockRange, day, duration, number, roleWord } from './words.js';

/** @typedef {import('./log/visits.js').Happening} Happening */
/** @typedef {{title: string, detail: string}} Sentence */

const LONG_US = 26 * 3600e6;

/** @param {Happening} of */
function visitSpan(of) {
	if (of.until === null)
		return `since ${clock(of.at / 1000)} (${duration(Date.now() - of.at / 1000)})`;
	return `${clockRange(of.at / 1000, of.until / 1000)} (${duration((of.until - of.at) / 1000)})`;
}

/** @param {string} text */
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** @type {Record<string, string>} */
const endings = { revoked: 'ended by the owner', lost: 'connection lost', expired: 'time was over', failed: 'never connected',
	stopped: 'Ward stopped', 'taken-over': 'the owner took over', silenced: 'somebody else stopped it' };

/** Whose time was looked at: a whole day by its name. @param {string} span µs, from and to */
function spanText(span) {
	const [from, to] = span.split(' ').map(Number);
	if (!to)
		return '';
	const end = new Date(from / 1000);
	end.setDate(end.getDate() + 1);
	const isDay = end.getTime() * 1000 === to && new Date(from / 1000).getHours() === 0;
	return isDay || to - from > LONG_US ? days(from, to - 1) : `${days(from, from)}, ${clockRange(from / 1000, to / 1000)}`;
}

/** @param {number} from @param {number} to µs */
const days = (from, to) => (day(from) === day(to) ? day(from) : `${day(from)} to ${day(to)}`).replace('Today', 'today').replace('Yesterday', 'yesterday');

/** @param {Happening} of */
const who = (of) => of.names.get('acct') ?? (of.fields.get('why') === 'integration' ? 'A program' : 'Somebody');
/** @param {Happening} of */
const soundOf = (of) => ((of.fields.get('tracks') ?? 'v').split(',').includes('m') ? ', with sound' : '');

/** @param {Happening} of @param {(cam: string) => string} cameraName */
function look(of, cameraName) {
	const camera = of.names.get('camera') ?? cameraName(of.fields.get('cam') ?? '');
	const verb = of.until === null ? 'is looking' : 'looked';
	const span = spanText(of.fields.get('span') ?? '');
	const device = of.names.get('device') ?? of.names.get('token');
	return { title: capital(`${who(of)} ${verb} at recordings of ${camera}${span && `, ${span}`}${soundOf(of)}`),
		detail: [device && `on ${device}`, visitSpan(of), endings[of.fields.get('end') ?? '']].filter(Boolean).join(' · ') };
}

/** @param {Happening} of @param {(cam: string) => string} cameraName */
function visit(of, cameraName) {
	const camera = of.names.get('camera') ?? cameraName(of.fields.get('cam') ?? '');
	const end = endings[of.fields.get('reason') ?? ''] ?? endings[of.fields.get('end') ?? ''];
	const device = of.names.get('device') ?? of.names.get('token');
	const isTalk = of.rows.some((row) => row.entry?.kind.startsWith('talk.'));
	const sound = of.fields.get('sound');
	if (sound)
		return { title: capital(`${who(of)} ${of.until === null ? 'is playing' : 'played'} a sound at ${camera}: ${soundName(sound)}`),
			detail: [device && `on ${device}`, visitSpan(of), end].filter(Boolean).join(' · ') };
	const verb = isTalk ? (of.until === null ? 'is talking at' : 'talked at') : of.until === null ? 'is watching' : 'watched';
	return { title: capital(`${who(of)} ${verb} ${camera}${soundOf(of)}`),
		detail: [device && `on ${device}`, visitSpan(of), end].filter(Boolean).join(' · ') };
}

/** @param {Happening} of */
function quiet(of) {
	return { title: 'Nobody watched', detail: `${visitSpan(of)} · no entry missing` };
}

/** Why a request was refused, for the Visits page. @type {Record<string, string>} */
const denials = { 'not-allowed': 'no right to it', 'bad-signature': 'wrong signature', 'not-signed-in': 'not signed in', 'not-found': 'no such camera or session',
	'link-used': 'pairing link not valid', 'stale-nonce': 'request too old', 'camera-down': 'the camera was down', 'too-many': 'too many at once',
	'log-stopped': 'the log could not be written', 'checkpoint-fork': 'a device remembered another log', 'bad-request': 'not understood', busy: 'Ward was busy' };

/** @param {Happening} of @param {(cam: string) => string} cameraName */
function deny(of, cameraName) {
	const count = Number(of.fields.get('count') ?? 1);
	const reason = of.fields.get('reason') ?? '';
	const cam = of.fields.get('cam');
	return { title: count > 1 ? `${number(count)} requests refused` : 'A request was refused',
		detail: [clock(of.at / 1000), denials[reason] ?? reason, cam && cameraName(cam)].filter(Boolean).join(' · ') };
}

/** One line for each kind of entry; `{name}` is an opened name. @type {Record<string, string>} */
const kinds = {
	genesis: 'The log began',
	boot: 'Ward started',
	shutdown: 'Ward was switched off',
	heartbeat: 'Ward was running',
	'device.add': '{acct} paired {device}',
	'device.remove': '{device} of {acct} was removed',
	'user.add': '{acct} was added',
	'user.remove': '{acct} was removed',
	'grant.create': '{acct} got a token for a program',
	'grant.create link': 'A pairing link was made for {acct}',
	'grant.create play': 'Recordings were opened at the box itself ({acct})',
	'grant.create hears-crying': 'The box may listen for crying',
	'grant.create hears-sounds': 'The box may listen for crying, noise and alarms',
	'grant.create sees-people': 'The box may look for people',
	'grant.create sees-animals': 'The box may look for animals',
	'grant.create knows-faces': 'The box may look for people and know their faces',
	'grant.revoke': 'Access of {acct} was taken back',
	config: 'The settings were read',
	'config chime-off': 'The chime of {name} was turned off: a voice comes unannounced',
	'config chime-on': 'The chime of {name} was turned on',
	'config camera': 'Camera {name} was set up',
	'config clip-kept': 'A part of the recordings is kept',
	'config zones-drawn': '{acct} drew where people count',
	'config key-added': '{acct} added a key to the recordings',
	'config key-removed': '{acct} removed a key to the recordings',
	'config keys-private': '{acct} made recordings private',
	'config keys-window': '{acct} let the box play back recordings',
	'config keys-locked': '{acct} locked everything recorded until then',
	'config clip-released': 'A part of the recordings is kept no longer',
	'config face-named': '{acct} named a face',
	'config face-wrong': '{acct} said that a face was somebody else’s',
	'erase face': '{acct} had a face forgotten',
	erase: 'Personal data were erased',
	gap: 'Recording has a gap',
	'privacy.on': 'Private time began',
	'privacy.off': 'Private time ended',
	'clock.step': 'The box’s clock was set',
	'key.rotate': 'The log’s key was changed',
	'witness.lost': 'A witness stopped answering',
	'witness.back': 'A witness answers again',
	export: 'A clip was saved',
	speaker: 'The speaker sounded',
	'speaker chime': 'A chime announced {acct}',
	unknown: 'An entry this app cannot read',
};
/** @type {Record<string, string>} */
const unnamed = { acct: 'somebody', device: 'a device', name: '' };

/** @param {Happening} of @returns {Sentence} */
function plain(of) {
	const text = kinds[`${of.type} ${of.fields.get('reason') ?? of.fields.get('sound')}`] ?? kinds[of.type] ?? `Entry “${of.type}”`;
	const title = text.replace(/\{(\w+)\}/g, (_, name) => of.names.get(name) ?? unnamed[name]);
	const role = of.fields.get('why');
	const isFace = of.type === 'config' && /^face-/.test(of.fields.get('reason') ?? '');
	const face = isFace ? of.names.get('what')?.replace(/^faces: /, '') : '';
	const isAboutPerson = of.type.startsWith('user.') || of.type.startsWith('grant.');
	return { title: capital(title), detail: [clock(of.at / 1000), isAboutPerson && role ? roleWord(role) : '', face].filter(Boolean).join(' · ') };
}

/** @type {Record<string, (of: Happening, cameraName: (cam: string) => string) => Sentence>} */
const sentences = { visit, look, quiet, deny };

/**
 * @param {Happening} of @param {(cam: string) => string} cameraName
 * @returns {Sentence}
 */
export function happeningText(of, cameraName) {
	return (sentences[of.type] ?? plain)(of, cameraName);
}
