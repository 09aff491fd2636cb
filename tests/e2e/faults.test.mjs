// What goes wrong in a house: each trouble gives one clear line, and the rest goes on.

import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Person, emptyOffer, request } from './lib/person.mjs';
import { removeDisk, smallDisk } from './lib/smalldisk.mjs';
import { View, watch } from './lib/viewer.mjs';
import { Process, Ward, build, command, freePort, promised, startCamera, until } from './lib/ward.mjs';

const EXIT_HOPELESS = 78;
const isRoot = process.getuid() === 0;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let folder, camera;

before(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'ward-faults-'));
	camera = await startCamera(['--video', 'h264', '--audio', 'none', '--gop', '1']);
});

after(async () => {
	await camera?.stop('SIGKILL');
	await rm(folder, { recursive: true, force: true });
});

const isLive = (ward, name) => async () => (await ward.json('camera', 'list')).some((one) => one.name === name && one.state === 'live');

async function token(ward, name) {
	await ward.ward('user', 'add', 'Eve');
	return (await ward.json('token', 'create', '--user', 'Eve', '--camera', name)).token;
}

async function entries(ward) {
	const { code, out, err } = await ward.ward('log', 'show', '--json');
	assert.equal(code, 0, err);
	return out.trim().split('\n').map((line) => JSON.parse(line));
}

async function verifies(ward) {
	const { code, err } = await ward.ward('log', 'verify');
	assert.equal(code, 0, err);
}

/** A `ward run` that must end by itself; gives what it said. */
async function startFails({ config = '', environment = {}, around = [], state = path.join(folder, 'state') } = {}) {
	const file = path.join(folder, 'ward.yml');
	await writeFile(file, config);
	const [program, ...args] = [...around, command, 'run', '--config', file, '--state', state];
	const ward = new Process(program, args, { env: { ...process.env, WARD_LISTEN_HTTPS: await freePort(),
		WARD_LISTEN_HTTP_LOOPBACK: await freePort(), WARD_LISTEN_MEDIA: await freePort(), ...environment } });
	await until('Ward has ended', () => ward.code !== undefined).catch(async (error) => {
		await ward.stop();
		throw error;
	});
	assert.equal(ward.code, EXIT_HOPELESS, ward.lines.join('\n'));
	return ward.lines.filter((line) => line);
}

describe('a start that cannot be', () => {
	const mistakes = [
		['an unknown key', 'camras:\n  a: rtsp://x/\n', /ward\.yml:1: camras: /],
		['an unknown option of a camera', 'cameras:\n  a:\n    url: rtsp://x/\n    audoi: no\n', /ward\.yml:4: cameras\.a\.audoi: /],
		['a word for a port', 'listen:\n  https: lots\n', /ward\.yml:2: listen\.https: expected a port from 1 to 65535, not "lots"/],
		['a list for a map', 'cameras:\n  - rtsp://x/\n', /ward\.yml:[12]: cameras.*: /],
		['exec:', 'cameras:\n  a: exec:rm -rf /\n', /ward\.yml:2: cameras\.a.*: "exec:" is refused/],
		['what is no YAML', 'cameras: {\n', /ward\.yml:\d+: /],
	];

	for (const [name, config, sentence] of mistakes)
		test(`${name} in ward.yml`, async () => {
			const lines = await startFails({ config, environment: { WARD_LISTEN_HTTPS: undefined } });
			assert.equal(lines.length, 1, lines.join('\n'));
			assert.match(lines[0], sentence);
		});

	test('a port that is taken: by whom, and which key moves Ward away', async () => {
		const other = createServer();
		await new Promise((resolve) => other.listen(0, '::', resolve));
		try {
			const lines = await startFails({ environment: { WARD_LISTEN_HTTPS: other.address().port } });
			assert.equal(lines.length, 1, lines.join('\n'));
			assert.match(lines[0], new RegExp(`TCP port ${other.address().port} .*is taken by .*${process.pid}.*listen\\.https`));
		} finally {
			other.close();
		}
	});

	test('a state directory that cannot be written', async () => {
		const state = path.join(folder, 'locked');
		// Root may write anywhere: it goes without that right here.
		const around = isRoot ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : [];
		await mkdir(state, { mode: 0o500 });
		const lines = await startFails({ state, around });
		assert.equal(lines.length, 1, lines.join('\n'));
		assert.match(lines[0], /locked.*Permission denied/);
		await chmod(state, 0o755);
		assert.match((await startFails({ state, around }))[0], /open to other users .*chmod 700/);
	});

	test('a state directory that another Ward uses', async () => {
		const ward = await Ward.start();
		try {
			const lines = await startFails({ state: ward.state });
			assert.equal(lines.length, 1, lines.join('\n'));
			assert.match(lines[0], /another Ward runs with the state directory/);
		} finally {
			await ward.remove();
		}
	});
});

