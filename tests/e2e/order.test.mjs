// The promise itself, read off the system calls by strace: the entry's fdatasync returns before the first
// byte of a frame leaves the vault, and before the first media packet leaves rtc.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { watch } from './lib/viewer.mjs';
import { Ward, startCamera, until } from './lib/ward.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
let ward, camera;

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'pcma']);
	ward = await Ward.start({ config: `cameras:\n  yard: ${camera.url}\n` });
	await ward.ward('user', 'add', 'Alice');
	await until('the camera is live', async () => (await ward.json('camera', 'list'))[0]?.state === 'live');
});

after(async () => {
	await ward?.remove();
	await camera?.stop('SIGKILL');
});

/** The number of a message type: its line in the one table. */
async function messageNumber(name) {
	const table = await readFile(path.join(root, 'src/ipc/messages.def'), 'utf8');
	return [...table.matchAll(/^MESSAGE\((\w+),/gm)].findIndex((found) => found[1] === name);
}

/** Traces both processes into one file, in the order of the clock. */
async function trace(pids, file) {
	const child = spawn('strace', ['-f', '-ttt', '-yy', '-xx', '-s', '16', '-e', 'trace=fdatasync,writev,sendmsg,sendmmsg,sendto',
		'-o', file, ...pids.flatMap((pid) => ['-p', String(pid)])], { stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	child.stderr.on('data', (data) => { said += data; });
	await until('strace is attached', () => (said.match(/attached/g) ?? []).length >= pids.length);
	return async () => {
		child.kill('SIGINT');
		await new Promise((resolve) => child.on('exit', resolve));
		return (await readFile(file, 'utf8')).split('\n');
	};
}

const time = (line) => Number(/^\d+\s+(\d+\.\d+)/.exec(line)[1]);
const bytes = (text) => text.match(/\\x../g)?.map((byte) => parseInt(byte.slice(2), 16)) ?? [];

test('the entry is on disk before the first frame leaves the vault, and before the first packet', async () => {
	const pids = [await ward.pidOf('ward-vault'), await ward.pidOf('ward-rtc')];
	const token = (await ward.json('token', 'create', '--user', 'Alice', '--camera', 'yard', '--verbs', 'view,listen')).token;
	const finish = await trace(pids, path.join(ward.folder, 'trace'));
	const seen = await watch(ward, 'yard', token, { audio: 'pcma', frames: 10 });
	const lines = await finish();
	assert.equal(seen.code, 0);

	const feed = await messageNumber('IPC_FEED_FRAME');
	const synced = lines.filter((line) => line.startsWith(`${pids[0]} `) && /fdatasync\(.*wal/.test(unhex(line)) && /= 0/.test(line));
	const fed = lines.filter((line) => line.startsWith(`${pids[0]} `) && /writev\(/.test(line) &&
		firstWord(line) === feed);
	const sent = lines.filter((line) => line.startsWith(`${pids[1]} `) && /send(m?msg|to)\(\d+<UDP/.test(line) && isMedia(line));
	assert.ok(synced.length > 0, 'the log was synced');
	assert.ok(fed.length > 0 && sent.length > 0, `frames were fed (${fed.length}) and packets sent (${sent.length})`);
	assert.ok(time(synced[0]) < time(fed[0]), 'synced before the first frame was fed');
	assert.ok(time(synced[0]) < time(sent[0]), 'synced before the first packet was sent');
});

/** strace -xx writes paths in hex too. */
function unhex(line) {
	return line.replace(/\\x(..)/g, (_all, code) => String.fromCharCode(parseInt(code, 16)));
}

/** The message type in the first bytes of a datagram between Ward's processes. */
function firstWord(line) {
	const data = /iov_base="((?:\\x..)+)"/.exec(line);
	return data ? bytes(data[1]).reduce((word, byte, at) => (at < 4 ? word + byte * 256 ** at : word), 0) : -1;
}

/** RFC 7983: 128 to 191 is RTP or RTCP; RTCP's packet types are 192 to 223. */
function isMedia(line) {
	const data = /(?:iov_base=|\d+<[^>]*>+, )"((?:\\x..)+)"/.exec(line);
	const [first, second] = data ? bytes(data[1]) : [];
	return first >= 128 && first < 192 && !(second >= 192 && second <= 223);
}
