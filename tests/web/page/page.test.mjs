// The app in a real browser, against a box that can be told to lie.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { launch, until, Visitor } from './browser.mjs';

let browser;
before(async () => {
	browser = await launch();
});
after(() => browser.close());

/** Runs one test with a visitor of its own; the page must not have thrown or broken the policy. */
function visit(name, options, act) {
	test(name, async () => {
		const visitor = await Visitor.open(browser, options);
		try {
			await act(visitor, visitor.page, visitor.ward);
			assert.deepEqual(visitor.errors, []);
		} finally {
			await visitor.close();
		}
	});
}

const text = (page, selector) => page.textContent(selector);

visit('without a pairing the page says how to get one', { isPaired: false }, async (visitor, page, ward) => {
	await page.goto(ward.url);
	assert.match(await text(page, 'main'), /not paired yet.*ward user add NAME/s);
});

visit('a pairing link makes a key that cannot be exported, once', { isPaired: false }, async (visitor, page, ward) => {
	const secret = ward.addUser('Alice');
	await page.goto(`${ward.url}#pair=${secret}`);
	await page.fill('#device-name', 'Kitchen tablet');
	assert.equal(new URL(page.url()).hash, '', 'the secret has left the address bar');
	await page.click('.main-button');
	await visitor.picture();
	assert.deepEqual([...ward.devices.values()].map(({ user, name }) => ({ user, name })), [{ user: 'Alice', name: 'Kitchen tablet' }]);
	const isExtractable = await page.evaluate(() => new Promise((resolve) => {
		indexedDB.open('ward').onsuccess = ({ target }) => {
			target.result.transaction('identity').objectStore('identity').get('this').onsuccess = (event) => resolve(event.target.result.key.extractable);
		};
	}));
	assert.equal(isExtractable, false);
	await page.goto(`${ward.url}#pair=${secret}`);
	await page.waitForSelector('#device-name');
	await page.reload();
	await visitor.picture();
});

visit('a used link is explained', { isPaired: false }, async (visitor, page, ward) => {
	await page.goto(`${ward.url}#pair=${'0'.repeat(32)}`);
	await page.click('.main-button');
	assert.match(await text(page, '[role=alert]'), /used before or is too old/);
});

visit('a browser without Ed25519 is told so', { isPaired: false }, async (visitor, page, ward) => {
	await page.addInitScript(() => {
		crypto.subtle.generateKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'));
	});
	await page.goto(ward.url);
	assert.match(await text(page, 'main'), /cannot make one.*update it/s);
});

visit('live tiles, one camera with sound, and who watches', {}, async (visitor, page, ward) => {
	await visitor.picture();
	await page.waitForSelector('.now >> text=Only you are watching');
	ward.addSession({ camera: 'c1', camera_name: 'Nursery', user: 'Bob', device: 'Pixel', role: 'member', tracks: 'v,m', from: '192.168.1.31:5' });
	await page.waitForSelector('text=You and Bob are watching');
	await page.click('.tile');
	await visitor.picture('.watch video.picture:not(.covered)');
	assert.equal(await page.title(), 'Nursery · Ward');
	await page.click('text=Sound off');
	await page.waitForSelector('.bar-button.on');
	await page.waitForFunction(() => [...window.fakePeer.peers].some((peer) => peer.kinds.includes('audio')));
	await page.waitForFunction(() => window.fakePeer.peers.size === 1);
	assert.equal(await page.evaluate(() => document.querySelector('video').muted), false);
	assert.ok(ward.asks.some((ask) => ask.includes('verbs view,listen')));
	await page.click('text=2 watching');
	await page.waitForSelector('dialog[open]');
	await page.click('dialog >> text=End');
	await page.click('dialog >> text=End now?');
	await page.waitForFunction(() => !document.querySelector('dialog').textContent.includes('Bob'));
	await page.keyboard.press('Escape');
	await page.waitForSelector('dialog', { state: 'detached' });
	await page.keyboard.press('Escape');
	await page.waitForSelector('nav');
});

visit('guests cannot end the views of others', { role: 'guest' }, async (visitor, page, ward) => {
	await visitor.picture();
	ward.addSession({ camera: 'c1', camera_name: 'Nursery', user: 'Bob', device: 'Pixel', role: 'member', tracks: 'v', from: '' });
	await page.waitForSelector('text=You and Bob are watching');
	await page.click('.now');
	await page.waitForSelector('dialog >> text=Bob');
	assert.equal(await page.locator('dialog .danger').count(), 0);
});

const lies = { signature: /not signed with the key/, rollback: /shorter than the one/, fork: /rewritten/, inclusion: /not in the signed log/,
	cam: /names another camera/, sid: /about another visit/, tracks: /does not say what was really shown/, ask: /does not carry the request/, opening: /do not match what is sealed/ };
