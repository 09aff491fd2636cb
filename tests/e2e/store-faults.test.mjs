// What goes wrong with the disk that recordings are on: one clear line, the live view and the log go on, and recording resumes by itself.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { removeDisk, smallDisk } from './lib/smalldisk.mjs';
import { View } from './lib/viewer.mjs';
import { Process, Ward, startCamera, until } from './lib/ward.mjs';

const ROUND_MS = 60000; // blocks end every ten seconds, and so long the store waits before it looks at the disk again
let camera;

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'none', '--fps', '25', '--gop', '1', '--bitrate', '500']);
});

after(() => camera?.stop('SIGKILL'));

const config = () => `cameras:\n  yard: {url: "${camera.url}", record: continuous}\n`;
const blocks = async (ward) => (await ward.ward('log', 'show', '--json')).out.split('\n').filter((line) => line.includes('"media"')).length;
const moreBlocks = async (ward, count) => {
	const before = await blocks(ward);
	await until(`${count} more blocks`, async () => (await blocks(ward)) >= before + count, ROUND_MS);
};
const said = (ward, pattern) => ward.process.lines.filter((line) => pattern.test(line)).length;

async function doctor(ward, ...more) {
	const { code, out, err } = await ward.ward('doctor', '--store', ...more, '--json');
	assert.ok(out, `doctor says nothing (${code}): ${err}`);
	return { code, ...JSON.parse(out) };
}

async function openView(ward) {
	await ward.ward('user', 'add', 'Eve');
	const { token } = await ward.json('token', 'create', '--user', 'Eve', '--camera', 'yard');
	const view = await View.open(ward, 'yard', token, { frames: 1e6, link: {} });
	await until('the view plays', () => view.relay.packets > 20);
	return view;
}

const plays = (view) => until('the view goes on', () => performance.now() - view.relay.last < 500);

describe('the disk of the recordings', () => {
	let ward, view, disk, store;

	const shell = async (text) => {
		const [file, ...args] = [...disk.inside(ward.pid), 'sh', '-c', text, store];
		assert.equal(await new Process(file, args).ended, 0);
	};

	before(async () => {
		const folder = await mkdtemp(path.join(tmpdir(), 'ward-store-'));
		await mkdir(path.join(folder, 'state'), { mode: 0o700 });
		store = path.join(folder, 'state/store');
		disk = smallDisk(store, '1g');
		ward = await Ward.start({ config: config(), folder, ...disk });
		await moreBlocks(ward, 1);
		view = await openView(ward);
	});

	after(async () => {
		await view?.close();
		await ward?.stop();
		removeDisk(store);
		await ward?.remove();
	});

	test('it is full: one line; room again: it goes on by itself', async () => {
		await shell('mount -o remount,size=8m "$0"');
		await until('it is said', () => said(ward, /recording rests: the disk is nearly full/) === 1, ROUND_MS);
		await plays(view);
		const then = await blocks(ward);
		await ward.ward('user', 'add', 'Somebody');
		assert.equal((await ward.json('status')).log_stopped, false);
		await shell('mount -o remount,size=1g "$0"');
		await until('it goes on', () => said(ward, /recording goes on/) === 1, ROUND_MS);
		await until('blocks come', async () => (await blocks(ward)) > then, ROUND_MS);
		await plays(view);
		assert.equal(said(ward, /recording rests/), 1);
		const found = await doctor(ward, '--deep');
		assert.equal(found.code, 0, JSON.stringify(found.findings));
		assert.ok(found.gaps.disk.count > 0);
	});

	test('it is gone: one line, it goes on on what is there, and the doctor says what was lost', async () => {
		await shell('rm -r "$0"/c*');
		await until('it is said', () => said(ward, /recording rests: No such file or directory/) === 1, ROUND_MS);
		await until('it goes on', () => said(ward, /recording goes on/) === 2, ROUND_MS);
		await plays(view);
		const found = await doctor(ward);
		assert.equal(found.code, 1);
		assert.ok(found.findings.every(({ kind }) => /^(pack-|row-|text-|bytes-left)/.test(kind)), JSON.stringify(found.findings));
	});
});

test('kill -9 of the vault, five times while it records: nothing is damaged', async () => {
	const ward = await Ward.start({ config: config() });
	const size = () => readdirSync(path.join(ward.state, 'store'), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.name.endsWith('.pack'))
		.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size, 0);

	try {
		await moreBlocks(ward, 1);
		for (let i = 0; i < 5; i++) {
			const before = size();
			await until('more is written', () => size() > before, ROUND_MS);
			await ward.kill('ward-vault');
			await until('Ward answers', async () => (await ward.ward('status')).code === 0);
		}
		await moreBlocks(ward, 1);
		const running = await doctor(ward, '--deep');
		assert.equal(running.code, 0, JSON.stringify(running.findings));
		assert.equal(await ward.stop(), 0);
		const found = await doctor(ward, '--deep');
		assert.equal(found.code, 0, JSON.stringify(found.findings));
		assert.ok(found.gaps.restart.count >= 1 && found.bytes_left > 0, 'what the kills cut off is said');
		assert.ok(found.findings.every(({ kind }) => kind === 'bytes-left'));
	} finally {
		await ward.remove();
	}
});

test('a stolen disk without the store key shows neither picture, sound nor name', async () => {
	const NAME = 'Kinderzimmer', PERSON = 'Mathilde';
	const ward = await Ward.start({ config: `cameras:\n  ${NAME}: {url: "${camera.url}", record: continuous}\n` });
	const all = (folder) => readdirSync(path.join(ward.state, folder), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));

	try {
		await ward.ward('user', 'add', PERSON);
		await moreBlocks(ward, 1);
		assert.equal(await ward.stop(), 0);
		rmSync(path.join(ward.state, 'vault/store.key'));
		const boxes = ['ftypiso', 'moof', 'mdat', 'avcC', 'mp4a', 'ward/block/1'].map((text) => Buffer.from(text));
		for (const file of [...all('store'), path.join(ward.state, 'vault/vault.db')])
			for (const box of boxes)
				assert.equal(readFileSync(file).indexOf(box), -1, `${box} in ${file}`);
		for (const file of [...all('store'), ...all('log')])
			for (const name of [NAME, PERSON, '127.0.0.1'])
				assert.equal(readFileSync(file).indexOf(name), -1, `${name} in ${file}`);
		const { code, opened } = await doctor(ward, '--deep');
		assert.deepEqual([code, opened], [0, false]);
		// What docs/limits.md admits.
		assert.ok(readFileSync(path.join(ward.state, 'vault/vault.db')).includes(NAME));
	} finally {
		await ward.remove();
	}
});
