// What was recorded is looked at in Chromium: the right picture at each time, its entry proven before.
//
//   WARD_BUILD=build node --test tests/e2e/recorded.test.mjs

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Device, launch } from './lib/browser.mjs';
import { startCamera, until, Ward } from './lib/ward.mjs';

const FPS = 25, SECONDS = 25, SEEKS = 44;
let browser, camera, device, ward, oldest, newest;

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'aac', '--fps', String(FPS), '--gop', '1', '--bitrate', '4000']);
	ward = await Ward.start({ config: `cameras:\n  Nursery: {url: "${camera.url}", record: continuous}\n` });
	browser = await launch();
	device = await Device.pair(browser, await ward.link('Alice', '--role', 'owner'));
});

after(async () => {
	await browser?.close();
	await ward?.remove();
	await camera?.stop('SIGKILL');
});

/** What the page says and its element knows, for the message of a failure. */
const told = () => device.page.evaluate(() => {
	const { className, readyState, seeking, currentTime, error, buffered } = document.querySelector('.frame video');
	return [document.querySelector('main').innerText, className, readyState, seeking, currentTime, error?.message, buffered.length].join(' | ');
});

const shown = () => device.page.waitForSelector('.frame video:not(.covered)').catch(async (error) => {
	throw new Error(await told(), { cause: error });
});
/** Seconds since 1970 that the page says it shows. */
const now = async () => Date.parse(await device.page.getAttribute('.when time', 'datetime')) / 1000;

/** At rest: while it plays no time stands. */
async function at(seconds) {
	await device.page.evaluate((to) => {
		location.hash = `#/recorded/c1/${to}`;
	}, seconds);
	await until('that time is shown', async () => Math.abs((await now()) - seconds) < 0.002);
}

/** The picture of the place that was gone to is there: until then the one before it stays. */
async function arrived() {
	await until('a picture is there', () => device.page.evaluate(() => {
		const video = document.querySelector('.frame video');
		return !video.seeking && video.readyState >= 2 && !video.classList.contains('covered');
	}));
	await device.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** The counter of a picture that stands. */
async function standing() {
	let last = -1, same = 0;
	return until('the picture stands', async () => {
		const counter = await device.counter();
		same = counter > 0 && counter === last ? same + 1 : 0;
		last = counter;
		return same >= 8 && counter;
	});
}

async function pause() {
	await device.page.click('[aria-label=Pause]');
	await device.page.waitForSelector('[aria-label=Play]');
}

/** The entries of the log, oldest first. */
const entries = async () => (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line)).sort((a, b) => a.seq - b.seq);

/** What is recorded, both of one moment; it waits for the line, which may not be there yet. */
const bounds = () => device.page.locator('.timeline').evaluate((line) => ['aria-valuemin', 'aria-valuemax'].map((name) => Number(line.getAttribute(name))));

test('from the live view to what was, with its entry proven', async () => {
	const { page } = device;
	await device.watch('Nursery');
	await page.click('.bar >> text=Recorded');
	// The oldest and the newest come from the box, with the timeline.
	await until('enough is recorded', async () => {
		[oldest, newest] = await bounds();
		return oldest > 0 && newest - oldest >= SECONDS;
	}, 120000);
	if (await page.locator('[aria-label=Pause]').count())
		await pause();
	await at(oldest + 5);
	await shown();
	const opened = await until('the entry of what is shown is named', async () => {
		const last = (await entries()).filter(({ kind }) => kind === 'play.open').at(-1);
		return (await page.textContent('.watch-proof')).includes(`Proven: entry ${last.seq.toLocaleString('en')}`) && last;
	});
	assert.equal(opened.opened.acct, 'Alice');
	assert.equal(opened.tracks, 'v');
});

