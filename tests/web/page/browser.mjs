// Chromium and the fake box, for the page's tests.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { FakeWard } from '../fake-server.mjs';

const { chromium } = createRequire(new URL('../../../web/package.json', import.meta.url))('playwright-core');
const WAIT_MS = 60000, UNTIL_MS = 20000;

export const launch = () => chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'] });

/** Waits until `holds` gives something true, and returns it. */
export async function until(what, holds) {
	for (const deadline = Date.now() + UNTIL_MS; ;) {
		const found = await holds();
		if (found)
			return found;
		assert.ok(Date.now() < deadline, what);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** A paired device at a fake box, with the pages' own errors collected in `errors`. */
export class Visitor {
	static async open(browser, { ward = new FakeWard(), role = 'owner', isPaired = true, ...options } = {}) {
		const visitor = new Visitor();
		visitor.ward = ward;
		if (!ward.url)
			await ward.listen();
		visitor.context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
		visitor.context.setDefaultTimeout(WAIT_MS);
		await visitor.context.addInitScript({ path: new URL('fake-peer.js', import.meta.url).pathname });
		visitor.page = await visitor.context.newPage();
		visitor.errors = [];
		visitor.page.on('pageerror', (error) => visitor.errors.push(String(error.stack)));
		visitor.page.on('console', (message) => /Content Security|Refused to/.test(message.text()) && visitor.errors.push(message.text()));
		if (isPaired) {
			await visitor.page.goto(`${ward.url}#pair=${ward.addUser('Alice', role)}`);
			await visitor.page.click('text=Pair >> nth=-1');
			await visitor.page.waitForSelector('nav').catch(async (error) => {
				throw new Error(`not paired: ${await visitor.page.innerText('body')} ${visitor.errors}`, { cause: error });
			});
		}
		return visitor;
	}

	/** Waits until a picture can be seen. */
	picture(selector = 'video.picture:not(.covered)') {
		return this.page.waitForSelector(selector);
	}

	/** Nothing is on the screen, and no element holds a stream. */
	async assertNoPicture() {
		assert.equal(await this.page.locator('video.picture:not(.covered)').count(), 0);
		assert.ok(await this.page.evaluate(() => [...document.querySelectorAll('video')].every((video) => video.srcObject === null)));
	}

	async close() {
		await this.context.close();
		await this.ward.close();
	}
}
