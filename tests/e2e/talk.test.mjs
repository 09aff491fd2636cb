// A person talks in Chromium and is heard at a camera that nobody here wrote (gst-rtsp-server's ONVIF
// back channel): at the right level and speed, after the entry that says so, and not a moment longer.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { Device, launch } from './lib/browser.mjs';
import { Person, request } from './lib/person.mjs';
import { Ear, measureTone, writeTone } from './lib/sound.mjs';
import { SpeakerTap } from './lib/speaker.mjs';
import { Ward, startCamera, until } from './lib/ward.mjs';
import { Whip } from './lib/whip.mjs';

const HZ = 700;
const AMPLITUDE = 8000;
const RATES = { pcmu: 8000, pcma: 8000, aac: 16000 };
const LIMIT_MS = process.env.WARD_SANITIZED ? 400 : 100;
const SMALL = ['--size', '320x180', '--fps', '10'];
const TRIES = 8;
const cameras = {}, ears = {}, taps = {};
let folder, ward, browser, alice, bob, started_us;

/** The browser's canceller and its kin take a steady tone for noise: off, so that the way is measured. */
function hearPlainly() {
	const devices = navigator.mediaDevices;
	const real = devices.getUserMedia.bind(devices);
	devices.getUserMedia = () => real({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
}

class Talker {
	static async pair(name, ...args) {
		const talker = new Talker();
		talker.device = await Device.pair(browser, await ward.link(name, ...args), { permissions: ['microphone'] });
		talker.page = talker.device.page;
		await talker.page.evaluate(hearPlainly);
		return talker;
	}
	async watch(name) {
		await this.device.watch(name);
		await this.page.waitForSelector('.talk-button:not([disabled])');
		const box = await this.page.locator('.talk-button').boundingBox();
		await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	}
	/** Holds the button; gives what the page then says. */
	async press() {
		await this.page.mouse.down();
		await this.page.waitForSelector('.talk-button.heard, .talk-button.failed');
		return this.page.textContent('.talk-state');
	}
	release() {
		return this.page.mouse.up();
	}
	async leave() {
		await this.release();
		await this.page.goto(`${this.device.origin}/#/`);
		await this.page.waitForSelector('nav');
	}
}

const log = async () => (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line));
const last = async (kind) => (await log()).findLast((entry) => entry.kind === kind);
const talks = async () => (await ward.json('sessions')).filter(({ tracks }) => tracks === 's,t');
const nobodyTalks = () => until('nobody talks', async () => (await talks()).length === 0);
const allLive = () => until('all cameras are live', async () =>
	(await ward.json('status')).cameras.filter(({ state }) => state === 'live').length === Object.keys(cameras).length + 1);

before(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'ward-talk-'));
	await writeTone(path.join(folder, 'voice.wav'), HZ, { amplitude: AMPLITUDE });
	let config = 'cameras:\n';
	for (const codec of Object.keys(RATES)) {
		ears[codec] = await Ear.open();
		cameras[codec] = await startCamera([...SMALL, '--audio', 'pcma', '--speaker', codec, '--heard', String(ears[codec].port)]);
		taps[codec] = await SpeakerTap.start(cameras[codec].port);
		// One of them comes without a chime.
		config += `  ${codec}:\n    url: ${taps[codec].url}\n    chime: ${codec === 'pcma' ? 'no' : 'yes'}\n`;
	}
	// Nothing of these is recorded but what is said to them.
	cameras.mute = await startCamera([...SMALL, '--audio', 'none']);
	config += `  mute: ${cameras.mute.url}\n`;
	started_us = Date.now() * 1000;
	ward = await Ward.start({ config, demo: true });
	await allLive();
	browser = await launch('--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${path.join(folder, 'voice.wav')}`);
	alice = await Talker.pair('Alice', '--role', 'owner');
	bob = await Talker.pair('Bob');
});

afterEach(async () => {
	await alice?.leave();
	await bob?.leave();
	await nobodyTalks();
});

after(async () => {
	await browser?.close();
	await ward?.remove();
	for (const one of [...Object.values(taps), ...Object.values(ears)])
		one.close();
	for (const camera of Object.values(cameras))
		await camera.stop('SIGKILL');
	await rm(folder, { recursive: true, force: true });
});

/** One talk of a good three seconds, of which the first may be the chime's. Now and then gst-rtsp-server takes a back channel's packets and plays none of
 *  them, whoever sends them: then false, and another try is needed. */