for (const [fault, expected] of Object.entries(lies))
	visit(`a lie (${fault}) is found before any picture: red, and everything stops`, {}, async (visitor, page, ward) => {
		await visitor.picture();
		await page.goto('about:blank');
		ward.fault = fault;
		await page.goto(ward.url);
		await page.waitForSelector('.alarm[role=alert]');
		await visitor.assertNoPicture();
		assert.match(await text(page, '.alarm-what'), expected);
		await page.waitForFunction(() => window.fakePeer.peers.size === 0);
		assert.match(await page.title(), /Stop/);
		const [download] = await Promise.all([page.waitForEvent('download'), page.click('button >> text=Save the evidence')]);
		const evidence = JSON.parse(await readFile(await download.path(), 'utf8'));
		assert.equal(evidence.evidence.log_key, ward.log.vkey);
		assert.equal(evidence.word.replace('entry-', ''), fault);
		await page.click('text=Check again');
		await page.waitForSelector('.alarm');
		ward.fault = '';
		await page.reload();
		await page.click('nav >> text=This device');
		await page.waitForSelector('text=Failed proofs kept as evidence');
	});

visit('no proof in time means no picture, but no alarm', {}, async (visitor, page, ward) => {
	await visitor.picture();
	await page.goto('about:blank');
	ward.fault = 'late';
	ward.lateSize = ward.signed;
	await page.goto(`${ward.url}#/camera/c1`);
	await page.waitForSelector('text=has not proven the log entry yet', { timeout: 30000 });
	await visitor.assertNoPicture();
	ward.fault = '';
	await visitor.picture('.watch video.picture:not(.covered)');
});

visit('a rollback while watching is found, and the picture goes', {}, async (visitor, page, ward) => {
	await visitor.picture();
	ward.fault = 'rollback';
	ward.tell('checkpoint', { value: ward.signed + 1 });
	await page.waitForSelector('.alarm');
	assert.equal(await page.locator('video').count(), 0);
});

for (const [fault, expected] of Object.entries({ gap: /Entries are missing/, different: /not the one in the signed log/ }))
	visit(`a lie (${fault}) in the list of visits is found`, {}, async (visitor, page, ward) => {
		await visitor.picture();
		ward.fault = fault;
		await page.click('nav >> text=Visits');
		await page.waitForSelector('.alarm');
		assert.match(await text(page, '.alarm-what'), expected);
	});

visit('visits are told in plain words, each proven here', {}, async (visitor, page, ward) => {
	const yesterday = Date.now() - 86400e3;
	for (let at = 0; at < 300; at++)
		ward.log.add('heartbeat', {}, {}, yesterday + at * 60e3);
	ward.log.add('deny', { cam: 'c1', count: 3, reason: 'not-allowed' });
	ward.sign();
	await visitor.picture();
	await page.click('nav >> text=Visits');
	await page.waitForSelector('text=Alice is watching Nursery', { state: 'detached' });
	await page.waitForSelector('text=Alice watched Nursery');
	await page.waitForSelector('text=3 requests refused');
	await page.waitForSelector('text=Nobody watched');
	await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
	await page.waitForSelector('text=This is where the log begins');
	await page.waitForFunction(() => document.querySelectorAll('.badge').length === document.querySelectorAll('.badge.proven').length);
	assert.match(await text(page, '.intro'), /Entries 0 to \d+: all here, none changed/);
	await page.click('.visit >> text=Alice watched Nursery');
	await page.waitForSelector('dialog >> text=Included in the signed log');
	assert.match(await text(page, 'dialog pre'), /^ward\/entry\/1\nseq \d+\nkind view\.open\n/);
	assert.ok(await page.locator('dialog dd .icon').count() >= 3, 'each opened seal is checked');
	const [download] = await Promise.all([page.waitForEvent('download'), page.click('dialog >> text=Save this proof')]);
	const proof = JSON.parse(await readFile(await download.path(), 'utf8'));
	assert.equal(proof.log_key, ward.log.vkey);
	assert.ok(proof.inclusion.length > 0);
});

visit('a guest sees own visits only, and how much is not shown', { role: 'guest' }, async (visitor, page, ward) => {
	await visitor.picture();
	ward.addSession({ camera: 'c1', camera_name: 'Nursery', user: 'Bob', device: 'Pixel', role: 'member', tracks: 'v', from: '' });
	for (let at = 0; at < 5; at++)
		ward.log.add('heartbeat');
	ward.sign();
	await page.click('nav >> text=Visits');
	await page.waitForSelector('text=Alice watched Nursery');
	await page.waitForSelector('text=/none changed. \\d+ about others are not shown to you/');
	await page.waitForSelector('text=Nothing older is shown to you');
	assert.equal(await page.locator('text=Bob').count(), 0);
	assert.equal(await page.locator('text=Nobody watched').count(), 0);
});

visit('a view that breaks comes back by itself', {}, async (visitor, page, ward) => {
	await page.goto(`${ward.url}#/camera/c1`);
	await visitor.picture('.watch video.picture:not(.covered)');
	await page.waitForFunction(() => window.fakePeer.peers.size === 1);
	const first = ward.asks.length;
	await page.evaluate(() => [...window.fakePeer.peers][0].setState('failed'));
	await until('it asks again', () => ward.asks.length > first);
	await visitor.picture('.watch video.picture:not(.covered)');
});

