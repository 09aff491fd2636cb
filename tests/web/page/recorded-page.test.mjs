// The recorded view in a real browser: real fragments, from a box that can be told to lie.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FPS, fakeMedia } from '../fake-media.mjs';
import { launch, until, Visitor } from './browser.mjs';

const HOUR = 3600;
let browser;
before(async () => {
	[browser] = await Promise.all([launch(), fakeMedia()]);
});
after(() => browser.close());

/** Runs one test at the recordings of a camera; the page must not have thrown or broken the policy. */
function look(name, { hash = '#/recorded/c1', spans = [[-2 * HOUR, -HOUR], [-1800, -2]], gaps = [[-HOUR, -1800, 'camera-lost']], events = [], wait = true, now, ...options }, act) {
	test(name, async () => {
		const visitor = await Visitor.open(browser, options);
		const { page, ward } = visitor;
		try {
			visitor.at = ward.keep('c1', spans, gaps, now);
			ward.recordings.get('c1').events = events.map(([from, to, kind]) => ({ kind, from: visitor.at(from), to: visitor.at(to) }));
			ward.keep('c2', [[-2 * HOUR, -2]], [], now);
			await page.evaluate((to) => {
				location.hash = to;
			}, hash);
			if (wait)
				await shown(page);
			await act(visitor, page, ward);
			assert.deepEqual(visitor.errors, []);
		} finally {
			await visitor.close();
		}
	});
}

const shown = (page) => page.waitForSelector('.frame video:not(.covered)');

/** Seconds of the minute that the picture itself shows; -1: there is none. */
const pictured = (page, nth = 0) => page.evaluate(([index, fps]) => {
	const video = document.querySelectorAll('.frame video')[index];
	if (!video?.videoWidth || video.classList.contains('covered') || video.readyState < 2)
		return -1;
	const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: 16 });
	const context = canvas.getContext('2d');
	context.drawImage(video, 0, 0, video.videoWidth, 16, 0, 0, video.videoWidth, 16);
	let value = 0;
	for (let at = 0; at < 16; at++)
		value = value * 2 + (context.getImageData((at + 0.5) * (video.videoWidth / 16), 8, 1, 1).data[0] > 127 ? 1 : 0);
	return value / fps;
}, [nth, FPS]);

/** The same, of a picture that stands. */
async function standing(page) {
	let last = -1, same = 0;
	return until('the picture stands', async () => {
		const picture = await pictured(page);
		same = picture >= 0 && picture === last ? same + 1 : 0;
		last = picture;
		return same >= 8 && Math.max(picture, 1e-9); // until wants something true
	});
}

/** The time that is shown: seconds since 1970. */
const now = async (page) => Date.parse(await page.getAttribute('.when time', 'datetime')) / 1000;
const text = (page) => page.textContent('main');

/** The picture is that of the time which is shown. */
async function assertInTime(page, apart = 0.6) {
	await until('the picture is that of its time', async () => {
		const [picture, time] = [await pictured(page), await now(page)];
		const distance = Math.abs(picture - (time % 60));
		return picture >= 0 && Math.min(distance, 60 - distance) <= apart;
	});
}

/** At rest: exactly to that second. */
async function goTo(page, seconds) {
	await page.evaluate((to) => {
		location.hash = `#/recorded/c1/${to}`;
	}, seconds);
	await until(`at ${seconds}`, async () => (await now(page)) === seconds);
}

async function pause(page) {
	await page.click('[aria-label=Pause]');
	await page.waitForSelector('[aria-label=Play]');
}

look('from the live view with one thumb, and back', { hash: '#/camera/c1', wait: false }, async (visitor, page, ward) => {
	await visitor.picture('.watch video.picture:not(.covered)');
	const before = ward.asks.length;
	await page.click('.bar >> text=Recorded');
	await shown(page);
	assert.equal(await page.title(), 'Nursery, Recordings · Ward');
	assert.match(ward.asks.slice(before).find((ask) => ask.includes('verbs play')), /^ward\/ask\/1\ncamera Nursery\nverbs play\nspan \d+ \d+\nnonce /);
	await page.waitForSelector('.watch-proof >> text=/Proven: entry \\d+/');
	const first = await pictured(page);
	await until('it plays', async () => (await pictured(page)) !== first);
	await page.click('.bar >> text=Live');
	await visitor.picture('.watch video.picture:not(.covered)');
	await until('the play is ended', () => ward.plays.size === 0);
});