async function talkOnce(codec) {
	const [ear, tap, rate] = [ears[codec], taps[codec], RATES[codec]];
	const before = tap.payload.length;
	ear.clear();
	const open = performance.now();
	assert.match(await alice.press(), /You are heard/);
	const took_ms = performance.now() - open;
	assert.equal((await talks())[0].user, 'Alice');
	await until('three seconds have left Ward', () => tap.payload.length - before > (codec === 'aac' ? 50 : 160));
	await alice.release();
	await nobodyTalks();
	return ear.length > 2.5 * rate ? { took_ms, samples: ear.samples() } : null;
}

for (const [codec, rate] of Object.entries(RATES))
	test(`a voice is heard at a speaker that takes ${codec}: level, speed, and whose it was`, async (t) => {
		await alice.watch(codec);
		let heard = null;
		for (let i = 0; i < TRIES && !heard; i++)
			heard = await talkOnce(codec);
		assert.ok(heard, 'the camera played none of the talks');
		const { rms, share } = measureTone(heard.samples.subarray(1.2 * rate, 2.2 * rate), HZ, rate);
		const level_db = 20 * Math.log10(rms / (AMPLITUDE / Math.SQRT2));
		t.diagnostic(`pressed to heard ${heard.took_ms.toFixed(0)} ms, level ${level_db.toFixed(2)} dB, ${(100 * share).toFixed(2)} % of it the tone`);
		assert.ok(Math.abs(level_db) < 1, `level ${level_db} dB`);
		assert.ok(share > 0.98, 'another tone, or broken');
		const open = await last('talk.open'), close = await last('talk.close');
		assert.equal(open.opened.acct, 'Alice');
		assert.match(open.opened.ask, /verbs talk/);
		assert.equal(open.tracks, 's,t');
		assert.equal(close.sid, open.sid);
		assert.equal(close.end, 'left');
	});

test('every byte that reached a speaker is counted in the log', async () => {
	for (const codec of Object.keys(RATES)) {
		const camera = (await ward.json('status')).cameras.find(({ name }) => name === codec).id;
		const used = (await log()).filter(({ kind, cam }) => kind === 'talk.close' && cam === camera)
			.reduce((sum, entry) => sum + Number(entry.used.split(' ')[0]), 0);
		// AAC travels behind four bytes that hold its size.
		assert.equal(used, taps[codec].size - (codec === 'aac' ? 4 * taps[codec].payload.length : 0));
	}
});

/** What a person finds on a track of the black box: the samples of all fragments, in order. */
async function recordedBytes(person, camera, track) {
	const [from, to] = [started_us, Date.now() * 1000];
	const opened = await person.play(camera, from, to, { tracks: track });
	if (opened.status !== 201)
		return Buffer.alloc(0);
	const { sid } = JSON.parse(opened.text);
	const listed = JSON.parse((await request(ward, 'GET', `/api/v1/play/${sid}/segments?from=${from}&to=${to}`, { auth: person.auth })).text);
	const parts = [];
	for (const [, , id] of listed.tracks[0]?.segments ?? []) {
		// As it was recorded: with the letter behind the number, G.711 comes as FLAC.
		const answer = await fetch(new URL(`/api/v1/play/${sid}/${track}/${id.replace(/[au]$/, '')}.m4s`, ward.url), { headers: { authorization: `Bearer ${person.auth}` } });
		const data = Buffer.from(await answer.arrayBuffer());
		parts.push(data.subarray(data.indexOf('mdat') + 4));
	}
	await request(ward, 'DELETE', `/api/v1/play/${sid}`, { auth: person.auth });
	return Buffer.concat(parts);
}

