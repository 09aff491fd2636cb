// Keys to the recordings in a real browser: made, kept, brought, and opening what the box cannot. `age` itself seals.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { EPOCH, forgeries } from '../fake-keys.mjs';
import { fakeMedia, FPS } from '../fake-media.mjs';
import { launch, Visitor } from './browser.mjs';

let browser;
before(async () => {
	[browser] = await Promise.all([launch(), fakeMedia()]);
});
after(() => browser.close());

/** Runs one test on the keys' page; the page must not have thrown or broken the policy. */
function look(name, options, act) {
	test(name, async () => {
		const visitor = await Visitor.open(browser, options);
		try {
			await go(visitor.page, '#/keys');
			await visitor.page.waitForSelector('.keys .card');
			await act(visitor, visitor.page, visitor.ward);
			assert.deepEqual(visitor.errors, []);
		} finally {
			await visitor.close();
		}
	});
}

const go = (page, hash) => page.evaluate((to) => {
	location.hash = to;
}, hash);
const shown = (page) => page.waitForSelector('.frame video:not(.covered)');
const newIdentity = () => /AGE-SECRET-KEY-1\w+/.exec(execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))[0];

/** Makes a key as a person does; what was to be written down. */
async function make(page, { hasPasskey = false } = {}) {
	await page.click('text=Make a key');
	await page.waitForSelector('.secret:has-text("AGE-SECRET")');
	const secret = (await page.textContent('.secret')).replaceAll(' ', '');
	await page.fill('.sheet-form input >> nth=0', secret.slice(-6).toLowerCase());
	if (hasPasskey)
		await page.check('.sheet-form input[type=checkbox]');
	await page.click('text=Keep it here');
	return secret;
}

async function bring(page, secret) {
	await page.click('text=I have one already');
	await page.fill('.sheet-form input >> nth=0', secret);
	await page.click('text=Keep it here');
}

/** All recordings are sealed; the page shows one. */
async function lookBack(page, ward) {
	ward.keep('c1', [[-600, -2]]);
	ward.isSealed = true;
	await go(page, '#/recorded/c1');
}

look('a key is made, written down, and opens what the box cannot', {}, async (visitor, page, ward) => {
	await page.click('text=Make a key');
	await page.waitForSelector('.secret:has-text("AGE-SECRET")');
	await page.fill('.sheet-form input >> nth=0', 'qqqqqq');
	assert.ok(await page.isDisabled('text=Keep it here'), 'not before it is written down');
	await page.keyboard.press('Escape');
	const secret = await make(page);
	await page.waitForSelector('.said:has-text("entry")');
	const recipient = execFileSync('age-keygen', ['-y'], { input: secret, encoding: 'utf8' }).trim();
	assert.deepEqual(ward.custody.keys.map(({ key, person }) => [key, person]), [[recipient, 'Alice']]);
	assert.match(ward.asks.at(-1), new RegExp(`^ward/keys/1\norder add\nname [^\n]+\nkey ${recipient}\nnonce `));
	assert.equal(await page.locator('dialog').count(), 0);
	await lookBack(page, ward);
	await shown(page);
	assert.ok(ward.served.length > 0);
	// It is there after the page was opened anew, too, and nothing in the browser's store reads like it.
	await page.reload();
	await shown(page);
	const kept = await page.evaluate(() => new Promise((resolve) => {
		const request = indexedDB.open('ward-keys');
		request.onsuccess = () => {
			const get = request.result.transaction('keys').objectStore('keys').get('this');
			get.onsuccess = () => resolve({ text: new TextDecoder('latin1').decode(get.result.sealed), canLeave: get.result.lock.extractable });
		};
	}));
	assert.ok(!kept.canLeave && !kept.text.includes('AGE-SECRET'));
});

/** A key is there, and all recordings are sealed; the page shows one from a time on: seconds since 1970. */
async function openSealed(page, ward) {
	await make(page);
	await page.waitForSelector('.said:has-text("entry")');
	const start = ward.keep('c1', [[-600, -2]])(-300) / 1e6;
	ward.isSealed = true;
	return start;
}

const pictureAt = (page) => page.evaluate(() => Date.parse(document.querySelector('.when time').getAttribute('datetime')) / 1000);

