// The whole of Ward, from a camera nobody here wrote the protocol of to the page in Chromium.
//
//   WARD_BUILD=build node --test tests/e2e/web.test.mjs

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Device, launch } from './lib/browser.mjs';
import { promised, startCamera, until, Ward } from './lib/ward.mjs';

let browser, camera, ward;
/** @type {Device[]} */
const devices = [];

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'aac', '--gop', '1']);
	ward = await Ward.start({ config: `cameras:\n  Nursery: ${camera.url}\n` });
	browser = await launch();
	await until('the camera is live', async () => (await ward.json('status')).cameras[0]?.state === 'live');
});

after(async () => {
	await browser?.close();
	await ward?.remove();
	await camera?.stop();
});

/** A device of somebody, watching the camera. */
async function watcher(name, role = 'member') {
	const device = await Device.pair(browser, await ward.link(name, '--role', role));
	devices.push(device);
	await device.watch('Nursery');
	return device;
}

async function advances(device, frames = 10) {
	const first = await device.counter();
	await until('the counter in the picture advances', async () => (await device.counter()) >= first + frames);
}

/** The picture is there and moves; a new connection counts its frames from the beginning. */
async function plays(device, limit_ms = 15000) {
	let last = await device.media();
	await until('the picture moves', async () => {
		const now = await device.media();
		const isMoving = now.frames > last.frames && now.frames > 2 && (await device.hasPicture());
		last = now;
		return isMoving;
	}, limit_ms);
}

describe('watching', () => {
	test('a paired device sees the picture and hears the sound', async () => {
		const device = await watcher('Alice', 'owner');
		await advances(device, 25);
		assert.match(await device.page.textContent('.watch-proof'), /Proven: entry \d+/);
		await device.page.click('.sound button');
		await until('sound arrives', async () => (await device.media()).energy > 0.001);
		await advances(device);
		assert.deepEqual(device.errors, []);
	});

	test('the log has it, in words, proven in the browser', async () => {
		const [{ page }] = devices;
		await page.click('.bar >> text=Back');
		await page.click('nav >> text=Visits');
		await page.waitForSelector('.badge.proven');
		await page.waitForSelector('text=/Alice (is watching|watched) Nursery, with sound/');
		await page.waitForSelector('text=This is where the log begins');
		await page.waitForFunction(() => document.querySelectorAll('.badge:not(.proven)').length === 0);
		assert.match(await page.textContent('.intro'), /Entries 0 to \d+: all here, none changed/);
		await page.click('.visit.is-visit');
		await page.waitForSelector('dialog >> text=Included in the signed log');
		assert.equal((await ward.ward('log', 'verify')).code, 0);
		await page.keyboard.press('Escape');
		await page.waitForSelector('dialog', { state: 'detached' });
	});

	test('who watches is told to the others, and the owner can end it', async () => {
		const [alice] = devices;
		const bob = await watcher('Bob');
		await alice.page.click('nav >> text=Cameras');
		await alice.page.waitForSelector('text=/You and Bob are watching|Bob is watching/');
		await alice.page.click('.now');
		await alice.page.click('dialog .danger');
		await alice.page.click('dialog >> text=End now?');
		await bob.page.waitForSelector('text=This view was ended by the owner');
		assert.equal(await bob.hasPicture(), false);
		await alice.page.keyboard.press('Escape');
		await bob.page.click('text=Watch again');
		await bob.picture();
	});

	test('`ward revoke` ends a view, and it stays ended', async () => {
		const bob = devices[1];
		const session = (await ward.json('sessions')).find((one) => one.user === 'Bob');
		assert.equal((await ward.ward('revoke', session.sid ?? session.id)).code, 0);
		await bob.page.waitForSelector('text=This view was ended by the owner');
		assert.equal(await bob.hasPicture(), false);
		assert.ok(!(await ward.json('sessions')).some((one) => one.user === 'Bob'));
		await bob.page.click('text=Watch again');
		await bob.picture();
	});
});

describe('a box that cannot prove', () => {
	/** Lets the device reload while one of the box's answers is changed on the way. */
	async function lie(device, pattern, change) {
		const { page } = device;
		await page.route(pattern, async (route) => {
			const response = await route.fetch();
			await route.fulfill({ response, body: change(await response.text()) });
		});
		await page.reload();
		await page.waitForSelector('.alarm[role=alert]');
		assert.equal(await page.locator('video').count(), 0);
		assert.equal((await device.media()).frames, 0);
		await page.unroute(pattern);
		await page.click('text=Check again');
		await device.picture();
	}

	test('a changed inclusion proof: red, and no picture', () => lie(devices[0], '**/api/v1/log/proof*', (text) => {
		const proof = JSON.parse(text);
		proof.hashes[0] = Buffer.alloc(32, 7).toString('base64');
		return JSON.stringify(proof);
	}));

	test('another entry than the one that was asked for: red, and no picture', () => lie(devices[0], '**/api/v1/log/entries*', (text) => text.replaceAll('view.open', 'heartbeat')));

	test('an older checkpoint than the device has seen: red, and no picture', async () => {
		const [{ page }] = devices;
		const note = await page.evaluate(() => new Promise((resolve) => {
			indexedDB.open('ward').onsuccess = ({ target }) => {
				target.result.transaction('checkpoint').objectStore('checkpoint').get('this').onsuccess = (event) => resolve(event.target.result.note);
			};
		}));
		const size = Number(note.split('\n')[1]);
		await until('the device has seen a newer one', () => page.evaluate((old) => new Promise((resolve) => {
			indexedDB.open('ward').onsuccess = ({ target }) => {
				target.result.transaction('checkpoint').objectStore('checkpoint').get('this').onsuccess = (event) => resolve(event.target.result.size > old);
			};
		}), size), 90000);
		await lie(devices[0], '**/api/v1/log/checkpoint*', () => note);
	});
});