test('the black box holds every byte that a speaker was given, and whose it was', async () => {
	const owner = await Person.add(ward, 'Otto', '--role', 'owner');
	for (const [codec, rate] of Object.entries(RATES)) {
		const given = Buffer.concat(taps[codec].payload.map((packet) => (codec === 'aac' ? packet.subarray(4) : packet)));
		let recorded;
		await until(`${codec}: it is recorded`, async () => {
			recorded = await recordedBytes(owner, codec, 's');
			return recorded.length >= given.length;
		});
		assert.ok(recorded.equals(given), `${codec}: ${recorded.length} bytes are recorded of ${given.length}`);
		await until(`${codec}: what was said is kept as it came`, async () => (await recordedBytes(owner, codec, 't')).length > 0);
		const { spoken } = JSON.parse((await request(ward, 'GET', `/api/v1/cameras/${codec}/spoken`, { auth: owner.auth })).text);
		const { id } = (await ward.json('status')).cameras.find(({ name }) => name === codec);
		const opened = (await log()).filter(({ kind, cam }) => kind === 'talk.open' && cam === id).reverse();
		const voices = spoken.filter(({ sound }) => sound === 'voice'), chimes = spoken.filter(({ sound }) => sound === 'chime');
		assert.deepEqual(voices.map(({ sid, seq, user }) => [sid, seq, user]), opened.map(({ sid, seq }) => [sid, seq, 'Alice']));
		// The chime came first, for less than a second, and has an entry of its own that names the talk.
		const announced = (await log()).filter(({ kind, cam }) => kind === 'speaker' && cam === id).reverse();
		assert.deepEqual(chimes.map(({ sid, seq, user }) => [sid, seq, user]), announced.map(({ sid, seq }) => [sid, seq, 'Alice']));
		assert.equal(announced.length > 0, codec !== 'pcma');
		for (const { to, seconds, seq } of chimes) {
			const talk = opened.find((one) => one.seq === Number(announced.find((one) => one.seq === seq).grant));
			assert.ok(seconds > 0.45 && seconds < 0.9, `${seconds} s`);
			assert.ok(to <= voices.find(({ sid }) => sid === talk.sid).from);
		}
		assert.deepEqual((await ward.json('spoken', codec)).map(({ seq }) => seq), spoken.map(({ seq }) => seq));
		const seconds = spoken.reduce((sum, one) => sum + one.seconds, 0);
		const samples = codec === 'aac' ? 1024 * taps.aac.payload.length : given.length;
		assert.ok(Math.abs(seconds - samples / rate) < 0.001, `${seconds} s of ${samples / rate}`);
	}
});

test('what the speaker was given can be saved, sample by sample', async () => {
	for (const [codec, format] of [['pcmu', 'mulaw'], ['pcma', 'alaw']]) {
		const file = path.join(folder, `${codec}.mp4`), given = path.join(folder, `${codec}.raw`);
		const saved = await ward.ward('export', 'clip', codec, new Date(started_us / 1000).toISOString(), 'now', '--tracks', 's', '-o', file);
		assert.equal(saved.code, 0, saved.err);
		await writeFile(given, Buffer.concat(taps[codec].payload));
		const samples = (...input) => execFileSync('ffmpeg', ['-v', 'error', ...input, '-f', 's16le', '-'], { maxBuffer: 64 << 20 });
		assert.ok(samples('-i', file).equals(samples('-f', format, '-ar', '8000', '-ac', '1', '-i', given)));
	}
});

// ---- WHIP: a program talks, and it is one that nobody here wrote ----

const WHIP_HZ = 500;
const token = (verbs) => ward.json('token', 'create', '--user', 'Alice', '--camera', 'pcmu', '--verbs', verbs);

/** As talkOnce, by WHIP; leaves it talking. */
async function whipOnce(auth) {
	const [ear, tap] = [ears.pcmu, taps.pcmu];
	const before = tap.payload.length;
	ear.clear();
	const whip = await Whip.open(ward, 'pcmu', auth, { hz: WHIP_HZ, amplitude: AMPLITUDE });
	await until('three seconds have left Ward', () => tap.payload.length - before > 160);
	if (ear.length > 2.5 * RATES.pcmu)
		return { whip, samples: ear.samples() };
	await whip.end();
	await whip.close();
	await nobodyTalks();
	return null;
}

