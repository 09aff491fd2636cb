// Ward's HTTP interface without Ward: for the page's tests and for working on the app. It can be told to
// lie, in each way that the app must find out. Media is faked in the browser (page/fake-peer.js).
//
//   node tests/web/fake-server.mjs [port]    prints a pairing link

import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FakeLog, leafHash, treeRoot } from './fake-log.mjs';
import { faceRoutes } from './fake-faces.mjs';
import { keyRoutes } from './fake-keys.mjs';
import { playRoutes } from './fake-play.mjs';
import { Refusal } from './refusal.mjs';

const web = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../web');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png',
	'.webmanifest': 'application/manifest+json' };
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; connect-src 'self'; " +
	"manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const hex = (size) => randomBytes(size).toString('hex');

export class FakeWard {
	constructor() {
		this.log = new FakeLog();
		/** One of: signature, rollback, fork, inclusion, missing, late, cam, sid, tracks, ask, opening, gap, different; or '' */
		this.fault = '';
		this.isAway = false; // nothing but the app's files is answered
		this.isOff = false; // nobody is there
		this.files = new Map(); // what some of the app's files are instead
		this.refusal = ''; // a word: every view is refused with it
		this.secrets = new Map(); // → user
		this.devices = new Map(); // → {user, role, name, key}
		this.nonces = new Set();
		this.logins = new Map(); // → device id
		this.sessions = [];
		this.streams = new Set();
		this.signed = 0;
		this.asks = []; // what the views' signed texts said
		this.cameras = [
			{ id: 'c1', name: 'Nursery', state: 'live', reason: '', verbs: ['view', 'listen', 'play'], video: 'h264', sub: '', audio: 'opus', width: 1280, height: 720 },
			{ id: 'c2', name: 'Living room', state: 'live', reason: '', verbs: ['view', 'listen', 'play'], video: 'h264', sub: '', audio: '', width: 1280, height: 720 },
		];
		/** By camera id: what is kept, as spans and gaps in µs. */
		this.recordings = new Map();
		this.plays = new Map(); // sid → {camera, from, to, tracks}
		this.bad = new Map(); // ids of fragments → the status they are answered with
		this.forged = new Map(); // names of sealed fragments → what makes something else of them (fake-keys.mjs)
		this.thumbs = []; // moments of which a small picture was asked for
		/** Holds every answer with a small picture until its promise is kept. @type {(() => Promise<void>) | null} */
		this.thumbGate = null;
		this.zones = { person: 'normal', fixed: false, height: 0, dwell: 0, zones: [] }; // of every camera
		/** Known and unknown faces. @type {{id: number, name: string | null}[]} */
		this.faces = [];
		this.looks = true; // the eye can look at a picture that is sent in
		this.faceFault = ''; // what it says of it, if it is not a good one
		this.pictures = []; // those that were sent in
		this.isSealed = false; // the box has no key of its recordings
		this.custody = { mode: 'window', days: null, only_box: 0, keys: [] };
		this.served = []; // tracks and ids of all fragments that went out
		this.log.add('genesis', { key: this.log.vkey });
		this.log.add('boot', { version: '0.1.0' });
		this.log.add('user.add', { tracks: 'v,m', why: 'owner' }, { acct: 'Alice', cameras: 'all' });
		this.sign();
	}

	sign() {
		this.signed = this.log.size;
		this.tell('checkpoint', { value: this.signed });
	}

	addUser(name, role = 'owner') {
		const secret = hex(16);
		this.secrets.set(secret, { name, role });
		return secret;
	}

	addSession(session) {
		const sid = hex(16);
		const { kind = 'view' } = session;
		const seq = this.log.add(`${kind}.open`, { cam: session.camera, sid, tracks: session.tracks, why: session.role, grant: 2, allow: '8000000 10', ...(session.span ? { span: session.span } : {}) },
			{ acct: session.user, device: session.device, from: session.from, ...session.signed });
		delete session.signed;
		this.sessions.push({ sid, seq, since: Date.now() * 1000, bytes: 0, ...session });
		this.sign();
		this.tell('sessions');
		return { sid, seq };
	}

	/** Somebody's face, whom nobody has named if there is no name. */
	addFace(of) {
		const face = { id: Math.max(0, ...this.faces.map((one) => one.id)) + 1, name: null, consent: null, named: null, seen: Date.now() * 1000, seq: null,
			camera_name: null, event: null, at: null, prints: 0, wrong: 0, ...of };
		this.faces.push(face);
		return face;
	}

