// Around an event the camera is recorded, without one nothing is; and what is kept, and for how long, is a person's to say.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Person, request } from './lib/person.mjs';
import { build, startCamera, until, Ward } from './lib/ward.mjs';

const FPS = 25, TRACK_VIDEO = 0, ROLL = 3e6, SLACK = 1.5e6; // a group of pictures, and half a second of slack
const now = () => Date.now() * 1000;

const packs = (ward) => readdirSync(path.join(ward.state, 'store'), { recursive: true, withFileTypes: true })
	.filter((entry) => entry.name.endsWith('.pack')).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
const packSize = (ward) => packs(ward).reduce((size, file) => size + statSync(file).size, 0);
const json = (body) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const entries = async (ward, ...words) => (await ward.ward('log', 'show', '--json')).out.split('\n')
	.filter((line) => words.every((word) => line.includes(word))).length;

function take(ward, track) {
	return JSON.parse(execFileSync(path.join(build, 'tests/e2e/storedump'),
		[ward.state, '1', String(track), path.join(ward.folder, `track${track}`)], { encoding: 'utf8' }));
}

/** The words of the events that a signed-in person is pushed. */
async function follow(ward, auth, told) {
	const stop = new AbortController();
	const answer = await fetch(new URL('/api/v1/events', ward.url), { signal: stop.signal, headers: { authorization: `Bearer ${auth}` } });
	assert.match(answer.headers.get('content-type'), /text\/event-stream/);
	(async () => {
		for await (const chunk of answer.body)
			told.push(...Buffer.from(chunk).toString().matchAll(/event: (\w+)\ndata: (.*)/g));
	})().catch(() => {});
	return () => stop.abort();
}

const passed = (since, us) => until(`${us / 1e6} s have passed`, () => now() - since > us, us / 1e3 + 15000);

test('an event is recorded with what was before and after, and nothing else is', async () => {
	const camera = await startCamera(['--video', 'h264', '--audio', 'aac', '--fps', String(FPS), '--gop', '1']);
	const ward = await Ward.start({ config: `cameras:\n  yard: {url: "${camera.url}", record: events, pre_roll: 3s, post_roll: 3s}\n` });
	const told = [];
	let stopFollowing = () => {};
	try {
		const owner = await Person.add(ward, 'ann', '--role', 'owner'), guest = await Person.add(ward, 'joe', '--role', 'guest');
		const { token } = await ward.json('token', 'create', '--user', 'ann', '--camera', 'yard', '--verbs', 'mark');
		const ask = (method, url, auth, body) => request(ward, method, url, { auth, ...(body ? json(body) : {}) });

		stopFollowing = await follow(ward, owner.auth, told);
		await until('the camera is live', async () => (await ward.json('camera', 'list'))[0].state === 'live');
		await passed(now(), 8e6);
		assert.deepEqual(packs(ward), []);

		// A door sensor says so: with a token that may do that and nothing else.
		assert.equal((await ask('POST', '/api/v1/cameras/yard/events', guest.auth, { kind: 'door' })).status, 403);
		assert.equal((await ask('POST', '/api/v1/cameras/yard/events', token, { kind: 'dragon' })).status, 400);
		const start = now();
		const made = await ask('POST', '/api/v1/cameras/yard/events', token, { kind: 'door', note: 'garden' });
		assert.equal(made.status, 201, made.text);
		const { id } = JSON.parse(made.text);
		assert.equal((await ask('GET', '/api/v1/events?from=1', token)).status, 403);
		assert.equal((await ask('GET', '/api/v1/cameras', token)).status, 200);
		await until('the owner is told', () => told.some(([, word, data]) => word === 'event' && JSON.parse(data).name === 'yard'));
		await passed(start, 4e6);
		assert.equal((await ask('PATCH', `/api/v1/cameras/yard/events/${id}`, token)).status, 204);
		const end = now();

		// Both ways of asking know it.
		const [event] = JSON.parse((await ask('GET', `/api/v1/events?from=${start - 1e6}&to=${end + 1e6}&camera=yard`, owner.auth)).text).events;
		assert.deepEqual({ id: event.id, kind: event.kind, note: event.note, source: event.source, camera_name: event.camera_name, score: event.score },
			{ id, kind: 'door', note: 'garden', source: 'api', camera_name: 'yard', score: null });
		assert.ok(Math.abs(event.from - start) < 2e6 && Math.abs(event.to - end) < 2e6);
		assert.deepEqual((await ward.json('events')).map(({ id: own, kind, note }) => ({ id: own, kind, note })), [{ id, kind: 'door', note: 'garden' }]);
		assert.equal((await ask('GET', '/api/v1/events?from=1', guest.auth)).status, 403);

		// With the line of time come what happened, and what is kept.
		const line = JSON.parse((await ask('GET', `/api/v1/cameras/yard/timeline?from=${start - 60e6}&to=${end + 60e6}`, owner.auth)).text);
		assert.deepEqual([line.events.map((one) => one.id), line.clips], [[id], []]);

		await passed(end, 15e6); // the post-roll and the block are over
		const size = packSize(ward);
		assert.ok(size > 0);
		await passed(now(), 4e6);
		assert.equal(packSize(ward), size, 'it has stopped by itself');
		assert.equal(await ward.stop(), 0);

		const pictures = take(ward, TRACK_VIDEO);
		assert.equal(pictures.gaps, 0);
		assert.ok(Math.abs(pictures.from - (start - ROLL)) < SLACK, `begins ${(start - pictures.from) / 1e6} s before`);
		assert.ok(Math.abs(pictures.to - (end + ROLL)) < SLACK, `ends ${(pictures.to - end) / 1e6} s after`);
		assert.ok(Math.abs(pictures.frames - (pictures.to - pictures.from) / 1e6 * FPS) <= FPS / 2);
		const { code, out, err } = await ward.ward('log', 'verify');
		assert.equal(code, 0, out + err);
	} finally {
		stopFollowing();
		await ward.remove();
		await camera.stop('SIGKILL');
	}
});