test('WHIP: GStreamer is heard with a token, level, speed and whose it was; a person waits for it, and its token ends it', async (t) => {
	const made = await token('talk');
	let heard = null;
	for (let i = 0; i < TRIES && !heard; i++)
		heard = await whipOnce(made.token);
	assert.ok(heard, 'the camera played none of the talks');
	const { whip } = heard;
	try {
		const { rms, share } = measureTone(heard.samples.subarray(1.2 * RATES.pcmu, 2.2 * RATES.pcmu), WHIP_HZ, RATES.pcmu);
		const level_db = 20 * Math.log10(rms / (AMPLITUDE / Math.SQRT2));
		t.diagnostic(`level ${level_db.toFixed(2)} dB, ${(100 * share).toFixed(2)} % of it the tone`);
		assert.ok(Math.abs(level_db) < 1, `level ${level_db} dB`);
		assert.ok(share > 0.98, 'another tone, or broken');
		await whip.says('reported'); // what of it arrives
		const [session] = await talks();
		assert.deepEqual([session.sid, session.user, session.device, session.role], [whip.sid, 'Alice', made.id, 'integration']);
		const open = await last('talk.open');
		assert.deepEqual([open.sid, open.seq, open.why, open.opened.token], [whip.sid, Number(whip.seq), 'integration', made.id]);
		// Another program is refused; a person waits, and takes no turn while it talks.
		await assert.rejects(Whip.open(ward, 'pcmu', (await token('talk')).token), ({ status }) => status === 409);
		await bob.watch('pcmu');
		await bob.page.mouse.down();
		await bob.page.waitForSelector('.talk-state:has-text("A program of Alice is talking here. You are not heard yet")');
		const tap = taps.pcmu, opens = tap.opened, called = performance.now();
		assert.equal((await ward.ward('revoke', made.id)).code, 0);
		await bob.page.waitForSelector('.talk-button.heard');
		assert.equal(tap.opened, opens + 1);
		t.diagnostic(`last packet of the program's ${(tap.lastBefore - called).toFixed(0)} ms after the command began`);
		assert.ok(tap.lastBefore - called < LIMIT_MS + 150, `last packet after ${tap.lastBefore - called} ms`);
		const close = (await log()).find(({ kind, sid }) => kind === 'talk.close' && sid === whip.sid);
		assert.equal(close.end, 'revoked');
		await assert.rejects(Whip.open(ward, 'pcmu', made.token), ({ status }) => status === 401);
		await bob.release();
	} finally {
		await whip.close();
	}
});

test('WHIP: an owner takes the speaker from a program, and a program may wait for it; nothing is given back to it', async () => {
	const before = taps.pcmu.payload.length;
	const whip = await Whip.open(ward, 'pcmu', (await token('talk')).token);
	let waiting;
	try {
		assert.match(whip.answer.text, /a=recvonly\r\n/);
		assert.doesNotMatch(whip.answer.text, /a=(sendonly|sendrecv|ssrc)|m=video/);
		await until('it is heard', () => taps.pcmu.payload.length > before + 40);
		await alice.watch('pcmu');
		await alice.page.waitForSelector('.talk-state:has-text("A program of yours is talking here")');
		waiting = Whip.open(ward, 'pcmu', (await token('talk')).token, { query: '?wait=1' });
		await alice.page.click('.talk-take');
		await alice.page.waitForSelector('.talk-button.heard');
		const close = (await log()).find(({ kind, sid }) => kind === 'talk.close' && sid === whip.sid);
		assert.equal(`${close.end} ${close.reason} ${close.why}`, 'revoked taken-over owner');
		await alice.page.click('.talk-free[aria-pressed="true"]');
		const next = await waiting;
		assert.equal((await talks())[0].sid, next.sid);
		assert.equal((await next.end()).status, 200);
		await nobodyTalks();
		assert.equal((await log()).find(({ kind, sid }) => kind === 'talk.close' && sid === next.sid).end, 'left');
	} finally {
		await whip.close();
		await (await waiting?.catch(() => null))?.close();
	}
});

/** How loud a tone is in what the page receives, dB: a function in the page. */
async function hearTone(hz) {
	const { track } = [...window.peers].at(-1).getReceivers().find((one) => one.track.kind === 'audio');
	const context = new AudioContext();
	const meter = context.createAnalyser();
	meter.fftSize = 8192;
	context.createMediaStreamSource(new MediaStream([track])).connect(meter);
	window.toneLevel = () => {
		const bins = new Float32Array(meter.frequencyBinCount);
		meter.getFloatFrequencyData(bins);
		const at = Math.round(hz * meter.fftSize / context.sampleRate);
		return Math.max(...bins.subarray(at - 1, at + 2));
	};
}

test('the demo camera has a speaker: what is said is heard in its room, and no longer when it is over', async (t) => {
	// Out of what they hear who may talk the voice is taken: a guest listens.
	const guest = await Device.pair(browser, await ward.link('Gus', '--role', 'guest'));
	await guest.watch('nursery');
	await guest.page.click('.sound button');
	await until('its sound arrives', async () => (await guest.media()).energy > 0);
	await guest.page.evaluate(hearTone, HZ);
	const level = () => guest.page.evaluate(() => window.toneLevel());
	await alice.watch('nursery');
	assert.match(await alice.press(), /You are heard/);
	t.diagnostic(`in the room at ${(await until('the room hears it', async () => (await level()) > -40 && level())).toFixed(1)} dB`);
	await alice.release();
	await until('the room is quiet', async () => (await level()) < -46);
	await guest.close();
});