	/** Something is recorded: spans and gaps in seconds from now, as whole seconds of the clock. */
	keep(camera, spans, gaps = [], now_us = Math.floor(Date.now() / 2000) * 2e6) {
		const at = (seconds) => now_us + Math.round(seconds) * 1e6;
		this.recordings.set(camera, { spans: spans.map(([from, to]) => [at(from), at(to)]), gaps: gaps.map(([from, to, reason]) => [at(from), at(to), reason]) });
		return at;
	}

	endSession(sid, end) {
		const session = this.sessions.find((one) => one.sid === sid);
		if (!session)
			return;
		this.sessions = this.sessions.filter((one) => one !== session);
		this.plays.delete(sid);
		const { kind = 'view' } = session;
		this.log.add(`${kind}.close`, { cam: session.camera, sid, used: '123456 7', end });
		this.sign();
		this.tell('sessions');
	}

	tell(kind, data = {}) {
		for (const stream of this.streams)
			stream.write(`event: ${kind}\ndata: ${JSON.stringify({ camera: '', name: '', value: 0, ...data })}\n\n`);
	}

	async listen(port = 0) {
		this.server = createServer((request, response) => this.#answer(request, response));
		await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
		this.url = `http://localhost:${this.server.address().port}/`;
		return this.url;
	}

	async close() {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}

	async #answer(request, response) {
		if (this.isOff)
			return request.socket.destroy();
		const url = new URL(request.url, this.url);
		const chunks = [];
		for await (const chunk of request)
			chunks.push(chunk);
		const context = { request, response, url, body: Buffer.concat(chunks).toString() };
		response.setHeader('cache-control', 'no-store');
		try {
			if (this.isAway && url.pathname.startsWith('/api/'))
				throw new Refusal(503, 'busy');
			const route = routes.find(([method, pattern]) => method === request.method && pattern.test(url.pathname));
			if (!route)
				throw new Refusal(404, 'not-found');
			const result = await route[2].call(this, context, ...route[1].exec(url.pathname).slice(1).map((part) => part && decodeURIComponent(part)));
			if (result === undefined)
				return;
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify(result));
		} catch (error) {
			if (!(error instanceof Refusal))
				console.error(error);
			response.writeHead(error.status ?? 500, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ error: error.word ?? 'busy', message: error.message }));
		}
	}

	/** What others than the owner see: own sessions and changes. */
	isOf(row, user) {
		if (/^kind config$/m.test(row.text))
			return row.openings.some(({ name, value }) => name === 'acct' && value === user);
		const sid = /^sid (.*)$/m.exec(row.text)?.[1];
		return this.log.rows.some((one) => sid && one.text.includes(`sid ${sid}\n`) && one.openings.some(({ name, value }) => name === 'acct' && value === user));
	}

	device({ request }) {
		const login = /^Bearer ([0-9a-f]{64})$/.exec(request.headers.authorization ?? '')?.[1];
		const device = this.devices.get(this.logins.get(login));
		if (!device)
			throw new Refusal(401, 'not-signed-in');
		return device;
	}

	checkSigned(key, text, signature) {
		const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key, 'hex')]);
		if (!verify(null, Buffer.from(text), createPublicKey({ key: spki, format: 'der', type: 'spki' }), Buffer.from(signature, 'hex')))
			throw new Refusal(403, 'bad-signature');
	}

	/** Checks what the device has signed; the text. */
	checkAsk(context, me, build) {
		const ask = Object.fromEntries(context.request.headers['ward-ask'].split('; ').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
		this.useNonce(ask.nonce);
		const text = build(ask);
		this.checkSigned(me.key, text, ask.signature);
		if (treeRoot(this.log.leaves.slice(0, Number(ask.size))).toString('base64') !== ask.root)
			throw new Refusal(409, 'checkpoint-fork');
		this.asks.push(text);
		return { text, signature: ask.signature };
	}

	/** Checks what the device has signed, and opens the session that it asked for. */
	grant(context, me, camera, lines, session) {
		const { text, signature } = this.checkAsk(context, me, ({ nonce, size, root }) => `ward/ask/1\ncamera ${camera.name}\n${lines}\nnonce ${nonce}\ncheckpoint ${size} ${root}\n`);
		this.lateSize = this.signed;
		return this.addSession({ ...session, camera: this.fault === 'cam' ? 'c9' : camera.id, camera_name: camera.name, user: me.user, device: me.name, role: me.role,
			tracks: this.fault === 'tracks' ? 'p' : session.tracks, key: me.key, from: '192.168.1.20:50412',
			signed: { ask: text.trimEnd().replaceAll('\n', '|'), sig: this.fault === 'ask' ? hex(64) : signature } });
	}

	useNonce(nonce) {
		if (!this.nonces.delete(nonce))
			throw new Refusal(409, 'stale-nonce');
	}
}

