// Private mode: the box records what it cannot open; a phone with its person's key plays it, and age opens it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Device, launch } from './lib/browser.mjs';
import { Person, request } from './lib/person.mjs';
import { build, startCamera, until, Ward } from './lib/ward.mjs';

const TRACK_VIDEO = 0, BUFFER = 64 << 20;
const NO_KEY = 'text=this device has none that opens it';
let ward, camera, owner, guest, other, key, browser, phone;

const age = (identity, file) => execFileSync('age', ['-d', '-i', identity, file], { maxBuffer: BUFFER });
const blocks = async () => (await ward.ward('log', 'show', '--json')).out.split('\n').filter((line) => line.includes('"media"')).length;
const keys = async (...args) => (await ward.ward('keys', ...args)).code;
const storeKey = () => readFileSync(path.join(ward.state, 'vault/store.key'), 'utf8');

/** The newest fragment, in a play of the last hour. */
async function newest() {
	const span = `from=${(Date.now() - 3600e3) * 1000}&to=${(Date.now() + 60e3) * 1000}`;
	const { oldest, newest } = JSON.parse((await request(ward, 'GET', `/api/v1/cameras/yard/timeline?${span}`, { auth: owner.auth })).text);
	const { sid } = JSON.parse((await owner.play('yard', oldest, newest)).text);
	const listed = JSON.parse((await request(ward, 'GET', `/api/v1/play/${sid}/segments?from=${oldest}&to=${newest}`, { auth: owner.auth })).text);
	const { inits, segments } = listed.tracks.find(({ track }) => track === 'v');
	const [at, , id, init] = segments.at(-1);
	return { sid, at, id, init: inits.find((one) => one.init === init) };
}

/** What it answers. */
async function play() {
	const { sid, id } = await newest();
	return request(ward, 'GET', `/api/v1/play/${sid}/v/${id}.m4s`, { auth: owner.auth });
}

async function bytes(address, auth) {
	const answer = await fetch(new URL(address, ward.url), { headers: { authorization: `Bearer ${auth}` } });
	return { status: answer.status, data: Buffer.from(await answer.arrayBuffer()) };
}

/** How many H.264 pictures a file holds. */
function frames(file) {
	const [stream] = JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-show_entries', 'stream=codec_name,nb_read_frames', '-of', 'json', file],
		{ encoding: 'utf8' })).streams;
	assert.equal(stream.codec_name, 'h264');
	return Number(stream.nb_read_frames);
}

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'none', '--fps', '25', '--gop', '1', '--bitrate', '500']);
	ward = await Ward.start({ config: `cameras:\n  yard: {url: "${camera.url}", record: continuous}\n` });
	owner = await Person.add(ward, 'boss', '--role', 'owner');
	const made = path.join(ward.folder, 'person.key');
	execFileSync('age-keygen', ['-o', made], { stdio: 'ignore' });
	key = { file: made, recipient: readFileSync(made, 'utf8').match(/age1[a-z0-9]+/)[0] };
});

after(async () => {
	await browser?.close();
	await ward?.remove();
	await camera?.stop('SIGKILL');
});