look('what is pressed stands at the bottom and is large enough', {}, async (visitor, page) => {
	const small = await page.evaluate(() => [...document.querySelectorAll('.recorded button')].filter((one) => {
		const { width, height, top } = one.getBoundingClientRect();
		return width < 44 || height < 44 || top < innerHeight / 2;
	}).map((one) => one.getAttribute('aria-label') ?? one.textContent));
	assert.deepEqual(small, []);
});

look('nothing that recordings need is loaded before', { hash: '#/', wait: false }, async (visitor, page, ward) => {
	await visitor.picture();
	const names = () => page.evaluate(() => performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname));
	assert.ok(!(await names()).some((name) => name.includes('recorded')));
	await page.click('nav >> text=Recordings');
	await page.waitForSelector('.recorded.is-grid');
	assert.ok((await names()).some((name) => name.includes('recorded/page.js')));
	assert.ok(ward.asks.length > 0);
});

for (const fault of ['inclusion', 'cam', 'sid', 'tracks', 'ask', 'span', 'opening'])
	look(`a lie (${fault}) is found before any recorded picture: red, and everything stops`, { hash: '#/visits', wait: false }, async (visitor, page, ward) => {
		await page.waitForSelector('.badge.proven');
		ward.fault = fault;
		await page.evaluate(() => {
			window.frames = 0;
			const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
			HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
				return requestVideoFrameCallback.call(this, (...args) => {
					window.frames++;
					callback(...args);
				});
			};
			location.hash = '#/recorded/c1';
		});
		await page.waitForSelector('.alarm[role=alert]');
		assert.equal(await page.locator('video').count(), 0);
		assert.equal(await page.evaluate(() => window.frames), 0);
	});

look('one finger pulls the time along, and the picture follows', {}, async (visitor, page, ward) => {
	await pause(page);
	await assertInTime(page);
	const start = await now(page);
	const box = await page.locator('.timeline').boundingBox();
	const [x, y] = [box.x + box.width / 2, box.y + 50];
	const { length } = ward.served;
	await page.mouse.move(x, y);
	await page.mouse.down();
	for (let step = 1; step <= 20; step++)
		await page.mouse.move(x + step * 3, y);
	await until('pictures come while the finger is down', () => ward.served.length > length);
	await page.mouse.up();
	await until('the time has moved', async () => (await now(page)) < start - 900);
	await assertInTime(page);
	assert.ok(await page.locator('[aria-label=Play]').count(), 'it rests where it was left');
});

look('two fingers stretch it, from a month to a second', {}, async (visitor, page) => {
	await pause(page);
	const start = await now(page);
	const box = await page.locator('.timeline').boundingBox();
	const client = await visitor.context.newCDPSession(page);
	const touch = (type, ...xs) => client.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ x: box.x + x, y: box.y + 50, id })) });
	const mid = box.width / 2;
	const pinch = async (from, to) => {
		await touch('touchStart', mid - from, mid + from);
		for (let step = 1; step <= 5; step++)
			await touch('touchMove', mid - from - ((to - from) * step) / 5, mid + from + ((to - from) * step) / 5);
		await touch('touchEnd');
	};
	await pinch(20, 160);
	await pinch(20, 160);
	await pinch(20, 160);
	await pinch(20, 160);
	await pinch(20, 160);
	assert.ok(Math.abs((await now(page)) - start) <= 2, 'the middle stays');
	// Now a finger's breadth is a part of a second.
	await touch('touchStart', mid);
	await touch('touchMove', mid + 100);
	await touch('touchMove', mid + 150);
	await touch('touchEnd');
	await assertInTime(page, 1);
	assert.ok(start - (await now(page)) <= 2);
	for (let times = 0; times < 12; times++)
		await pinch(170, 20);
	await page.focus('.timeline');
	await page.keyboard.press('ArrowLeft');
	await until('a step of the month is far', async () => start - (await now(page)) > 1000);
});