test('each picture is that of its time', async () => {
	const { page } = device;
	if (await page.locator('[aria-label=Pause]').count())
		await pause();
	const pictures = [];
	for (const seconds of [10, 30.4, 12.6, 38, 3.2, 21]) {
		await at(oldest + seconds);
		await arrived();
		const [first = { seconds, counter: await standing() }] = pictures;
		// What was shown before stays until the new one has come.
		const counter = await until(`the picture of ${seconds} after ${JSON.stringify(pictures)}`, async () => {
			const value = await device.counter();
			return value > 0 && Math.abs((value - first.counter) / FPS - (seconds - first.seconds)) < 0.25 && value;
		});
		pictures.push({ seconds, counter });
	}
	// One picture on, and one back.
	const { counter } = pictures.at(-1);
	await page.click('[aria-label="Next picture"]');
	await until('the next', async () => (await device.counter()) === counter + 1);
	await page.click('[aria-label="Picture before"]');
	await until('the one before', async () => (await device.counter()) === counter);
});

test('with sound, fast, and at the end', async () => {
	const { page } = device;
	await at(oldest + 2);
	await page.click('.bar >> text=Sound off');
	await page.click('[aria-label=Play]');
	await until('sound is decoded', () => page.evaluate(() => document.querySelector('.frame video').webkitAudioDecodedByteCount > 1000));
	assert.equal((await entries()).filter(({ kind }) => kind === 'play.open').at(-1).tracks, 'v,m');
	const start = await now();
	await until('it plays', async () => (await now()) > start + 2);
	await page.click('.bar >> text=Speed');
	await page.click('dialog >> text="16×"');
	await page.waitForSelector('.at-end >> text=Watch live', { timeout: 60000 });
	await page.click('.at-end >> text=Watch live');
	await device.picture();
	await until('the play is closed in the log', async () => (await entries()).at(-1) && (await entries()).filter(({ kind }) => kind === 'play.close').length > 0);
	assert.deepEqual(device.errors, []);
	assert.equal((await ward.ward('log', 'verify')).code, 0);
});

test('one goes to what happened, and keeps it', async () => {
	const { page } = device;
	assert.equal((await ward.ward('events', 'add', 'Nursery', 'doorbell', '--for', '2s')).code, 0);
	await page.evaluate((to) => {
		location.hash = `#/recorded/c1/${to}`;
	}, oldest + 2);
	await shown();
	await page.keyboard.press(']');
	await page.waitForSelector('.said.shown >> text=/^The doorbell, /');
	await page.click('.bar >> text=Save');
	await page.fill('.clip-name', 'Who rang');
	await page.click('.sheet >> text=10 min');
	await page.waitForSelector('.kept >> text=Who rang');
	assert.deepEqual((await ward.json('clip', 'list')).map(({ name }) => name), ['Who rang']);
	const kept = (await entries()).find(({ reason }) => reason === 'clip-kept');
	assert.equal(kept.opened.acct, 'Alice');
	await page.click('.kept >> text=Release');
	await page.click('.kept >> text=Release now?');
	await page.waitForSelector('.kept li', { state: 'detached' });
	assert.deepEqual(await ward.json('clip', 'list'), []);
	await page.keyboard.press('Escape');
	await page.waitForSelector('dialog', { state: 'detached' });
	assert.deepEqual(device.errors, []);
});

test('how long until the picture of another time is there', async (t) => {
	const { page } = device;
	// Nothing is kept, so that each seek has to ask the box.
	await page.route('**/recorded/play*.js', async (route) => {
		const response = await route.fetch();
		const text = await response.text();
		await route.fulfill({ response, body: text.replace(/^const (KEPT_BYTES|CACHE_BYTES_MAX) = .*$/gm, 'const $1 = 1;').replace(/^const AHEAD_S = .*$/m, 'const AHEAD_S = 0.5;') });
	});
	await page.reload();
	await page.evaluate(() => {
		location.hash = '#/recorded/c1';
	});
	await shown();
	await pause();
	const { times, cold } = await page.evaluate(async ([from, span, count]) => {
		const video = document.querySelector('.frame video');
		const found = [];
		let asked = 0;
		let seconds = from;
		for (let seek = 0; seek < count; seek++) {
			// At least four seconds away from what was shown last.
			const last = seconds;
			while (Math.abs(seconds - last) < 4)
				seconds = Math.round((from + Math.random() * span) * 1000) / 1000;
			performance.clearResourceTimings();
			const start = performance.now();
			const seen = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
			location.hash = `#/recorded/c1/${seconds}`;
			const isLate = (await Promise.race([seen, new Promise((resolve) => setTimeout(resolve, 10000, 'late'))])) === 'late';
			// A camera that lost frames leaves a hole, which is shown as one.
			if (isLate && document.querySelector('main').textContent.includes('Nothing recorded'))
				continue;
			if (isLate)
				throw new Error(`no picture of ${seconds}, from ${from}: ${document.querySelector('main').textContent}, ready ${video.readyState}, at ${video.currentTime}`);
			found.push(performance.now() - start);
			asked += performance.getEntriesByType('resource').some(({ name }) => name.endsWith('.m4s')) ? 1 : 0;
			await new Promise((resolve) => setTimeout(resolve, 60));
		}
		return { times: found.sort((a, b) => a - b), cold: asked };
	}, [oldest + 1, newest - oldest - 3, SEEKS]);
	const part = (share) => Math.round(times[Math.floor((times.length - 1) * share)]);
	t.diagnostic(`${times.length} seeks, ${cold} of them from the box: p50 ${part(0.5)} ms, p95 ${part(0.95)} ms, longest ${part(1)} ms`);
	assert.ok(times.length >= 40 && cold > SEEKS / 2, `${cold} from the box`);
	assert.ok(part(0.95) < 5000, 'a bound that holds on a box full of other work');
	assert.deepEqual(device.errors, []);
});

