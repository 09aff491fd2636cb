// Private mode: the box records what it cannot open; a phone with its person's key plays it, and age opens it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Device, launch } from './lib/browser.mjs';
import { counters, decode } from './lib/film.mjs';
import { Person, request } from './lib/person.mjs';
import { build, startCamera, until, Ward } from './lib/ward.mjs';

const TRACK_VIDEO = 0, BUFFER = 64 << 20;
const NO_KEY = 'text=this device has none that opens it';
let ward, camera, owner, guest, other, key, browser, phone;

const age = (identity, file) => execFileSync('age', ['-d', '-i', identity, file], { maxBuffer: BUFFER });
const blocks = async () => (await ward.ward('log', 'show', '--json')).out.split('\n').filter((line) => line.includes('"media"')).length;
const keys = async (...args) => (await ward.ward('keys', ...args)).code;
const storeKey = () => readFileSync(path.join(ward.state, 'vault/store.key'), 'utf8');

/** The pictures that are listed, in a play of the last hour. */
async function listed() {
	const span = `from=${(Date.now() - 3600e3) * 1000}&to=${(Date.now() + 60e3) * 1000}`;
	const { oldest, newest } = JSON.parse((await request(ward, 'GET', `/api/v1/cameras/yard/timeline?${span}`, { auth: owner.auth })).text);
	const { sid } = JSON.parse((await owner.play('yard', oldest, newest)).text);
	const { tracks } = JSON.parse((await request(ward, 'GET', `/api/v1/play/${sid}/segments?from=${oldest}&to=${newest}`, { auth: owner.auth })).text);
	const { inits, segments } = tracks.find(({ track }) => track === 'v');
	return segments.map(([at, , id, init]) => ({ sid, at, id, init: inits.find((one) => one.init === init) }));
}

/** The newest of them. */
const newest = async () => (await listed()).at(-1);

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
	camera = await startCamera(['--video', 'h264', '--audio', 'pcma', '--fps', '25', '--gop', '1', '--bitrate', '500']);
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

/** A sealed piece as the box gives it, and the key of its ten minutes. */
async function take({ sid, id, init }) {
	const get = async (name) => (await bytes(`/api/v1/play/${sid}/${name}`, owner.auth)).data;
	const wrap = path.join(ward.folder, 'wrap'), epoch = path.join(ward.folder, `${init.sealed}.key`);
	writeFileSync(wrap, await get(`keys/${init.sealed}?for=${key.recipient}`));
	writeFileSync(epoch, age(key.file, wrap), { mode: 0o600 });
	const file = await get(`v/${id}.m4s.age`);
	return { file, plain: execFileSync('age', ['-d', '-i', epoch], { input: file, maxBuffer: BUFFER }), epoch, get };
}

/** Somebody who has the disk writes something else where a fragment lies. */
function overwrite(file, other) {
	assert.equal(other.length, file.length);
	const packs = path.join(ward.state, 'store/c1');
	const pack = readdirSync(packs).map((name) => path.join(packs, name)).find((name) => readFileSync(name).includes(file));
	const fd = openSync(pack, 'r+');
	writeSync(fd, other, 0, other.length, readFileSync(pack).indexOf(file));
	closeSync(fd);
}

test('what was put in a fragment\'s place is found, also if it is sealed for the same key; the rest plays, and is saved', async () => {
	const { page } = phone;
	const sealed = await until('enough of it is private', async () => {
		const found = (await listed()).filter(({ init }) => init.sealed);
		return found.length >= 12 && found;
	}, 60000);
	// Two seconds before it, and something behind it.
	const [first, other] = [sealed.at(-9), sealed.at(-5)];
	const { file, plain, epoch } = await take(first);
	const recipient = execFileSync('age-keygen', ['-y', epoch], { encoding: 'utf8' }).trim();
	overwrite(file, execFileSync('age', ['-r', recipient], { input: plain.fill(0, plain.length - 200), maxBuffer: BUFFER }));
	const flipped = await take(other);
	overwrite(flipped.file, flipped.file.map((byte, at) => (at === flipped.file.length - 50 ? byte ^ 1 : byte)));
	const from = Math.floor(first.at / 1e6) - 2;
	await page.goto(`${ward.url}#/recorded/c1/${from}`);
	await page.reload(); // what was played is not kept
	await page.waitForSelector('.skipped:has-text("the log says otherwise")');
	await page.keyboard.press('m');
	await until('its G.711 is heard', () => page.evaluate(() => {
		const video = document.querySelector('.frame video:not(.covered)');
		return video && !video.muted && video.webkitAudioDecodedByteCount > 1000;
	}));
	await until('it plays behind', async () => Date.parse(await page.getAttribute('.when time', 'datetime')) * 1000 > other.at + 1e6);
	await page.keyboard.press('Space');
	await go(phone, `#/recorded/c1/${from + 1}`);
	await until('it stands there', async () => Math.abs(Date.parse(await page.getAttribute('.when time', 'datetime')) / 1000 - from - 1) < 1);
	await phone.picture();
	await page.click('.bar >> text=Save');
	const [download] = await Promise.all([page.waitForEvent('download'), page.click('.sheet >> text=30 s')]);
	await page.waitForSelector('.save-state:has-text("Left out: 2 pieces")');
	const clip = path.join(ward.folder, 'private.mp4');
	await download.saveAs(clip);
	decode(clip);
	// Its pictures are those that were recorded, but for what is not; the log said so first.
	const entry = (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line)).find(({ kind }) => kind === 'export');
	const [start, end] = entry.span.split(' ').map(Number);
	assert.deepEqual([entry.tracks, entry.why, entry.opened.acct, end - start], ['v,m', 'owner', 'boss', 30e6]);
	const good = (await listed()).filter(({ id, at }) => id !== first.id && id !== other.id && at < end && at > start - 1.5e6);
	const parts = [];
	for (const one of good) {
		const { plain: data, epoch: opens, get } = await take(one);
		if (parts.length === 0)
			parts.push(execFileSync('age', ['-d', '-i', opens], { input: await get(`v/${one.init.init}.mp4.age`) }));
		parts.push(data);
	}
	writeFileSync(`${clip}.recorded`, Buffer.concat(parts));
	const all = counters(`${clip}.recorded`), kept = counters(clip), at = all.indexOf(kept[0]);
	assert.ok(at >= 0 && kept.length > 75 && kept.length <= all.length, `${kept.length} of ${all.length}`);
	assert.deepEqual(kept, all.slice(at, at + kept.length));
	const refused = await ward.ward('export', 'clip', 'yard', new Date(start / 1000).toISOString(), new Date(start / 1000 + 2000).toISOString());
	assert.equal(refused.code, 1);
	assert.match(refused.err, /private. Save it in the app/);
	assert.deepEqual(phone.errors, []);
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