look('keys and a screen reader reach everything', {}, async (visitor, page) => {
	await pause(page);
	const slider = page.locator('[role=slider]');
	await slider.focus();
	const start = await now(page);
	await until('it is said', async () => Math.abs(Number(await slider.getAttribute('aria-valuenow')) - start) <= 1);
	assert.match(await slider.getAttribute('aria-valuetext'), /\d{4}.*\d:\d\d:\d\d/);
	await page.keyboard.press('ArrowLeft');
	await until('a step back', async () => Math.abs((await now(page)) - (start - 300)) <= 1);
	await page.keyboard.press('+');
	await page.keyboard.press('ArrowRight');
	await until('a smaller step', async () => Math.abs((await now(page)) - (start - 300 + 188)) <= 1);
	await page.keyboard.press('Home');
	await until('the oldest', async () => Math.abs((await now(page)) - Number(await slider.getAttribute('aria-valuemin'))) <= 1);
	await page.keyboard.press('End');
	await until('the newest', async () => Math.abs((await now(page)) - Number(await slider.getAttribute('aria-valuemax'))) <= 2);
	await page.keyboard.press('j');
	await assertInTime(page);
	await page.keyboard.press(' ');
	await page.waitForSelector('[aria-label=Pause]');
	await page.keyboard.press(' ');
	await page.keyboard.press('PageDown');
	await page.keyboard.press('PageDown');
	await page.keyboard.press('Escape');
	await page.waitForSelector('.watch');
});

look('a hole has its reason, in words and for the ear, and play steps over it with a word', {}, async (visitor, page) => {
	await pause(page);
	const seek = async (seconds) => {
		await page.evaluate((to) => {
			location.hash = `#/recorded/c1/${to}`;
		}, Math.round(visitor.at(seconds) / 1e6));
		await until('there', async () => Math.abs((await now(page)) - visitor.at(seconds) / 1e6) <= 2);
	};
	await seek(-2400);
	await page.waitForSelector('.frame .watch-state >> text=/Nothing recorded/');
	await page.click('[aria-label=Play]');
	await page.waitForSelector('.said.shown >> text=/Nothing recorded.*: the camera did not answer/');
	await shown(page);
	await assertInTime(page);
	assert.ok((await now(page)) >= visitor.at(-1800) / 1e6);
	await pause(page);
	for (let presses = 0; presses < 3; presses++)
		await page.keyboard.press('ArrowLeft');
	await page.waitForSelector('.frame .watch-state >> text=/The camera did not answer/');
	await until('it is said', async () => /nothing recorded: no camera/.test(await page.getAttribute('.timeline', 'aria-valuetext')));
	await until('no picture', async () => (await pictured(page)) < 0);
});

look('what was heard is on the line, and is said', { events: [[-700, -640, 'cry']] }, async (visitor, page) => {
	await pause(page);
	await page.evaluate((to) => {
		location.hash = `#/recorded/c1/${to}`;
	}, Math.round(visitor.at(-670) / 1e6));
	await until('it is said', async () => /, Crying$/.test(await page.getAttribute('.timeline', 'aria-valuetext')));
});