test('a camera added by command has its own rules, and a clip is kept and released', async () => {
	const camera = await startCamera(['--video', 'h264', '--audio', 'none', '--fps', String(FPS), '--gop', '1']);
	const ward = await Ward.start({ config: '' });
	try {
		const wrong = await ward.ward('camera', 'add', 'yard', camera.url, '--record', 'always');
		assert.equal(wrong.code, 2);
		assert.match(wrong.err, /--record: expected off or continuous or events/);
		assert.equal((await ward.ward('camera', 'add', 'yard', camera.url, '--record', 'events', '--keep-days', '3', '--pre-roll', '2s')).code, 0);
		assert.match(readFileSync(path.join(ward.state, 'cameras/yard.yml'), 'utf8'), /record: events\n[^]*retention:\n {2}days: 3\n/);
		await until('the camera is live', async () => (await ward.json('camera', 'list'))[0]?.state === 'live');
		await passed(now(), 3e6);
		const start = now();
		assert.equal((await ward.ward('events', 'add', 'yard', 'doorbell', '--for', '2s')).code, 0);
		await until('it is recorded', async () => packSize(ward) > 0 && await entries(ward, 'media') > 0, 40000);

		// Always from now on, without a restart of the camera.
		assert.equal((await ward.ward('camera', 'add', 'yard', camera.url, '--record', 'continuous')).code, 0);
		const size = packSize(ward);
		await passed(start, 45e6);
		await until('it goes on', () => packSize(ward) > size, 20000);
		assert.equal((await ward.json('camera', 'list'))[0].state, 'live');

		assert.equal((await ward.ward('clip', 'keep', 'yard', 'the bell', '--from', '-1h', '--to', '-50m')).code, 1, 'nothing is recorded there');
		const kept = await ward.ward('clip', 'keep', 'yard', 'the bell', '--from', '-10m', '--to', 'now');
		assert.equal(kept.code, 0, kept.err);
		const [clip] = await ward.json('clip', 'list');
		assert.equal(clip.name, 'the bell');
		assert.equal(await entries(ward, 'clip-kept'), 1);
		assert.equal((await ward.ward('clip', 'release', 'yard', String(clip.id))).code, 0);
		assert.deepEqual(await ward.json('clip', 'list'), []);
		assert.equal(await entries(ward, 'clip-released'), 1);
	} finally {
		await ward.remove();
		await camera.stop('SIGKILL');
	}
});
