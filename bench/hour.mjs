// An hour of recording, made by fill_store, saved as a clip by the ward command out of a real Ward, and looked at by ffprobe and
// ffmpeg: neither may complain, and every picture and sound must be there.
//
//   ninja -C build bench/fill_store && WARD_BUILD=build node bench/hour.mjs [SECONDS]

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

import { build, Ward } from '../tests/e2e/lib/ward.mjs';

const SECONDS = Number(process.argv[2] ?? 3600), CLIP_S = 20, FPS = 25;
const kinds = [
	{ name: 'H.264 and AAC', video: ['libx264', '-profile:v', 'main'], sound: ['aac', '-b:a', '64k'], packet_s: 1024 / 48000 },
	{ name: 'H.265 and Opus', video: ['libx265', '-x265-params', 'log-level=error:bframes=0:keyint=50:scenecut=0'], sound: ['libopus', '-b:a', '32k'], packet_s: 0.02 },
];

/** What the command says when it has nothing to complain of. */
function quiet(file, ...args) {
	const { status, stdout, stderr } = spawnSync(file, ['-v', 'error', ...args], { maxBuffer: 1 << 30 });
	if (status !== 0 || String(stderr) !== '')
		throw new Error(`${file}: ${status}: ${stderr}`);
	return String(stdout);
}

/** @param {number} us */
const moment = (us) => new Date(us / 1000).toISOString();

export function makeClip(file, { video, sound, fps = FPS, clip_s = CLIP_S, gop_s = 2 }, size = '640x360', rate = '400k') {
	execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}`, '-f', 'lavfi', '-i', 'sine=sample_rate=48000',
		'-t', String(clip_s), '-c:v', ...video, '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-b:v', rate, '-bf', '0', '-g', String(gop_s * fps), '-sc_threshold', '0',
		'-c:a', ...sound, file]);
}

/** A Ward whose camera `yard` has such a recording; its span in µs. */
export async function filled(kind, seconds, ...size) {
	const config = 'cameras:\n  yard: {url: "rtsp://127.0.0.1:1/", record: continuous}\n';
	const ward = await Ward.start({ config });
	const clip = path.join(ward.folder, 'clip.mp4');
	await ward.stop();
	makeClip(clip, kind, ...size);
	const start = Date.now();
	const [from, to] = execFileSync(path.join(build, 'bench/fill_store'), [ward.state, 'yard', clip, String(seconds)], { encoding: 'utf8' }).trim().split(' ').map(Number);
	const made_s = (Date.now() - start) / 1000;
	await ward.run();
	return { ward, from, to, made_s };
}

async function check(kind) {
	const { ward, from, to, made_s } = await filled(kind, SECONDS);
	try {
		const file = path.join(ward.folder, 'hour.mp4'), start = Date.now();
		const { code, err } = await ward.ward('export', 'clip', 'yard', moment(from), moment(to), '-o', file);
		const saved_s = (Date.now() - start) / 1000;
		if (code !== 0 || !existsSync(file))
			throw new Error(`export: ${err}`);
		const streams = JSON.parse(quiet('ffprobe', '-count_packets', '-show_streams', '-of', 'json', file)).streams;
		const [picture, sound] = ['video', 'audio'].map((type) => streams.find((one) => one.codec_type === type));
		const expected = [SECONDS * FPS, SECONDS / kind.packet_s];
		[picture, sound].forEach((stream, i) => {
			if (!(Math.abs(Number(stream.nb_read_packets) - expected[i]) <= 1))
				throw new Error(`${stream.codec_name}: ${stream.nb_read_packets} packets instead of ${expected[i]}`);
		});
		const late_ms = 1000 * (Number(sound.start_time) - Number(picture.start_time)), longer_ms = 1000 * (Number(sound.duration) - Number(picture.duration));
		quiet('ffmpeg', '-xerror', '-i', file, '-f', 'null', '-');
		console.log(`${kind.name}: ${SECONDS} s recorded in ${made_s.toFixed(1)} s, saved in ${saved_s.toFixed(1)} s, ${(statSync(file).size / 1e6).toFixed(0)} MB; ` +
			`${picture.nb_read_packets} pictures, ${sound.nb_read_packets} packets of sound, which begins ${late_ms.toFixed(1)} ms after the picture and ends ${longer_ms.toFixed(1)} ms after it; ` +
			'ffprobe and ffmpeg complain of nothing');
	} finally {
		await ward.remove();
	}
}

if (process.argv[1] && path.basename(process.argv[1]) === 'hour.mjs')
	for (const kind of kinds)
		await check(kind);