look('from event to event, and each is said', { spans: [[-30 * HOUR, -2]], gaps: [], events: [[-26 * HOUR, -26 * HOUR + 20, 'person'], [-700, -640, 'cry'], [-300, -300, 'mark']] }, async (visitor, page) => {
	await pause(page);
	const isAt = (seconds) => until(`at ${seconds}`, async () => Math.abs((await now(page)) - visitor.at(seconds) / 1e6) <= 0.01);
	await page.click('[aria-label="The event before"]');
	await isAt(-302);
	await page.waitForSelector('.said.shown >> text=/^A mark, Today|^A mark, Yesterday/');
	await page.click('[aria-label="The event before"]');
	await isAt(-702);
	await page.waitForSelector('.said.shown >> text=/^Crying, .*\\(1 min\\)$/');
	await assertInTime(page);
	await page.keyboard.press('[');
	await isAt(-26 * HOUR - 2);
	await page.waitForSelector('.said.shown >> text=/^A person, .*\\(20 s\\)$/');
	await assertInTime(page);
	await page.keyboard.press('[');
	await page.waitForSelector('.said.shown >> text=No event before this');
	await page.keyboard.press(']');
	await isAt(-702);
	await page.click('[aria-label="The next event"]');
	await isAt(-302);
	await page.keyboard.press(']');
	await page.waitForSelector('.said.shown >> text=No event after this');
	await isAt(-302);
});

look('what shall not be erased is kept, is seen on the line, and is released', {}, async (visitor, page, ward) => {
	await pause(page);
	await goTo(page, Math.round(visitor.at(-900) / 1e6));
	await page.click('.bar >> text=Save');
	await page.fill('.clip-name', 'First steps');
	await page.click('.sheet >> text=10 min');
	await page.waitForSelector('.kept li >> text=First steps');
	assert.deepEqual(ward.recordings.get('c1').clips.map(({ from, to, name }) => ({ from, to, name })), [{ from: visitor.at(-1200), to: visitor.at(-600), name: 'First steps' }]);
	await page.keyboard.press('Escape');
	await page.waitForSelector('dialog', { state: 'detached' });
	await until('it is said', async () => /, kept: First steps$/.test(await page.getAttribute('.timeline', 'aria-valuetext')));
	await goTo(page, Math.round(visitor.at(-300) / 1e6));
	await page.click('.bar >> text=Save');
	await page.click('.kept >> text=First steps');
	await until('one goes there', async () => Math.abs((await now(page)) - visitor.at(-1200) / 1e6) <= 0.01);
	await page.click('.bar >> text=Save');
	await page.click('.kept >> text=Release');
	await page.click('.kept >> text=Release now?');
	await page.waitForSelector('.kept li', { state: 'detached' });
	assert.deepEqual(ward.recordings.get('c1').clips, []);
	const small = await page.evaluate(() => [...document.querySelectorAll('dialog button, dialog input')].filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent));
	assert.deepEqual(small, []);
});

look('a guest keeps nothing', { role: 'guest' }, async (visitor, page) => {
	await page.click('.bar >> text=Save');
	await page.waitForSelector('.sheet >> text=30 s');
	assert.equal(await page.locator('.clip-name').count(), 0);
});

// Days when the clocks change, long past so that the newest is never before them.
const berlin = { timezoneId: 'Europe/Berlin', spans: [[-120 * HOUR, -2]], gaps: [] };
const wall = (page) => page.textContent('.when time');
for (const [name, length, from, to, day] of [
	['a day of 25 hours: what is called half past two comes twice', 25, '2025-10-26T02:59:58+02:00', /^02:00:0\d.*GMT\+1/, 'GMT+2'],
	['a day of 23 hours: from two it is three', 23, '2025-03-30T01:59:58+01:00', /^03:00:0\d.*GMT\+2/, 'GMT+1']])
	look(name, { ...berlin, now: Date.parse(from) * 1000 + 48 * HOUR * 1e6, hash: `#/recorded/c1/${Date.parse(from) / 1000 - 600}` }, async (visitor, page, ward) => {
		await pause(page);
		const start = Date.parse(from) / 1000;
		await goTo(page, start);
		assert.match(await wall(page), new RegExp(`:59:58.*${day.replace('+', '\\+')}`));
		const [, first, last] = /span (\d+) (\d+)/.exec(ward.asks.filter((ask) => ask.includes('verbs play')).at(-1));
		assert.equal((last - first) / 1e6 / HOUR, length);
		await page.click('[aria-label=Play]');
		await until('the clocks have changed', async () => to.test(await wall(page)));
		await assertInTime(page);
		await until('it is one day, and one play', () => ward.plays.size === 1);
		await pause(page);
		await goTo(page, start + 10 * HOUR);
		const text = (await wall(page)).replace(/ GMT.*/, '');
		await page.click('[aria-label="The next day"]');
		await until('the same time of the next day', async () => (await now(page)) === start + 34 * HOUR);
		await page.click('[aria-label="The day before"]');
		await page.click('[aria-label="The day before"]');
		await until('the same time of the day before', async () => (await now(page)) === start + (10 - length) * HOUR);
		assert.equal(await wall(page), text);
		await assertInTime(page);
	});

