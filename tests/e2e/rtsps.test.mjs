// A camera behind TLS, and a camera with a smaller picture for a narrow link.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';

import { launch } from './lib/browser.mjs';
import { request } from './lib/person.mjs';
import { Relay } from './lib/relay.mjs';
import { View, watch } from './lib/viewer.mjs';
import { Ward, startCamera, until } from './lib/ward.mjs';

const RATE_BPS = 400_000; // the full picture needs about 1.5 Mbit/s, the smaller one 150 kbit/s
let folder, full, sub, proxy, ward, token, browser;

/** TLS outside, the camera's own RTSP inside. */
async function wrap(camera) {
	const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert,
		'-days', '2', '-subj', '/CN=camera'], { stdio: 'ignore' });
	const server = tls.createServer({ key: await readFile(key), cert: await readFile(cert) }, (outer) => {
		const inner = connect(camera.port, '127.0.0.1');
		outer.pipe(inner).pipe(outer);
		outer.on('error', () => inner.destroy());
		inner.on('error', () => outer.destroy());
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return server;
}

const isLive = (name) => async () => (await ward.json('status')).cameras.find((one) => one.name === name && one.state === 'live');

before(async () => {
	folder = await mkdtemp(path.join(tmpdir(), 'ward-rtsps-'));
	full = await startCamera(['--audio', 'pcma', '--gop', '1', '--pattern', 'snow', '--bitrate', '1500']);
	sub = await startCamera(['--audio', 'none', '--gop', '1', '--size', '320x180', '--bitrate', '150']);
	proxy = await wrap(full);
	ward = await Ward.start({ config: `cameras:\n  safe:\n    url: rtsps://127.0.0.1:${proxy.address().port}/cam\n  two:\n    url: ${full.url}\n    sub: ${sub.url}\n` });
	await ward.ward('user', 'add', 'Alice');
	browser = await launch();
	token = async (camera) => (await ward.json('token', 'create', '--user', 'Alice', '--camera', camera, '--verbs', 'view,listen')).token;
});

after(async () => {
	await browser?.close();
	await ward?.remove();
	proxy?.close();
	await full?.stop('SIGKILL');
	await sub?.stop('SIGKILL');
	await rm(folder, { recursive: true, force: true });
});

test('a camera behind TLS, with a certificate of its own making, is live with sound', async () => {
	await until('the camera is live', isLive('safe'));
	assert.ok(ward.process.said(/"safe": live: .* over TCP with TLS/));
	const seen = await watch(ward, 'safe', await token('safe'), { audio: 'pcma', frames: 10 });
	assert.equal(seen.code, 0, JSON.stringify(seen));
});

/** Chromium behind a link of that rate (none: as it is). */
async function openBehind(rate_bps, camera, auth) {
	const page = await browser.newPage();
	await page.goto(ward.url);
	const offer = await page.evaluate(async () => {
		window.peer = new RTCPeerConnection();
		window.peer.addTransceiver('video', { direction: 'recvonly' });
		window.peer.ontrack = ({ track }) => {
			const video = Object.assign(document.createElement('video'), { muted: true, autoplay: true, srcObject: new MediaStream([track]) });
			document.body.replaceChildren(video);
		};
		await window.peer.setLocalDescription();
		return window.peer.localDescription.sdp;
	});
	const answer = await request(ward, 'POST', `/whep/${camera}`, { auth, body: offer.replace(/^a=candidate:.*\r\n/gm, ''),
		headers: { 'content-type': 'application/sdp' } });
	assert.equal(answer.status, 201, answer.text);
	const relay = await Relay.start(answer.text, rate_bps);
	await page.evaluate((sdp) => window.peer.setRemoteDescription({ type: 'answer', sdp }), relay.answer);
	const size = () => page.evaluate(async () => {
		const video = [...(await window.peer.getStats()).values()].find((one) => one.type === 'inbound-rtp');
		return `${video?.frameWidth}x${video?.frameHeight}`;
	});
	return { relay, size, close: () => page.close().finally(() => relay.close()) };
}

test('a phone whose link is too narrow gets the smaller picture; the others keep the full one', async (t) => {
	const live = await until('both streams are there', async () => {
		const camera = await isLive('two')();
		return camera?.sub === 'H.264' && camera;
	});
	assert.deepEqual([live.width, live.height], [640, 360]);
	const key = await token('two');
	const wide = await openBehind(undefined, 'two', key);
	const narrow = await openBehind(RATE_BPS, 'two', key);
	const start = performance.now();
	try {
		await until('the full picture', async () => (await wide.size()) === '640x360');
		await until('the smaller picture', async () => (await narrow.size()) === '320x180', 40000);
		t.diagnostic(`the smaller picture after ${(performance.now() - start).toFixed(0)} ms; ${narrow.relay.dropped} packets did not fit before`);
		await until('the full picture for the other', async () => (await wide.size()) === '640x360', 90000);
	} finally {
		await wide.close();
		await narrow.close();
	}
});

test('a viewer that estimates nothing and reports every five seconds gets the smaller picture, too', async (t) => {
	await until('both streams are there', async () => (await isLive('two')())?.sub === 'H.264');
	const start = performance.now();
	const view = await View.open(ward, 'two', await token('two'), { frames: 1e6, link: { rate_bps: RATE_BPS } });
	try {
		await until('the smaller picture', () => view.sizes.includes('320x180'), 60000);
		t.diagnostic(`the smaller picture after ${(performance.now() - start).toFixed(0)} ms`);
	} finally {
		await view.close();
	}
});
