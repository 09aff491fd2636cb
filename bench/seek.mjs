// How long a person waits for the picture of another time: a whole day, made by fill_store, in the recorded view of a real Chromium
// that keeps little, so that each seek asks the box. From the change of the address to the first new picture.
//
//   ninja -C build bench/fill_store && WARD_BUILD=build node bench/seek.mjs [SECONDS [SEEKS]]

import { loadavg } from 'node:os';

import { filled } from './hour.mjs';
import { Device, launch } from '../tests/e2e/lib/browser.mjs';

const SECONDS = Number(process.argv[2] ?? 86400), SEEKS = Number(process.argv[3] ?? 100);
const kind = { video: ['libx264', '-profile:v', 'main'], sound: ['aac', '-b:a', '64k'] };

/** Runs in the page: the milliseconds of each seek to a random time. */
async function seek([from, span, count]) {
	const video = document.querySelector('.frame video'), times = [];
	for (let i = 0; i < count; i++) {
		const seconds = Math.round((from + Math.random() * span) * 1000) / 1000, start = performance.now();
		const seen = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
		location.hash = `#/recorded/c1/${seconds}`;
		if ((await Promise.race([seen, new Promise((resolve) => setTimeout(resolve, 20000, 'late'))])) === 'late')
			throw new Error(`no picture of ${seconds}: ${document.querySelector('main').textContent}`);
		times.push(performance.now() - start);
		await new Promise((resolve) => setTimeout(resolve, 60));
	}
	return times;
}

const { ward, from, to, made_s } = await filled(kind, SECONDS);
const browser = await launch();
try {
	const { page } = await Device.pair(browser, await ward.link('Olga', '--role', 'owner'));
	await page.route('**/recorded/play*.js', async (route) => {
		const response = await route.fetch();
		const text = await response.text();
		await route.fulfill({ response, body: text.replace(/^const (KEPT_BYTES|CACHE_BYTES_MAX) = .*$/gm, 'const $1 = 4e6;').replace(/^const AHEAD_S = .*$/m, 'const AHEAD_S = 0.5;') });
	});
	await page.reload();
	// Midnight divides what a play is opened for: the day that more was recorded of.
	const midnight = await page.evaluate((us) => new Date(us / 1000).setHours(0, 0, 0, 0) * 1000, to);
	const [begin, end] = midnight - from > to - midnight ? [from, midnight] : [Math.max(from, midnight), to];
	await page.evaluate((seconds) => {
		location.hash = `#/recorded/c1/${seconds}`;
	}, begin / 1e6 + 60);
	await page.waitForSelector('.frame video:not(.covered)');
	await page.click('[aria-label=Pause]');
	await page.waitForSelector('[aria-label=Play]');
	const times = (await page.evaluate(seek, [begin / 1e6 + 1, (end - begin) / 1e6 - 5, SEEKS])).sort((a, b) => a - b);
	const part = (share) => Math.round(times[Math.floor((times.length - 1) * share)]);
	console.log(`${SECONDS} s recorded in ${made_s.toFixed(0)} s; ${times.length} seeks over ${((end - begin) / 3.6e9).toFixed(1)} h: p50 ${part(0.5)} ms, ` +
		`p95 ${part(0.95)} ms, longest ${part(1)} ms; load ${loadavg()[0].toFixed(1)}`);
} finally {
	await browser.close();
	await ward.remove();
}
