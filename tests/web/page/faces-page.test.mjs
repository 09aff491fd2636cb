// Faces in a real browser: names in what happened and saying that one is wrong; naming, forgetting, and learning one from a file
// and from the live view.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fakeMedia } from '../fake-media.mjs';
import { FakeWard } from '../fake-server.mjs';
import { launch, until, Visitor } from './browser.mjs';

const HOUR = 3600;
const photo = readFileSync(new URL('../../e2e/media/astronaut.jpg', import.meta.url));
const NASTY = '<img src=x onerror="document.title=1">"&lt;';
let browser;
before(async () => {
	[browser] = await Promise.all([launch(), fakeMedia()]);
});
after(() => browser.close());

/** Where it is about noon now: a list of a day is not cut by midnight. */
const noon = 12 - new Date().getUTCHours();
const atNoon = { timezoneId: `Etc/GMT${noon > 0 ? '-' : '+'}${Math.abs(noon)}` };

/** Runs one test with an hour of recordings of the first camera; the page must not have thrown or broken the policy. */
function look(name, options, act) {
	test(name, async () => {
		const ward = new FakeWard();
		const visitor = await Visitor.open(browser, { ward, ...atNoon, ...options });
		try {
			visitor.at = ward.keep('c1', [[-HOUR, -2]]);
			await act(visitor, visitor.page, ward);
			assert.deepEqual(visitor.errors, []);
		} finally {
			await visitor.close();
		}
	});
}

const go = (page, hash) => page.evaluate((to) => {
	location.hash = to;
}, hash);

/** The day's list, with somebody known and somebody who is not. */
async function openHappened({ at }, page, ward, name = 'Eileen') {
	const now = at(0);
	const known = ward.addFace({ name, consent: 'herself' });
	const unknown = ward.addFace({});
	ward.recordings.get('c1').events = [{ id: 7, kind: 'person', from: now - 2000e6, to: now - 380e6, picture: null, face: { id: known.id, name } },
		{ id: 8, kind: 'person', from: now - 300e6, to: now - 290e6, picture: null, face: { id: unknown.id, name: null } },
		{ id: 9, kind: 'person', from: now - 200e6, to: now - 190e6, picture: null, face: null }];
	await page.evaluate(() => {
		const { fillText } = CanvasRenderingContext2D.prototype;
		window.drawn = new Set();
		CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
			window.drawn.add(text);
			fillText.call(this, text, ...where);
		};
	});
	await go(page, '#/recorded/c1');
	await page.click('[aria-label="What happened on this day"]');
	await page.waitForSelector('.happened li >> nth=2');
}

const listed = (page) => page.locator('.happened li strong').allTextContents();

look('who was seen stands in the list, and a mistake is corrected there', {}, async (visitor, page, ward) => {
	await openHappened(visitor, page, ward);
	assert.deepEqual(await listed(page), ['A person', 'A person', 'Eileen']);
	await until('she stands on the timeline, too', () => page.evaluate(() => window.drawn.has('Eileen')));
	await page.click('[aria-label="This is not Eileen"]');
	await page.click('text=Somebody else');
	await page.waitForSelector('.happened-note:has-text("a face without a name now")');
	await until('it is somebody else', async () => !(await listed(page)).includes('Eileen'));
	assert.equal(ward.recordings.get('c1').events[0].face.name, null);
	await page.keyboard.press('Escape');
	await go(page, '#/visits');
	await page.waitForSelector('text=Alice said that a face was somebody else’s');
});

look('a member sees names, which are text wherever they stand, and cannot change them', { role: 'member' }, async (visitor, page, ward) => {
	await openHappened(visitor, page, ward, NASTY);
	assert.deepEqual(await listed(page), ['A person', 'A person', NASTY]);
	assert.equal(await page.locator('img, .happened .danger, .happened a').count(), 0);
	await page.keyboard.press('Escape');
	await go(page, '#/faces');
	await page.waitForSelector('text=Only an owner may see and name faces.');
	assert.equal(await page.locator('main button, main input').count(), 0);
});

/** Somebody known, and somebody seen five minutes ago whom nobody has named. */
async function openFaces({ at }, page, ward, name = 'Eileen') {
	const seen = at(-300);
	ward.addFace({ name, consent: 'herself', named: at(-900), prints: 3 });
	const unknown = ward.addFace({ camera_name: 'Nursery', event: 5, at: seen, seen, prints: 4 });
	ward.recordings.get('c1').events = [{ id: 5, kind: 'person', from: seen - 10e6, to: seen + 10e6, note: '20,50,60,98 20,50,60,98', picture: null, face: { id: unknown.id, name: null } }];
	await page.click('nav >> text=This device');
	await page.click('a[href="#/faces"]');
	await page.waitForSelector('.faces-unknown li');
	return unknown;
}