test('without a person\'s key there is no private mode, and a wrong one is refused', async () => {
	assert.equal(await keys('private'), 1);
	for (const wrong of ['age1xyz', key.recipient.slice(0, -1), key.recipient.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q')), 'AGE-SECRET-KEY-1'])
		assert.equal(await keys('add', 'Anna', wrong), 1, wrong);
	assert.equal(await keys('add', 'Anna', key.recipient), 0);
	assert.equal(await keys('add', 'Anna again', key.recipient), 1);
	assert.deepEqual((await ward.json('keys', 'list')).keys.map(({ name, key: text }) => [name, text]), [['Anna', key.recipient]]);
});

test('a key that was added on the box becomes that of the person who adds it, too', async () => {
	[guest, other] = [await Person.add(ward, 'guest', '--role', 'guest'), await Person.add(ward, 'other', '--role', 'owner')];
	const order = { order: 'add', name: 'Anna', key: key.recipient }, lines = `name Anna\nkey ${key.recipient}\n`;
	assert.equal((await guest.changeKeys(order, lines)).status, 403);
	assert.equal((await owner.changeKeys(order, lines.replace('Anna', 'Bob'))).status, 403); // signed something else
	assert.equal((await owner.changeKeys(order, lines)).status, 200);
	assert.equal((await other.changeKeys(order, lines)).status, 400);
	assert.deepEqual((await ward.json('keys', 'list')).keys.map(({ person }) => person), ['boss']);
});

const go = (device, hash) => device.page.evaluate((to) => {
	location.hash = to;
}, hash);

/** As a person does; what was to be written down. */
async function makeKey({ page }, name) {
	await page.click('text=Make a key');
	await page.waitForSelector('.secret:has-text("AGE-SECRET")');
	const secret = (await page.textContent('.secret')).replaceAll(' ', '');
	await page.fill('.sheet-form input >> nth=0', secret.slice(-6));
	await page.fill('.sheet-form input >> nth=1', name);
	await page.click('text=Keep it here');
	await page.waitForSelector('.said:has-text("Proven in the log")');
	return secret;
}

test('a phone makes a key of its own', async () => {
	browser = await launch();
	phone = await Device.pair(browser, `${ward.url}#pair=${(await ward.json('user', 'pair', 'boss')).link.split('#pair=')[1]}`);
	await go(phone, '#/keys');
	phone.secret = await makeKey(phone, 'the phone');
	phone.recipient = execFileSync('age-keygen', ['-y'], { input: phone.secret, encoding: 'utf8' }).trim();
	assert.deepEqual((await ward.json('keys', 'list')).keys.map(({ name, person, key: text }) => [name, person, text]).at(-1), ['the phone', 'boss', phone.recipient]);
});

test('a locked box has forgotten what it recorded, and goes on', async () => {
	await until('a block is recorded', async () => (await blocks()) >= 1, 40000);
	assert.equal((await play()).status, 200);
	await until('Anna\'s key has everything', async () => (await ward.json('keys', 'list')).only_box === 0, 30000);
	const { sid, init } = await newest();
	await until('the phone\'s key, too', async () => (await bytes(`/api/v1/play/${sid}/keys/${init.init.split('-')[0]}?for=${phone.recipient}`, owner.auth)).status === 200);
	const before = storeKey();
	assert.equal(await keys('lock'), 0);
	assert.notEqual(storeKey(), before);
	const refused = await play();
	assert.deepEqual([refused.status, JSON.parse(refused.text).error], [409, 'sealed']);
});

test('the person whose key it is gets what is sealed, and age opens it', async () => {
	const { at, init, id, sid } = await newest();
	assert.deepEqual([init.codecs, init.sealed], ['', init.init.split('-')[0]]);
	const get = (name, auth = owner.auth) => bytes(`/api/v1/play/${sid}/${name}`, auth);
	const files = { wrap: await get(`keys/${init.sealed}?for=${key.recipient}`), init: await get(`v/${init.init}.mp4.age`), age: await get(`v/${id}.m4s.age`) };
	assert.deepEqual(Object.values(files).map(({ status }) => status), [200, 200, 200]);
	assert.equal((await get(`v/${id}.m4s`)).status, 409);
	for (const [name, { data }] of Object.entries(files))
		writeFileSync(path.join(ward.folder, `api.${name}`), data);
	const opened = (identity, name) => age(identity, path.join(ward.folder, `api.${name}`));
	const epoch = path.join(ward.folder, 'api.key');
	writeFileSync(epoch, opened(key.file, 'wrap'), { mode: 0o600 });
	writeFileSync(path.join(ward.folder, 'api.mp4'), Buffer.concat([opened(epoch, 'init'), opened(epoch, 'age')]));
	assert.ok(frames(path.join(ward.folder, 'api.mp4')) > 0);
	// Nobody else gets it: not with a play of their own, not with a key of nobody's, not of another time, and a guest not at all.
	const { sid: theirs } = JSON.parse((await other.play('yard', at, at + 1e6)).text);
	assert.equal((await bytes(`/api/v1/play/${theirs}/keys/${init.sealed}?for=${key.recipient}`, other.auth)).status, 404);
	assert.equal((await get(`keys/${init.sealed}?for=${key.recipient}`, other.auth)).status, 404);
	assert.equal((await get(`keys/${Number(init.sealed) - 6000}?for=${key.recipient}`)).status, 404);
	assert.equal((await get(`keys/${init.sealed}?for=age1xyz`)).status, 400);
	assert.equal((await bytes('/api/v1/keys', guest.auth)).status, 403);
});

test('in private mode the phone plays what the box cannot, and nobody else does', async () => {
	assert.equal(await keys('private'), 0);
	const already = await blocks();
	await until('two blocks more', async () => (await blocks()) >= already + 2, 60000);
	assert.equal((await play()).status, 409);
	await go(phone, '#/recorded/c1');
	await phone.picture();
	await until('it is the camera\'s picture', async () => (await phone.counter()) > 0);
	assert.deepEqual(phone.errors, []);
	// Another person sees nothing, also with what the first wrote down: it is not her key at this box.
	const stranger = await Device.pair(browser, await ward.link('mia', '--role', 'member'));
	await go(stranger, '#/recorded/c1');
	await stranger.page.waitForSelector(NO_KEY);
	await go(stranger, '#/keys');
	await stranger.page.click('text=I have one already');
	await stranger.page.fill('.sheet-form input >> nth=0', phone.secret);
	await stranger.page.click('text=Keep it here');
	await stranger.page.waitForSelector('.sheet .said:has-text("did not take it")');
	await go(stranger, '#/recorded/c1');
	await stranger.page.waitForSelector(NO_KEY);
	assert.equal(await stranger.hasPicture(), false);
	// With a key of her own she sees what is recorded after this ten minutes' key was made, not before.
	await go(stranger, '#/keys');
	await makeKey(stranger, 'mia');
	assert.deepEqual(stranger.errors, []);
	await stranger.close();
});

test('age opens what the box cannot', async () => {
	assert.equal(await keys('remove', 'the phone'), 0);
	assert.equal(await keys('remove', 'mia'), 0);
	assert.equal(await keys('remove', 'Anna'), 1);
	await phone.page.reload();
	await phone.page.waitForSelector(NO_KEY);
	assert.equal(await ward.stop(), 0);
	const doctor = await ward.ward('doctor', '--store', '--deep', '--json');
	assert.equal(doctor.code, 0, doctor.out);
	assert.ok(JSON.parse(doctor.out).sealed >= 1);
	const out = path.join(ward.folder, 'film');
	const dump = JSON.parse(execFileSync(path.join(build, 'tests/e2e/storedump'), [ward.state, '1', String(TRACK_VIDEO), out], { encoding: 'utf8' }));
	assert.ok(dump.sealed > 10 && dump.fragments === 0);
	writeFileSync(`${out}.key`, age(key.file, `${out}.wrap`), { mode: 0o600 });
	writeFileSync(`${out}.mp4`, Buffer.concat([age(`${out}.key`, `${out}.init.age`), age(`${out}.key`, `${out}.age`)]));
	const count = frames(`${out}.mp4`);
	assert.ok(count > 0 && count <= 25, count); // the last group was cut by the stop
	// Not even everything that the box has on its disk opens it.
	for (const file of readdirSync(ward.state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
		const at = path.join(file.parentPath ?? file.path, file.name);
		if (statSync(at).size < BUFFER)
			assert.ok(!readFileSync(at).includes('AGE-SECRET-KEY-1'), at);
	}
	const { code, out: said } = await ward.ward('log', 'verify');
	assert.equal(code, 0, said);
});