test('a camera without a speaker: the person is told, and nothing looks like being heard', async (t) => {
	await alice.watch('mute');
	const start = performance.now();
	assert.match(await alice.press(), /Not heard/);
	t.diagnostic(`told after ${(performance.now() - start).toFixed(0)} ms`);
	await until('the talk is closed', async () => (await last('talk.close')).end === 'failed');
});

test('revoking a talk silences it within 100 ms, and the phone says so', async (t) => {
	await alice.watch('pcmu');
	await bob.watch('pcmu');
	assert.match(await bob.press(), /You are heard/);
	await alice.page.waitForSelector('.talk-state:has-text("Bob is talking here")');
	const [talk] = await talks();
	assert.equal(talk.user, 'Bob');
	const tap = taps.pcmu, before = tap.payload.length;
	await until('Bob is heard', () => tap.payload.length > before + 10);
	await until('his phone is told what of it arrives', () => bob.page.evaluate(async () => [...(await [...window.peers].at(-1).getStats()).values()]
		.some((one) => one.type === 'remote-inbound-rtp' && one.kind === 'audio')));
	const owner = await Person.add(ward, 'Olga', '--role', 'owner');
	const called = performance.now();
	const answer = await request(ward, 'DELETE', `/api/v1/sessions/${talk.sid}`, { auth: owner.auth });
	assert.ok(answer.status < 300, answer.text);
	await bob.page.waitForFunction(() => /no longer heard/.test(document.querySelector('.talk-state').textContent));
	await until('nothing more comes', () => performance.now() - tap.last > 300);
	t.diagnostic(`last packet ${(tap.last - called).toFixed(0)} ms after the call`);
	assert.ok(tap.last - called < LIMIT_MS, `last packet after ${tap.last - called} ms`);
	assert.equal((await last('talk.close')).end, 'revoked');
});

test('who asks while somebody talks gets the turn; an owner takes it at once, and both are told', async (t) => {
	await alice.watch('pcmu');
	await bob.watch('pcmu');
	assert.match(await alice.press(), /You are heard/);
	await bob.page.mouse.down();
	await bob.page.waitForSelector('.talk-button.asking');
	await bob.page.waitForSelector('.talk-state:has-text("Alice is talking here. You are not heard yet")');
	assert.equal((await talks())[0].user, 'Alice');
	await alice.release();
	await bob.page.waitForSelector('.talk-button.heard');
	assert.equal((await last('talk.open')).opened.acct, 'Bob');
	// Only an owner is offered this.
	assert.equal(await bob.page.locator('.talk-take').count(), 0);
	const tap = taps.pcmu, opens = tap.opened;
	const called = performance.now();
	await alice.page.click('.talk-take');
	await bob.page.waitForSelector('.talk-state:has-text("the owner has taken over")');
	await alice.page.waitForSelector('.talk-button.heard');
	assert.equal(tap.opened, opens + 1);
	t.diagnostic(`last packet of Bob's ${(tap.lastBefore - called).toFixed(0)} ms after the click`);
	assert.ok(tap.lastBefore - called < LIMIT_MS + 150, `last packet after ${tap.lastBefore - called} ms`);
	const close = (await log()).findLast(({ kind, reason }) => kind === 'talk.close' && reason === 'taken-over');
	assert.equal(`${close.end} ${close.why}`, 'revoked owner');
	assert.equal((await last('talk.open')).opened.acct, 'Alice');
	// It was a tap, so it goes on without a finger; and another tap ends it.
	assert.match(await alice.page.textContent('.talk-state'), /hands-free/);
	await alice.page.click('.talk-free[aria-pressed="true"]');
	await nobodyTalks();
	assert.equal(await alice.page.textContent('.talk-button span'), 'Hold to talk');
	await bob.release();
});