look('the box’s clock was set back and on again: no time is lost, none stops it', { spans: [[-2 * HOUR, -HOUR], [-HOUR - 8, -600], [-580, -2]], gaps: [[-600, -580, 'clock']] }, async (visitor, page) => {
	for (const [from, to] of [[-HOUR - 12, -HOUR - 5], [-HOUR - 3, -HOUR + 4], [-603, -577]]) {
		await pause(page);
		await goTo(page, Math.round(visitor.at(from) / 1e6));
		await page.click('[aria-label=Play]');
		await until(`over ${from}`, async () => (await now(page)) > visitor.at(to) / 1e6);
		await assertInTime(page);
	}
});

look('one finger goes over many days, and the picture of that day comes', { spans: [[-40 * 24 * HOUR, -2]], gaps: [] }, async (visitor, page, ward) => {
	await pause(page);
	for (let press = 0; press < 14; press++)
		await page.keyboard.press('-');
	const start = await now(page);
	const box = await page.locator('.timeline').boundingBox();
	const client = await visitor.context.newCDPSession(page);
	const touch = (type, ...xs) => client.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ x: box.x + x, y: box.y + 50, id })) });
	await touch('touchStart', 40);
	for (let x = 60; x <= 160; x += 20)
		await touch('touchMove', x);
	await until('the picture follows while the finger is down', async () => {
		const time = await now(page);
		const picture = await pictured(page);
		const apart = Math.abs(picture - (time % 60));
		return time < start - 5 * 24 * HOUR && picture >= 0 && Math.min(apart, 60 - apart) <= 1.2;
	});
	await touch('touchEnd');
	await assertInTime(page);
	await until('what was left is ended', () => ward.plays.size === 1);
});

look('playing goes over the edge of a hole by itself', { spans: [[-120, -58], [-40, -2]], gaps: [[-58, -40, 'restart']], hash: '#/recorded/c1', wait: false }, async (visitor, page) => {
	await page.waitForSelector('.said.shown >> text=/Ward was not running/');
	await until('behind it', async () => (await now(page)) >= visitor.at(-40) / 1e6);
	await assertInTime(page);
});

look('at the end the live picture is offered', { spans: [[-64, -57]], gaps: [], wait: false }, async (visitor, page) => {
	await page.waitForSelector('.at-end >> text=Watch live');
	assert.ok(await page.locator('[aria-label=Play]').count());
	await page.click('.at-end >> text=Watch live');
	await visitor.picture('.watch video.picture:not(.covered)');
});

look('nothing recorded at all is explained, and nothing is opened', { spans: [], gaps: [], wait: false }, async (visitor, page, ward) => {
	await page.waitForSelector('text=Nothing is recorded yet');
	assert.match(await text(page), /record: continuous/);
	assert.ok(!ward.log.rows.some((row) => row.text.includes('play.open')));
});

look('pictures one by one, on and back', {}, async (visitor, page) => {
	await pause(page);
	await assertInTime(page);
	const near = (value) => until(`picture ${value}`, async () => Math.abs((await pictured(page)) - value) < 0.01);
	const first = await standing(page);
	const after = (frames) => Math.round(((first * FPS + frames + 600) % 600)) / FPS;
	for (let step = 1; step <= 12; step++) {
		await page.click('[aria-label="Next picture"]');
		await near(after(step));
	}
	for (let step = 11; step >= -3; step--) {
		await page.click('[aria-label="Picture before"]');
		await near(after(step));
	}
});

