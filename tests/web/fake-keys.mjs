// The fake box's keys to its recordings: what it says of them, what it lets a device change, and recordings that are
// sealed by `age` itself.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fakeMedia } from './fake-media.mjs';
import { Refusal } from './refusal.mjs';

export const EPOCH = '1767225600';

const seal = (recipient, data) => execFileSync('age', ['-r', recipient], { input: data, maxBuffer: 64 << 20 });

/** The one identity of all sealed recordings. */
function epochOf(ward) {
	if (!ward.epoch) {
		const identity = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
		ward.epoch = { identity: /AGE-SECRET-KEY-1\w+/.exec(identity)[0], recipient: /age1\w+/.exec(identity)[0], files: new Map(), blocks: new Map() };
	}
	return ward.epoch;
}

/** The box keeps no key of what the answer lists. */
export async function sealAnswer(ward, answer, camera) {
	if (!ward.isSealed)
		return answer;
	for (const { track, inits, segments } of answer.tracks) {
		for (const init of inits)
			Object.assign(init, { codecs: '', sealed: EPOCH });
		for (const row of segments) {
			row[2] = `${EPOCH}-${row[2]}`;
			row[5] = await blockOf(ward, camera, track, row);
		}
	}
	ward.sign();
	return answer;
}

/** A piece as it lies in the pack. */
export function sealed(ward, name, data) {
	const { files, recipient } = epochOf(ward);
	if (!files.has(name))
		files.set(name, seal(recipient, data));
	return files.get(name);
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

/** What lies on the disk after a bit has flipped, or after somebody has sealed another picture for the same key. */
export const forgeries = {
	flipped: (file) => file.map((byte, at) => (at === file.length - 100 ? byte ^ 1 : byte)),
	resealed: (file, plain, { recipient }) => seal(recipient, plain.map((byte, at) => (at > plain.length - 100 ? 0 : byte))),
};

/** The entry of the block with this row's fragment: each has one of its own here. */
async function blockOf(ward, camera, track, [from, to, id]) {
	const { blocks } = epochOf(ward);
	const name = `${track}/${id}.m4s`;
	if (!blocks.has(name)) {
		const plain = (await fakeMedia()).fragment(track, from);
		const file = sealed(ward, name, plain);
		const text = `ward/block/1\ncam ${camera}\nprev ${'0'.repeat(64)}\nspan ${from} ${to}\nseg ${track} ${id.split('-')[1]} ${from} ${to - from} 1 ${file.length} ` +
			`${sha256(file)} ${sha256('ward/pt/1\0', plain.subarray(8))}\n`;
		const seq = ward.log.add('media', { cam: camera, sha256: sha256(text) });
		blocks.set(name, seq).set(seq, text);
	}
	return blocks.get(name);
}

const lines = {
	add: ({ name, key }) => `name ${name}\nkey ${key}\n`,
	remove: ({ name }) => `name ${name}\n`,
	private: () => '',
	window: ({ days = 0 }) => `days ${days}\n`,
	lock: ({ lose = false }) => `lose ${lose ? 'yes' : 'no'}\n`,
};

const changes = {
	add(custody, { name, key }, me, seq) {
		if (custody.keys.some((one) => one.name === name || one.key === key))
			throw new Refusal(400, 'bad-request');
		custody.keys.push({ name, key, person: me.user, device: me.key, seq });
	},
	remove(custody, { name }) {
		custody.keys = custody.keys.filter((one) => one.name !== name);
	},
	private(custody) {
		Object.assign(custody, { mode: 'private', days: null });
	},
	window(custody, { days }) {
		Object.assign(custody, { mode: 'window', days: days || null });
	},
	lock(custody) {
		custody.isLocked = true;
	},
};

const reasons = { add: 'key-added', remove: 'key-removed', private: 'keys-private', window: 'keys-window', lock: 'keys-locked' };

export const keyRoutes = [
	['GET', /^\/api\/v1\/keys$/, function (context) {
		const me = this.device(context);
		const { keys, ...custody } = this.custody;
		return { ...custody, keys: keys.map(({ device, ...key }) => ({ ...key, mine: device === me.key })) };
	}],
	['POST', /^\/api\/v1\/keys$/, function (context) {
		const me = this.device(context);
		const order = JSON.parse(context.body);
		const { text, signature } = this.checkAsk(context, me, ({ nonce, size, root }) => `ward/keys/1\norder ${order.order}\n${lines[order.order](order)}nonce ${nonce}\ncheckpoint ${size} ${root}\n`);
		if (this.refusal)
			throw new Refusal(403, this.refusal);
		const seq = this.log.add('config', { why: me.role, grant: 2, reason: reasons[order.order], sha256: 'ab'.repeat(32) }, { what: order.order, acct: me.user,
			ask: text.trimEnd().replaceAll('\n', '|'), sig: this.fault === 'ask' ? 'ab'.repeat(64) : signature });
		changes[order.order](this.custody, order, me, seq);
		this.sign();
		return { seq };
	}],
	['GET', /^\/api\/v1\/play\/([0-9a-f]+)\/keys\/(\d+)$/, function (context, sid, epoch) {
		const me = this.device(context);
		const recipient = context.url.searchParams.get('for');
		if (!this.plays.has(sid) || epoch !== EPOCH || !this.custody.keys.some(({ key, device }) => key === recipient && device === me.key))
			throw new Refusal(404, 'not-found');
		context.response.end(seal(recipient, `${epochOf(this).identity}\n`));
	}],
	['GET', /^\/api\/v1\/play\/([0-9a-f]+)\/blocks\/(\d+)$/, function (context, sid, seq) {
		this.device(context);
		const text = epochOf(this).blocks.get(Number(seq));
		if (!this.plays.has(sid) || !text)
			throw new Refusal(404, 'not-found');
		context.response.end(sealed(this, `blocks/${seq}`, text));
	}],
	['POST', /^\/api\/v1\/play\/([0-9a-f]+)\/export$/, function (context, sid) {
		const me = this.device(context);
		const play = this.plays.get(sid);
		if (!play)
			throw new Refusal(404, 'not-found');
		const [from, to, tracks] = ['from', 'to', 'tracks'].map((name) => context.url.searchParams.get(name));
		const seq = this.log.add('export', { cam: play.camera, sid, tracks: this.fault === 'export' ? 't' : tracks, why: me.role, grant: 2, span: `${from} ${to}` }, { acct: me.user });
		this.sign();
		context.response.statusCode = 201;
		return { seq };
	}],
	['GET', /^\/api\/v1\/play\/([0-9a-f]+)\/clip\.mp4$/, function () {
		throw new Refusal(409, 'sealed');
	}],
	['GET', /^\/api\/v1\/play\/([0-9a-f]+)\/([vwm])\/([\d-]+)\.(mp4|m4s)\.age$/, async function (context, sid, track, id, kind) {
		this.device(context);
		if (!this.plays.has(sid))
			throw new Refusal(404, 'not-found');
		const media = await fakeMedia();
		if (kind === 'm4s')
			this.served.push({ track, id, sid });
		const name = `${track}/${id}.${kind}`;
		const plain = kind === 'mp4' ? media[track].init : media.fragment(track, Number(id.split('-')[1]) * 1e6);
		const file = sealed(this, name, plain);
		context.response.end(this.forged.get(name)?.(file, plain, epochOf(this)) ?? file);
	}],
];