/** What is pressed or filled in, and is too small for a finger or has no name. */
const badControls = (page) => page.evaluate(() => [...document.querySelectorAll('main button, main a, main label, main input, dialog button, dialog input, dialog a')].filter((one) => {
	const { width, height } = one.getBoundingClientRect();
	const name = one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent;
	return width > 0 && ((one.matches('button, a') && (width < 44 || height < 44)) || !name.trim());
}).map((one) => one.outerHTML));

const isShown = (page) => page.locator('.faces-still.is-here').count();

look('an unknown face is looked at out of the recording, logged, and named', {}, async (visitor, page, ward) => {
	const unknown = await openFaces(visitor, page, ward);
	assert.match(await page.innerText('.people li'), /Eileen.*Agreed: herself.*3 samples/s);
	assert.deepEqual(await badControls(page), []);
	assert.equal(ward.plays.size + ward.served.length, 0, 'nothing is looked at before somebody asks');
	await page.click('text=Show their pictures');
	await until('the picture', () => isShown(page));
	await until('the look is over', () => ward.plays.size === 0);
	const spans = ward.log.rows.map(({ text }) => /^kind play.open\n/m.test(text) && /^span (\d+) (\d+)$/m.exec(text)).filter(Boolean);
	assert.deepEqual(spans.map(([, from, to]) => [Number(from), Number(to)]), [[unknown.at - 1e6, unknown.at + 1e6]]);
	// Of the picture, 320 pixels wide, a square of 99 around the upper part of the box: the head of the one who is drawn there, and the dark beside it.
	const lights = await page.locator('.faces-still canvas').evaluate((one) => [[110, 124], [150, 100]]
		.map(([x, y]) => one.getContext('2d').getImageData((x - 78) * (one.width / 99), (y - 85) * (one.width / 99), 1, 1).data[0]));
	assert.ok(lights[0] > 150 && lights[1] > 10 && lights[1] < 80, `${lights}`);

	await page.click('.faces-unknown .main-button');
	await until('it is in the sheet, too', async () => (await isShown(page)) === 2);
	assert.deepEqual(await badControls(page), []);
	await page.fill('dialog input >> nth=0', 'Grace');
	assert.ok(await page.isDisabled('dialog .main-button'), 'not before somebody agreed');
	await page.fill('dialog input >> nth=1', 'her own word');
	await page.keyboard.press('Enter');
	await page.waitForSelector('.faces-note:has-text("Grace is known now. Entry")');
	assert.deepEqual([unknown.name, unknown.consent], ['Grace', 'her own word']);
	assert.equal(await page.locator('.faces-unknown li').count(), 0);
	assert.equal(ward.plays.size, 0);
});

look('an unknown face becomes part of one that is known, without being asked again', {}, async (visitor, page, ward) => {
	await openFaces(visitor, page, ward);
	await page.click('.faces-unknown .main-button');
	await page.fill('dialog input >> nth=0', ' Eileen ');
	assert.equal(await page.locator('dialog input').count(), 1);
	await page.click('dialog .main-button');
	await page.waitForSelector('text=they are one face now');
	assert.deepEqual(ward.faces.map(({ name, prints }) => [name, prints]), [['Eileen', 7]]);
});

look('a face is forgotten when that was asked twice; its name is text', {}, async (visitor, page, ward) => {
	await openFaces(visitor, page, ward, NASTY);
	assert.equal(await page.textContent('.people strong'), NASTY);
	const forget = page.locator('.people button');
	assert.equal(await forget.getAttribute('aria-label'), `Forget ${NASTY}?`);
	await forget.click();
	await page.waitForSelector('dialog:has-text("It cannot be undone")');
	assert.equal(await page.textContent('dialog h2'), `Forget ${NASTY}?`);
	await page.click('text=Cancel');
	assert.deepEqual([ward.faces.length, await page.locator('img').count()], [2, 0]);
	await forget.click();
	await page.click('text=Forget this face');
	await page.waitForSelector('.faces-note:has-text("Forgotten.")');
	assert.deepEqual(ward.faces.map(({ name }) => name), [null]);
	await page.waitForSelector('text=Nobody yet.');
});

look('where nothing was recorded it says so, and the face can be named', {}, async (visitor, page, ward) => {
	await openFaces(visitor, page, ward);
	ward.recordings.get('c1').spans = [];
	await page.click('text=Show their pictures');
	await page.waitForSelector('.faces-still:has-text("No recording shows it")');
	assert.equal(await page.getAttribute('.faces-still canvas', 'aria-label'), 'No recording shows it');
	assert.equal(await page.isDisabled('.faces-unknown .main-button'), false);
});

