// What was recorded is played back over HTTP, bit for bit, and only with an entry in the log before it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Person, request } from './lib/person.mjs';
import { startCamera, until, Ward } from './lib/ward.mjs';

const FPS = 25;
let ward, camera, owner;

const json = (answer) => JSON.parse(answer.text);
const ago = (seconds) => (Date.now() - seconds * 1000) * 1000;
const timeline = async (auth, name, from, to, step = '') =>
	request(ward, 'GET', `/api/v1/cameras/${name}/timeline?from=${from}&to=${to}${step}`, { auth });
const entries = async () => (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line));

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'aac', '--fps', String(FPS), '--gop', '1', '--bitrate', '1000']);
	ward = await Ward.start({ config: `cameras:\n  yard: {url: "${camera.url}", record: continuous}\n` });
	owner = await Person.add(ward, 'boss', '--role', 'owner');
	await until('25 s are recorded', async () => {
		const { oldest, newest } = json(await timeline(owner.auth, 'yard', ago(3600), ago(-60)));
		return newest - oldest > 25e6;
	}, 60000);
});

after(async () => {
	await ward?.remove();
	await camera?.stop('SIGKILL');
});

test('the owner plays a minute', async () => {
	const { oldest, newest } = json(await timeline(owner.auth, 'yard', ago(3600), ago(-60)));
	const opened = await owner.play('yard', oldest, newest);
	assert.equal(opened.status, 201, opened.text);
	const { sid, seq } = json(opened);
	const listed = await request(ward, 'GET', `/api/v1/play/${sid}/segments?from=${oldest}&to=${newest}`, { auth: owner.auth });
	assert.equal(listed.status, 200, listed.text);
	const entry = (await entries()).find((one) => one.seq === seq);
	assert.deepEqual([entry.kind, entry.sid, entry.span, entry.opened.acct], ['play.open', sid, `${oldest} ${newest}`, 'boss']);
	for (const { track, inits, segments } of json(listed).tracks) {
		const parts = [];
		for (const url of [`${inits[0].init}.mp4`, ...segments.map(([, , id]) => `${id}.m4s`)]) {
			const answer = await fetch(new URL(`/api/v1/play/${sid}/${track}/${url}`, ward.url), { headers: { authorization: `Bearer ${owner.auth}` } });
			assert.equal(answer.status, 200);
			parts.push(Buffer.from(await answer.arrayBuffer()));
		}
		const film = path.join(ward.folder, `${track}.mp4`);
		writeFileSync(film, Buffer.concat(parts));
		const [stream] = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-show_entries', 'stream=codec_name,nb_read_frames,start_time',
			'-of', 'json', film], { encoding: 'utf8' })).streams;
		assert.equal(stream.codec_name, { v: 'h264', m: 'aac' }[track]);
		assert.ok(Math.abs(Number(stream.start_time) * 1e6 - segments[0][0]) < 1000, `${stream.start_time} is ${segments[0][0]}`);
		const seconds = (segments.at(-1)[1] - segments[0][0]) / 1e6, perSecond = { v: FPS, m: 48000 / 1024 }[track];
		assert.ok(Math.abs(Number(stream.nb_read_frames) - seconds * perSecond) < perSecond, `${stream.nb_read_frames} in ${seconds} s`);
	}
});
