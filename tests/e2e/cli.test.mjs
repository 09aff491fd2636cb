// The ward command: names, exit codes and JSON that others script against.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Person } from './lib/person.mjs';
import { View } from './lib/viewer.mjs';
import { Process, Ward, command, startCamera, until } from './lib/ward.mjs';

const DONE = 0, NO = 1, USAGE = 2, UNREACHABLE = 3;
const commands = ['run', 'camera add', 'camera list', 'camera remove', 'user add', 'user pair', 'user list', 'user remove', 'token create',
	'token revoke', 'keys list', 'keys add', 'keys remove', 'keys private', 'keys window', 'keys lock', 'sessions', 'revoke', 'events add', 'events',
	'spoken', 'sound play', 'sound stop', 'sound show', 'face list', 'face name', 'face add', 'face wrong', 'face erase', 'models', 'clip list', 'clip keep', 'clip release', 'export clip',
	'log show', 'log verify', 'log prove', 'log key', 'status', 'doctor'];
/** Those that list. */
const listing = ['camera list', 'user list', 'keys list', 'sessions', 'events', 'face list', 'models', 'clip list', 'log show', 'log verify', 'status', 'doctor'];
let ward, camera, folder;

before(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'ward-cli-'));
	camera = await startCamera(['--audio', 'none', '--gop', '1']);
	ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n` });
	await Person.add(ward, 'Alice', '--role', 'owner');
	await until('the camera is live', async () => (await ward.json('status')).cameras[0]?.state === 'live');
});

after(async () => {
	await ward?.remove();
	await camera?.stop('SIGKILL');
	await rm(folder, { recursive: true, force: true });
});

/** Without a state directory of ours. */
const bare = (...args) => new Promise((resolve) => execFile(command, args, { timeout: 30000 },
	(error, out, err) => resolve({ code: error ? error.code : 0, out, err })));

async function expects(code, ...args) {
	const result = await ward.ward(...args);
	assert.equal(result.code, code, `ward ${args.join(' ')}: ${result.out}${result.err}`);
	return result;
}

const shown = async () => (await expects(DONE, 'log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line));

/** A command that goes on; its state directory stands last. */
const follow = (...args) => new Process(command, [...args, '--state', ward.state]);

describe('what it says about itself', () => {
	for (const name of commands)
		test(`ward ${name}: --help, and wrong usage`, async () => {
			const help = await bare(...name.split(' '), '--help');
			assert.equal(help.code, DONE);
			assert.ok(help.out.startsWith(`Usage: ward ${name}`));
			assert.match(help.out, /--state DIR/);
			assert.equal(/--json/.test(help.out), listing.includes(name) || ['user add', 'user pair', 'token create', 'export clip', 'spoken', 'sound show'].includes(name), 'those that list have --json');
			for (const wrong of [['--nonsense'], ['a', 'b', 'c'], ['--state']]) {
				const { code, err } = await bare(...name.split(' '), ...wrong);
				assert.equal(code, USAGE, `ward ${name} ${wrong.join(' ')}`);
				assert.match(err, /^ward: .*\nUsage: ward /);
			}
		});

	test('no other command exists, and each is in the overview and the manual', async () => {
		const { out } = await bare('--help');
		assert.deepEqual([...out.matchAll(/^ {2}([a-z]+( [a-z]+)?)\b/gm)].map(([, name]) => name), commands);
		const man = execFileSync(command, ['--print-man'], { encoding: 'utf8' });
		for (const name of commands)
			assert.ok(man.includes(`.B ward ${name}\n`), name);
		for (const wrong of [[], ['dance'], ['camera'], ['log', 'burn']])
			assert.equal((await bare(...wrong)).code, USAGE);
	});

	test('without a running Ward: 3, and how to go on', async () => {
		const empty = ['--state', path.join(folder, 'empty')];
		for (const args of [['user', 'add', 'X'], ['user', 'pair', 'X'], ['user', 'list'], ['user', 'remove', 'X'], ['token', 'create', '--user', 'X', '--camera', 'y'],
			['token', 'revoke', 'x'], ['sessions'], ['revoke', 'x'], ['status'], ['export', 'clip', 'x', '-2m', '-1m'], ['log', 'show', '--follow']]) {
			const { code, err } = await bare(...args, ...empty);
			assert.equal(code, UNREACHABLE, args.join(' '));
			assert.match(err, /^ward: .*not running/, args.join(' '));
		}
		for (const args of [['log', 'show'], ['log', 'verify'], ['log', 'prove', '0'], ['log', 'key'], ['doctor']])
			assert.equal((await bare(...args, ...empty)).code, NO, args.join(' '));
	});
});

describe('cameras and people', () => {
	test('camera add, list, remove', async () => {
		await expects(DONE, 'camera', 'add', 'porch', camera.url, '--transport', 'tcp');
		await expects(DONE, 'user', 'add', 'Dora', '--cameras', 'porch'); // at once
		await expects(DONE, 'user', 'remove', 'Dora');
		await until('it is live', async () => (await ward.json('camera', 'list')).some(({ name, state }) => name === 'porch' && state === 'live'));
		assert.match((await expects(DONE, 'camera', 'list')).out, /^porch +live/m);
		await expects(DONE, 'camera', 'remove', 'porch');
		await until('it is gone', async () => !(await ward.json('camera', 'list')).some(({ name }) => name === 'porch'));
		await expects(NO, 'camera', 'remove', 'porch');
		await expects(NO, 'camera', 'remove', 'yard');
		for (const wrong of [['porch', 'exec:ls'], ['porch', 'ftp://x/'], ['no/name', camera.url], ['porch', camera.url, '--transport', 'pigeon']])
			await expects(USAGE, 'camera', 'add', ...wrong);
	});

	test('user add, pair, list, remove', async () => {
		const added = await ward.json('user', 'add', 'Bob', '--role', 'guest', '--cameras', 'yard');
		assert.equal(added.user, 'Bob');
		assert.match(added.link, /#pair=[0-9a-f]{32}$/);
		assert.ok(added.expires > Date.now() * 1000);
		assert.match((await ward.json('user', 'pair', 'Bob')).link, /#pair=[0-9a-f]{32}$/);
		const bob = (await ward.json('user', 'list')).find(({ name }) => name === 'Bob');
		assert.deepEqual([bob.role, bob.devices, bob.cameras], ['guest', 0, 'yard']);
		assert.match((await expects(DONE, 'user', 'list')).out, /^Bob +guest +0 +0 +yard/m);
		await expects(NO, 'user', 'add', 'Bob');
		assert.match((await expects(NO, 'user', 'add', 'Carl', '--cameras', 'yard,yrd')).err, /there is no camera "yrd"; there is "yard"/);
		await expects(USAGE, 'user', 'add', 'Carl', '--role', 'king');
		await expects(DONE, 'user', 'remove', 'Bob');
		await expects(NO, 'user', 'remove', 'Bob');
		await expects(NO, 'user', 'pair', 'Bob');
	});

	test('status and doctor', async () => {
		const status = await ward.json('status');
		assert.equal(status.log_stopped, false);
		assert.ok(status.log_size >= status.signed_size && status.users >= 1);
		assert.match((await expects(DONE, 'status')).out, /^Ward runs since .*\n {2}yard +live/);
		const checks = await ward.json('doctor');
		assert.equal(checks.find(({ check }) => check === 'Ward').verdict, 'good');
		assert.equal((await ward.ward('doctor')).code, checks.some(({ verdict }) => verdict === 'BAD') ? NO : DONE);
	});
});

describe('tokens and sessions', () => {
	const open = (token) => View.open(ward, 'yard', token, { frames: 1e6, link: {} });
	const plays = ({ relay }) => until('it plays', () => relay.packets > 10);
	const ends = ({ relay }) => until('it has ended', async () => performance.now() - relay.last > 500 && (await ward.ward('sessions')).code === NO);

	test('nobody watches: exit code 1; somebody: 0, and who it is', async () => {
		assert.deepEqual(JSON.parse((await expects(NO, 'sessions', '--json')).out), []);
		const made = await ward.json('token', 'create', '--user', 'Alice', '--camera', 'yard', '--verbs', 'view', '--ttl', '1h');
		const view = await open(made.token);
		try {
			await plays(view);
			const [session] = JSON.parse((await expects(DONE, 'sessions', '--json')).out);
			assert.deepEqual([session.sid, session.user, session.camera_name, session.tracks, session.role], [view.sid, 'Alice', 'yard', 'v', 'integration']);
			assert.match((await expects(DONE, 'sessions')).out, new RegExp(`^${view.sid} +Alice +yard`, 'm'));
			await expects(NO, 'revoke', 'ab'.repeat(16));
			await expects(NO, 'revoke', 'Nobody');
			await expects(USAGE, 'revoke', made.token);
			await expects(DONE, 'revoke', view.sid);
			await ends(view);
		} finally {
			await view.close();
		}
	});

	for (const [what, words, name] of [['revoke a person', ['revoke'], () => 'Alice'], ['revoke a token', ['revoke'], ({ id }) => id],
		['token revoke', ['token', 'revoke'], ({ id }) => id]])
		test(`${what}: all of theirs ends, and the token is worth nothing`, async () => {
			const made = await ward.json('token', 'create', '--user', 'Alice', '--camera', 'yard');
			const views = await Promise.all([open(made.token), open(made.token)]);
			try {
				await Promise.all(views.map(plays));
				await expects(DONE, ...words, name(made));
				await Promise.all(views.map(ends));
				await assert.rejects(open(made.token), /WHEP: 401/);
				await expects(NO, 'token', 'revoke', made.id);
			} finally {
				await Promise.all(views.map((view) => view.close()));
			}
			assert.ok((await ward.json('user', 'list')).some((one) => one.name === 'Alice'), 'the person is still listed');
		});

	test('a token of three seconds ends what it watches', async () => {
		const made = await ward.json('token', 'create', '--user', 'Alice', '--camera', 'yard', '--ttl', '3s');
		const start = Date.now();
		const view = await open(made.token);
		try {
			await plays(view);
			await ends(view);
			assert.ok(Date.now() - start >= 2900, 'not before');
			await assert.rejects(open(made.token), /WHEP: 401/);
			assert.equal((await shown()).findLast(({ kind, sid }) => kind === 'view.close' && sid === view.sid).end, 'expired');
		} finally {
			await view.close();
		}
	});

	test('what a token cannot be', async () => {
		for (const wrong of [[], ['--user', 'Alice'], ['--user', 'Alice', '--camera', 'yard', '--verbs', 'dance'], ['--user', 'Alice', '--camera', 'yard', '--ttl', 'soon']])
			await expects(USAGE, 'token', 'create', ...wrong);
		await expects(NO, 'token', 'create', '--user', 'Nobody', '--camera', 'yard');
		await expects(USAGE, 'token', 'revoke', `ward_${'ab'.repeat(32)}`);
	});
});

describe('the log', () => {
	test('show --follow prints an entry as it happens', async () => {
		const running = follow('log', 'show', '--follow', '--json');
		try {
			await until('it shows what there is', () => running.said(/"kind":"genesis"/));
			await expects(DONE, 'user', 'add', 'Fred');
			await until('it shows what is new', () => running.lines.some((line) => /"kind":"user.add"/.test(line) && JSON.parse(line).opened.acct === 'Fred'));
		} finally {
			await running.stop();
		}
		assert.match((await expects(DONE, 'log', 'show')).out, /user\.add .*Fred/);
	});

	test('verify, and the key', async () => {
		const key = (await expects(DONE, 'log', 'key')).out.trim();
		assert.match(key, /^ward\.local\/box\/[a-z2-7]{12}\/e1\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/);
		const report = await ward.json('log', 'verify');
		assert.deepEqual([report.good, report.key], [true, key]);
		await expects(DONE, 'log', 'verify', path.join(ward.state, 'log'));
		await expects(NO, 'log', 'verify', folder);
		assert.equal(JSON.parse((await expects(NO, 'log', 'verify', folder, '--json')).out).good, false);
	});

	test('prove: every entry leads to the signed root, hashed here', async () => {
		const sha = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
		const all = await until('all of it is signed', async () => {
			const entries = await shown(), { signed_size } = await ward.json('status');
			return signed_size >= entries.length && entries;
		});
		for (const { seq, text } of [all[0], all[5], all.at(-1)]) {
			const { out } = await expects(DONE, 'log', 'prove', String(seq));
			const [head, ...rest] = out.split('\n\n');
			const [name, index, ...path64] = head.split('\n');
			assert.equal(name, 'c2sp.org/tlog-proof@v1');
			assert.equal(index, `index ${seq}`);
			const [, size, root] = rest.join('\n\n').split('\n');
			// RFC 9162, 2.1.3.2
			let at = BigInt(seq), last = BigInt(size) - 1n, hash = sha(Buffer.of(0), Buffer.from(text));
			for (const other of path64.map((word) => Buffer.from(word, 'base64'))) {
				if (at & 1n || at === last) {
					hash = sha(Buffer.of(1), other, hash);
					for (; !(at & 1n) && at; at >>= 1n)
						last >>= 1n;
				} else {
					hash = sha(Buffer.of(1), hash, other);
				}
				at >>= 1n;
				last >>= 1n;
			}
			assert.equal(last, 0n);
			assert.equal(hash.toString('base64'), root);
		}
		await expects(NO, 'log', 'prove', '1000000');
		await expects(USAGE, 'log', 'prove', 'first');
	});

	test('all of it from the directory alone, when Ward has stopped', async () => {
		const before = await shown();
		assert.equal(await ward.stop(), 0);
		const now = await shown();
		assert.deepEqual(now.slice(0, before.length).map(({ text }) => text), before.map(({ text }) => text));
		assert.equal(now.at(-1).kind, 'shutdown');
		await expects(DONE, 'log', 'verify');
		await expects(DONE, 'log', 'prove', String(now.length - 1));
		await expects(DONE, 'log', 'key');
		await expects(UNREACHABLE, 'log', 'show', '--follow');
		await expects(UNREACHABLE, 'sessions');
		assert.match((await expects(DONE, 'camera', 'add', 'later', camera.url)).out, /not running/);
		assert.equal((await ward.json('camera', 'list')).find(({ name }) => name === 'later').state, 'stopped');
		await expects(DONE, 'camera', 'remove', 'later');
	});
});
