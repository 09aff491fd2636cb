// Chromium, and what a person or a camera test reads from the page.

import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../../../web/package.json', import.meta.url))('playwright-core');
const WAIT_MS = 60000;

/** @param {...string} more switches */
export const launch = (...more) => chromium.launch({ executablePath: '/usr/bin/chromium', args: [...more, '--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'] });

/** Keeps the page's peer connections reachable for tests; changes nothing else. */
function keepPeers() {
	window.peers = new Set();
	const Real = window.RTCPeerConnection;
	window.RTCPeerConnection = class extends Real {
		constructor(...args) {
			super(...args);
			window.peers.add(this);
		}
		close() {
			window.peers.delete(this);
			super.close();
		}
	};
}

/** One device of one person: a browser context of its own. */
export class Device {
	static async pair(browser, link, options = {}) {
		const device = new Device();
		device.context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
		device.context.setDefaultTimeout(WAIT_MS);
		await device.context.addInitScript(keepPeers);
		device.page = await device.context.newPage();
		device.errors = [];
		device.page.on('pageerror', (error) => device.errors.push(String(error.stack)));
		device.page.on('console', (message) => /Content Security|Refused to/.test(message.text()) && device.errors.push(message.text()));
		device.origin = new URL(link).origin;
		await device.page.goto(link);
		await device.page.click('button >> text=Pair');
		await device.page.waitForSelector('nav');
		return device;
	}

	async watch(name) {
		await this.page.click('nav >> text=Cameras').catch(() => {});
		await this.page.click(`.tile:has-text("${name}")`);
		await this.picture();
	}

	/** Waits until a picture can be seen; gives the milliseconds waited. */
	async picture() {
		const start = Date.now();
		await this.page.waitForSelector('video.picture:not(.covered)');
		return Date.now() - start;
	}

	hasPicture() {
		return this.page.evaluate(() => document.querySelector('video.picture:not(.covered)') !== null);
	}

	/** The frame counter drawn into the picture's top row: 16 squares, most significant first. */
	counter() {
		return this.page.evaluate(() => {
			const video = document.querySelector('video.picture:not(.covered)');
			if (!video?.videoWidth)
				return -1;
			const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: 32 });
			const context = canvas.getContext('2d');
			context.drawImage(video, 0, 0, video.videoWidth, 32, 0, 0, video.videoWidth, 32);
			const square = video.videoWidth / 16;
			let value = 0;
			for (let at = 0; at < 16; at++)
				value = value * 2 + (context.getImageData(Math.floor((at + 0.5) * square), 16, 1, 1).data[0] > 127 ? 1 : 0);
			return value;
		});
	}

	/** Frames decoded and sound received by the connections that are open now. */
	media() {
		return this.page.evaluate(async () => {
			const sum = { frames: 0, energy: 0, samples: 0, bytes: 0 };
			for (const peer of window.peers)
				for (const one of (await peer.getStats()).values()) {
					if (one.type !== 'inbound-rtp')
						continue;
					sum.frames += one.framesDecoded ?? 0;
					sum.energy += one.totalAudioEnergy ?? 0;
					sum.samples += one.totalSamplesReceived ?? 0;
					sum.bytes += one.kind === 'video' ? one.bytesReceived : 0;
				}
			return sum;
		});
	}

	close() {
		return this.context.close();
	}
}
