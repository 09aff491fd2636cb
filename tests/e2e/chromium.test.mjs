// H.264 with each kind of sound over each transport, from gst-rtsp-server to the page in Chromium.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Device, launch } from './lib/browser.mjs';
import { Ward, startCamera, until } from './lib/ward.mjs';

const sounds = ['aac', 'pcma'];
const transports = ['tcp', 'udp'];
const cameras = [];
let browser, ward, device;

before(async () => {
	let config = 'cameras:\n';
	for (const audio of sounds) {
		const camera = await startCamera(['--video', 'h264', '--audio', audio]);
		cameras.push(camera);
		for (const transport of transports)
			config += `  ${audio}-${transport}:\n    url: ${camera.url}\n    transport: ${transport}\n`;
	}
	ward = await Ward.start({ config });
	await until('all cameras are live', async () =>
		(await ward.json('status')).cameras.filter(({ state }) => state === 'live').length === sounds.length * transports.length);
	browser = await launch();
	device = await Device.pair(browser, await ward.link('Alice', '--role', 'owner'));
});

after(async () => {
	await browser?.close();
	await ward?.remove();
	for (const camera of cameras)
		await camera.stop('SIGKILL');
});

for (const audio of sounds)
	for (const transport of transports)
		test(`h264 with ${audio} over ${transport}: the counter advances and sound arrives`, async () => {
			await device.watch(`${audio}-${transport}`);
			const first = await device.counter();
			await until('the counter in the picture advances', async () => (await device.counter()) >= first + 15);
			await device.page.click('.sound button');
			await until('sound arrives', async () => (await device.media()).energy > 0.001);
			await device.page.click('button >> text=Back');
			assert.deepEqual(device.errors, []);
		});
