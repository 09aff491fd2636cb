// Every ten minutes a pack ends: where the next one begins with a key frame, and where the camera sends none for so long that
// it does not, a person who looks there sees the picture all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { filled } from '../../bench/hour.mjs';
import { readFragment } from '../../web/recorded/mp4.js';
import { Device, launch } from './lib/browser.mjs';
import { Person, request } from './lib/person.mjs';

const EPOCH_S = 600, LENGTH_S = 4000, DAY_S = 86400, AWAY_S = 130, WAIT_S = 30;
// A key frame in 44 seconds comes at another moment behind each of five edges: these are 12, 12, 4, 12 and 4 seconds apart. So
// behind some it comes within 30 seconds, and behind at least one it does not for another second.
const GOP_S = 44, EDGES = 5;
const kind = { video: ['libx264', '-profile:v', 'main'], sound: ['aac', '-b:a', '64k'], fps: 5, clip_s: GOP_S, gop_s: GOP_S };

/** Runs in the page: goes there from far away, with what is known of it forgotten or not; true when a picture came. */
async function go([away, seconds]) {
	const video = document.querySelector('.frame video');
	for (const to of [away, seconds]) {
		const seen = new Promise((resolve) => video.requestVideoFrameCallback(() => resolve(true)));
		location.hash = `#/recorded/c1/${to}`;
		if (!(await Promise.race([seen, new Promise((resolve) => setTimeout(resolve, 10000, false))])))
			return false;
	}
	return true;
}

/** Where packs begin, s, and whether with a key frame. */
async function packs(ward, from, to) {
	const owner = await Person.add(ward, 'boss', '--role', 'owner');
	const { sid } = JSON.parse((await owner.play('yard', from, to)).text);
	const { tracks } = JSON.parse((await request(ward, 'GET', `/api/v1/play/${sid}/segments?from=${from}&to=${to}`, { auth: owner.auth })).text);
	const { segments } = tracks.find(({ track }) => track === 'v');
	const firsts = segments.filter(([, , , init], i) => i > 0 && init !== segments[i - 1][3]);
	return Promise.all(firsts.map(async ([at, , id]) => {
		const answer = await fetch(new URL(`/api/v1/play/${sid}/v/${id}.m4s`, ward.url), { headers: { authorization: `Bearer ${owner.auth}` } });
		return { at: at / 1e6, isKey: readFragment(new Uint8Array(await answer.arrayBuffer())).samples[0].isKey };
	}));
}

test('there is a picture at each moment around the edge of ten minutes', async () => {
	const { ward, from, to } = await filled(kind, LENGTH_S, '320x180', '100k');
	const browser = await launch();
	try {
		const all = (await packs(ward, from, to)).slice(0, EDGES);
		assert.equal(all.length, EDGES);
		for (const { at, isKey } of all) {
			assert.ok(at % EPOCH_S < WAIT_S + 1, `${at}`);
			assert.ok(isKey || at % EPOCH_S >= WAIT_S, `${at}`);
		}
		assert.ok(all.some(({ isKey }) => isKey) && all.some(({ isKey }) => !isKey));
		const { page, errors } = await Device.pair(browser, await ward.link('Olga', '--role', 'owner'));
		// Midnight is the edge of a play, too: those of the day that has more of them, and not at midnight.
		const dayOf = (at) => Math.floor(at / DAY_S);
		const far = all.filter(({ at }) => dayOf(at - AWAY_S) === dayOf(at + 2 * AWAY_S));
		const seen = far.filter(({ at }) => dayOf(at) === dayOf(far[far.length >> 1].at));
		assert.ok(seen.length >= 2);
		await page.evaluate((second) => {
			location.hash = `#/recorded/c1/${second}`;
		}, seen[0].at + AWAY_S / 2);
		await page.waitForSelector('.frame video:not(.covered)');
		await page.click('[aria-label=Pause]');
		await page.waitForSelector('[aria-label=Play]');
		for (const { at } of seen)
			for (let beside = -0.9; beside < 1; beside += 0.3)
				assert.ok(await page.evaluate(go, [at + AWAY_S + 10 * beside, at + beside]), `${beside} s from ${at}: ${await page.textContent('main')}`);
		assert.deepEqual(errors, []);
	} finally {
		await browser.close();
		await ward.remove();
	}
});