describe('processes that die', () => {
	test('three watch, each process is killed: the others go on, all recover by themselves', async (t) => {
		await devices[0].watch('Nursery');
		await watcher('Carol');
		const before = await ward.json('status');
		await devices[0].page.click('.sound button');
		await until('sound arrives', async () => (await devices[0].media()).energy > 0);
		for (const name of ['ward-front', 'ward-rtc', 'ward-transcode', 'ward-cam-rtsp', 'ward-vault']) {
			await t.test(name, async () => {
				const frames = await Promise.all(devices.map((device) => device.media()));
				const took_ms = await ward.kill(name);
				assert.ok(took_ms < promised(2000), `back after ${took_ms} ms`);
				if (name === 'ward-front') {
					// The picture does not pass there: it never stopped.
					const now = await Promise.all(devices.map((device) => device.media()));
					now.forEach((one, at) => assert.ok(one.frames >= frames[at].frames, 'the same connection goes on'));
				}
				const start = Date.now();
				await Promise.all(devices.map((device) => plays(device)));
				t.diagnostic(`${name}: back after ${took_ms} ms, pictures after ${Date.now() - start} ms more`);
				await Promise.all(devices.map((device) => advances(device)));
				const { energy } = await devices[0].media();
				await until('the sound goes on', async () => (await devices[0].media()).energy > energy + 0.001);
			});
		}
		const now = await ward.json('status');
		assert.ok(now.log_size > before.log_size, 'no acknowledged entry is lost');
		assert.equal((await ward.ward('log', 'verify')).code, 0);
		for (const device of devices)
			assert.deepEqual(device.errors, []);
	});

	test('Ward is stopped and started: the pages come back by themselves', async () => {
		assert.equal(await ward.stop(), 0);
		await devices[0].page.waitForSelector('.notice.shown');
		await until('no picture is left', async () => !(await devices[0].hasPicture()));
		await ward.run();
		await Promise.all(devices.map((device) => device.picture()));
		await Promise.all(devices.map((device) => advances(device)));
	});
});

describe('cameras with trouble', () => {
	test('a wrong password is said in plain words, and the other camera goes on', async () => {
		const locked = await startCamera(['--video', 'h264', '--audio', 'none', '--user', 'admin', '--password', 'right']);
		try {
			assert.equal((await ward.ward('camera', 'add', 'Hall', locked.url.replace('//', '//admin:wrong@'))).code, 0);
			const { page } = devices[0];
			await page.click('.bar >> text=Back');
			// While it tries again it says something else.
			const text = await until('it is said', async () => {
				const now = await page.textContent('.tile:has-text("Hall")');
				return /No picture.*password/s.test(now) && now;
			});
			assert.doesNotMatch(text, /wrong@|right/);
			await plays(devices[0]);
		} finally {
			await locked.stop();
		}
	});

	test('a picture that this browser cannot play is explained', async () => {
		const other = await startCamera(['--video', 'h265', '--audio', 'none', '--gop', '1']);
		try {
			assert.equal((await ward.ward('camera', 'add', 'Porch', other.url)).code, 0);
			await devices[0].page.waitForSelector('.tile:has-text("Porch"):has-text("H.265")', { timeout: 30000 });
		} finally {
			await other.stop();
		}
	});
});

describe('rights that end', () => {
	test('a removed person sees nothing any more, and is told so', async () => {
		const bob = devices[1];
		assert.equal((await ward.ward('user', 'remove', 'Bob')).code, 0);
		await bob.page.waitForSelector('text=no longer paired');
		assert.equal(await bob.page.locator('video').count(), 0);
	});

	test('a link works once', async () => {
		const link = await ward.link('Dora', '--role', 'guest');
		const dora = await Device.pair(browser, link);
		await dora.picture();
		const context = await browser.newContext();
		const page = await context.newPage();
		await page.goto(link);
		await page.click('button >> text=Pair');
		await page.waitForSelector('text=used before or is too old');
		await context.close();
		await dora.close();
	});
});