describe('an old copy put back', () => {
	let ward, alice, remembered;
	const old = () => path.join(folder, 'old'), newest = () => path.join(folder, 'newest');

	const start = async (person, head) => {
		const offer = emptyOffer(String(Math.random()));
		return request(ward, 'POST', '/whep/yard?verbs=view', { auth: person.auth, body: offer, headers: await person.ask('yard', 'view', offer, head) });
	};

	before(async () => {
		ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n` });
		alice = await Person.add(ward, 'Alice', '--role', 'owner');
		assert.equal(await ward.stop(), 0);
		await cp(ward.state, old(), { recursive: true });
		await ward.run();
		for (const name of ['Bob', 'Carol', 'Dan'])
			await ward.ward('user', 'add', name);
		await alice.signIn();
		const { log_size } = await ward.json('status');
		remembered = await until('all of it is signed', async () => {
			const head = await alice.checkpoint();
			return head.size >= log_size && head;
		});
		assert.equal(await ward.stop(), 0);
		await cp(ward.state, newest(), { recursive: true });
	});

	after(() => ward?.remove());

	test('of the log: Ward says so and does not start', async () => {
		await rm(path.join(ward.state, 'log'), { recursive: true });
		await cp(path.join(old(), 'log'), path.join(ward.state, 'log'), { recursive: true });
		await assert.rejects(ward.run(), /Ward ended \(78\)/);
		const said = ward.process.lines.filter((line) => /older|restored|copy/.test(line));
		assert.equal(said.length, 1, ward.process.lines.join('\n'));
		assert.match(said[0], /--new-epoch/);
	});

	test('--new-epoch goes on, with a log that names the old one; phones see it', async () => {
		await ward.stop();
		await ward.run('--new-epoch');
		await verifies(ward);
		const [genesis] = await entries(ward);
		assert.equal(genesis.kind, 'genesis');
		assert.match(genesis.text, /^head \S+\/e1 \d+ /m);
		await until('the camera is live', isLive(ward, 'yard'));
		const again = await Person.add(ward, 'Alice', '--role', 'owner'); // no right of the old log lives on in the new one
		const answer = await start(again, remembered);
		assert.equal(answer.status, 409, answer.text);
		assert.equal((await start(again)).status, 201);
		assert.equal(await ward.stop(), 0);
		await ward.run();
		await verifies(ward);
		assert.equal(await ward.stop(), 0);
	});

	test('of everything: nothing here can tell, but the phone that remembers does', async () => {
		await ward.stop();
		await rm(ward.state, { recursive: true });
		await cp(old(), ward.state, { recursive: true });
		await ward.run();
		await alice.signIn();
		await until('the camera is live', isLive(ward, 'yard'));
		const shorter = await start(alice, remembered);
		assert.equal(shorter.status, 409, shorter.text);
		assert.equal(JSON.parse(shorter.text).error, 'checkpoint-fork');
		for (let at = 0; (await ward.json('status')).log_size <= remembered.size; at++)
			await ward.ward('user', 'add', `Another ${at}`);
		const longer = await start(alice, remembered);
		assert.equal(longer.status, 409, longer.text);
		assert.equal((await start(alice)).status, 201);
	});
});

describe('cameras with trouble', () => {
	let ward, locked, codec, mute, key;
	const reasonOf = async (name) => (await ward.json('camera', 'list')).find((one) => one.name === name)?.reason;
	const said = (name) => ward.process.lines.filter((line) => line.includes(`"${name}"`) && !/: live: /.test(line));

	before(async () => {
		locked = await startCamera(['--audio', 'none', '--user', 'admin', '--password', 'right']);
		codec = await startCamera(['--video', 'mjpeg', '--audio', 'none']);
		mute = createServer((socket) => socket.on('error', () => {}));
		await new Promise((resolve) => mute.listen(0, '127.0.0.1', resolve));
		ward = await Ward.start({ config: `cameras:\n  good: ${camera.url}\n  locked: ${locked.url.replace('//', '//admin:wrong@')}\n` +
			`  codec: ${codec.url}\n  mute: rtsp://127.0.0.1:${mute.address().port}/cam\n  gone: rtsp://127.0.0.1:${await freePort()}/cam\n` });
		await until('the good one is live', isLive(ward, 'good'));
		key = await token(ward, 'good');
	});

	after(async () => {
		await ward?.remove();
		await locked?.stop('SIGKILL');
		await codec?.stop('SIGKILL');
		mute?.close();
	});

	const troubles = [
		['locked', 'a wrong password', /wrong user name or password/],
		['codec', 'an unknown codec', /JPEG|codec|H\.264/],
		['mute', 'one that sends nothing', /does not answer/],
		['gone', 'one that is not there', /nothing answers at the camera's address and port/],
	];

	for (const [name, what, sentence] of troubles)
		test(`${what}: said once, in plain words; the other goes on`, async () => {
			await until(`${name} has its reason`, async () => sentence.test(await reasonOf(name)), 30000);
			const lines = said(name);
			assert.equal(lines.length, 1, lines.join('\n'));
			assert.match(lines[0], sentence);
			assert.doesNotMatch(lines[0], /wrong@|right/);
			const seen = await watch(ward, 'good', key, { frames: 3 });
			assert.equal(seen.code, 0, JSON.stringify(seen));
		});
});

describe('a camera that goes and comes back', () => {
	let ward, owner, porch;
	const state = async () => JSON.parse((await request(ward, 'GET', '/api/v1/cameras', { auth: owner.auth })).text).cameras[0].state;
	const isBack = async (t, what) => {
		const start = performance.now();
		await until('the camera is live', async () => (await state()) === 'live');
		const took_ms = performance.now() - start;
		t.diagnostic(`${what}: live ${took_ms.toFixed(0)} ms after it was back`);
		assert.ok(took_ms < promised(2000), `live again after ${took_ms} ms`);
	};

	before(async () => {
		porch = await startCamera(['--audio', 'none']);
		ward = await Ward.start({ config: `cameras:\n  porch: ${porch.url}\n` });
		owner = await Person.add(ward, 'Alice', '--role', 'owner');
		await until('the camera is live', async () => (await state()) === 'live');
	});

	after(async () => {
		await ward?.remove();
		await porch?.stop('SIGKILL');
	});

	test('the cable is cut for 8 seconds', async (t) => {
		const from = performance.now();
		porch.child.kill('SIGSTOP');
		try {
			await until('its silence is noticed', async () => (await state()) !== 'live');
			assert.match((await ward.json('camera', 'list'))[0].reason, /stopped sending/);
			await sleep(8000 - (performance.now() - from));
		} finally {
			porch.child.kill('SIGCONT');
		}
		await isBack(t, 'cable');
	});

	test('it is switched off for some seconds', async (t) => {
		const { port } = porch;
		await porch.stop('SIGKILL');
		await until('its end is noticed', async () => (await state()) !== 'live');
		await sleep(4000);
		porch = await startCamera(['--audio', 'none'], port);
		await isBack(t, 'power');
	});
});

describe('the vault is killed, the box is switched off', () => {
	let ward, key;
	const plays = (view) => until('the view plays', () => view.relay.packets > 20 && performance.now() - view.relay.last < 500);
	const open = () => View.open(ward, 'yard', key, { frames: 1e6, link: {} });

	before(async () => {
		ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n` });
		key = await token(ward, 'yard');
		await until('the camera is live', isLive(ward, 'yard'));
	});

	after(() => ward?.remove());

	test('kill -9 of the vault: all stops, all comes back, no entry is lost', async (t) => {
		const views = await Promise.all([open(), open(), open()]);
		try {
			await Promise.all(views.map(plays));
			const before = await entries(ward);
			assert.equal(before.filter(({ kind }) => kind === 'view.open').length, views.length);
			const start = performance.now();
			await ward.kill('ward-vault');
			const back_ms = performance.now() - start;
			await until('every view has stopped', () => views.every(({ relay }) => performance.now() - relay.last > 500));
			t.diagnostic(`last packet ${Math.max(...views.map(({ relay }) => relay.last - start)).toFixed(0)} ms after the kill, a new vault after ${back_ms.toFixed(0)} ms`);
			const counts = views.map(({ relay }) => relay.packets);
			await until('the camera is live', isLive(ward, 'yard'));
			const again = await open();
			await plays(again).finally(() => again.close());
			assert.deepEqual(views.map(({ relay }) => relay.packets), counts, 'what ended stays ended');
			const now = await entries(ward);
			assert.deepEqual(now.slice(0, before.length).map(({ text }) => text), before.map(({ text }) => text));
			await verifies(ward);
		} finally {
			await Promise.all(views.map((view) => view.close()));
		}
	});

	test('SIGTERM while somebody watches: the view is closed, and the last entry says shutdown', async () => {
		const view = await open();
		try {
			await plays(view);
			assert.equal(await ward.stop(), 0);
		} finally {
			await view.close();
		}
		const all = await entries(ward);
		assert.equal(all.at(-1).kind, 'shutdown');
		const opened = all.findLast(({ kind }) => kind === 'view.open');
		assert.ok(all.some(({ kind, sid }) => kind === 'view.close' && sid === opened.sid));
		await verifies(ward);
	});
});

describe('processes that hang but live', () => {
	const names = ['ward-front', 'ward-rtc', 'ward-cam-rtsp'];
	let ward, key;

	before(async () => {
		ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n` });
		key = await token(ward, 'yard');
		await until('the camera is live', isLive(ward, 'yard'));
	});

	after(() => ward?.remove());

	test('are noticed, not too soon, and started again; the others go on', async (t) => {
		const pids = await Promise.all(names.map((name) => ward.pidOf(name)));
		const vault = await ward.pidOf('ward-vault');
		const start = performance.now();
		for (const pid of pids)
			process.kill(pid, 'SIGSTOP');
		const again = async (name, at) => {
			await until(`another ${name} runs`, async () => ![undefined, pids[at]].includes(await ward.pidOf(name)), 60000);
			return performance.now() - start;
		};
		const took_ms = Math.min(...await Promise.all(names.map(again)));
		t.diagnostic(`the first after ${took_ms.toFixed(0)} ms`);
		assert.ok(took_ms > 20000, `killed after ${took_ms} ms`);
		for (const name of names)
			assert.ok(ward.process.said(new RegExp(`${name} .*hangs: no sign of life`)), name);
		assert.equal(await ward.pidOf('ward-vault'), vault);
		await until('the camera is live', isLive(ward, 'yard'));
		const seen = await watch(ward, 'yard', key, { frames: 3 });
		assert.equal(seen.code, 0, JSON.stringify(seen));
	});
});

