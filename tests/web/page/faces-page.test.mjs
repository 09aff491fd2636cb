// Faces in a real browser: names in what happened, and saying that one is wrong.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fakeMedia } from '../fake-media.mjs';
import { FakeWard } from '../fake-server.mjs';
import { launch, until, Visitor } from './browser.mjs';

const HOUR = 3600;
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
	ward.recordings.get('c1').events = [{ id: 7, kind: 'person', from: now - 400e6, to: now - 380e6, picture: null, face: { id: known.id, name } },
		{ id: 8, kind: 'person', from: now - 300e6, to: now - 290e6, picture: null, face: { id: unknown.id, name: null } },
		{ id: 9, kind: 'person', from: now - 200e6, to: now - 190e6, picture: null, face: null }];
	await go(page, '#/recorded/c1');
	await page.click('[aria-label="What happened on this day"]');
	await page.waitForSelector('.happened li >> nth=2');
}

const listed = (page) => page.locator('.happened li strong').allTextContents();

look('who was seen stands in the list, and a mistake is corrected there', {}, async (visitor, page, ward) => {
	await openHappened(visitor, page, ward);
	assert.deepEqual(await listed(page), ['A person', 'A person', 'Eileen']);
	await page.click('[aria-label="This is not Eileen"]');
	await page.click('text=Somebody else');
	await page.waitForSelector('.said:has-text("a face without a name now")');
	await until('it is somebody else', async () => !(await listed(page)).includes('Eileen'));
	assert.equal(ward.recordings.get('c1').events[0].face.name, null);
	await page.keyboard.press('Escape');
	await go(page, '#/visits');
	await page.waitForSelector('text=Alice said that a face was somebody else’s');
});

look('a member sees names, and cannot change them', { role: 'member' }, async (visitor, page, ward) => {
	await openHappened(visitor, page, ward);
	assert.deepEqual(await listed(page), ['A person', 'A person', 'Eileen']);
	assert.equal(await page.locator('.happened .danger').count(), 0);
});

look('a name is text wherever it stands', {}, async (visitor, page, ward) => {
	await openHappened(visitor, page, ward, NASTY);
	assert.deepEqual(await listed(page), ['A person', 'A person', NASTY]);
	assert.equal(await page.locator('[aria-label]').evaluateAll((list, name) => list.filter((one) => one.getAttribute('aria-label') === `This is not ${name}`).length, NASTY), 1);
	assert.equal(await page.locator('img').count(), 0);
	assert.notEqual(await page.title(), '1');
});
