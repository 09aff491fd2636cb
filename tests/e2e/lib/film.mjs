// Files with pictures of gstcam.c, as ffmpeg sees them.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';

const BITS = 16;

/** What ffmpeg or ffprobe gives, when it has nothing to complain of. */
export function quiet(file, ...args) {
	const { status, stdout, stderr } = spawnSync(file, ['-v', 'error', ...args], { maxBuffer: 256 << 20 });
	assert.equal(status, 0, String(stderr));
	assert.equal(String(stderr), '');
	return stdout;
}

/** All of it can be decoded. Pictures keep their own times: those of a busy camera are not even. */
export const decode = (file) => quiet('ffmpeg', '-xerror', '-err_detect', 'explode', '-i', file, '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-');

/** The numbers that the pictures carry (gstcam.c), as a player shows them. */
export function counters(file) {
	const row = execFileSync('ffmpeg', ['-v', 'fatal', '-i', file, '-map', '0:v', '-vf', `crop=iw:2:0:16,scale=${BITS}:1:flags=neighbor,format=gray`,
		'-fps_mode', 'passthrough', '-f', 'rawvideo', '-'], { maxBuffer: 64 << 20 });
	return Array.from({ length: row.length / BITS }, (_, i) => [...row.subarray(i * BITS, (i + 1) * BITS)].reduce((value, light) => value * 2 + (light > 128), 0));
}