/** A program's: white noise for a nursery, as from Home Assistant. */
async function soundOf(camera) {
	const { token, id } = await ward.json('token', 'create', '--user', 'Alice', '--camera', camera, '--verbs', 'talk');
	const ask = async (method, body) => {
		const answer = await request(ward, method, `/api/v1/cameras/${camera}/sound`, { auth: token,
			...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}) });
		return { status: answer.status, ...JSON.parse(answer.text) };
	};
	return { id, play: (sound, more = {}) => ask('POST', { sound, ...more }), show: () => ask('GET'), stop: () => ask('DELETE') };
}

test('white noise at its level, after its entries; it gives way to a voice, goes on after, and ends with its right', async (t) => {
	const { id, play, show, stop } = await soundOf('pcmu');
	const [ear, tap] = [ears.pcmu, taps.pcmu];
	assert.deepEqual(await show(), { status: 200, sound: null });
	for (let i = 0, heard = false; i < TRIES && !heard; i++) {
		ear.clear();
		const before = tap.payload.length;
		assert.equal((await play('white', { seconds: 1800, volume: 100 })).status, 201);
		await until('its first seconds have left Ward', () => tap.payload.length - before > 260);
		heard = ear.length > 4.6 * RATES.pcmu;
	}
	const samples = ear.samples().subarray(3.4 * RATES.pcmu, 4.4 * RATES.pcmu);
	const rms = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
	t.diagnostic(`white noise at ${rms.toFixed(0)} of 32768`);
	assert.ok(rms > 700 && rms < 1050, `${rms}`);
	const shown = await show();
	assert.deepEqual([shown.sound, shown.volume, shown.mine, shown.waits], ['white', 100, true, false]);
	assert.ok(Math.abs(shown.until - shown.since - 1800e6) < 1e6);
	const [open, speaker] = [await last('talk.open'), await last('speaker')];
	assert.deepEqual([open.sound, open.tracks, speaker.sound, Number(speaker.grant)], ['white', 's', 'white', open.seq]);
	// Somebody wants to be heard, and is.
	await bob.watch('pcmu');
	assert.match(await bob.press(), /You are heard/);
	assert.equal((await show()).waits, true);
	assert.equal((await play('rain')).status, 409);
	await bob.release();
	await until('it goes on', async () => !(await show()).waits);
	const before = tap.payload.length;
	await until('it is heard again', () => tap.payload.length > before + 20);
	assert.equal((await log()).filter(({ kind, sound }) => kind === 'speaker' && sound === 'white').at(-1).grant, String(open.seq));
	// Whoever gave the token takes it back.
	const called = performance.now();
	assert.equal((await ward.ward('token', 'revoke', id)).code, 0);
	const revoked = performance.now();
	await until('nothing more comes', () => performance.now() - tap.last > 300);
	assert.ok(tap.last - revoked < LIMIT_MS, `last packet ${tap.last - called} ms after the command began`);
	assert.equal((await last('talk.close')).end, 'revoked');
	assert.equal((await stop()).status, 401);
});

test('in the app a sound is picked and plays, others see whose it is, and may stop it', async () => {
	await alice.watch('pcmu');
	await alice.page.click('.sounds-button');
	for (const choice of ['Rain', '15 min'])
		await alice.page.click(`.choices label:has-text("${choice}")`);
	await alice.page.click('.sounds .main-button');
	await alice.page.waitForSelector('.sounds-state:has-text("Rain until")');
	assert.match(await alice.page.textContent('.sounds-state'), /You began it/);
	const open = await last('talk.open');
	assert.match(open.opened.ask, /\|sound rain 900 50\|/);
	await bob.watch('pcmu');
	await bob.page.click('.sounds-button:has-text("Rain until")');
	await bob.page.waitForSelector('.sounds-state:has-text("Alice began it")');
	await bob.page.click('.sounds .danger');
	await alice.page.waitForSelector('.sounds-button:has-text("Sounds")', { state: 'attached' });
	const close = await last('talk.close');
	assert.deepEqual([close.sid, close.end, close.why, close.reason], [open.sid, 'revoked', 'member', 'silenced']);
});

test('the command plays a lullaby and stops it; it stands in the log as the box\u2019s own', async () => {
	const tap = taps.pcma, before = tap.payload.length;
	const { code, out, err } = await ward.ward('sound', 'play', 'pcma', 'twinkle', '--for', '15m', '--volume', '30');
	assert.equal(code, 0, err);
	assert.match(out, /pcma plays: twinkle/);
	await until('it is heard', () => tap.payload.length > before + 20);
	const [playing] = await ward.json('sound', 'show', 'pcma');
	assert.deepEqual([playing.sound, playing.volume, playing.waits], ['twinkle', 30, false]);
	assert.match(playing.user, /^local tool/);
	assert.equal((await ward.ward('sound', 'stop', 'pcma')).code, 0);
	assert.equal((await ward.ward('sound', 'stop', 'pcma')).code, 1);
	assert.equal((await ward.ward('sound', 'play', 'mute', 'rain')).code, 1);
	assert.equal((await ward.ward('sound', 'play', 'pcma', 'disco')).code, 2);
	assert.equal((await ward.ward('log', 'verify')).code, 0);
});

