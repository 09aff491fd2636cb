// Revoke while playing: from the owner's word to the last packet of media, at the viewer's socket.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Person, request } from './lib/person.mjs';
import { View } from './lib/viewer.mjs';
import { Ward, promised, startCamera, until } from './lib/ward.mjs';

const VIEWS = 20;
const AT_ONCE = 5;
const SILENCE_MS = 250;
const LIMIT_MS = 100;
let ward, camera, owner, token;

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'pcma', '--gop', '1']);
	ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n` });
	owner = await Person.add(ward, 'Alice', '--role', 'owner');
	await until('the camera is live', async () => (await ward.json('camera', 'list'))[0]?.state === 'live');
	await ward.ward('user', 'add', 'Bob');
	token = (await ward.json('token', 'create', '--user', 'Bob', '--camera', 'yard', '--verbs', 'view,listen')).token;
});

after(async () => {
	await ward?.remove();
	await camera?.stop('SIGKILL');
});

/** Ends a view that plays; gives the ms from the call to the last packet. */
async function measure(view, revoke) {
	const { relay } = view;
	await until('the view plays', () => relay.packets > 50 && performance.now() - relay.last < 100);
	const called = performance.now();
	await revoke(view.sid);
	const answered = performance.now();
	await until('nothing comes any more', async () => {
		// What waits in the relay's socket is read before the silence is believed.
		await new Promise(setImmediate);
		await new Promise(setImmediate);
		return performance.now() - Math.max(relay.last, answered) > SILENCE_MS;
	});
	return { took_ms: Math.max(0, relay.last - called), packets: relay.packets };
}

const median = (list) => {
	const sorted = [...list].sort((a, b) => a - b);
	return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

async function measureAll(t, revoke) {
	const took = [];
	while (took.length < VIEWS) {
		const views = await Promise.all(Array.from({ length: AT_ONCE }, () =>
			View.open(ward, 'yard', token, { audio: 'pcma', frames: 1e6, link: {} })));
		try {
			const ends = [];
			for (const view of views)
				ends.push(await measure(view, revoke));
			took.push(...ends.map(({ took_ms }) => took_ms));
			assert.deepEqual(views.map(({ relay }) => relay.packets), ends.map(({ packets }) => packets), 'nothing came later');
		} finally {
			await Promise.all(views.map((view) => view.close()));
		}
	}
	t.diagnostic(`last packet after ${took.map((ms) => ms.toFixed(1)).join(' ')} ms; median ${median(took).toFixed(1)} ms`);
	assert.ok(median(took) < promised(LIMIT_MS), `median ${median(took)} ms`);
}

test('DELETE by the owner', (t) => measureAll(t, async (sid) => {
	const answer = await request(ward, 'DELETE', `/api/v1/sessions/${sid}`, { auth: owner.auth });
	assert.ok(answer.status < 300, answer.text);
}));

test('ward revoke', (t) => measureAll(t, async (sid) => {
	const { code, err } = await ward.ward('revoke', sid);
	assert.equal(code, 0, err);
}));

test('each view is closed in the log, as revoked', async () => {
	const entries = (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line));
	const closed = entries.filter(({ kind }) => kind === 'view.close');
	assert.equal(closed.length, 2 * VIEWS);
	for (const entry of closed)
		assert.match(JSON.stringify(entry), /revoked/);
	assert.equal((await ward.ward('log', 'verify')).code, 0);
});
