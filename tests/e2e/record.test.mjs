// What a camera sends is kept, and what is kept is what age and ffmpeg say it is.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { build, startCamera, until, Ward } from './lib/ward.mjs';

const FPS = 25, TRACK_VIDEO = 0, TRACK_MIC = 2;

const packs = (ward) => readdirSync(path.join(ward.state, 'store'), { recursive: true, withFileTypes: true })
	.filter((entry) => entry.name.endsWith('.pack')).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
const packSize = (ward) => packs(ward).reduce((size, file) => size + statSync(file).size, 0);

/** Takes a track out of the stopped Ward's store, has age open a fragment, and ffmpeg look at all of it. */
function take(ward, track) {
	const out = path.join(ward.folder, `track${track}`);
	const dump = JSON.parse(execFileSync(path.join(build, 'tests/e2e/storedump'), [ward.state, '1', String(track), out], { encoding: 'utf8' }));
	const plain = execFileSync('age', ['-d', '-i', `${out}.key`, `${out}.age`], { maxBuffer: 64 << 20 });
	assert.deepEqual(plain, readFileSync(`${out}.plain`));
	const probed = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-show_entries',
		'stream=codec_name,nb_read_frames,start_time', '-of', 'json', `${out}.mp4`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
	const said = execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-err_detect', 'explode', '-i', `${out}.mp4`, '-f', 'null', '-'],
		{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
	assert.equal(said, '');
	const [stream] = probed.streams;
	return { ...dump, codec: stream.codec_name, decoded: Number(stream.nb_read_frames), start: Number(stream.start_time) };
}

const entries = async (ward, kind) => (await ward.ward('log', 'show', '--json')).out.split('\n').filter((line) => line.includes(`"${kind}"`) || line.includes(`kind ${kind}`)).length;

async function verifies(ward) {
	const { code, out, err } = await ward.ward('log', 'verify');
	assert.equal(code, 0, out + err);
}

const config = (url) => `cameras:\n  yard: {url: "${url}", record: continuous}\n`;

for (const [video, audio, codec, sound] of [['h264', 'aac', 'h264', 'aac'], ['h265', 'opus', 'hevc', 'opus'], ['h264', 'pcma', 'h264', 'pcm_alaw']])
	test(`${video} and ${audio} are on the disk, picture for picture`, async () => {
		const camera = await startCamera(['--video', video, '--audio', audio, '--fps', String(FPS), '--gop', '1', '--bitrate', '1000']);
		const ward = await Ward.start({ config: config(camera.url) });
		try {
			const start = await until('something is recorded', () => packSize(ward) > 100000 && Date.now());
			await until('25 s have passed', () => Date.now() - start > (video === 'h264' && audio === 'aac' ? 25000 : 8000), 30000);
			assert.equal(await ward.stop(), 0);
			const pictures = take(ward, TRACK_VIDEO), heard = take(ward, TRACK_MIC);
			assert.equal(pictures.codec, codec);
			assert.equal(pictures.decoded, pictures.frames);
			assert.equal(pictures.gaps, 0);
			const seconds = (pictures.to - pictures.from) / 1e6;
			// A camera that was late at first is moved into the box's time by and by.
			assert.ok(Math.abs(pictures.frames - seconds * FPS) <= FPS / 2 + pictures.frames / 20, `${pictures.frames} pictures in ${seconds} s`);
			// Its time is the time of day.
			assert.ok(Math.abs(pictures.start - pictures.from / 1e6) < 0.05);
			assert.ok(Math.abs(pictures.from / 1e3 - start) < 15000);
			assert.equal(heard.codec, sound);
			assert.ok(heard.decoded > 0 && Math.abs(heard.to - pictures.to) < 3e6);
			await verifies(ward);
		} finally {
			await ward.remove();
			await camera.stop('SIGKILL');
		}
	});

test('a killed vault loses the running block at most', async () => {
	const camera = await startCamera(['--video', 'h264', '--audio', 'none', '--fps', String(FPS), '--gop', '1']);
	const ward = await Ward.start({ config: config(camera.url) });
	try {
		await until('something is recorded', () => packSize(ward) > 0);
		await until('a block is in the log', async () => (await entries(ward, 'media')) > 1, 40000);
		for (let i = 0, size = packSize(ward); i < 4; i++, size = packSize(ward)) // in the middle of the next one
			await until('a fragment is written', () => packSize(ward) > size);
		const killed = Date.now();
		await ward.kill('ward-vault');
		await until('more is recorded', async () => (await entries(ward, 'media')) > 3, 60000);
		const before = await entries(ward, 'media');
		assert.equal(await ward.stop(), 0);
		const pictures = take(ward, TRACK_VIDEO);
		assert.equal(pictures.decoded, pictures.frames);
		assert.ok(pictures.blocks >= before);
		assert.equal(pictures.gaps, 1, 'the hole has its reason');
		// Lost: up to ten seconds of the running block, and the time until all is up again.
		const seconds = (pictures.to - pictures.from) / 1e6;
		assert.ok(pictures.frames > (seconds - 25) * FPS, `${pictures.frames} pictures in ${seconds} s; killed at ${killed}`);
		await verifies(ward);
	} finally {
		await ward.remove();
		await camera.stop('SIGKILL');
	}
});

test('nothing is kept of a camera that is not to be recorded', async () => {
	const camera = await startCamera(['--video', 'h264', '--audio', 'none']);
	const ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n` });
	try {
		await until('pictures come', async () => (await ward.json('status')).cameras?.some((one) => one.frames > 2 * FPS));
		assert.equal(await ward.stop(), 0);
		assert.deepEqual(packs(ward), []);
	} finally {
		await ward.remove();
		await camera.stop('SIGKILL');
	}
});
