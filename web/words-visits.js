// What happened, in one sentence each: the texts of the Visits page.

import { clock, clockRange, duration, number, roleWord } from './words.js';

/** @typedef {import('./log/visits.js').Happening} Happening */
/** @typedef {{title: string, detail: string}} Sentence */

/** @param {Happening} of */
function span(of) {
	if (of.until === null)
		return `since ${clock(of.at / 1000)} (${duration(Date.now() - of.at / 1000)})`;
	return `${clockRange(of.at / 1000, of.until / 1000)} (${duration((of.until - of.at) / 1000)})`;
}

/** @type {Record<string, string>} */
const endings = { revoked: 'ended by the owner', lost: 'connection lost', expired: 'time was over', failed: 'never connected',
	stopped: 'Ward stopped' };

/** @param {Happening} of @param {(cam: string) => string} cameraName */
function visit(of, cameraName) {
	const who = of.names.get('acct') ?? (of.fields.get('why') === 'integration' ? 'A program' : 'Somebody');
	const camera = of.names.get('camera') ?? cameraName(of.fields.get('cam') ?? '');
	const tracks = (of.fields.get('tracks') ?? 'v').split(',');
	const verb = of.until === null ? 'is watching' : 'watched';
	const sound = tracks.includes('m') ? ', with sound' : '';
	const end = endings[of.fields.get('end') ?? ''];
	const device = of.names.get('device');
	return { title: `${who} ${verb} ${camera}${sound}`,
		detail: [device && `on ${device}`, span(of), end].filter(Boolean).join(' · ') };
}

/** @param {Happening} of */
function quiet(of) {
	return { title: 'Nobody watched', detail: `${span(of)} · no entry missing` };
}

/** @param {Happening} of */
function deny(of) {
	const count = Number(of.fields.get('count') ?? 1);
	const who = of.names.get('acct');
	/** @type {Record<string, string>} */
	const reasons = { 'not-allowed': 'no right to it', 'bad-signature': 'wrong signature', 'not-signed-in': 'not signed in',
		'link-used': 'pairing link not valid', 'stale-nonce': 'request too old' };
	const reason = of.fields.get('reason') ?? '';
	const what = count > 1 ? `${number(count)} requests refused` : 'A request was refused';
	return { title: who ? `${what}, by ${who}` : what, detail: [clock(of.at / 1000), reasons[reason] ?? reason].filter(Boolean).join(' · ') };
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
	'grant.create': '{acct} was given access',
	'grant.revoke': 'Access of {acct} was taken back',
	config: 'The settings were changed',
	erase: 'Personal data were erased',
	gap: 'Recording has a gap',
	'privacy.on': 'Private time began',
	'privacy.off': 'Private time ended',
	'clock.step': 'The box’s clock was set',
	'key.rotate': 'The log’s key was changed',
	'witness.lost': 'A witness stopped answering',
	'witness.back': 'A witness answers again',
	export: 'Evidence was exported',
	speaker: 'The speaker sounded',
	unknown: 'An entry this app cannot read',
};
/** @type {Record<string, string>} */
const unnamed = { acct: 'Somebody', device: 'a device' };

/** @param {Happening} of @returns {Sentence} */
function plain(of) {
	const text = kinds[of.type] ?? `Entry “${of.type}”`;
	const title = text.replace(/\{(\w+)\}/g, (_, name) => of.names.get(name) ?? unnamed[name]);
	const role = of.fields.get('why');
	const isAboutPerson = of.type.startsWith('user.') || of.type.startsWith('grant.');
	return { title: title[0].toUpperCase() + title.slice(1), detail: [clock(of.at / 1000), isAboutPerson && role ? roleWord(role) : ''].filter(Boolean).join(' · ') };
}

/** @type {Record<string, (of: Happening, cameraName: (cam: string) => string) => Sentence>} */
const sentences = { visit, quiet, deny };

/**
 * @param {Happening} of @param {(cam: string) => string} cameraName
 * @returns {Sentence}
 */
export function happeningText(of, cameraName) {
	return (sentences[of.type] ?? plain)(of, cameraName);
}