for (const [forgery, said] of [['resealed', 'the log says otherwise'], ['flipped', 'damaged and left out']])
	look(`a fragment that is not what was recorded (${forgery}) is left out at its place, and the rest plays`, {}, async (visitor, page, ward) => {
		const start = await openSealed(page, ward);
		ward.forged.set(`v/${EPOCH}-${start + 3}.m4s`, forgeries[forgery]);
		await go(page, `#/recorded/c1/${start}`);
		await page.waitForSelector(`.skipped:has-text("${said}")`);
		await page.waitForFunction((to) => Date.parse(document.querySelector('.when time').getAttribute('datetime')) / 1000 > to, start + 6);
		await page.keyboard.press('Space');
		assert.ok((await pictureAt(page)) < start + 60);
		await go(page, `#/recorded/c1/${start + 3}`);
		await page.waitForSelector('.watch-state:has-text("Left out")');
		assert.equal(await page.locator('.frame video:not(.covered)').count(), 0);
		await page.waitForFunction(() => /it is (damaged|not what was recorded)/.test(document.querySelector('.timeline').getAttribute('aria-valuetext')));
	});

look('a block that the log does not prove is an alarm, and nothing is shown', {}, async (visitor, page, ward) => {
	const start = await openSealed(page, ward);
	await go(page, `#/recorded/c1/${start}`);
	await shown(page);
	ward.fault = 'inclusion';
	await go(page, `#/recorded/c1/${start - 200}`);
	await page.waitForSelector('.alarm[role=alert]');
});

look('a private part is saved, once the log says so, without what is not what was recorded', {}, async (visitor, page, ward) => {
	const start = await openSealed(page, ward);
	ward.forged.set(`v/${EPOCH}-${start + 7}.m4s`, forgeries.resealed);
	await go(page, `#/recorded/c1/${start}`);
	await shown(page);
	await page.keyboard.press('Space');
	const from = await pictureAt(page);
	await page.click('.bar >> text=Save');
	const [download] = await Promise.all([page.waitForEvent('download'), page.click('.sheet >> text=30 s')]);
	assert.match(download.suggestedFilename(), /^Nursery 20\d\d-\d\d-\d\d \d\d\.\d\d\.\d\d\.mp4$/);
	await page.waitForSelector('.save-state:has-text("Left out: one piece that is not what was recorded")');
	const [entry] = ward.log.rows.filter(({ text }) => text.includes('\nkind export\n'));
	assert.match(entry.text, /\ntracks v,m\n[^]*\nspan \d+ \d+\n/);
	const probe = execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-show_entries', 'stream=codec_name,nb_read_frames', '-of', 'json', await download.path()], { encoding: 'utf8' });
	const [video, sound] = JSON.parse(probe).streams;
	const wanted = (from < start + 8 ? 29 : 30) * FPS;
	assert.deepEqual([video.codec_name, sound.codec_name], ['h264', 'opus']);
	assert.ok(Math.abs(Number(video.nb_read_frames) - wanted) <= FPS, `${video.nb_read_frames} pictures, not ${wanted}`);
	// An entry that says something else than what was asked for.
	ward.fault = 'export';
	await page.click('.sheet >> text=30 s');
	await page.waitForSelector('.alarm[role=alert]');
});

look('without a key, or with one that is for something else, nothing is shown', {}, async (visitor, page, ward) => {
	await lookBack(page, ward);
	await page.waitForSelector('text=this device has none that opens it');
	await go(page, '#/keys');
	await bring(page, newIdentity());
	await page.waitForSelector('.said:has-text("entry")');
	ward.custody.keys[0].device = 'of somebody else';
	await go(page, '#/recorded/c1');
	await page.waitForSelector('text=this device has none that opens it');
	assert.equal(await page.locator('.frame video:not(.covered)').count(), 0);
});

look('what was written down is brought to this device', {}, async (visitor, page, ward) => {
	const secret = newIdentity();
	await page.click('text=I have one already');
	await page.fill('.sheet-form input >> nth=0', secret.slice(0, -1));
	await page.waitForSelector('text=not a whole key');
	assert.ok(await page.isDisabled('text=Keep it here'));
	await page.fill('.sheet-form input >> nth=0', ` ${secret.toLowerCase().replace(/.{6}/g, '$& ')}`);
	await page.click('text=Keep it here');
	await page.waitForSelector('.said:has-text("entry")');
	await lookBack(page, ward);
	await shown(page);
	await go(page, '#/keys');
	await page.click('text=Remove it from this device');
	await page.click('text=Remove it? ');
	await page.waitForSelector('text=Make a key');
	await go(page, '#/recorded/c1');
	await page.waitForSelector('text=this device has none that opens it');
});

