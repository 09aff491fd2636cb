// Drawing zones in a real browser: by mouse, finger and keys, and what the box is told.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, until, Visitor } from './browser.mjs';

let browser;
before(async () => {
	browser = await launch();
});
after(() => browser.close());

/** Runs one test on the first camera's zones; the page must not have thrown or broken the policy. */
function look(name, { zones = {}, ...options }, act) {
	test(name, async () => {
		const visitor = await Visitor.open(browser, options);
		try {
			Object.assign(visitor.ward.zones, zones);
			await visitor.page.click('.tile >> nth=0');
			await visitor.page.click('[aria-label="Where people count"]');
			await visitor.page.waitForSelector('.zones-stage');
			await act(visitor, visitor.page, visitor.ward);
			assert.deepEqual(visitor.errors, []);
		} finally {
			await visitor.close();
		}
	});
}

const drawn = (page) => page.locator('.zones-stage polygon').evaluateAll((list) => list.map((one) => one.getAttribute('points')));
/** A place of the picture, per cent, on the screen. */
async function placeOf(page, x, y) {
	const { left, top, width, height } = await page.evaluate(() => {
		const box = document.querySelector('.zones-stage').getBoundingClientRect();
		return { left: box.left, top: box.top, width: box.width, height: box.height };
	});
	return [left + (x / 100) * width, top + (y / 100) * height];
}

async function pull(page, from, to) {
	await page.mouse.move(...await placeOf(page, ...from));
	await page.mouse.down();
	await page.mouse.move(...await placeOf(page, ...to), { steps: 3 });
	await page.mouse.up();
}

const save = async (page) => {
	await page.click('text=Save');
	await page.waitForSelector('.said:has-text("entry")');
};
const isNear = (one, other) => one.every((value, i) => Math.abs(value - other[i]) < 0.8);

look('a zone is drawn with the mouse over the live picture, and saved', {}, async (visitor, page, ward) => {
	await visitor.picture();
	await page.click('text=Add a zone');
	await pull(page, [25, 25], [5, 10]);
	await pull(page, [75, 50], [95, 50]); // the place between two corners becomes a corner
	await page.fill('[aria-label=Name]', 'Garden');
	await page.click('text=Leave out');
	await page.focus('input[type=range]');
	await page.keyboard.press('ArrowRight');
	await page.selectOption('select', '5');
	await save(page);
	const [{ name, kind, points }] = ward.zones.zones;
	assert.deepEqual([name, kind, points.length, ward.zones.height, ward.zones.dwell], ['Garden', 'exclude', 5, 5, 5]);
	assert.ok(isNear(points[0], [5, 10]) && isNear(points[2], [95, 50]), JSON.stringify(points));
	// It is there again when one looks again.
	await page.reload();
	await until('it is drawn', async () => (await drawn(page)).length === 1);
	assert.deepEqual(await drawn(page), [points.join(' ')]);
	// And what somebody did stands in the visits.
	await page.evaluate(() => {
		location.hash = '#/visits';
	});
	await page.waitForSelector('text=drew where people count');
});

look('every step can be taken back, and all of it cleared', {}, async (visitor, page) => {
	await page.click('text=Add a zone');
	const [first] = await drawn(page);
	await pull(page, [50, 45], [60, 40]); // the zone itself
	const [moved] = await drawn(page);
	assert.notEqual(moved, first);
	await page.click('text=Add a zone');
	await page.click('text=Clear');
	assert.deepEqual(await drawn(page), []);
	await page.click('text=Undo');
	assert.equal((await drawn(page)).length, 2);
	await page.click('text=Undo');
	assert.deepEqual(await drawn(page), [moved]);
	await page.click('text=Undo');
	assert.deepEqual(await drawn(page), [first]);
	await page.click('text=Undo');
	assert.deepEqual(await drawn(page), []);
	assert.ok(await page.isDisabled('text=Undo'));
});

look('keys alone draw a zone', {}, async (visitor, page, ward) => {
	await page.focus('text=Add a zone');
	await page.keyboard.press('Enter');
	await page.focus('[aria-label="Corner 1 of Zone 1"]');
	await page.keyboard.press('ArrowLeft');
	await page.keyboard.press('Shift+ArrowUp');
	await page.focus('[aria-label="A new corner behind corner 1 of Zone 1"]');
	await page.keyboard.press('Enter');
	await page.focus('[aria-label="Corner 4 of Zone 1"]');
	await page.keyboard.press('Delete');
	await page.focus('text=Save');
	await page.keyboard.press('Enter');
	await page.waitForSelector('.said:has-text("entry")');
	assert.deepEqual(ward.zones.zones[0].points, [[24, 20], [49.5, 22.5], [75, 25], [25, 75]]);
});

look('a finger draws, and the page does not scroll under it', { hasTouch: true }, async (visitor, page, ward) => {
	await page.tap('text=Add a zone');
	const client = await visitor.context.newCDPSession(page);
	const touch = async (type, ...points) => client.send('Input.dispatchTouchEvent', { type, touchPoints: await Promise.all(points.map(async (at) => {
		const [x, y] = await placeOf(page, ...at);
		return { x, y };
	})) });
	await touch('touchStart', [75, 75]);
	for (const at of [[80, 78], [88, 84], [96, 90]])
		await touch('touchMove', at);
	await touch('touchEnd');
	assert.equal(await page.evaluate(() => document.querySelector('.zones').scrollTop), 0);
	await save(page);
	assert.ok(isNear(ward.zones.zones[0].points[2], [96, 90]), JSON.stringify(ward.zones.zones));
});

const told = { zones: [{ name: 'Door', kind: 'include', points: [[0, 0], [50, 0], [50, 100]] }], height: 20, dwell: 7, person: 'off' };
look('what the configuration says is shown and cannot be changed', { zones: { ...told, fixed: true } }, async (visitor, page) => {
	await page.waitForSelector('text=cannot be changed here');
	await page.waitForSelector('text=not looked for before this camera yet');
	assert.deepEqual(await drawn(page), ['0,0 50,0 50,100']);
	assert.equal(await page.locator('.knob, .main-button').count(), 0);
	assert.ok(await page.isDisabled('input[type=range]') && await page.isDisabled('select'));
	assert.equal(await page.inputValue('select'), '7');
});

look('a box that says no is believed', { zones: told }, async (visitor, page, ward) => {
	ward.isAway = true;
	await page.click('text=Save');
	await page.waitForSelector('.said:has-text("could not be saved")');
	ward.isAway = false;
	await save(page);
});

test('who is no owner finds no way there', async () => {
	const visitor = await Visitor.open(browser, { role: 'member' });
	try {
		await visitor.page.click('.tile >> nth=0');
		await visitor.picture();
		assert.equal(await visitor.page.locator('[aria-label="Where people count"]').count(), 0);
		await visitor.page.evaluate(() => {
			location.hash = '#/zones/c1';
		});
		await visitor.page.waitForSelector('text=Only an owner may draw zones.');
	} finally {
		await visitor.close();
	}
});
