// Draws the PNG icons from ward.svg: node web/icons/make.mjs (needs `npm ci` in web/ and Chromium).

import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const here = new URL('.', import.meta.url);
const svg = await readFile(new URL('ward.svg', here), 'utf8');
// A mask may cut a fifth off each side: the drawing keeps to the middle, the ground fills all.
const masked = svg.replace('rx="116"', '').replace('viewBox="0 0 512 512"', 'viewBox="-64 -64 640 640"')
	.replace('<rect width="512" height="512"', '<rect x="-64" y="-64" width="640" height="640"');

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();
for (const [name, source, size] of [['ward-180', masked, 180], ['ward-192', svg, 192], ['ward-512', svg, 512], ['ward-mask-512', masked, 512]]) {
	await page.setViewportSize({ width: size, height: size });
	await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${source}`);
	await writeFile(new URL(`${name}.png`, here), await page.screenshot({ omitBackground: true }));
}
await browser.close();
