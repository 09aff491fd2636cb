// The small picture of the moment under the finger, in a real browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FPS, fakeMedia } from '../fake-media.mjs';
import { FakeWard } from '../fake-server.mjs';
import { launch, until, Visitor } from './browser.mjs';

const HOUR = 3600;
let browser;
before(async () => {
	[browser] = await Promise.all([launch(), fakeMedia()]);
});
after(() => browser.close());

/** Where it is noon now: small pictures are of the day whose play is open, and midnight is not what is tested here. */
function noonZone() {
	const ahead = 12 - new Date().getUTCHours();
	return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** Runs one test at an hour of recordings of one camera, at rest. */
function look(name, { hash = '#/recorded/c1', wait = true, sub = '', ...options }, act) {
	test(name, async () => {
		const ward = new FakeWard();
		ward.cameras[0].sub = sub;
		const visitor = await Visitor.open(browser, { ward, timezoneId: noonZone(), ...options });
		const { page } = visitor;
		try {
			visitor.at = ward.keep('c1', [[-HOUR, -2]]);
			ward.keep('c2', [[-HOUR, -2]]);
			await page.evaluate((to) => {
				location.hash = to;
			}, hash);
			if (wait) {
				await page.waitForSelector('.frame video:not(.covered)');
				await page.click('[aria-label=Pause]');
				await page.waitForSelector('[aria-label=Play]');
			}
			await act(visitor, page, ward);
			assert.deepEqual(visitor.errors, []);
		} finally {
			await visitor.close();
		}
	});
}

/** The second of the minute that the small picture itself shows, and the time below it; null: it is hidden. */
const glimpse = (page) => page.evaluate((fps) => {
	const card = document.querySelector('.glimpse');
	if (!card || card.hidden || card.classList.contains('is-late'))
		return null;
	const canvas = card.querySelector('canvas');
	const context = canvas.getContext('2d');
	let value = 0;
	for (let at = 0; at < 16; at++)
		value = value * 2 + (context.getImageData(Math.floor((at + 0.5) * (canvas.width / 16)), 8, 1, 1).data[0] > 127 ? 1 : 0);
	const { left, right, bottom } = card.getBoundingClientRect();
	return { second: value / fps, text: card.querySelector('time').textContent, left, right, bottom };
}, FPS);

/** The moment that lies under a place of the line, s since 1970, by what the slider says of the middle. */
async function momentAt(page, x) {
	const { left, width } = await page.evaluate(() => {
		const box = document.querySelector('.timeline').getBoundingClientRect();
		return { left: box.left, width: box.width };
	});
	const middle = Date.parse(await page.getAttribute('.when time', 'datetime')) / 1000;
	return middle + ((x - left - width / 2) / width) * 2 * HOUR;
}

const distance = (a, b) => Math.min(Math.abs(a - b) % 60, 60 - (Math.abs(a - b) % 60));

async function middleOf(page) {
	const { x, y, width } = await page.locator('.timeline').boundingBox();
	return { x: x + width / 2, y: y + 50, left: x, width };
}

look('a mouse that rests over the line sees the picture of that moment', {}, async (visitor, page, ward) => {
	const { x, y } = await middleOf(page);
	assert.equal(await glimpse(page), null);
	for (const by of [-90, -20, -130]) {
		await page.mouse.move(x + by, y);
		const moment = await momentAt(page, x + by);
		// A pixel is a part of a minute here.
		const seen = await until(`the picture of ${moment}`, async () => {
			const one = await glimpse(page);
			return one && distance(one.second, moment % 60) <= 2 && one;
		});
		assert.ok(seen.left <= x + by && x + by <= seen.right, 'it is above the mouse');
		assert.ok(seen.bottom <= (await page.locator('.timeline').boundingBox()).y, 'and not below it');
	}
	const asked = ward.thumbs.length;
	await page.mouse.move(x - 90, y);
	await until('it is known already', async () => (await glimpse(page)) !== null);
	assert.equal(ward.thumbs.length, asked);
	await page.mouse.move(x, 10);
	await until('it goes with the mouse', async () => (await glimpse(page)) === null);
});

look('it is the moment under the mark while a finger pulls', {}, async (visitor, page, ward) => {
	const { x, y } = await middleOf(page);
	const client = await visitor.context.newCDPSession(page);
	const touch = (type, ...points) => client.send('Input.dispatchTouchEvent', { type, touchPoints: points.map((at) => ({ x: at, y })) });
	await touch('touchStart', x);
	for (let step = 1; step <= 8; step++)
		await touch('touchMove', x + step * 10);
	const moment = Date.parse(await page.getAttribute('.when time', 'datetime')) / 1000;
	await until('its picture', async () => {
		const one = await glimpse(page);
		const at = Date.parse(await page.getAttribute('.when time', 'datetime')) / 1000;
		return one && distance(one.second, at % 60) <= 1.1;
	});
	assert.ok(moment < Date.now() / 1000 - 600);
	await touch('touchEnd');
	await until('it goes with the finger', async () => (await glimpse(page)) === null);
	assert.ok(ward.thumbs.length > 0);
});

look('one question at a time, and only the last wish waits', {}, async (visitor, page, ward) => {
	const { x, y } = await middleOf(page);
	let open = 0, most = 0;
	const waiting = [];
	ward.thumbGate = async () => {
		most = Math.max(most, ++open);
		await new Promise((resolve) => waiting.push(resolve));
		open--;
	};
	await page.mouse.move(x - 100, y);
	await until('it is asked', () => ward.thumbs.length === 1);
	for (const by of [-90, -80, -70, -60, -50]) {
		await page.mouse.move(x + by, y);
		await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
	}
	const moment = await momentAt(page, x - 50);
	waiting.shift()();
	await until('then the last', () => ward.thumbs.length === 2);
	assert.ok(Math.abs(ward.thumbs[1].at / 1e6 - moment) < 2, `${ward.thumbs[1].at / 1e6} is ${moment}`);
	ward.thumbGate = null;
	waiting.shift()();
	await until('its picture', async () => {
		const one = await glimpse(page);
		return one && distance(one.second, moment % 60) <= 2;
	});
	assert.deepEqual([most, ward.thumbs.length], [1, 2]);
});

look('where there is no picture there is none, and nothing is asked of a hole', {}, async (visitor, page, ward) => {
	const { x, y } = await middleOf(page);
	await page.mouse.move(x + 40, y); // in a while from now
	await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
	assert.deepEqual([ward.thumbs.length, await glimpse(page)], [0, null]);
	ward.bad.set('thumb', 422);
	await page.mouse.move(x - 40, y);
	await until('it is asked', () => ward.thumbs.length > 0);
	ward.bad.delete('thumb');
	await page.mouse.move(x - 80, y);
	await until('another has one', async () => (await glimpse(page)) !== null);
});

look('where there is a smaller stream the play asks for it, and plays the large one', { sub: 'h264' }, async (visitor, page, ward) => {
	const opened = ward.log.rows.filter((row) => row.text.includes('play.open'));
	assert.match(opened[0].text, /\ntracks v,w\n/);
	assert.ok(ward.served.length > 0 && ward.served.every(({ track }) => track === 'v'));
	const { x, y } = await middleOf(page);
	await page.mouse.move(x - 90, y);
	await until('there is a picture', async () => (await glimpse(page)) !== null);
});

for (const fault of ['inclusion', 'sid', 'span'])
	look(`a lie (${fault}) is found before any small picture is asked for`, { hash: '#/visits', wait: false }, async (visitor, page, ward) => {
		await page.waitForSelector('.badge.proven');
		ward.fault = fault;
		await page.evaluate(() => {
			location.hash = '#/recorded/c1';
		});
		await page.waitForSelector('.timeline, .alarm[role=alert]');
		await page.mouse.move(195, 700);
		await page.waitForSelector('.alarm[role=alert]');
		assert.deepEqual(ward.thumbs, []);
	});

look('when the owner ends it the small pictures are gone, too', {}, async (visitor, page, ward) => {
	const { x, y } = await middleOf(page);
	await page.mouse.move(x - 60, y);
	await until('it is there', async () => (await glimpse(page)) !== null);
	ward.endSession([...ward.plays.keys()][0], 'revoked');
	await page.waitForSelector('text=Look again');
	await until('it is gone', async () => (await glimpse(page)) === null);
	const asked = ward.thumbs.length;
	await page.mouse.move(x - 75, y);
	await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
	assert.deepEqual([await glimpse(page), ward.thumbs.length], [null, asked]);
});

/** What the list of events shows: names of the pictures, and whether they are there. */
const small = (page) => page.locator('.happened canvas').evaluateAll((list) => list.map((one) => [one.getAttribute('aria-label'), one.classList.contains('is-here')]));

/** Where it is about noon now: a list of a day is not cut by midnight. */
const noon = 12 - new Date().getUTCHours();
const atNoon = { timezoneId: `Etc/GMT${noon > 0 ? '-' : '+'}${Math.abs(noon)}` };

look('what happened is listed with its best picture, out of the play that is open', atNoon, async (visitor, page, ward) => {
	const now = visitor.at(0);
	const of = ward.recordings.get('c1');
	of.events = [{ kind: 'person', from: now - 400e6, to: now - 380e6, picture: { at: now - 389.96e6, box: [20, 10, 60, 90] } },
		{ kind: 'cry', from: now - 300e6, to: now - 290e6, picture: null }, { kind: 'person', from: now - 2 * HOUR * 1e6, to: now - 2 * HOUR * 1e6 + 5e6, picture: null }];
	const plays = ward.plays.size;
	await page.click('[aria-label="What happened on this day"]');
	await until('the pictures', async () => (await small(page)).filter(([, isHere]) => isHere).length === 2);
	assert.equal(await page.locator('.happened li').count(), 3);
	assert.ok(ward.thumbs.some(({ at }) => at === now - 389.96e6) && ward.thumbs.some(({ at }) => at === now - 300e6), 'the best moment, or the beginning');
	assert.equal(ward.plays.size, plays, 'no other play');
	const [cry, person, early] = await small(page);
	assert.match(cry[0], /^Crying, at /);
	assert.match(person[0], /^A person, at /);
	await until('it says so where nothing is recorded', async () => (await small(page))[2][0] === 'Nothing recorded');
	assert.ok(!early[1]);
	await page.click('.happened li:nth-child(2) button');
	await until('it is gone to', async () => Math.abs(Date.parse(await page.getAttribute('.when time', 'datetime')) * 1000 - (now - 402e6)) < 20e6);
});

look('when the owner ends it the list shows nothing any more', atNoon, async (visitor, page, ward) => {
	const now = visitor.at(0);
	ward.recordings.get('c1').events = [{ kind: 'person', from: now - 400e6, to: now - 380e6, picture: null }];
	await page.click('[aria-label="What happened on this day"]');
	await until('the picture', async () => (await small(page)).some(([, isHere]) => isHere));
	ward.endSession([...ward.plays.keys()][0], 'revoked');
	await until('it is gone', async () => (await small(page)).length === 0);
});
