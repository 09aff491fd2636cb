// Something like crying, in a real camera's sound, is heard, told and noted once; who listens for it stands in the log.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Person, request } from './lib/person.mjs';
import { build, startCamera, until, Ward } from './lib/ward.mjs';

const QUIET_S = 6, CRYING_S = 12, AFTER_S = 40;
const LATE_S = 8; // within 3 s of sound (tests/unit/ear), and whatever a busy machine makes of it

const entries = async (ward, ...words) => (await ward.ward('log', 'show', '--json')).out.split('\n')
	.filter((line) => words.every((word) => line.includes(word)));

for (const audio of ['aac', 'pcma', 'opus'])
	test(`crying is heard in ${audio}`, async () => {
		const ward = await Ward.start({ config: '' });
		let camera;
		try {
			const file = path.join(ward.folder, 'night.pcm');
			writeFileSync(file, execFileSync(path.join(build, 'tests/e2e/crysound'), [QUIET_S, CRYING_S, AFTER_S].map(String), { maxBuffer: 1 << 24 }));
			camera = await startCamera(['--video', 'h264', '--audio', audio, '--fps', '5', '--sound', file]);
			const owner = await Person.add(ward, 'ann', '--role', 'owner');
			const before = Date.now();

			assert.equal((await ward.ward('camera', 'add', 'nursery', camera.url, '--hear-cry', 'normal')).code, 0);
			await until('it is fed', async () => (await entries(ward, 'view.open', 'system')).length === 1);
			const events = async () => JSON.parse((await request(ward, 'GET', `/api/v1/events?from=${(before - 1000) * 1000}&camera=nursery`,
				{ auth: owner.auth })).text).events;

			await until('crying is heard', async () => (await events()).length > 0, (QUIET_S + CRYING_S + LATE_S) * 1000);
			const [event] = await events();
			assert.equal(event.kind, 'cry');
			assert.match(event.source, /^ward-cry \d+$/);
			assert.match(event.note, /^-\d+ dBFS$/);
			assert.ok(event.score > 0.5 && event.score <= 1, String(event.score));
			const delay = event.from / 1000 - before - QUIET_S * 1000;
			assert.ok(delay > -2500 && delay < LATE_S * 1000, `it begins ${delay} ms after the crying`);

			await until('it is over', async () => (await events())[0].to, (CRYING_S + LATE_S + 15) * 1000);
			const [over] = await events();
			const length = (over.to - over.from) / 1e6;
			assert.ok(length > CRYING_S - 5 && length < CRYING_S + 5, `it lasts ${length} s`);
			assert.equal((await events()).length, 1);

			// Off is off: the process goes, and the log says that it listens no more.
			assert.equal((await ward.ward('camera', 'add', 'nursery', camera.url, '--hear-cry', 'off')).code, 0);
			await until('it listens no more', async () => (await entries(ward, 'view.close', 'stopped')).length === 1);
			const { code, out, err } = await ward.ward('log', 'verify');
			assert.equal(code, 0, out + err);
			const story = (await ward.ward('log', 'show')).out;
			assert.match(story, /Ward itself/);
			assert.equal(await ward.stop(), 0);
		} finally {
			await ward.remove();
			await camera?.stop('SIGKILL');
		}
	});