look('each speed is that speed', {}, async (visitor, page, ward) => {
	await page.evaluate((to) => {
		location.hash = `#/recorded/c1/${to}`;
	}, Math.round(visitor.at(-2 * HOUR + 60) / 1e6));
	for (const [name, rate] of [['½×', 0.5], ['2×', 2], ['4×', 4], ['8×', 8], ['16×', 16], ['1×', 1]]) {
		await page.click('.bar >> text=Speed');
		await page.click(`dialog >> text="${name}"`);
		await page.waitForSelector('dialog', { state: 'detached' });
		await until(`it runs at ${name}`, () => page.evaluate((of) => {
			const video = document.querySelector('.frame video');
			return video.playbackRate === of && !video.paused && video.readyState > 2;
		}, rate));
		// A box full of other work may hold it for a while; some stretch of it must be right.
		await until(`${name} is measured`, async () => {
			const measured = await page.evaluate(async () => {
				const video = document.querySelector('.frame video');
				const take = () => new Promise((resolve) => video.requestVideoFrameCallback((at, { mediaTime }) => resolve({ at, mediaTime })));
				const first = await take();
				let last = first;
				while (last.at - first.at < 1500)
					last = await take();
				return (last.mediaTime - first.mediaTime) / ((last.at - first.at) / 1000);
			});
			return measured > rate * 0.7 && measured < rate * 1.4;
		}, 30000);
	}
	await assertInTime(page, 1);
});

look('sound is asked for when it is turned on, and only then', {}, async (visitor, page, ward) => {
	assert.ok(!ward.served.some(({ track }) => track === 'm'));
	assert.ok(ward.log.rows.some((row) => /kind play.open[^]*tracks v\n/.test(row.text)));
	await page.click('.bar >> text=Sound off');
	await until('sound comes', () => ward.served.some(({ track }) => track === 'm'));
	assert.ok(ward.log.rows.some((row) => /kind play.open[^]*tracks v,m\n/.test(row.text)));
	await shown(page);
	await until('it is heard', () => page.evaluate(() => {
		const video = document.querySelector('.frame video');
		return !video.muted && video.webkitAudioDecodedByteCount > 1000;
	}));
	await assertInTime(page);
	await until('the first play is ended', () => ward.plays.size === 1);
});

for (const [status, said] of [[500, /damaged and left out/], [410, /has been erased/], [404, /has been erased/]])
	look(`a moment that the box cannot give (${status}) is left out and said, the rest plays`, { wait: false }, async (visitor, page, ward) => {
		const start = Math.round(visitor.at(-2 * HOUR + 600) / 1e6);
		ward.bad.set(String(start + 3), status);
		await page.evaluate((to) => {
			location.hash = `#/recorded/c1/${to}`;
		}, start);
		await until('it is said', async () => said.test(await text(page)));
		await until('it goes on behind', async () => (await now(page)) > start + 6);
		await assertInTime(page);
		assert.ok(!ward.served.some(({ id }) => id === String(start + 3)));
	});

look('a fragment that no decoder takes is left out, the rest plays', { wait: false }, async (visitor, page) => {
	const start = Math.round(visitor.at(-2 * HOUR + 600) / 1e6);
	await page.route(`**/v/${start + 3}.m4s`, (route) => route.fulfill({ body: Buffer.alloc(4000, 0x55), contentType: 'video/mp4' }));
	await page.evaluate((to) => {
		location.hash = `#/recorded/c1/${to}`;
	}, start);
	await page.waitForSelector('.skipped >> text=/damaged and left out/');
	await until('it goes on behind', async () => (await now(page)) > start + 6);
	await assertInTime(page);
});

look('no right, no recordings, and no asking again and again', { hash: '#/', wait: false }, async (visitor, page, ward) => {
	await visitor.picture();
	ward.refusal = 'not-allowed';
	const { length } = ward.asks;
	await page.evaluate(() => {
		location.hash = '#/recorded/c1';
	});
	await page.waitForSelector('text=You may not look at recordings');
	assert.equal(await page.locator('.frame video:not(.covered)').count(), 0);
	assert.equal(ward.asks.length, length);
});

