// Cameras in: a real ward-cam-rtsp against gst-rtsp-server (gstcam.c), between a canned warden and
// vault (camprobe.c). What comes out must decode, picture for picture, in a decoder nobody here wrote.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { freePort } from './lib/ward.mjs';

const { WARD_CAM, WARD_CAMPROBE, WARD_GSTCAM } = process.env;

const startCamera = (port, options) => new Promise((resolve, reject) => {
	const camera = spawn(WARD_GSTCAM, ['--port', port, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
	camera.stdout.on('data', (data) => String(data).includes('ready') && resolve(camera));
	camera.on('exit', (code) => reject(new Error(`the camera ended with ${code}`)));
});

/** Runs the probe; gives what it said and whether it met what it wanted. */
const probe = (url, options, onLine = () => {}) => new Promise((resolve) => {
	const running = spawn(WARD_CAMPROBE, [WARD_CAM, url, ...options], { timeout: 60000 });
	let out = '', log = '';
	createInterface({ input: running.stdout }).on('line', (line) => {
		out += `${line}\n`;
		onLine(line);
	});
	running.stderr.on('data', (data) => { log += data; });
	running.on('close', (code) => resolve({ good: code === 0, out, log }));
});

/** Decodes all of it, strictly; gives the number of pictures. */
function decode(file, codec) {
	const input = ['-f', codec === 'h265' ? 'hevc' : codec, '-i', file];
	const count = execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0',
		...input], { encoding: 'utf8' });
	execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-err_detect', 'explode', ...input, '-f', 'null', '-']);
	return Number(count.trim());
}

async function withCamera(options, run) {
	const port = await freePort(), folder = mkdtempSync(join(tmpdir(), 'ward-cam-'));
	const camera = await startCamera(port, options);
	try {
		await run(port, folder, camera);
	} finally {
		camera.removeAllListeners('exit');
		camera.kill('SIGKILL');
		rmSync(folder, { recursive: true });
	}
}

const field = (out, track, name) => Number(new RegExp(`^${track} .*\\b${name} (\\d+)`, 'm').exec(out)?.[1]);

const cases = [
	{ video: 'h264', audio: 'aac', transport: 'tcp' },
	{ video: 'h264', audio: 'aac', transport: 'udp' },
	{ video: 'h264', audio: 'pcma', transport: 'tcp' },
	{ video: 'h264', audio: 'pcma', transport: 'udp' },
	{ video: 'h265', audio: 'opus', transport: 'tcp' },
	{ video: 'h265', audio: 'opus', transport: 'udp' },
	{ video: 'h264', audio: 'none', transport: 'tcp', also: ['--bframes', '2'] },
	{ video: 'h264', audio: 'pcmu', transport: 'auto', also: ['--transport', 'udp'] },
	{ video: 'h264', audio: 'aac', transport: 'auto', user: 'nanny:p@ss/#w:@', also: ['--user', 'nanny', '--password', 'p@ss/#w:'] },
	{ video: 'h264', audio: 'aac', transport: 'auto', user: 'nanny:secret@', also: ['--user', 'nanny', '--password', 'secret', '--basic'] },
];

for (const { video, audio, transport, user = '', also = [] } of cases)
	test(`${video} and ${audio} over ${transport} ${also.join(' ')}`, () =>
		withCamera(['--video', video, '--audio', audio, ...also], async (port, folder) => {
			const { good, out, log } = await probe(`rtsp://${user}127.0.0.1:${port}/cam`,
				['--seconds', '4', '--want', '40', '--transport', transport, '--dump', folder]);
			assert.ok(good, out + log);
			assert.match(out, /^state live/m);
			assert.equal(field(out, 'video', 'gaps'), 0, out);
			if (!also.includes('--bframes'))
				assert.equal(field(out, 'video', 'disorder'), 0, out);
			const pictures = decode(join(folder, `video.${video}`), video);
			assert.equal(pictures, field(out, 'video', 'frames'), out);
			if (audio === 'none')
				return;
			assert.ok(field(out, 'mic', 'frames') > 40, out);
			if (audio === 'pcma' || audio === 'pcmu')
				assert.equal(readFileSync(join(folder, `mic.${audio}`)).length, 160 * field(out, 'mic', 'frames'));
		}));

test('while nobody watches, nothing is lost and the cam wakes up a few times a second', () =>
	withCamera(['--video', 'h264', '--audio', 'aac'], async (port, folder) => {
		const { good, out, log } = await probe(`rtsp://127.0.0.1:${port}/cam`,
			['--seconds', '6', '--want', '60', '--transport', 'tcp', '--calm', '--dump', folder]);
		assert.ok(good, out + log);
		assert.equal(field(out, 'video', 'gaps') + field(out, 'mic', 'gaps'), 0, out);
		assert.equal(field(out, 'video', 'disorder') + field(out, 'mic', 'disorder'), 0, out);
		assert.equal(decode(join(folder, 'video.h264'), 'h264'), field(out, 'video', 'frames'), out);
		// Ten looks a second; a wake for each of these would be over 300.
		assert.ok(field(out, 'video', 'frames') + field(out, 'mic', 'frames') > 250, out);
		assert.ok(field(out, 'cam', 'wakes') < 150, out);
	}));

test('a wrong password is said once, and not tried again and again', () =>
	withCamera(['--user', 'nanny', '--password', 'secret'], async (port) => {
		const { out, log } = await probe(`rtsp://nanny:guess@127.0.0.1:${port}/cam`, ['--seconds', '4']);
		assert.match(out, /^state down wrong user name or password$/m);
		assert.equal(log.match(/wrong user name or password/g).length, 1);
		assert.ok(!log.includes('guess') && !out.includes('guess'));
	}));

test('a camera that was away is back within two seconds', () =>
	withCamera([], async (port, folder, camera) => {
		let again;
		const { good, out, log } = await probe(`rtsp://127.0.0.1:${port}/cam`, ['--seconds', '9', '--want', '60', '--dump', folder], (line) => {
			if (line !== 'state live ' || again)
				return;
			camera.removeAllListeners('exit');
			camera.kill('SIGKILL');
			camera.on('close', () => { again = startCamera(port, []); });
			again = true;
		});
		const second = await again;
		second.removeAllListeners('exit');
		second.kill('SIGKILL');
		assert.ok(good, out + log);
		assert.match(out, /state live[^]*state down the camera has closed the connection[^]*state live/);
		assert.equal(field(out, 'video', 'gaps'), 1, out);
		decode(join(folder, 'video.h264'), 'h264');
	}));