/** What the log would look like had one old entry been different. */
function rewritten(log) {
	const leaves = [...log.leaves];
	leaves[1] = leafHash('another history');
	return leaves;
}

/** What happened in a span of time. @param {URLSearchParams} query */
function eventsOf({ cameras, recordings }, query) {
	const [from, to] = ['from', 'to'].map((name) => Number(query.get(name)));
	const camera = cameras.find(({ name }) => name === query.get('camera'));
	return (recordings.get(camera?.id)?.events ?? []).filter((one) => one.from < to && (one.to ?? Infinity) > from);
}

const routes = [
	['POST', /^\/api\/v1\/pair$/, function ({ body, response }) {
		const { secret, key, name, signature } = JSON.parse(body);
		const user = this.secrets.get(secret);
		if (!user)
			throw new Refusal(403, 'link-used');
		this.checkSigned(key, `ward/pair/1\nsecret ${secret}\nkey ${key}\nname ${name}\n`, signature);
		this.secrets.delete(secret);
		const device = hex(16);
		this.devices.set(device, { user: user.name, role: user.role, name, key });
		const seq = this.log.add('device.add', { why: user.role, grant: 2 }, { acct: user.name, device: name });
		this.sign();
		response.statusCode = 201;
		return { device, log_key: this.log.vkey, user: user.name, role: user.role, seq };
	}],
	['POST', /^\/api\/v1\/nonce$/, function () {
		const nonce = hex(32);
		this.nonces.add(nonce);
		return { nonce };
	}],
	['POST', /^\/api\/v1\/login$/, function ({ body }) {
		const { device, nonce, signature } = JSON.parse(body);
		this.useNonce(nonce);
		if (!this.devices.has(device))
			throw new Refusal(401, 'not-signed-in');
		this.checkSigned(this.devices.get(device).key, `ward/login/1\nnonce ${nonce}\n`, signature);
		const login = hex(32);
		this.logins.set(login, device);
		return { login, expires: (Date.now() + 3600e3) * 1000 };
	}],
	['GET', /^\/api\/v1\/me$/, function (context) {
		const { user, role, name } = this.device(context);
		return { name: user, role, device: name, all_cameras: true, cameras: [] };
	}],
	['GET', /^\/api\/v1\/cameras$/, function (context) {
		this.device(context);
		return { cameras: this.cameras.map((camera) => ({ ...camera, watching: this.sessions.filter((one) => one.camera === camera.id).length })) };
	}],
	['GET', /^\/api\/v1\/sessions$/, function (context) {
		const me = this.device(context);
		return { sessions: this.sessions.map((one) => ({ ...one, mine: one.key === me.key })) };
	}],
	['DELETE', /^\/api\/v1\/sessions\/([0-9a-f]+)$/, function (context, sid) {
		if (this.device(context).role !== 'owner')
			throw new Refusal(403, 'not-allowed');
		this.endSession(sid, 'revoked');
		return {};
	}],
	['GET', /^\/api\/v1\/events$/, function (context) {
		this.device(context);
		if (context.url.searchParams.has('from'))
			return { events: eventsOf(this, context.url.searchParams) };
		context.response.writeHead(200, { 'content-type': 'text/event-stream' });
		context.response.write(': hello\n\n');
		this.streams.add(context.response);
		context.response.on('close', () => this.streams.delete(context.response));
		return undefined;
	}],
	['GET', /^\/api\/v1\/log\/checkpoint$/, function (context) {
		this.device(context);
		const note = this.fault === 'rollback' ? this.log.note(2)
			: this.fault === 'fork' ? this.log.note(this.signed, rewritten(this.log))
			: this.fault === 'signature' ? this.log.note(this.signed).replace(`\n${this.signed}\n`, `\n${this.signed + 1}\n`)
			: this.log.note(this.fault === 'late' ? this.lateSize : this.signed);
		context.response.setHeader('content-type', 'text/plain; charset=utf-8');
		context.response.end(note);
	}],
	['GET', /^\/api\/v1\/log\/proof$/, function (context) {
		this.device(context);
		const [index, size] = ['index', 'size'].map((name) => Number(context.url.searchParams.get(name)));
		const hashes = this.log.inclusion(index, size);
		if (this.fault === 'inclusion')
			hashes[0] = randomBytes(32).toString('base64');
		return { index, size, hashes };
	}],
	['GET', /^\/api\/v1\/log\/consistency$/, function (context) {
		this.device(context);
		const [from, to] = ['from', 'to'].map((name) => Number(context.url.searchParams.get(name)));
		return { from, to, hashes: this.log.consistency(from, to) };
	}],
	['GET', /^\/api\/v1\/log\/tile\/(\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/, function (context, level, name, width) {
		this.device(context);
		const index = Number(name.replaceAll(/[x/]/g, ''));
		context.response.end(this.log.tile(Number(level), index, Number(width ?? 256)));
	}],
	['GET', /^\/api\/v1\/log\/entries$/, function (context) {
		const { role, user } = this.device(context);
		const before = Number(context.url.searchParams.get('before') ?? this.log.size);
		const limit = Math.min(Number(context.url.searchParams.get('limit') ?? 50), 100);
		const rows = this.log.rows.slice(0, before).filter((row) => role === 'owner' || this.isOf(row, user)).slice(-limit).reverse();
		return { entries: lie(rows, this.fault) };
	}],
	['POST', /^\/whep\/([^/]+)$/, function (context, name) {
		const me = this.device(context);
		const verbs = context.url.searchParams.get('verbs');
		const camera = this.cameras.find((one) => one.name === name);
		if (!camera)
			throw new Refusal(404, 'not-found');
		if (this.refusal)
			throw new Refusal(403, this.refusal);
		const fingerprint = /a=fingerprint:sha-256 ([0-9A-F:]+)/.exec(context.body)[1].replaceAll(':', '').toLowerCase();
		const { sid, seq } = this.grant(context, me, camera, `verbs ${verbs}\nfingerprint ${fingerprint}`, { tracks: verbs.includes('listen') ? 'v,m' : 'v' });
		context.response.writeHead(201, { 'content-type': 'application/sdp', location: `/whep/${encodeURIComponent(name)}/${sid}`, etag: '"1"',
			'ward-session': `sid=${this.fault === 'sid' ? hex(16) : sid}; seq=${this.fault === 'missing' ? seq + 7 : seq}` });
		context.response.end('v=0\r\n');
	}],
	['GET', /^\/api\/v1\/cameras\/[^/]+\/zones$/, function (context) {
		if (this.device(context).role !== 'owner')
			throw new Refusal(403, 'not-allowed');
		return this.zones;
	}],
	['POST', /^\/api\/v1\/cameras\/[^/]+\/zones$/, function (context) {
		const { user, role, name } = this.device(context);
		if (role !== 'owner' || this.zones.fixed)
			throw new Refusal(403, 'not-allowed');
		Object.assign(this.zones, JSON.parse(context.body));
		const seq = this.log.add('config', { cam: 'c1', why: role, reason: 'zones-drawn' }, { acct: user, device: name });
		this.sign();
		return { seq };
	}],
	...keyRoutes,
	...faceRoutes,
	...playRoutes,
	['PATCH', /^\/whep\/[^/]+\/([0-9a-f]+)$/, function ({ response }) {
		response.writeHead(204).end();
	}],
	['DELETE', /^\/whep\/[^/]+\/([0-9a-f]+)$/, function (context, sid) {
		this.device(context);
		this.endSession(sid, 'left');
		return {};
	}],
	['GET', /^\/([a-z0-9./-]*)$/, async function ({ response }, name) {
		const file = path.join(web, name || 'index.html');
		if (!file.startsWith(web) || !types[path.extname(file)])
			throw new Refusal(404, 'not-found');
		const bytes = this.files.get(name) ?? await readFile(file).catch(() => {
			throw new Refusal(404, 'not-found');
		});
		response.writeHead(200, { 'content-type': types[path.extname(file)], 'content-security-policy': csp, 'x-content-type-options': 'nosniff' });
		response.end(bytes);
	}],
];

/** @param {{seq: number, text: string, openings: object[]}[]} rows newest first */
function lie(rows, fault) {
	if (fault === 'opening')
		return rows.map((row) => ({ ...row, openings: row.openings.map((opening) => ({ ...opening, value: 'Mallory' })) }));
	if (fault === 'gap')
		return rows.filter((row) => row.seq !== 3);
	if (fault === 'different')
		return rows.map((row) => (row.seq === 1 ? { ...row, text: row.text.replace('0.1.0', '0.1.1') } : row));
	return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const ward = new FakeWard();
	ward.keep('c1', [[-26 * 3600, -5 * 3600], [-4.5 * 3600, -1200], [-900, -2]], [[-5 * 3600, -4.5 * 3600, 'camera-lost'], [-1200, -900, 'restart']]);
	ward.keep('c2', [[-26 * 3600, -2]], []);
	await ward.listen(Number(process.argv[2] ?? 8088));
	console.log(`${ward.url}#pair=${ward.addUser('Alice')}`);
}