look('of a look that is not in the log nothing is shown', {}, async (visitor, page, ward) => {
	await openFaces(visitor, page, ward);
	ward.fault = 'inclusion';
	await page.click('text=Show their pictures');
	await page.waitForSelector('.alarm[role=alert]');
	assert.equal(await isShown(page), 0);
});

/** A file as somebody would choose it. */
async function choose(page, name, mimeType, buffer) {
	await page.click('text=Add somebody');
	await page.setInputFiles('input[type=file]', { name, mimeType, buffer });
}

look('a face is learnt from a file: the part in the frame, small, and without what the file said besides', {}, async (visitor, page, ward) => {
	await openFaces(visitor, page, ward);
	const secret = Buffer.from('a place on Earth');
	const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, secret.length + 2]), secret]);
	await choose(page, 'a.jpg', 'image/jpeg', Buffer.concat([photo.subarray(0, 2), comment, photo.subarray(2)]));
	await page.waitForSelector('.learn-frame');
	const frame = () => page.locator('.learn-frame').boundingBox();
	const first = await frame();
	await page.focus('.learn-frame');
	await page.keyboard.press('-');
	await page.keyboard.press('ArrowUp');
	const second = await frame();
	assert.ok(second.width < first.width && second.y < first.y + (first.height - second.height) / 2, JSON.stringify([first, second]));
	await page.mouse.move(second.x + 20, second.y + 20);
	await page.mouse.down();
	await page.mouse.move(second.x + 2, second.y - 400, { steps: 3 });
	await page.mouse.up();
	const [third, stage] = [await frame(), await page.locator('.learn-stage').boundingBox()];
	assert.ok(Math.abs(third.y - stage.y) < 2 && third.x >= stage.x - 1, 'it stays within the picture');
	assert.deepEqual(await badControls(page), []);

	ward.faceFault = 'many-faces';
	await page.fill('input[list]', 'Mia');
	await page.fill('[placeholder]', 'both parents');
	await page.click('text=Remember this face');
	await page.waitForSelector('[role=alert]:has-text("more than one face in the frame")');
	ward.faceFault = '';
	await page.click('text=Remember this face');
	await page.waitForSelector('.faces-note:has-text("Mia is known now")');
	assert.deepEqual(ward.faces.map(({ name, consent }) => [name, consent]).at(-1), ['Mia', 'both parents']);
	const [sent] = ward.pictures;
	assert.ok(sent.length <= 45000 && sent[0] === 0xff && sent[1] === 0xd8 && !sent.includes(secret));
});

look('a face is learnt from the live view, whose entry is proven', {}, async (visitor, page, ward) => {
	await visitor.page.click('.tile >> nth=0');
	await visitor.picture();
	await page.click('[aria-label="Remember a face"]');
	await visitor.picture();
	await page.waitForSelector('.watch-proof:has-text("Proven")');
	await page.click('text=Take this picture');
	await page.waitForSelector('.learn-frame');
	await until('the view is over', () => ward.sessions.length === 0);
	await page.fill('input[list]', 'Ben');
	await page.fill('[placeholder]', 'himself');
	await page.click('text=Remember this face');
	await page.waitForSelector('.faces-note:has-text("Ben is known now")');
	assert.equal(await page.evaluate(() => location.hash), '#/faces');
	assert.equal(ward.pictures.length, 1);
	await go(page, '#/visits');
	await page.waitForSelector('text=Alice named a face');
});

look('a file that is no picture, or too large, is not sent', {}, async (visitor, page, ward) => {
	await openFaces(visitor, page, ward);
	await choose(page, 'a.pdf', 'application/pdf', Buffer.from('%PDF-1.7'));
	await page.waitForSelector('.faces-note:has-text("Choose a JPEG or PNG file")');
	const large = path.join(tmpdir(), `ward-large-${process.pid}.jpg`);
	try {
		writeFileSync(large, '');
		truncateSync(large, 20e6 + 1);
		await page.click('text=Add somebody');
		await page.setInputFiles('input[type=file]', large);
		await page.waitForSelector('.faces-note:has-text("larger than 20 MB")');
	} finally {
		rmSync(large, { force: true });
	}
	assert.equal(ward.pictures.length, 0);
});

look('where no eye looks at faces the page says how to switch it on', {}, async (visitor, page, ward) => {
	ward.looks = false;
	await openFaces(visitor, page, ward);
	await page.waitForSelector('text=faces: on');
	assert.equal(await page.locator('text=Add somebody').count(), 0);
	await go(page, '#/faces/c1');
	await page.waitForSelector('text=faces: on');
});

look('a guest finds no way there', { role: 'guest' }, async (visitor, page) => {
	await page.click('nav >> text=This device');
	await page.waitForSelector('text=This device remembers');
	assert.equal(await page.locator('a[href="#/faces"]').count(), 0);
	await go(page, '#/faces');
	await page.waitForSelector('text=Only an owner may see and name faces.');
});
