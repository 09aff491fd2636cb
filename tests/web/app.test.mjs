import './webcrypto.mjs';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseEvent } from '../../web/box/events.js';

const web = new URL('../../web/', import.meta.url);
const read = (name) => readFileSync(new URL(name, web), 'utf8');
const modules = readdirSync(web, { recursive: true }).filter((name) => name.endsWith('.js') && !name.startsWith('node_modules'));

test('the page preloads the modules that there are, but for what only recordings, their keys, the faces and the zones need', () => {
	const preloaded = [...read('index.html').matchAll(/modulepreload" href="([^"]+)"/g)].map(([, name]) => name);
	const isLate = (name) => /^(recorded\/|words-recorded|keys\/|words-keys|faces\/|words-faces|zones\/|words-zones|log\/block\.|vendor\/age|worker\.js$|offline\/)/.test(name);
	assert.deepEqual([...preloaded, 'app.js'].sort(), modules.filter((name) => !isLate(name)).sort());
	for (const name of modules.filter((one) => !isLate(one) && !one.startsWith('vendor')))
		assert.doesNotMatch(read(name), /from '[^']*(recorded\/|words-recorded|keys\/|words-keys|faces\/|words-faces|zones\/|words-zones|log\/block\.)/, `${name} would load it at once`);
});

test('every file of the app is installed', () => {
	const build = read('meson.build');
	const files = readdirSync(web, { recursive: true }).filter((name) => !name.startsWith('node_modules') && /\.(js|css|html|svg|png|webmanifest)$/.test(name));
	for (const name of files)
		assert.ok(build.includes(`'${name}'`), name);
});

test('nothing is asked from elsewhere, and nothing needs a laxer policy', () => {
	for (const name of [...modules.filter((one) => !one.startsWith('vendor')), 'index.html', 'style.css', 'offline/page.html', 'offline/page.css']) {
		const text = read(name).replaceAll(/http:\/\/(www\.w3\.org\/2000\/svg|localhost)/g, '');
		assert.doesNotMatch(text, /["'(]https?:\/\//, name);
		// style=${...} is set by script, property by property, which the policy allows.
		assert.doesNotMatch(text, /\bstyle=(?!\$\{)|innerHTML|\beval\(|new Function|document\.write/, name);
	}
});

test('events are read', () => {
	assert.deepEqual(parseEvent('event: camera\ndata: {"camera":"c1","name":"Nursery","value":3}'), { kind: 'camera', camera: 'c1', name: 'Nursery', value: 3 });
	assert.equal(parseEvent(': ping'), null);
});
