// GStreamer's webrtcbin as a WHEP viewer (gstwhep.c): its own ICE, DTLS, SRTP and decoders.

import { spawn } from 'node:child_process';
import path from 'node:path';

import { request } from './person.mjs';
import { build } from './ward.mjs';

/** Watches until `frames` pictures are decoded and sound is heard; gives what gstwhep counted. */
export async function watch(ward, camera, auth, { video = 'h264', audio = 'none', frames = 25 } = {}) {
	const child = spawn(path.join(build, 'tests/e2e/gstwhep'), [video, audio, String(frames)], { stdio: ['pipe', 'pipe', 'pipe'] });
	let out = '', err = '';
	const offered = new Promise((resolve) => child.stdout.on('data', (data) => {
		out += data;
		if (out.includes('\n.\n'))
			resolve(out.slice(0, out.indexOf('\n.\n') + 1));
	}));
	child.stderr.on('data', (data) => { err += data; });
	const ended = new Promise((resolve) => child.on('exit', resolve));
	try {
		const offer = await Promise.race([offered, ended.then((code) => { throw new Error(`gstwhep ended (${code}): ${err}`); })]);
		const answer = await request(ward, 'POST', `/whep/${encodeURIComponent(camera)}`, { auth, body: offer,
			headers: { 'content-type': 'application/sdp' } });
		if (answer.status !== 201)
			throw new Error(`WHEP: ${answer.status} ${answer.text}`);
		child.stdin.end(`${answer.text}.\n`);
		const code = await ended;
		const result = JSON.parse(out.slice(out.lastIndexOf('{')));
		await request(ward, 'DELETE', answer.headers.get('location'), { auth });
		return { ...result, code, session: answer.headers.get('ward-session') };
	} finally {
		child.kill('SIGKILL');
		await ended;
	}
}
