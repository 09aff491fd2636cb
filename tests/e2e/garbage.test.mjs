// Noise on every port, and the list of ports itself. Ward answers or hangs up, and goes on: the same
// processes, the same log, and a camera that is still live.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { Ward, startCamera, until } from './lib/ward.mjs';

const INPUTS = 300;
let ward, camera, before_;

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'none']);
	ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n` });
	await until('the camera is live', async () => (await ward.json('camera', 'list'))[0]?.state === 'live');
	before_ = await ward.processes();
});

after(async () => {
	await ward?.remove();
	await camera?.stop('SIGKILL');
});

/** Repeatable noise: some of it begins like the real thing. */
let state = 1;
function random(limit) {
	state = (Math.imul(state, 1103515245) + 12345) >>> 0;
	return (state >>> 8) % limit;
}
const openings = ['', 'GET / HTTP/1.1\r\nHost: localhost\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00',
	'\x00\x01\x00\x08\x21\x12\xa4\x42', '\x16\xfe\xfd\x00\x00', '\x80\x60', '\x81\xcd\x00\x02', 'POST /whep/yard HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n'];
function noise() {
	return Buffer.concat([Buffer.from(openings[random(openings.length)], 'latin1'),
		Buffer.from(Array.from({ length: random(600) }, () => random(256)))]);
}

function throwAt(port) {
	return new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1', () => socket.end(noise()));
		socket.on('data', () => {});
		socket.on('error', resolve);
		socket.on('close', resolve);
	});
}

async function stillWell() {
	const now = await ward.processes();
	const numbers = (list) => list.map(({ pid, name }) => `${name} ${pid}`).sort();
	assert.deepEqual(numbers(now), numbers(before_), ward.process.lines.slice(-20).join('\n'));
	assert.equal((await fetch(ward.url)).status, 200);
	assert.equal((await ward.json('camera', 'list'))[0].state, 'live');
	const checked = await ward.ward('log', 'verify');
	assert.equal(checked.code, 0, checked.err);
}

for (const port of ['https', 'http', 'media'])
	test(`noise on the ${port} port (tcp)`, async () => {
		for (let round = 0; round < INPUTS / 20; round++)
			await Promise.all(Array.from({ length: 20 }, () => throwAt(ward[port])));
		await stillWell();
	});

test('noise on the media port (udp)', async () => {
	const socket = dgram.createSocket('udp4');
	for (let i = 0; i < 10 * INPUTS; i++)
		await new Promise((resolve) => socket.send(noise(), ward.media, '127.0.0.1', resolve));
	socket.close();
	await stillWell();
});

test('only the documented ports are open', async () => {
	const pids = [ward.pid, ...before_.map(({ pid }) => pid)];
	const open = execFileSync('ss', ['-Hlntup'], { encoding: 'utf8' }).split('\n')
		.filter((line) => pids.some((pid) => line.includes(`pid=${pid},`)))
		.map((line) => line.split(/\s+/)).map(([kind, , , , local]) => {
			const at = local.lastIndexOf(':');
			const host = local.slice(0, at).replace(/^\[|\]$/g, '');
			return `${kind} ${['127.0.0.1', '::1'].includes(host) ? 'loopback' : 'all'} ${local.slice(at + 1)}`;
		});
	assert.deepEqual([...new Set(open)].sort(), [`tcp all ${ward.https}`, `tcp all ${ward.media}`,
		`tcp loopback ${ward.http}`, `udp all ${ward.media}`].sort());
});