look('where it played it goes on when the box has forgotten the play', { spans: [[-2 * HOUR, -2]], gaps: [] }, async (visitor, page, ward) => {
	const start = await now(page);
	await until('it plays', async () => (await now(page)) > start + 3);
	const [sid] = ward.plays.keys();
	ward.plays.delete(sid);
	ward.sessions = [];
	await page.click('.bar >> text=Speed');
	await page.click('dialog >> text="16×"');
	await until('another play', () => ward.plays.size === 1 && !ward.plays.has(sid));
	await until('it goes on', async () => (await now(page)) > start + 6);
});

look('the owner ends it: the picture goes and does not come back by itself', {}, async (visitor, page, ward) => {
	const [sid] = ward.plays.keys();
	ward.endSession(sid, 'revoked');
	await page.waitForSelector('text=ended by the owner');
	assert.equal(await page.locator('.frame video:not(.covered)').count(), 0);
	await page.click('text=Look again');
	await shown(page);
	await assertInTime(page);
});

look('a play that the box ended because nobody looked is opened again when one goes on', {}, async (visitor, page, ward) => {
	await pause(page);
	const [sid] = ward.plays.keys();
	ward.endSession(sid, 'expired-idle');
	await page.click('[aria-label="10 seconds back"]');
	await until('another play', () => ward.plays.size === 1 && !ward.plays.has(sid));
	await assertInTime(page);
});

look('another day is another play', { spans: [[-50 * HOUR, -2]], gaps: [] }, async (visitor, page, ward) => {
	await pause(page);
	const [sid] = ward.plays.keys();
	const before = await now(page);
	await page.click('[aria-label="The day before"]');
	await until('the day before', async () => Math.abs(before - (await now(page)) - 86400) <= 3601);
	await until('another play', () => ward.plays.size === 1 && !ward.plays.has(sid));
	await shown(page);
	await assertInTime(page);
	const spans = ward.asks.map((ask) => /span (\d+) (\d+)/.exec(ask)).filter(Boolean);
	assert.ok(spans.every(([, from, to]) => to - from <= 25 * HOUR * 1e6));
});

look('playing goes on over midnight, in another play', { spans: [[-50 * HOUR, -2]], gaps: [] }, async (visitor, page, ward) => {
	const midnight = new Date().setHours(-24, 0, 0, 0) / 1000; // the last but one: behind it there is enough
	const [sid] = ward.plays.keys();
	await page.evaluate((to) => {
		location.hash = `#/recorded/c1/${to}`;
	}, midnight - 3);
	await until('the day before', async () => (await now(page)) < midnight && (await pictured(page)) >= 0);
	await until('the next day', async () => (await now(page)) > midnight + 2);
	await assertInTime(page);
	await until('the plays before are ended', () => ward.plays.size === 1 && !ward.plays.has(sid));
	assert.equal(new Set(ward.asks.map((ask) => /span \d+ \d+/.exec(ask)?.[0]).filter(Boolean)).size, 3, 'three days were looked at');
});

look('leaving the page ends the play', {}, async (visitor, page, ward) => {
	await page.goto('about:blank');
	await until('it is ended', () => ward.plays.size === 0);
});

look('a box that is away for a moment: it goes on by itself', { spans: [[-2 * HOUR, -2]], gaps: [] }, async (visitor, page, ward) => {
	ward.isAway = true;
	await page.keyboard.press('PageDown');
	await page.waitForSelector('.frame .watch-state');
	ward.isAway = false;
	await until('it comes back', async () => (await pictured(page)) >= 0);
	await assertInTime(page);
});

