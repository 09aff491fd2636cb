// Recorded H.265 in a browser that has none: the box makes H.264 of it, picture for picture.
//
//   WARD_BUILD=build node --test tests/e2e/h265.test.mjs

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Device, launch } from './lib/browser.mjs';
import { counters } from './lib/film.mjs';
import { Person } from './lib/person.mjs';
import { startCamera, until, Ward } from './lib/ward.mjs';

let browser, camera, device, ward;

before(async () => {
	camera = await startCamera(['--video', 'h265', '--audio', 'opus', '--fps', '10', '--gop', '1', '--bitrate', '500']);
	ward = await Ward.start({ config: `cameras:\n  Yard: {url: "${camera.url}", record: continuous}\n` });
	browser = await launch();
	device = await Device.pair(browser, await ward.link('Alice', '--role', 'owner'));
});

after(async () => {
	await browser?.close();
	await ward?.remove();
	await camera?.stop('SIGKILL');
});

async function at(seconds) {
	await device.page.evaluate((to) => {
		location.hash = `#/recorded/c1/${to}`;
	}, seconds);
}

/** A picture of that time is shown, and stands. */
async function stand(seconds) {
	await at(seconds - 0.5); // the same address again would be no news to the page
	await device.page.waitForSelector('.frame video:not(.covered)');
	if (await device.page.locator('[aria-label=Pause]').count())
		await device.page.click('[aria-label=Pause]');
	await device.page.waitForSelector('[aria-label=Play]');
	await at(seconds);
}

/** What is recorded, both of one moment; it waits for the line, which may not be there yet. */
const bounds = () => device.page.locator('.timeline').evaluate((line) => ['aria-valuemin', 'aria-valuemax'].map((name) => Number(line.getAttribute(name))));

/** The pictures that were recorded, as ffmpeg decodes them out of the box's own pieces, each with its time and its counter. */
async function recordedOf(start, end) {
	const person = await Person.add(ward, 'Bob', '--role', 'owner'), file = path.join(ward.folder, 'yard.mp4');
	const [from, to] = [start, end].map((seconds) => Math.round(seconds * 1e6));
	const { sid } = JSON.parse((await person.play('Yard', from, to, { tracks: 'v' })).text);
	const get = (name) => fetch(new URL(`/api/v1/play/${sid}/${name}`, ward.url), { headers: { authorization: `Bearer ${person.auth}` } });
	const { tracks: [{ inits, segments }] } = await (await get(`segments?from=${from}&to=${to}`)).json();
	const parts = [];
	for (const name of [`${inits[0].init}.mp4`, ...segments.map(([, , id]) => `${id}.m4s`)])
		parts.push(Buffer.from(await (await get(`v/${name}`)).arrayBuffer()));
	writeFileSync(file, Buffer.concat(parts));
	const numbers = counters(file);
	const times = JSON.parse(execFileSync('ffprobe', ['-v', 'fatal', '-select_streams', 'v', '-show_entries', 'frame=pts_time', '-of', 'json', file])).frames;
	assert.equal(numbers.length, times.length);
	return times.map(({ pts_time }, i) => ({ seconds: Number(pts_time), counter: numbers[i] }));
}

/** Every picture shown within that time: when it is shown, and its counter. */
const filmed = (ms) => device.page.evaluate((limit) => new Promise((resolve) => {
	const video = document.querySelector('.frame video'), canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: 32 });
	const context = canvas.getContext('2d', { willReadFrequently: true }), start = performance.now(), found = [];
	const square = video.videoWidth / 16;
	video.requestVideoFrameCallback(function look(at, { mediaTime }) {
		context.drawImage(video, 0, 0, video.videoWidth, 32, 0, 0, video.videoWidth, 32);
		let counter = 0;
		for (let bit = 0; bit < 16; bit++)
			counter = counter * 2 + (context.getImageData(Math.floor((bit + 0.5) * square), 16, 1, 1).data[0] > 127 ? 1 : 0);
		found.push({ seconds: mediaTime, counter });
		if (at - start > limit)
			resolve(found);
		else
			video.requestVideoFrameCallback(look);
	});
}), ms);

test('H.265, which this browser has not: the recorded pictures at their times, with sound, and fast', async () => {
	const { page } = device;
	assert.equal(await page.evaluate(() => MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"')), false);
	await page.evaluate(() => {
		location.hash = '#/recorded/c1';
	});
	let start, end;
	await until('enough is recorded', async () => {
		[start, end] = await bounds();
		return start > 0 && end - start >= 8;
	}, 60000);
	const recorded = await recordedOf(start, end);
	/** The picture there, and a moment at which it is seen: between two pictures. */
	const near = (share) => {
		const at = recorded.findIndex(({ seconds }, i) => i >= share * recorded.length && recorded[i + 1]?.seconds - seconds > 0.06);
		return { ...recorded[at], moment: Math.round((recorded[at].seconds + 0.03) * 1000) / 1000, next: recorded[at + 1].counter };
	};
	await stand(near(0.5).moment);
	for (const share of [0.5, 0.8, 0.2]) {
		const { moment, counter } = near(share);
		await at(moment);
		await until(`the picture ${counter} at ${moment - start}`, async () => (await device.counter()) === counter);
	}
	await page.click('[aria-label="Next picture"]');
	await until('the next', async () => (await device.counter()) === near(0.2).next);

	// With sound it goes at the pace of the sound, whose times nobody has touched.
	await page.click('.bar >> text=Sound off');
	await page.click('[aria-label=Play]');
	await until('sound is decoded', () => page.evaluate(() => document.querySelector('.frame video').webkitAudioDecodedByteCount > 1000));
	const times = new Map(recorded.map(({ counter, seconds }) => [counter, seconds]));
	const shots = (await filmed(2000)).filter(({ counter }) => times.has(counter));
	assert.ok(shots.length > 2, `${shots.length} pictures`);
	for (const { counter, seconds } of shots)
		assert.ok(Math.abs(times.get(counter) - times.get(shots[0].counter) - (seconds - shots[0].seconds)) < 0.25, JSON.stringify(shots));
	const asked = [];
	page.on('request', (one) => asked.push(one.url()));
	await page.click('.bar >> text=Speed');
	await page.click('dialog >> text="16×"');
	await until('key frames alone are asked for', () => asked.some((url) => url.endsWith('k.m4s')));

	// Whoever makes it dies, and another one goes on.
	await ward.kill('ward-convert');
	await page.reload();
	await stand(near(0.4).moment);
	await until('it is there again', async () => (await device.counter()) === near(0.4).counter);
	assert.deepEqual(device.errors, []);
});
