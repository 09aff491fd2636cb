// A person talks at a camera and listens to it: out of its room comes what is there, and not the
// person's own voice again. The demo camera's room is computed: its microphone hears its speaker. So is
// the room between a speaker and a microphone of this box, which ALSA takes for devices (simroom.c).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Device, launch } from './lib/browser.mjs';
import { Person, request } from './lib/person.mjs';
import { writeNoise } from './lib/sound.mjs';
import { Process, Ward, build, freePort, until } from './lib/ward.mjs';

const BAND = [2000, 3800]; // AAC keeps the wave there; higher up it may send noise of that loudness instead
const WHISTLE_HZ = 440;
let folder, camera, ward, browser, device, page;

before(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'ward-echo-'));
	await writeNoise(path.join(folder, 'voice.wav'), { amplitude: 20000 });
	camera = await startDemo();
	await makeRoom();
	ward = await Ward.start({ config: `cameras:\n  nursery: {url: "${camera.url}", record: continuous}\n  cot: "alsa:room_mic?speaker=room_speaker"\n`,
		environment: { ALSA_CONFIG_PATH: path.join(folder, 'asound.conf') } });
	await until('the camera is live', async () => (await ward.json('status')).cameras.every(({ state }) => state === 'live'));
	browser = await launch('--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${path.join(folder, 'voice.wav')}`);
	device = await Device.pair(browser, await ward.link('Alice', '--role', 'owner'), { permissions: ['microphone'] });
	page = device.page;
	await page.evaluate(hearPlainly);
});

after(async () => {
	await browser?.close();
	await ward?.remove();
	await camera?.stop();
	await rm(folder, { recursive: true, force: true });
});

/** Sound that browsers do not play is recoded, and what is recoded can be freed of the echo. */
async function startDemo() {
	const port = await freePort();
	const demo = new Process(path.join(build, 'src/demo/ward-demo'), ['--audio', 'aac', '--listen', String(port)]);
	await until('the camera is ready', () => {
		assert.equal(demo.code, undefined, demo.lines.join('\n'));
		return demo.said(/rtsp:/);
	});
	demo.url = `rtsp://127.0.0.1:${port}/nursery`;
	return demo;
}

/** Two devices in a room where somebody whistles. */
async function makeRoom() {
	const near = Buffer.alloc(2 * 48000);
	for (let i = 0; i < 48000; i++)
		near.writeInt16LE(Math.round(3000 * Math.sin(2 * Math.PI * WHISTLE_HZ * i / 48000)), 2 * i);
	await writeFile(path.join(folder, 'near'), near);
	await writeFile(path.join(folder, 'asound.conf'), [
		`pcm_type.simroom { lib "${path.join(build, 'tests/simroom.so')}" }`,
		`pcm.room_speaker { type simroom rate 16000 played "${path.join(folder, 'played')}" }`,
		`pcm.room_mic { type simroom rate 48000 near "${path.join(folder, 'near')}" delay_ms 30 ppm 60 }`, ''].join('\n'));
}