/** Rests the mouse over that many places of the line: the ms until each small picture is there, and what it shows. */
const rest = (count) => device.page.evaluate(async (places) => {
	const line = document.querySelector('.timeline'), card = document.querySelector('.glimpse'), canvas = card.querySelector('canvas');
	const { left, top, width } = line.getBoundingClientRect();
	const move = (x) => line.dispatchEvent(new PointerEvent('pointermove', { clientX: x, clientY: top + 40, pointerType: 'mouse', pointerId: 1, bubbles: true }));
	const counter = () => {
		const context = canvas.getContext('2d');
		let value = 0;
		for (let bit = 0; bit < 16; bit++)
			value = value * 2 + (context.getImageData(Math.floor((bit + 0.5) * (canvas.width / 16)), 5, 1, 1).data[0] > 127 ? 1 : 0);
		return value;
	};
	const found = [];
	for (let nth = 0; nth < places; nth++) {
		// Never next to the last one.
		const share = (((nth * 7) % places) + 0.5) / places;
		const start = performance.now();
		move(left + share * width);
		while (performance.now() - start < 10000) {
			await new Promise(requestAnimationFrame);
			if (!card.hidden && !card.classList.contains('is-late'))
				break;
		}
		if (card.hidden || card.classList.contains('is-late'))
			throw new Error(`no small picture at ${share}: ${document.querySelector('main').textContent}`);
		found.push({ share, ms: performance.now() - start, counter: counter() });
	}
	return found;
}, count);

test('how long until the small picture of another time is there', async (t) => {
	const { page } = device, PLACES = 24, ZOOMS = 13;
	const span = 7200 / 1.6 ** ZOOMS;
	const look = async () => {
		await page.evaluate(() => {
			location.hash = '#/recorded/c1';
		});
		await page.reload();
		await shown();
		await pause();
		for (let press = 0; press < ZOOMS; press++)
			await page.press('.timeline', '+');
		await at((oldest + newest) / 2);
		return rest(PLACES);
	};
	assert.ok(newest - oldest > span + 2);
	const made = await look(), kept = await look();
	for (const [what, list] of Object.entries({ made, kept })) {
		const times = list.map(({ ms }) => ms).sort((a, b) => a - b);
		const part = (share) => Math.round(times[Math.floor((times.length - 1) * share)]);
		t.diagnostic(`${times.length} small pictures, ${what}: p50 ${part(0.5)} ms, p95 ${part(0.95)} ms, longest ${part(1)} ms`);
		assert.ok(part(0.95) < 5000, 'a bound that holds on a box full of other work');
	}
	// Each is the key frame, one in a second, of its moment.
	for (const list of [made, kept])
		for (const { share, counter } of list)
			assert.ok(Math.abs((counter - list[0].counter) / FPS - (share - list[0].share) * span) <= 1.3, `${share}: ${counter} after ${JSON.stringify(list[0])}`);
	assert.deepEqual(device.errors, []);
});