look('a key that the box did not take is not kept', {}, async (visitor, page, ward) => {
	ward.refusal = 'not-allowed';
	await bring(page, newIdentity());
	await page.waitForSelector('.sheet .said:has-text("does not allow")');
	await page.keyboard.press('Escape');
	await page.waitForSelector('text=Make a key');
	assert.equal(ward.custody.keys.length, 0);
});

/** A phone with a finger on it; whose finger, says what it gives. */
async function addAuthenticator(page) {
	const cdp = await page.context().newCDPSession(page);
	await cdp.send('WebAuthn.enable');
	const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal',
		hasResidentKey: true, hasUserVerification: true, isUserVerified: true, hasPrf: true, automaticPresenceSimulation: true } });
	return (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
}

look('a passkey keeps it: no picture without the finger', {}, async (visitor, page, ward) => {
	const setVerified = await addAuthenticator(page);
	await make(page, { hasPasskey: true });
	await page.waitForSelector('.said:has-text("entry")');
	await page.waitForSelector('text=It asks for your passkey');
	await lookBack(page, ward);
	await shown(page);
	await page.reload();
	await shown(page); // by the passkey
	await setVerified(false);
	await page.reload();
	await page.waitForSelector('text=confirm with your passkey');
	assert.equal(await page.locator('.frame video:not(.covered)').count(), 0);
});

look('the owner changes what the box can open, is asked twice, and it is signed', {}, async (visitor, page, ward) => {
	await page.check('input[value=private]');
	await page.waitForSelector('text=First somebody needs a key');
	assert.ok(await page.isDisabled('.choices .main-button'));
	await bring(page, newIdentity());
	await page.waitForSelector('.evidence li');
	await page.check('input[value=private]');
	await page.click('.choices .main-button');
	const { length } = ward.asks;
	await page.click('dialog >> text=Cancel');
	assert.equal(ward.asks.length, length);
	await page.click('.choices .main-button');
	await page.click('dialog .danger');
	await page.waitForSelector('input[value=private]:checked');
	await page.waitForSelector('dialog', { state: 'detached' });
	assert.equal(ward.custody.mode, 'private');
	await page.check('input[value=days]');
	await page.fill('input[type=number]', '14');
	await page.click('.choices .main-button');
	await page.click('dialog .danger');
	await page.waitForSelector('dialog', { state: 'detached' });
	assert.deepEqual([ward.custody.mode, ward.custody.days], ['window', 14]);
	assert.match(ward.asks.at(-1), /^ward\/keys\/1\norder window\ndays 14\nnonce /);
	await go(page, '#/visits');
	await page.waitForSelector('text=Alice made recordings private');
});

look('lock now says what is lost, and does it', {}, async (visitor, page, ward) => {
	ward.custody.only_box = 3;
	await page.reload();
	await page.click('text=Lock now');
	await page.waitForSelector('dialog:has-text("3 stretches of ten minutes")');
	await page.click('dialog >> text=Lock, and lose it');
	await page.waitForSelector('.said:has-text("entry")');
	assert.ok(ward.custody.isLocked);
	assert.match(ward.asks.at(-1), /^ward\/keys\/1\norder lock\nlose yes\nnonce /);
});

look('a change that the log does not carry as it was signed is an alarm', {}, async (visitor, page, ward) => {
	ward.fault = 'ask';
	await page.click('text=Lock now');
	await page.click('dialog .danger');
	await page.waitForSelector('.alarm[role=alert]');
});

look('a member sees the box’s mode and changes only keys of their own', { role: 'member' }, async (visitor, page) => {
	await bring(page, newIdentity());
	await page.waitForSelector('.evidence li >> text=Remove');
	assert.ok(await page.isDisabled('input[value=private]'));
	assert.equal(await page.locator('text=Lock now').count(), 0);
	await page.click('.evidence li >> text=Remove');
	await page.click('dialog .danger');
	await page.waitForSelector('.evidence li', { state: 'detached' });
});

look('what is pressed is large enough, has a name, and the keyboard reaches it', {}, async (visitor, page) => {
	const bad = await page.evaluate(() => [...document.querySelectorAll('.keys button, .keys a, .keys .choice')].filter((one) => {
		const { width, height } = one.getBoundingClientRect();
		return width < 44 || height < 44 || !(one.getAttribute('aria-label') ?? one.textContent).trim();
	}).map((one) => one.outerHTML));
	assert.deepEqual(bad, []);
	await page.focus('text=Lock now');
	await page.keyboard.press('Enter');
	await page.waitForSelector('dialog[open]');
	await page.keyboard.press('Escape');
	await page.waitForSelector('dialog', { state: 'detached' });
});