/** The browser's own canceller would take out what Ward leaves, and noise besides. */
function hearPlainly() {
	const devices = navigator.mediaDevices;
	const real = devices.getUserMedia.bind(devices);
	devices.getUserMedia = () => real({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
}

/** From here on `levels` holds how loud the band is in what the page hears, dB, every 20 ms: a function in the page. */
async function meter([from, to]) {
	const { track } = [...window.peers].at(-1).getReceivers().find((one) => one.track.kind === 'audio');
	const context = new AudioContext();
	const analyser = context.createAnalyser();
	analyser.fftSize = 2048;
	analyser.smoothingTimeConstant = 0;
	context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
	const bins = new Float32Array(analyser.frequencyBinCount);
	const bin = (hz) => Math.round(hz * analyser.fftSize / context.sampleRate);
	window.levels = [];
	clearInterval(window.metering); // of a track that has ended
	window.metering = setInterval(() => {
		analyser.getFloatFrequencyData(bins);
		window.levels.push(10 * Math.log10(bins.slice(bin(from), bin(to)).reduce((sum, level) => sum + 10 ** (level / 10), 0)));
	}, 20);
}

/** The mean of the newest `count` levels, dB; NaN if there are fewer or if sound was missing in between. */
async function meanLevel(count) {
	const levels = await page.evaluate((newest) => window.levels.slice(-newest), count);
	const whole = levels.length === count && levels.every(Number.isFinite);
	return whole ? 10 * Math.log10(levels.reduce((sum, level) => sum + 10 ** (level / 10), 0) / count) : NaN;
}

const timeline = async (person, from, to) => JSON.parse((await request(ward, 'GET', `/api/v1/cameras/nursery/timeline?from=${from}&to=${to}`, person)).text);

/** How loud the band is in the recorded microphone between two moments, dB. */
async function recordedLevel(person, from, to) {
	await until('it is recorded', async () => (await timeline(person, from, to)).newest > to + 1000000);
	const { sid } = JSON.parse((await person.play('nursery', from, to, { tracks: 'm' })).text);
	const get = async (what) => Buffer.from(await (await fetch(new URL(`/api/v1/play/${sid}${what}`, ward.url), { headers: { authorization: `Bearer ${person.auth}` } })).arrayBuffer());
	const { inits, segments } = JSON.parse(await get(`/segments?from=${from}&to=${to}`)).tracks[0];
	const parts = [await get(`/m/${inits[0].init}.mp4`)];
	for (const [, , id] of segments)
		parts.push(await get(`/m/${id}.m4s`));
	const pcm = execFileSync('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-af', `highpass=f=${BAND[0]},highpass=f=${BAND[0]}`, '-f', 's16le', '-'], { input: Buffer.concat(parts) });
	let sum = 0;
	for (let i = 0; i + 1 < pcm.length; i += 2)
		sum += pcm.readInt16LE(i) ** 2;
	return 10 * Math.log10(sum / (pcm.length / 2));
}

const now_us = () => Date.now() * 1000;

test('who talks does not hear the own voice again, and the recording has the microphone as it came', async (t) => {
	const owner = await Person.add(ward, 'Otto', '--role', 'owner');
	await device.watch('nursery');
	await page.click('.sound button');
	await until('its sound arrives', async () => (await device.media()).energy > 0);
	await page.evaluate(meter, BAND);
	const room = await until('the room is heard', () => meanLevel(50));
	// Long enough before the voice that no recorded piece holds both.
	const room_us = await until('the room is recorded', async () => {
		const at = now_us(), { oldest } = await timeline(owner, at - 60000000, at);
		return oldest !== null && oldest < at - 6000000 && at;
	});
	const box = await page.locator('.talk-button').boundingBox();
	await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	await page.mouse.down();
	await page.waitForSelector('.talk-button.heard');
	// Until the canceller has found the voice in the room, it comes back.
	let loud = -Infinity;
	await until('the voice comes back', async () => (loud = Math.max(loud, await meanLevel(5) || -Infinity)) > -50);
	const quiet = await until('the voice is gone', async () => {
		loud = Math.max(loud, await meanLevel(5) || -Infinity);
		const level = await meanLevel(50);
		return level < loud - 12 && level;
	});
	const quiet_us = now_us();
	t.diagnostic(`room ${room.toFixed(1)} dB, voice ${loud.toFixed(1)} dB, cancelled ${quiet.toFixed(1)} dB`);
	assert.equal(await page.locator('.talk-button.heard').count(), 1);
	await page.mouse.up();
	// All the while the speaker spoke, and the microphone heard it. (What is recorded comes in pieces of some length.)
	const before = await recordedLevel(owner, room_us - 4000000, room_us - 3000000);
	const meanwhile = await recordedLevel(owner, quiet_us - 1000000, quiet_us - 200000);
	t.diagnostic(`recorded: room ${before.toFixed(1)} dB, voice ${meanwhile.toFixed(1)} dB`);
	assert.ok(meanwhile > before + 15);
	const talk = await until('it is known who spoke', async () => {
		const { spoken } = JSON.parse((await request(ward, 'GET', `/api/v1/cameras/nursery/spoken?from=${room_us}&to=${now_us()}`, owner)).text);
		return spoken.find(({ sound, to }) => sound === 'voice' && to > quiet_us - 500000);
	});
	await listenAgain(talk);
	assert.deepEqual(device.errors, []);
});

/** The recording plays; a key and a button choose the room, the speaker's own sound, or both. @param {{from: number, to: number}} talk */
async function listenAgain({ from, to }) {
	await page.evaluate(() => {
		const make = document.createElement.bind(document);
		window.made = [];
		document.createElement = (name, ...rest) => {
			const element = make(name, ...rest);
			if (name === 'video')
				window.made.push(element);
			return element;
		};
	});
	const heard = (selector) => page.evaluate((where) => {
		const elements = where ? [document.querySelector(where)] : window.made.filter((one) => !one.isConnected);
		return elements.some((one) => one && !one.muted && one.webkitAudioDecodedByteCount > 1000);
	}, selector);
	// It stands where the voice begins until that has come.
	const goTo = (us) => page.evaluate((seconds) => (location.hash = `#/recorded/c1/${seconds}`), us / 1e6);
	await goTo(from - 1500000);
	await page.click('.transport button[aria-label="Pause"]');
	await goTo(from);
	await until('it stands there', async () => Math.abs(await page.evaluate(() => Date.parse(document.querySelector('.when-text time').dateTime)) - from / 1000) < 100);
	await page.keyboard.press('b');
	await page.waitForSelector('.bar >> text=Sound on');
	await until('the speaker\'s sound is there', () => page.evaluate(() => window.made.some((one) => !one.isConnected && !one.muted && one.buffered.length > 0)));
	await page.click('.transport button[aria-label="Play"]');
	await until('the speaker is heard', () => heard(''));
	assert.ok(!(await heard('.frame video')));
	await page.click('.bar >> text=Who spoke?');
	assert.equal(await page.getByRole('group', { name: 'While it plays, listen to' }).getByRole('radio', { name: 'Speaker', exact: true }).isChecked(), true);
	await page.getByRole('radio', { name: 'Speaker', exact: true }).press('ArrowRight');
	await until('both are chosen', () => page.getByRole('radio', { name: 'Both', exact: true }).isChecked());
	await until('the room is heard', () => heard('.frame video'));
	await page.keyboard.press('Escape');
}

/** What a µ-law byte stands for (G.711). */
function expand(byte) {
	const code = ~byte & 0xff;
	const size = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132;
	return code & 128 ? -size : size;
}

/** The samples of the black box of a camera, as far as they are recorded. */
async function spokenSamples(person, name, from) {
	const opened = await person.play(name, from, now_us(), { tracks: 's' });
	if (opened.status !== 201)
		return [];
	const { sid } = JSON.parse(opened.text);
	const get = async (what) => Buffer.from(await (await fetch(new URL(`/api/v1/play/${sid}${what}`, ward.url), { headers: { authorization: `Bearer ${person.auth}` } })).arrayBuffer());
	const { segments } = JSON.parse(await get(`/segments?from=${from}&to=${now_us()}`)).tracks[0] ?? { segments: [] };
	const samples = [];
	for (const [, , id] of segments) {
		const data = await get(`/s/${id.replace(/[au]$/, '')}.m4s`);
		samples.push(...Array.from(data.subarray(data.indexOf('mdat') + 4), expand));
	}
	await request(ward, 'DELETE', `/api/v1/play/${sid}`, { auth: person.auth });
	return samples;
}

test('a speaker and a microphone of this box: what is said sounds to the sample, and comes back to nobody', async (t) => {
	const owner = await Person.add(ward, 'Olga', '--role', 'owner'), start_us = now_us();
	await page.goto(`${device.origin}/#/`);
	await page.click('.tile:has-text("cot")');
	await page.waitForSelector('.watch-state:has-text("Sound only")');
	await page.click('.sound button');
	await until('its sound arrives', async () => (await device.media()).energy > 0);
	await page.evaluate(meter, BAND);
	const band = await until('the room is heard', () => meanLevel(50));
	const box = await page.locator('.talk-button').boundingBox();
	await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	await page.mouse.down();
	await page.waitForSelector('.talk-button.heard');
	let loud = -Infinity;
	await until('the voice comes back', async () => (loud = Math.max(loud, await meanLevel(5) || -Infinity)) > band + 20);
	const quiet = await until('the voice is gone', async () => {
		loud = Math.max(loud, await meanLevel(5) || -Infinity);
		const level = await meanLevel(50);
		return level < loud - 12 && level;
	});
	assert.equal(await page.locator('.talk-button.heard').count(), 1);
	// Who whistles there is heard all the while.
	const whistle = await page.evaluate(whistleLevel, WHISTLE_HZ);
	t.diagnostic(`room ${band.toFixed(1)} dB, voice ${loud.toFixed(1)} dB, cancelled ${quiet.toFixed(1)} dB, whistle ${whistle.toFixed(1)} dB`);
	assert.ok(whistle > -65);
	await page.mouse.up();
	// What the converter got is what is recorded of it, sample for sample; what waited at the end is not played.
	const played = await readFile(path.join(folder, 'played'));
	const heard = Array.from({ length: played.length >> 1 }, (_, i) => played.readInt16LE(2 * i)).filter((sample) => sample);
	const said = await until('it is recorded', async () => {
		const samples = (await spokenSamples(owner, 'cot', start_us)).filter((sample) => sample);
		return samples.length >= heard.length && samples;
	});
	assert.ok(heard.length > 16000);
	assert.deepEqual(heard, said.slice(0, heard.length));
	// The black box counts what the device has played: all that it heard, and no more than it was given.
	const counted = await until('it is known who spoke', async () => {
		const { spoken } = JSON.parse((await request(ward, 'GET', `/api/v1/cameras/cot/spoken?from=${start_us}&to=${now_us()}`, { auth: owner.auth })).text);
		const samples = Math.round(spoken.reduce((sum, { seconds }) => sum + seconds, 0) * 16000);
		return samples >= heard.length && samples;
	});
	const all = (await readFile(path.join(folder, 'played'))).length / 2;
	assert.ok(counted <= all, `${counted} of ${all}`);
	assert.deepEqual(device.errors, []);
});

/** How loud a tone is in what the page hears now, dB: a function in the page. */
async function whistleLevel(hz) {
	const { track } = [...window.peers].at(-1).getReceivers().find((one) => one.track.kind === 'audio');
	const context = new AudioContext();
	const analyser = context.createAnalyser();
	analyser.fftSize = 8192;
	context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
	const bins = new Float32Array(analyser.frequencyBinCount).fill(-Infinity);
	for (let tries = 0; tries < 50 && !(bins[Math.round(hz * analyser.fftSize / context.sampleRate)] > -65); tries++) {
		await new Promise((resolve) => setTimeout(resolve, 100));
		analyser.getFloatFrequencyData(bins);
	}
	return bins[Math.round(hz * analyser.fftSize / context.sampleRate)];
}
