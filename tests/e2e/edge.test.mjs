// Every ten minutes a pack ends, also inside a group of pictures: a person who looks there sees the picture all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { filled } from '../../bench/hour.mjs';
import { Device, launch } from './lib/browser.mjs';

const EPOCH_S = 600, LENGTH_S = 3000, DAY_S = 86400, AWAY_S = 130;

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

test('there is a picture at each moment around the edge of ten minutes', async () => {
	const { ward, from } = await filled({ video: ['libx264', '-profile:v', 'main'], sound: ['aac', '-b:a', '64k'] }, LENGTH_S);
	const browser = await launch();
	try {
		const { page, errors } = await Device.pair(browser, await ward.link('Olga', '--role', 'owner'));
		// Midnight is the edge of a play, too: those of the day that has more of them.
		const all = Array.from({ length: 5 }, (_, nth) => (Math.ceil((from / 1e6 + 10) / EPOCH_S) + nth) * EPOCH_S)
			.filter((edge) => edge + 2 * AWAY_S < from / 1e6 + LENGTH_S && edge % DAY_S !== 0);
		const dayOf = (edge) => Math.floor(edge / DAY_S);
		const edges = all.filter((edge) => dayOf(edge) === dayOf(all[all.length >> 1]));
		assert.ok(edges.length >= 2);
		await page.evaluate((to) => {
			location.hash = `#/recorded/c1/${to}`;
		}, edges[0] + AWAY_S / 2);
		await page.waitForSelector('.frame video:not(.covered)');
		await page.click('[aria-label=Pause]');
		await page.waitForSelector('[aria-label=Play]');
		// Where in a group of two seconds the pack ends differs from edge to edge.
		for (const edge of edges)
			for (let at = -3; at <= 3; at += 0.25)
				assert.ok(await page.evaluate(go, [edge + AWAY_S + 10 * at, edge + at]), `${at} s from ${edge}: ${await page.textContent('main')}`);
		assert.deepEqual(errors, []);
	} finally {
		await browser.close();
		await ward.remove();
	}
});