test('a clock in 1970: said, and everything works', async () => {
	const ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n`, environment: { LD_PRELOAD: path.join(build, 'tests/e2e/libpastclock.so'),
		ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0` } });
	try {
		const lines = ward.process.lines.filter((line) => /clock/.test(line));
		assert.equal(lines.length, 1, lines.join('\n'));
		assert.match(lines[0], /clock was never set/);
		await until('the camera is live', isLive(ward, 'yard'));
		const seen = await watch(ward, 'yard', await token(ward, 'yard'), { frames: 5 });
		assert.equal(seen.code, 0, JSON.stringify(seen));
		for (const { time } of await entries(ward))
			assert.ok(time < Date.UTC(1971) * 1000, `an honest 1970, not ${time}`);
		await verifies(ward);
	} finally {
		await ward.remove();
	}
});

describe('a full disk', () => {
	let ward, key, view, running, full, disk;

	/** Runs it where Ward's small disk is; $0 is the directory's name. */
	const shell = async (text) => {
		const [file, ...args] = [...disk.inside(ward.pid), 'sh', '-c', text, ward.state];
		const ran = new Process(file, args);
		await ran.ended;
	};
	const ids = async () => (await ward.processes()).map(({ pid, name }) => `${name} ${pid}`).sort();
	const isRefused = () => assert.rejects(View.open(ward, 'yard', key), /WHEP: 503 .*log-stopped/);
	const said = (pattern) => ward.process.lines.filter((line) => pattern.test(line)).length;

	before(async () => {
		const where = await mkdtemp(path.join(tmpdir(), 'ward-full-'));
		disk = smallDisk(path.join(where, 'state'), '128m');
		ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n`, folder: where, ...disk });
		key = await token(ward, 'yard');
		await until('the camera is live', isLive(ward, 'yard'));
		view = await View.open(ward, 'yard', key, { frames: 1e6, link: {} });
		await until('the view plays', () => view.relay.packets > 20);
		running = await ids();
	});

	after(async () => {
		await view?.close();
		await ward?.stop();
		removeDisk(ward?.state);
		await ward?.remove();
	});

	test('too little room: nobody begins to watch, and one line says why', async () => {
		await shell('fallocate -l $(($(df --output=avail -B1 "$0" | tail -1) - (16 << 20))) "$0/filler"');
		await ward.ward('user', 'add', 'Somebody'); // the next entry looks at the room
		await until('it is said', () => said(/nobody can begin to watch/) === 1);
		await isRefused();
		assert.ok(performance.now() - view.relay.last < 1000, 'who watches goes on to the end of what the log allowed');
	});

	test('no room at all: what cannot be logged does not happen, every view ends, nothing crashes', async (t) => {
		let result = { code: 0 };
		for (let at = 0; result.code === 0; at++) {
			assert.ok(at < 200, 'the disk never was full');
			await shell('cat /dev/zero > "$0/filler.$(date +%N)"');
			result = await ward.ward('user', 'add', `Nobody ${at}`);
			full = at + 1;
		}
		t.diagnostic(`refused after ${full} people: ${result.code} ${result.err.trim()}`);
		await until('who watched sees nothing', async () => performance.now() - view.relay.last > 500 && (await ward.ward('sessions')).code === 1);
		assert.equal(said(/the log has stopped, nothing will be shown/), 1);
		assert.equal((await ward.json('status')).log_stopped, true);
		await isRefused();
		assert.deepEqual(await ids(), running);
		await verifies(ward);
	});

	test('room again, and a start: all goes on, nothing is lost', async () => {
		const before = await entries(ward);
		await shell('rm "$0"/filler*');
		await ward.kill('ward-vault');
		await until('the camera is live', () => isLive(ward, 'yard')().catch(() => false));
		const seen = await watch(ward, 'yard', key, { frames: 3 });
		assert.equal(seen.code, 0, JSON.stringify(seen));
		assert.deepEqual((await entries(ward)).slice(0, before.length).map(({ text }) => text), before.map(({ text }) => text));
		await verifies(ward);
	});
});