look('all cameras in step: one clock for all', { hash: '#/recorded', wait: false, spans: [[-2 * HOUR, -600], [-570, -2]], gaps: [[-600, -570, 'camera-lost']] }, async (visitor, page, ward) => {
	await page.waitForFunction(() => document.querySelectorAll('.frame video:not(.covered)').length === 2);
	const apart = async () => {
		const [a, b] = [await pictured(page, 0), await pictured(page, 1)];
		return a < 0 || b < 0 ? 60 : Math.min(Math.abs(a - b), 60 - Math.abs(a - b));
	};
	const inStep = () => until('both show the same moment', async () => (await apart()) <= 0.2);
	await inStep();
	await page.click('[aria-label="10 seconds back"]');
	await inStep();
	await page.click('.bar >> text=Speed');
	await page.click('dialog >> text="4×"');
	await until('both run fast', () => page.evaluate(() => [...document.querySelectorAll('.frame video')].every((video) => Math.abs(video.playbackRate - 4) < 0.7 && !video.paused)));
	await until('in step at speed', async () => (await apart()) <= 0.8);
	await pause(page);
	await until('at rest exactly', async () => (await apart()) < 0.01);
	// Where one has a hole the other goes on.
	await page.evaluate((to) => {
		location.hash = `#/recorded/-/${to}`;
	}, Math.round(visitor.at(-590) / 1e6));
	await page.waitForSelector('.frame .watch-state >> text=/camera did not answer/');
	await until('the other has its picture', async () => (await pictured(page, 1)) >= 0);
	await page.click('.frame-name >> nth=1');
	await page.waitForSelector('.recorded:not(.is-grid)');
	await shown(page);
	assert.equal(await page.textContent('h1'), 'Living room');
	await until('the others are ended', () => ward.plays.size === 1);
});

look('buffers stay bounded', { spans: [[-2 * HOUR, -2]], gaps: [] }, async (visitor, page) => {
	for (let jump = 0; jump < 12; jump++) {
		await page.keyboard.press('ArrowLeft');
		await shown(page);
	}
	const kept = await page.evaluate(() => {
		const { buffered } = document.querySelector('.frame video');
		let sum = 0;
		for (let at = 0; at < buffered.length; at++)
			sum += buffered.end(at) - buffered.start(at);
		return sum;
	});
	assert.ok(kept < 13 * 14, `${kept} s`);
});

/** Bob spoke ten minutes ago, for four seconds. */
function letSpeak({ at }, ward) {
	const sid = 'b0'.repeat(16);
	const seq = ward.log.add('talk.open', { cam: 'c1', sid, tracks: 's,t', why: 'member', grant: 1, allow: '160000 60' }, { acct: 'Bob', device: 'Bob\u2019s phone' });
	ward.sign();
	ward.recordings.get('c1').spoken = [{ from: at(-600), to: at(-596), seconds: 4, lost: 0.5, user: 'Bob', device: 'Bob\u2019s phone', seq, sid, mine: false }];
}

look('who spoke is told for any moment, proven, and heard as the speaker was given it', {}, async (visitor, page, ward) => {
	letSpeak(visitor, ward);
	await pause(page);
	await goTo(page, visitor.at(-1200) / 1e6);
	await page.click('.bar >> text=Who spoke?');
	await page.waitForSelector('.spoken li:has-text("Bob")');
	assert.match(await page.textContent('.spoken-moment'), /^Nothing was played by Ward at /);
	assert.match(await page.textContent('.spoken li'), /Bob’s phone · .* · 4 s of sound · 0\.5 s did not get through/);
	await page.click('.spoken >> text=Proof');
	await page.waitForSelector('.verdict:has-text("Included in the signed log")');
	await page.click('dialog >> text=Close');
	await goTo(page, visitor.at(-599) / 1e6);
	await page.click('.bar >> text=Who spoke?');
	await page.waitForSelector('.spoken-moment:has-text("Bob spoke at")');
	const before = ward.asks.length;
	await page.click('.spoken >> text=Speaker');
	await until('the speaker\u2019s sound is played', () => ward.served.some(({ track }) => track === 's'));
	assert.ok(ward.asks.length > before, 'listening to it is another play, with an entry of its own');
	await until('it has ended', async () => !(await page.textContent('dialog .save-state')));
	await page.click('.spoken >> text=Both');
	await until('room and speaker', () => ['s', 'm'].every((track) => ward.served.findLast((one) => one.track === track)));
});
