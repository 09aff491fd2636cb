// `ward doctor --store`: recordings that are whole are found whole, also beside a running Ward; what is damaged is named at its place.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startCamera, until, Ward } from './lib/ward.mjs';

const packs = (ward) => readdirSync(path.join(ward.state, 'store'), { recursive: true, withFileTypes: true })
	.filter((entry) => entry.name.endsWith('.pack')).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));

async function doctor(ward, ...more) {
	const { code, out, err } = await ward.ward('doctor', '--store', ...more, '--json');
	assert.ok(out, `doctor says nothing (${code}): ${err}`);
	return { code, ...JSON.parse(out) };
}

describe('ward doctor --store', () => {
	let camera, ward;

	before(async () => {
		camera = await startCamera(['--video', 'h264', '--audio', 'aac', '--fps', '25', '--gop', '1', '--bitrate', '500']);
		ward = await Ward.start({ config: `cameras:\n  yard: {url: "${camera.url}", record: continuous}\n` });
		await until('two blocks are in the index', async () => (await doctor(ward)).blocks >= 2, 60000);
	});

	after(async () => {
		await ward?.remove();
		await camera?.stop('SIGKILL');
	});

	test('beside a running Ward: all is there, and nothing of it is disturbed', async () => {
		const found = await doctor(ward, '--deep');
		assert.equal(found.code, 0, JSON.stringify(found));
		assert.equal(found.good, true);
		assert.ok(found.checked > 10 && found.checked === found.fragments);
		assert.deepEqual(found.findings, []);
		assert.equal((await ward.json('status')).log_stopped, false);
	});

	test('after a stop: every byte', async () => {
		assert.equal(await ward.stop(), 0);
		const found = await doctor(ward, '--deep');
		assert.equal(found.code, 0, JSON.stringify(found));
		assert.equal(found.unpublished, 0);
		assert.equal(found.bytes_left, 0);
		const words = await ward.ward('doctor', '--store', '--deep');
		assert.match(words.out, /All of it is there, byte for byte/);
	});

	/** Spoils the stopped Ward's state, looks, and mends it again. */
	async function spoiled(file, change, ...more) {
		const kept = path.join(ward.folder, 'kept');
		copyFileSync(file, kept);
		change(file);
		try {
			return await doctor(ward, ...more);
		} finally {
			renameSync(kept, file);
		}
	}

	const flip = (at) => (file) => {
		const data = readFileSync(file);
		data[at < 0 ? data.length + at : at] ^= 4;
		writeFileSync(file, data);
	};

	test('a flipped bit in a fragment: pack, place, time and track; the rest is whole', async () => {
		const [pack] = packs(ward), at = Math.floor(statSync(pack).size / 2);
		const found = await spoiled(pack, flip(at), '--deep');
		assert.equal(found.code, 1);
		assert.equal(found.findings.length, 1, JSON.stringify(found.findings));
		const [one] = found.findings;
		assert.ok(one.kind === 'fragment-damaged' || one.kind === 'text-damaged', one.kind);
		assert.ok(pack.endsWith(one.pack));
		assert.ok(one.offset <= at && at < one.offset + one.bytes);
		assert.ok(one.from < one.to && one.from > 1e15);
	});

	test('a flipped bit in a block text', async () => {
		const found = await spoiled(packs(ward)[0], flip(-1));
		assert.deepEqual(found.findings.map(({ kind }) => kind), ['text-damaged']);
	});

	test('a pack that was cut, one that is gone, one that is longer', async () => {
		const [pack] = packs(ward);
		const cut = await spoiled(pack, (file) => writeFileSync(file, readFileSync(file).subarray(0, -100)));
		assert.deepEqual([cut.code, cut.findings.at(-1).kind], [1, 'pack-short']);
		const gone = await spoiled(pack, (file) => unlinkSync(file));
		assert.deepEqual([gone.code, gone.findings[0].kind], [1, 'pack-missing']);
		const longer = await spoiled(pack, (file) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(77)])));
		assert.deepEqual([longer.code, longer.findings[0].kind, longer.bytes_left], [0, 'bytes-left', 77]);
	});

	test('another store key, or none', async () => {
		const key = path.join(ward.state, 'vault/store.key');
		const other = await spoiled(key, (file) => writeFileSync(file, `${'11'.repeat(32)}\n`));
		assert.equal(other.findings[0].kind, 'key-lost');
		const none = await spoiled(key, (file) => unlinkSync(file), '--deep');
		assert.deepEqual([none.code, none.opened, none.checked], [0, false, 0]);
	});

	test('a store key that a credential seals: the key stays, and nothing opens it without', async () => {
		const file = path.join(ward.state, 'vault/store.key'), given = path.join(ward.folder, 'credentials');
		const key = () => readFileSync(file, 'utf8'), plain = key();
		const start = () => ward.run().then(() => '', (error) => error.message);
		mkdirSync(given);
		/** What systemd does with LoadCredentialEncrypted=, on a box without a TPM and without a key of its own. */
		const give = () => {
			const sealed = path.join(ward.folder, 'store-key.cred'), creds = (verb, ...more) => execFileSync('systemd-creds', [verb, '--name=ward-store-key', ...more], { stdio: ['pipe', 'pipe', 'ignore'], input: randomBytes(32) });
			creds('encrypt', '--with-key=tpm2-absent', '-', sealed);
			writeFileSync(path.join(given, 'ward-store-key'), creds('decrypt', sealed, '-'));
		};
		give();
		ward.options.environment = { CREDENTIALS_DIRECTORY: given };
		assert.equal(await start(), '');
		const sealed = key();
		assert.match(sealed, /^ward\/store-key\/1 [0-9a-f]{144}\n$/);
		assert.ok(!sealed.includes(plain.trim()));
		assert.deepEqual(readdirSync(path.dirname(file)).filter((name) => name.startsWith('store.key')), ['store.key']);
		await ward.stop();
		const without = await doctor(ward, '--deep');
		assert.deepEqual([without.code, without.opened, without.checked], [0, false, 0]);
		process.env.CREDENTIALS_DIRECTORY = given;
		const whole = await doctor(ward, '--deep');
		delete process.env.CREDENTIALS_DIRECTORY;
		assert.deepEqual([whole.code, whole.opened, whole.checked], [0, true, whole.fragments]);
		ward.options.environment = {};
		assert.match(await start(), /Ward ended \(78\)[^]*store\.key is sealed under the credential ward-store-key, which Ward was not given/);
		ward.options.environment = { CREDENTIALS_DIRECTORY: given };
		const right = readFileSync(path.join(given, 'ward-store-key'));
		give();
		assert.match(await start(), /Ward ended \(78\)[^]*store\.key does not open with the credential ward-store-key/);
		writeFileSync(path.join(given, 'ward-store-key'), 'short');
		assert.match(await start(), /Ward ended \(78\)[^]*must have 32 to 1024 bytes/);
		assert.equal(key(), sealed);
		writeFileSync(path.join(given, 'ward-store-key'), right);
		assert.equal(await start(), '');
		assert.equal(key(), sealed);
		assert.equal((await ward.ward('keys', 'lock', '--lose')).code, 0);
		assert.match(key(), /^ward\/store-key\/1 [0-9a-f]{144}\n$/);
		assert.notEqual(key(), sealed);
		await ward.stop();
	});

	test('no database: exit code 3, and a word', async () => {
		const database = path.join(ward.state, 'vault/vault.db');
		renameSync(database, `${database}.away`);
		const { code, err } = await ward.ward('doctor', '--store');
		renameSync(`${database}.away`, database);
		assert.equal(code, 3);
		assert.match(err, /cannot read the recordings/);
	});
});
