// A camera behind TLS.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';

import { watch } from './lib/viewer.mjs';
import { Ward, startCamera, until } from './lib/ward.mjs';

let folder, camera, proxy, ward;

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
	camera = await startCamera(['--audio', 'pcma', '--gop', '1']);
	proxy = await wrap(camera);
	ward = await Ward.start({ config: `cameras:\n  safe:\n    url: rtsps://127.0.0.1:${proxy.address().port}/cam\n` });
	await ward.ward('user', 'add', 'Alice');
});

after(async () => {
	await ward?.remove();
	proxy?.close();
	await camera?.stop('SIGKILL');
	await rm(folder, { recursive: true, force: true });
});

test('a camera behind TLS, with a certificate of its own making, is live with sound', async () => {
	await until('the camera is live', isLive('safe'));
	assert.ok(ward.process.said(/"safe": live: .* over TCP with TLS/));
	const { token } = await ward.json('token', 'create', '--user', 'Alice', '--camera', 'safe', '--verbs', 'view,listen');
	const seen = await watch(ward, 'safe', token, { audio: 'pcma', frames: 10 });
	assert.equal(seen.code, 0, JSON.stringify(seen));
});