test('hands-free ends when the page is out of sight; without a chime one is told', async () => {
	await alice.watch('pcma');
	assert.match(await alice.page.textContent('.talk-note'), /No chime/);
	await alice.page.click('.talk-free');
	await alice.page.waitForSelector('.talk-button.heard');
	await alice.page.evaluate(() => {
		Object.defineProperty(document, 'hidden', { value: true, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
		delete document.hidden;
	});
	await alice.page.waitForSelector('.talk-state:has-text("not in sight")');
	await nobodyTalks();
});

test('the vault hangs, as on a disk that does, while somebody begins to talk: nothing reaches the speaker', async () => {
	const tap = taps.pcmu, before = tap.payload.length, pid = await ward.pidOf('ward-vault');
	await alice.watch('pcmu');
	process.kill(pid, 'SIGSTOP');
	try {
		await alice.page.mouse.down();
		await alice.page.waitForSelector('.talk-state:has-text("Not heard yet")');
		const start = performance.now();
		await until('it hangs for five seconds', () => performance.now() - start > 5000);
		assert.equal(tap.payload.length, before);
	} finally {
		process.kill(pid, 'SIGCONT');
	}
	// So long without a picture, and the page may have begun its view anew; a talk ends with its view. Held again, it is heard.
	await alice.release();
	await until('it is heard', async () => {
		await alice.page.mouse.down();
		const isHeard = await alice.page.waitForSelector('.talk-button.heard', { timeout: 5000 }).catch(() => null);
		return isHeard ?? alice.release();
	});
	assert.equal((await last('talk.open')).opened.acct, 'Alice');
});

for (const [name, end] of [['ward-rtc', 'stopped'], ['ward-cam-rtsp', 'failed'], ['ward-talk', 'failed']])
	test(`${name} is killed while somebody talks: silence, and a closed session`, async () => {
		const tap = taps.pcma, before = tap.payload.length;
		await alice.watch('pcma');
		assert.match(await alice.press(), /You are heard/);
		await until('it is heard', () => tap.payload.length > before + 10);
		const { sid } = (await talks())[0];
		for (const one of await ward.processes())
			if (one.name === name)
				process.kill(one.pid, 'SIGKILL');
		await until('the talk is closed', async () => !(await talks()).some((talk) => talk.sid === sid));
		assert.equal((await log()).findLast((entry) => entry.kind === 'talk.close' && entry.sid === sid).end, end);
		await alice.release();
		await until('nothing more comes', () => performance.now() - tap.last > 300);
		await allLive();
	});

test('who spoke: the program is named by its talk, with its chime', async () => {
	// Of the last one, which waited for its turn, hardly anything was said.
	const opened = (await log()).filter(({ kind, why, tracks }) => kind === 'talk.open' && why === 'integration' && tracks === 's,t').slice(0, -1);
	const rows = () => ward.json('spoken', 'pcmu'), announced = [];
	assert.ok(opened.length >= 2);
	for (const { seq, opened: { token: device } } of opened) {
		const row = await until('its voice is in the black box', async () => (await rows()).find((one) => one.seq === seq));
		assert.deepEqual([row.seq, row.user, row.device, row.sound], [seq, 'Alice', device, 'voice']);
		// Who tries again at once is not announced again.
		const chime = (await log()).find(({ kind, grant }) => kind === 'speaker' && Number(grant) === seq);
		if (chime)
			announced.push((await rows()).find((one) => one.seq === chime.seq).sound);
	}
	assert.ok(announced.length >= 2 && announced.every((sound) => sound === 'chime'));
});

test('the log with all of this verifies', async () => {
	assert.deepEqual(alice.device.errors.concat(bob.device.errors), []);
	assert.equal((await ward.ward('log', 'verify')).code, 0);
	const { code, out } = await ward.ward('doctor', '--store', '--deep');
	assert.equal(code, 0, out);
});