visit('a view that the owner ended stays ended', {}, async (visitor, page, ward) => {
	await page.goto(`${ward.url}#/camera/c1`);
	await visitor.picture('.watch video.picture:not(.covered)');
	await until('one view is open', () => ward.sessions.length === 1);
	ward.endSession(ward.sessions[0].sid, 'revoked');
	await page.waitForSelector('text=ended by the owner');
	await visitor.assertNoPicture();
	await page.click('text=Watch again');
	await visitor.picture('.watch video.picture:not(.covered)');
});

visit('an old picture is marked, then taken away', {}, async (visitor, page, ward) => {
	await page.goto(`${ward.url}#/camera/c1`);
	await visitor.picture('.watch video.picture:not(.covered)');
	await page.evaluate(() => {
		window.fakePeer.isStalled = true;
	});
	await page.waitForSelector('text=/This picture is \\d+ s old/');
	await page.waitForSelector('.watch video.covered', { state: 'attached' });
	await page.evaluate(() => {
		window.fakePeer.isStalled = false;
	});
	await visitor.picture('.watch video.picture:not(.covered)');
});

visit('a box that is away when the page opens is waited for', {}, async (visitor, page, ward) => {
	await visitor.picture();
	await page.goto('about:blank');
	ward.isAway = true;
	await page.goto(ward.url);
	await page.waitForSelector('text=Checking the log');
	await visitor.assertNoPicture();
	ward.isAway = false;
	await visitor.picture();
});

visit('after an alarm one can begin anew, and the evidence stays', {}, async (visitor, page, ward) => {
	await visitor.picture();
	ward.fault = 'rollback';
	await page.reload();
	await page.click('.alarm button >> text=Unpair this device');
	await page.click('button >> text=/Unpair now/');
	await page.waitForSelector('text=not paired yet');
	ward.fault = '';
	await page.goto(`${ward.url}#pair=${ward.addUser('Alice')}`);
	await page.click('button >> text=Pair');
	await visitor.picture();
	await page.click('nav >> text=This device');
	await page.waitForSelector('text=Failed proofs kept as evidence');
});

visit('a camera that is down says why', {}, async (visitor, page, ward) => {
	await visitor.picture();
	Object.assign(ward.cameras[0], { state: 'down', reason: 'wrong user name or password' });
	ward.tell('camera', { camera: 'c1' });
	await page.waitForSelector('text=/No picture since .*: wrong user name or password/');
});

visit('no right, no picture, and no asking again and again', {}, async (visitor, page, ward) => {
	await page.goto('about:blank');
	ward.refusal = 'not-allowed';
	await page.goto(`${ward.url}#/camera/c2`);
	await page.waitForSelector('text=You may not watch this camera');
	await visitor.assertNoPicture();
});

visit('a removed device is told so', {}, async (visitor, page, ward) => {
	await visitor.picture();
	ward.devices.clear();
	ward.tell('sessions');
	await page.waitForSelector('text=no longer paired');
	assert.equal(await page.locator('video').count(), 0);
});

visit('without the box the app says so, and comes back by itself', {}, async (visitor, page, ward) => {
	await visitor.picture();
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
	ward.isOff = true;
	await page.goto('about:blank');
	await page.goto(`${ward.url}#/camera/c1`);
	await page.waitForSelector('h1 >> text=Ward does not answer');
	await page.waitForFunction(() => getComputedStyle(document.querySelector('button')).minHeight === '54px');
	assert.equal(await page.locator('video').count(), 0);
	ward.isOff = false;
	await visitor.picture('.watch video.picture:not(.covered)');
});

visit('nothing but the page for the box’s absence is kept, and it is the newest', {}, async (visitor, page, ward) => {
	await visitor.picture();
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
	const kept = () => page.evaluate(async () => {
		const found = [];
		for (const name of await caches.keys())
			for (const request of await (await caches.open(name)).keys())
				found.push([new URL(request.url).pathname, await (await caches.match(request)).text()]);
		return found;
	});
	await page.reload(); // by way of the worker
	await visitor.picture();
	const asked = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /\/(api|whep)\//.test(name)).map(({ workerFinalSourceType }) => workerFinalSourceType));
	assert.ok(asked.length > 0 && asked.every((source) => source === 'network'), 'what is asked of the box does not pass by it');
	assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null));
	assert.deepEqual((await kept()).map(([name]) => name).sort(), ['/offline/page.css', '/offline/page.html', '/offline/page.js']);
	ward.files.set('offline/page.html', '<!doctype html><title>another</title>');
	await page.reload();
	await visitor.picture();
	await until('an update comes', async () => (await kept()).some(([, text]) => text.includes('another')));
});

visit('leaving the page ends the views', {}, async (visitor, page, ward) => {
	await visitor.picture();
	await page.waitForFunction(() => document.querySelectorAll('video.picture:not(.covered)').length === 2);
	await until('both views are open', () => ward.sessions.length === 2);
	await page.goto('about:blank');
	await until('all views are closed', () => ward.sessions.length === 0);
});
