// Real cameras (gst-rtsp-server) watched by a viewer that nobody here wrote (GStreamer), each codec over
// each transport, and every access in a log that verifies.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { watch } from './lib/viewer.mjs';
import { Ward, startCamera, until } from './lib/ward.mjs';

const kinds = [
	{ name: 'aac', video: 'h264', audio: 'aac', hears: 'opus' }, // through transcode
	{ name: 'pcma', video: 'h264', audio: 'pcma', hears: 'pcma' },
	{ name: 'h265', video: 'h265', audio: 'opus', hears: 'opus' },
];
const transports = ['tcp', 'udp'];
let ward;
const cameras = [];

before(async () => {
	let config = 'cameras:\n';
	for (const { name, video, audio } of kinds) {
		const camera = await startCamera(['--video', video, '--audio', audio, '--user', 'eve', '--password', 'p@ss:w/rd']);
		cameras.push(camera);
		const url = camera.url.replace('rtsp://', `rtsp://eve:${encodeURIComponent('p@ss:w/rd')}@`);
		for (const transport of transports)
			config += `  ${name}-${transport}:\n    url: ${url}\n    transport: ${transport}\n`;
	}
	ward = await Ward.start({ config });
	await ward.ward('user', 'add', 'Alice');
});

after(async () => {
	await ward?.remove();
	for (const camera of cameras)
		await camera.stop('SIGKILL');
});

async function token(camera, verbs) {
	return (await ward.json('token', 'create', '--user', 'Alice', '--camera', camera, '--verbs', verbs)).token;
}

for (const { name, video, hears } of kinds)
	for (const transport of transports)
		test(`${name} over ${transport}: pictures decode and sound is heard`, async () => {
			const camera = `${name}-${transport}`;
			await until(`${camera} is live`, async () =>
				(await ward.json('camera', 'list')).some((one) => one.name === camera && one.state === 'live'));
			const seen = await watch(ward, camera, await token(camera, 'view,listen'), { video, audio: hears, frames: 30 });
			assert.equal(seen.code, 0, JSON.stringify(seen));
			assert.ok(seen.frames >= 30);
			assert.ok(seen.peak_db > -40, `a 440 Hz tone is heard: ${seen.peak_db} dB`);
		});

test('a token for one camera opens no other, and none without the right to listen gives sound', async () => {
	const eye = await token('pcma-tcp', 'view');
	await assert.rejects(watch(ward, 'aac-tcp', eye), /WHEP: 40[34]/);
	const seen = await watch(ward, 'pcma-tcp', eye, { audio: 'none', frames: 5 });
	assert.equal(seen.code, 0);
});

test('every one of these visits is in the log, and the log verifies', async () => {
	const shown = (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line));
	const opened = shown.filter((entry) => entry.kind === 'view.open');
	assert.equal(opened.length, kinds.length * transports.length + 1);
	for (const entry of opened)
		assert.equal(entry.opened.acct, 'Alice');
	const checked = await ward.ward('log', 'verify');
	assert.equal(checked.code, 0, checked.err);
});
