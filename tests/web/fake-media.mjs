// A minute of picture and sound as fMP4 fragments, which is served for every minute of any recording. Each
// picture carries its place in the minute: 16 squares in the top row, most significant first, as gstcam draws them.

import { spawn } from 'node:child_process';

export const FPS = 10;
const WIDTH = 320, HEIGHT = 180, SECONDS = 60, SOUND_SECONDS = 2, SOUND_RATE = 48000, VIDEO_RATE = 90000;

/** One grey picture of the night: the counter, a moon and somebody who breathes. */
function picture(at) {
	const luma = Buffer.alloc(WIDTH * HEIGHT, 44);
	for (let y = 0; y < 16; y++)
		for (let x = 0; x < WIDTH; x++)
			luma[y * WIDTH + x] = (at >> (15 - Math.floor(x / (WIDTH / 16)))) & 1 ? 235 : 16;
	const disc = (cx, cy, radius, light) => {
		for (let y = Math.max(16, Math.floor(cy - radius)); y < Math.min(HEIGHT, cy + radius); y++)
			for (let x = Math.max(0, Math.floor(cx - radius)); x < Math.min(WIDTH, cx + radius); x++)
				if ((x - cx) ** 2 + (y - cy) ** 2 < radius ** 2)
					luma[y * WIDTH + x] = light;
	};
	disc(262, 52, 15, 220);
	disc(110, 130 + 2 * Math.sin(at / 4), 16, 190);
	for (let y = 126; y < 170; y++)
		luma.fill(110, y * WIDTH + 60, y * WIDTH + 210 - (y === 126 ? 20 : 0));
	disc(110, 124 + 2 * Math.sin(at / 4), 14, 190);
	return Buffer.concat([luma, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]);
}

const MP4 = ['-movflags', 'empty_moov+default_base_moof+frag_keyframe', '-f', 'mp4'];

/** @param {string[]} args @param {(stdin: import('node:stream').Writable) => void} feed @param {string[]} form */
function ffmpeg(args, feed, form = MP4) {
	const child = spawn('ffmpeg', ['-loglevel', 'error', ...args, ...form, 'pipe:1'], { stdio: ['pipe', 'pipe', 'inherit'] });
	const chunks = [];
	child.stdout.on('data', (chunk) => chunks.push(chunk));
	feed(child.stdin);
	return new Promise((resolve, reject) => child.on('close', (code) => (code ? reject(new Error(`ffmpeg: ${code}`)) : resolve(Buffer.concat(chunks)))));
}

/** The init segment and the fragments, each a free box, moof and mdat as Ward keeps them. */
function cut(file) {
	const init = [], fragments = [];
	for (let at = 0; at < file.length;) {
		const size = file.readUInt32BE(at);
		const type = file.toString('latin1', at + 4, at + 8);
		const box = file.subarray(at, at + size);
		if (type === 'ftyp' || type === 'moov')
			init.push(box);
		else if (type === 'moof')
			fragments.push([Buffer.concat([Buffer.from([0, 0, 0, 40]), Buffer.from('free'), Buffer.alloc(32, 7)]), box]);
		else if (type === 'mdat')
			fragments[fragments.length - 1].push(box);
		at += size;
	}
	return { init: Buffer.concat(init), fragments: fragments.map((boxes) => Buffer.concat(boxes)) };
}

/** The same fragment at another time. */
function moved(fragment, time) {
	const copy = Buffer.from(fragment);
	const at = copy.indexOf('tfdt');
	if (copy[at + 4] !== 1)
		throw new Error('tfdt of version 0');
	copy.writeBigUInt64BE(BigInt(time), at + 8);
	return copy;
}

/** JPEGs, one behind the other. */
function apart(file) {
	const found = [];
	for (let at = 0; at < file.length;) {
		const end = file.indexOf(Buffer.from([0xff, 0xd9]), at) + 2;
		found.push(file.subarray(at, end));
		at = end;
	}
	return found;
}

let made;

/** Tracks v and m, with `fragment(index, from_us)`; `thumbs`: one small picture for each second. */
export function fakeMedia() {
	made ??= make();
	return made;
}

async function make() {
	const [video, sound, small] = await Promise.all([
		ffmpeg(['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`, '-r', String(FPS), '-i', 'pipe:0', '-c:v', 'libx264', '-preset', 'ultrafast',
			'-tune', 'zerolatency', '-profile:v', 'baseline', '-g', String(FPS), '-keyint_min', String(FPS), '-sc_threshold', '0', '-video_track_timescale', String(VIDEO_RATE)], (stdin) => {
			for (let at = 0; at < SECONDS * FPS; at++)
				stdin.write(picture(at));
			stdin.end();
		}),
		ffmpeg(['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=${SOUND_RATE}:duration=${SECONDS + 1}`, '-c:a', 'libopus', '-b:a', '24k', '-frag_duration', String(SOUND_SECONDS * 1e6)],
			(stdin) => stdin.end()),
		ffmpeg(['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`, '-r', '1', '-i', 'pipe:0', '-c:v', 'mjpeg', '-q:v', '3'], (stdin) => {
			for (let at = 0; at < SECONDS; at++)
				stdin.write(picture(at * FPS));
			stdin.end();
		}, ['-f', 'image2pipe']),
	]);
	const film = { ...cut(video), seconds: 1, rate: VIDEO_RATE, codecs: 'avc1.42c00b' };
	return {
		thumbs: apart(small),
		v: film,
		w: film,
		m: { ...cut(sound), seconds: SOUND_SECONDS, rate: SOUND_RATE, codecs: 'opus' },
		fragment(track, from_us) {
			const { fragments, seconds, rate } = this[track];
			const index = Math.floor(from_us / 1e6 / seconds) % (SECONDS / seconds);
			return moved(fragments[index], Math.round((from_us / 1e6) * rate));
		},
	};
}
