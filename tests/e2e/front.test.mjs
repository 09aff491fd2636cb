// The API, the page, WHEP and lost neighbours of the real ward-front.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { close, folder, forget, head, heard, hex, hostLine, login, offer, open, ports, request, said, say, sdpType,
	token } from './lib/front.mjs';

before(open);
after(close);

describe('the page', () => {
	test('strict headers on every kind of answer', async () => {
		for (const [path, headers] of [['/', {}], ['/nothing', {}], ['/api/v1/me', {}],
			['/api/v1/cameras', token], ['/ca.crt', {}]]) {
			const got = await request('GET', path, { headers, secure: true });
			const policy = got.headers['content-security-policy'];
			assert.match(policy, /default-src 'none'/);
			assert.doesNotMatch(policy, /unsafe/);
			assert.equal(got.headers['x-content-type-options'], 'nosniff');
			assert.equal(got.headers['referrer-policy'], 'no-referrer');
			assert.equal(got.headers['cross-origin-resource-policy'], 'same-origin');
			assert.match(got.headers['permissions-policy'], /camera=\(\)/);
			assert.equal(got.headers['set-cookie'], undefined);
			assert.equal(got.headers['cache-control'], path === '/' ? 'no-cache' : 'no-store');
		}
	});

	test('files: index, type, ETag, compressed copy, nothing hidden', async () => {
		const page = await request('GET', '/');
		assert.equal(page.status, 200);
		assert.match(page.headers['content-type'], /^text\/html/);
		const again = await request('GET', '/', { headers: { 'if-none-match': page.headers.etag } });
		assert.equal(again.status, 304);
		assert.equal(again.bytes.length, 0);
		const packed = await request('GET', '/ui/app.js', { headers: { 'accept-encoding': 'br, gzip' } });
		assert.equal(packed.headers['content-encoding'], 'gzip');
		assert.equal(packed.headers.vary, 'Accept-Encoding');
		const plain = await request('GET', '/ui/app.js');
		assert.equal(plain.headers['content-encoding'], undefined);
		assert.deepEqual(gunzipSync(packed.bytes), plain.bytes);
		assert.notEqual(plain.headers.etag, packed.headers.etag);
		const large = await request('GET', '/big.bin', { secure: true });
		assert.equal(large.bytes.length, 3 << 20);
		for (const path of ['/.hidden', '/../cert.pem', '/%2e%2e/cert.pem', '/ui', '/ui/', '//', '/index.html%00'])
			assert.ok([400, 404].includes((await request('GET', path)).status), path);
	});

	test('HEAD has the length and no body', async () => {
		const got = await request('HEAD', '/ui/app.js');
		assert.equal(got.status, 200);
		assert.equal(got.headers['content-length'], String(26 * 200));
		assert.equal(got.bytes.length, 0);
	});

	test('the root certificate for phones', async () => {
		const got = await request('GET', '/ca.crt');
		assert.equal(got.status, 200);
		assert.equal(got.text, readFileSync(join(folder, 'cert.pem'), 'utf8'));
	});
});

describe('who may', () => {
	test('the loopback listener answers to its own names only', async () => {
		for (const host of ['evil.example', `evil.example:${ports.http}`, 'localhost', 'localhost:1',
			`localhost.:${ports.http}`])
			assert.equal((await request('GET', '/', { headers: { host } })).status, 421, host);
		for (const host of [`127.0.0.1:${ports.http}`, `[::1]:${ports.http}`, `LOCALHOST:${ports.http}`])
			assert.equal((await request('GET', '/', { headers: { host } })).status, 200, host);
	});

	test('another origin changes nothing', async () => {
		const origin = 'https://evil.example';
		assert.equal((await request('POST', '/api/v1/nonce', { headers: { origin } })).status, 403);
		assert.equal((await request('POST', '/api/v1/nonce', { headers: { origin: 'null' } })).status, 403);
		const own = `http://localhost:${ports.http}`;
		assert.equal((await request('POST', '/api/v1/nonce', { headers: { origin: own } })).status, 200);
		await heard((line) => line.got === 'IPC_NONCE_ASK');
	});

	test('every route that needs a credential refuses without one, and before asking', async () => {
		const routes = execFileSync(process.env.WARD_FRONT, ['--routes'], { encoding: 'utf8' })
			.trim().split('\n').map((line) => JSON.parse(line));
		assert.ok(routes.length >= 20);
		forget();
		for (const route of routes.filter(({ roles }) => !roles.includes('none'))) {
			const path = route.pattern.replace(':camera', 'nursery').replace(':sid', hex('55', 16))
				.replace('*', '0/000');
			const got = await request(route.method, path, { headers: sdpType });
			assert.equal(got.status, 401, `${route.method} ${path}`);
			assert.equal(got.headers['www-authenticate'], 'Bearer realm="ward"');
			assert.equal(got.json().error, 'not-signed-in');
		}
		assert.deepEqual(said(), []);
		for (const route of routes)
			assert.ok(route.roles.length && route.right && route.camera && route.handler);
	});

	test('wrong credentials are refused by the vault', async () => {
		for (const authorization of [`Bearer ${hex('99', 32)}`, `Bearer ward_${hex('33', 32)}`])
			assert.equal((await request('GET', '/api/v1/me', { headers: { authorization } })).status, 401);
	});

	test('methods: 405 says what is allowed, unknown ones are 501', async () => {
		const get = await request('GET', '/whep/nursery', { headers: token });
		assert.equal(get.status, 405);
		assert.equal(get.headers.allow, 'POST, OPTIONS');
		assert.equal((await request('DELETE', '/api/v1/me', { headers: token })).headers.allow, 'GET, HEAD');
		assert.equal((await request('PUT', '/', {})).status, 501);
		const options = await request('OPTIONS', '/whep/nursery');
		assert.equal(options.status, 204);
		assert.equal(options.headers['accept-post'], 'application/sdp');
	});
});

describe('the account', () => {
	const post = (path, value) => request('POST', path,
		{ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });

	test('pairing', async () => {
		const good = { secret: hex('aa', 16), key: hex('01', 32), name: 'Mum’s phone', signature: hex('02', 64) };
		const got = await post('/api/v1/pair', good);
		assert.equal(got.status, 201);
		assert.deepEqual(got.json(), { device: hex('77', 16), log_key: 'ward.local/box/test/e1+key',
			user: 'anna', role: 'owner', seq: 42 });
		const used = await post('/api/v1/pair', { ...good, secret: hex('bb', 16) });
		assert.equal(used.status, 410);
		assert.equal(used.json().error, 'link-used');
		for (const bad of [{ ...good, secret: 'aa' }, { ...good, name: '' }, { ...good, name: 'a\nb' },
			{ ...good, name: 'x'.repeat(64) }, { ...good, key: 7 }, [], 'x', null])
			assert.equal((await post('/api/v1/pair', bad)).status, 400);
	});

	test('nonce and login', async () => {
		const { nonce } = (await request('POST', '/api/v1/nonce')).json();
		assert.equal(nonce, hex('11', 32));
		const got = await post('/api/v1/login', { device: hex('77', 16), nonce, signature: hex('02', 64) });
		const { login: secret, expires } = got.json();
		assert.equal(secret, hex('33', 32));
		assert.ok(Math.abs(expires / 1000 - Date.now() - 3600e3) < 60e3);
		const bad = await post('/api/v1/login', { device: hex('77', 16), nonce: hex('12', 32), signature: hex('02', 64) });
		assert.equal(bad.status, 403);
	});

	test('wrong type, doubled keys, too much', async () => {
		const form = { 'content-type': 'application/x-www-form-urlencoded' };
		assert.equal((await request('POST', '/api/v1/pair', { headers: form, body: 'a=b' })).status, 415);
		const doubled = `{"secret":"${hex('aa', 16)}","secret":"${hex('bb', 16)}"}`;
		assert.equal((await request('POST', '/api/v1/pair', { body: doubled })).status, 400);
		assert.equal((await request('POST', '/api/v1/pair', { body: 'x'.repeat(5000) })).status, 413);
	});

	test('me', async () => {
		assert.deepEqual((await request('GET', '/api/v1/me', { headers: login })).json(),
			{ name: 'anna', role: 'owner', device: 'phone', all_cameras: false, cameras: ['nursery', 'yard'] });
	});
});

describe('the log', () => {
	test('tiles come whole, proofs as base64, entries with openings', async () => {
		const tile = await request('GET', '/api/v1/log/tile/0/x001/067.p/112', { headers: token });
		assert.equal(tile.bytes.length, 100000);
		assert.equal(tile.bytes[0], 1067 & 255);
		assert.equal(tile.bytes[99999], 112);
		const full = await request('GET', '/api/v1/log/tile/entries/003', { headers: token });
		assert.equal(full.bytes[99999], 0); // 256
		for (const bad of ['0/67', '0/0067', '0/x000/067', '64/000', '0/000.p/256', '0/000.p/0', '0/000/', '00/000', ''])
			assert.equal((await request('GET', `/api/v1/log/tile/${bad}`, { headers: token })).status, 404, bad);
		const proof = (await request('GET', '/api/v1/log/proof?index=3&size=8', { headers: token })).json();
		assert.deepEqual(proof, { index: 3, size: 8, hashes: Array(2).fill(Buffer.alloc(32, 7).toString('base64')) });
		assert.equal((await request('GET', '/api/v1/log/proof?index=-3&size=8', { headers: token })).status, 400);
		assert.equal((await request('GET', '/api/v1/log/consistency?from=3', { headers: token })).status, 400);
		const { entries } = (await request('GET', '/api/v1/log/entries?before=7&limit=5', { headers: login })).json();
		assert.deepEqual(entries, [{ seq: 6, text: 'ward/entry/1\nseq 6\nkind boot\n', openings: [
			{ name: 'acct', salt: '00ff', value: 'Anna B.' }, { name: 'from', salt: '11', value: '192.0.2.7' }] }]);
		assert.deepEqual((await heard((line) => line.entries)).entries, { from: 0, to: '7', limit: 5 });
		assert.equal((await request('GET', '/api/v1/log/key', { headers: token })).text, 'ward.local/box/test/e1+key');
	});

	test('a checkpoint is waited for', async () => {
		const now = await request('GET', '/api/v1/log/checkpoint', { headers: token });
		assert.match(now.text, /^ward\.local\/box\/test\/e1\n8\n/);
		forget();
		const later = request('GET', '/api/v1/log/checkpoint?after=8', { headers: token });
		await heard((line) => line.got === 'IPC_QUERY');
		say('grow');
		assert.match((await later).text, /\n9\n/);
	});

	test('but not for ever', async () => {
		const begun = Date.now();
		const got = await request('GET', '/api/v1/log/checkpoint?after=900', { headers: token });
		assert.equal(got.status, 200);
		assert.match(got.text, /\n9\n/);
		assert.ok(Date.now() - begun > 9000 && Date.now() - begun < 13000);
	});
});

describe('events', () => {
	test('come as they happen, and a leaver is noticed', async () => {
		forget();
		const stream = await new Promise((resolve) => http.get({ host: '127.0.0.1', port: ports.http,
			path: '/api/v1/events', headers: { host: `localhost:${ports.http}`, ...token } }, resolve));
		assert.equal(stream.statusCode, 200);
		assert.equal(stream.headers['content-type'], 'text/event-stream');
		let text = '';
		const event = new Promise((resolve) => stream.on('data', (part) => {
			text += part;
			if (text.includes('event:'))
				resolve();
		}));
		await heard((line) => line.got === 'IPC_QUERY');
		await heard((line) => line.got === 'IPC_QUERY');
		say('event');
		await event;
		assert.match(text, /event: sessions\ndata: \{"camera":"c1","name":"nursery","value":3\}\n\n/);
		stream.on('error', () => {});
		stream.destroy();
		await heard((line) => line.got === 'IPC_QUERY_STOP');
	});

	test('keep alive by comments', async () => {
		const stream = await new Promise((resolve) => http.get({ host: '127.0.0.1', port: ports.http,
			path: '/api/v1/events', headers: { host: `localhost:${ports.http}`, ...token } }, resolve));
		await new Promise((resolve) => stream.on('data', (part) => {
			if (String(part).includes(': keep-alive'))
				resolve();
		}));
		stream.on('error', () => {});
		stream.destroy();
	});

	test('need to be known', async () => {
		const headers = { authorization: `Bearer ${hex('99', 32)}` };
		assert.equal((await request('GET', '/api/v1/events', { headers })).status, 401);
	});
});

describe('WHEP', () => {
	const start = (camera, headers, body = offer) => request('POST', `/whep/${camera}`,
		{ headers: { ...sdpType, ...headers }, body });

	test('a token watches, trickles, restarts and leaves', async () => {
		forget();
		const got = await start('nursery', token);
		assert.equal(got.status, 201);
		assert.equal(got.headers['content-type'], 'application/sdp');
		assert.match(got.text, /^v=0\r\n/);
		assert.equal(got.headers.location, `/whep/nursery/${hex('55', 16)}`);
		assert.equal(got.headers['ward-session'], `sid=${hex('55', 16)}; seq=42`);
		assert.equal(got.headers.etag, '"e1"');
		assert.equal(got.headers['accept-patch'], 'application/trickle-ice-sdpfrag');
		assert.deepEqual(await heard((line) => line.view),
			{ view: 'nursery', verbs: 0, signed: 0, size: 0, finger: 0xab });
		const patch = (etag, headers = {}) => request('PATCH', got.headers.location, { body: 'a=candidate\r\n',
			headers: { ...token, 'content-type': 'application/trickle-ice-sdpfrag', ...etag, ...headers } });
		assert.equal((await patch({ 'if-match': '"e1"' })).status, 204);
		const restart = await patch({ 'if-match': '*' });
		assert.equal(restart.status, 200);
		assert.equal(restart.headers.etag, '"e2"');
		assert.match(restart.text, /ice-ufrag/);
		assert.equal((await patch({ 'if-match': '"other"' })).status, 412);
		assert.equal((await patch({})).status, 428);
		assert.equal((await patch({ 'if-match': '*' }, { 'content-type': 'text/plain' })).status, 415);
		assert.equal((await request('GET', got.headers.location, { headers: token })).status, 405);
		assert.equal((await request('DELETE', got.headers.location, { headers: token })).status, 200);
		assert.equal((await request('DELETE', `/whep/nursery/${hex('57', 16)}`, { headers: token })).status, 404);
	});

	test('a device sends what it signed', async () => {
		const root = Buffer.alloc(32, 9).toString('base64');
		const ask = `nonce=${hex('11', 32)}; size=8; root=${root}; signature=${hex('02', 64)}`;
		const got = await start('nursery?verbs=view', { ...login, 'ward-ask': ask });
		assert.equal(got.status, 201);
		assert.deepEqual(await heard((line) => line.view && line.signed),
			{ view: 'nursery', verbs: 1, signed: 1, size: 8, finger: 0xab });
		for (const bad of ['', 'nonce=00', ask.replace('size=8', 'size=08'), `${ask}; more=1`, ask.replace('root=', 'root=-')])
			assert.equal((await start('nursery', { ...login, 'ward-ask': bad })).status, 400, bad);
	});

	test('what is refused', async () => {
		assert.equal((await start('yard', token)).status, 403);
		assert.equal((await start('other', token)).status, 404);
		assert.equal((await start('nursery', token, 'v=0\r\n')).status, 422);
		assert.equal((await start('nursery?verbs=speak', token)).status, 400);
		assert.equal((await start('nursery', { ...token, 'content-type': 'text/plain' })).status, 415);
		assert.equal((await start('x'.repeat(100), token)).status, 404);
	});

	test('an offer that rtc refuses ends the session', async () => {
		forget();
		assert.equal((await start('b%20a%2Fd', token)).status, 400); // no slash may hide in a segment
		const late = start('late', token);
		await heard((line) => line.view === 'late');
		say('late');
		assert.equal((await late).status, 201);
	});

	test('who leaves before the grant comes leaves no session behind', async () => {
		forget();
		const socket = net.connect(ports.http, '127.0.0.1');
		socket.write(`${head(['POST /whep/late HTTP/1.1', hostLine(), `Authorization: ${token.authorization}`,
			'Content-Type: application/sdp', `Content-Length: ${offer.length}`])}${offer}`);
		await heard((line) => line.view === 'late');
		socket.resetAndDestroy();
		await request('GET', '/'); // the reset has been seen
		say('late');
		await heard((line) => line.got === 'IPC_SESSION_END');
	});
});

describe('neighbours come and go', () => {
	test('without the vault: 503 at once, and on again when it is back', async () => {
		const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
		forget();
		const pending = request('POST', '/whep/silent', { headers: { ...token, ...sdpType }, body: offer });
		await heard((line) => line.view === 'silent');
		say('lose vault');
		const cut = await pending;
		assert.equal(cut.status, 503);
		assert.ok(Number(cut.headers['retry-after']) > 0);
		const away = await request('GET', '/api/v1/me', { headers: token, agent });
		assert.equal(away.status, 503);
		say('give vault');
		for (let status = 503; status !== 200;)
			({ status } = await request('GET', '/api/v1/me', { headers: token, agent }));
		agent.destroy();
	});

	test('without rtc: 503, the granted session is ended, and on again', async () => {
		say('lose rtc');
		forget();
		let got = await request('POST', '/whep/nursery', { headers: { ...token, ...sdpType }, body: offer });
		while (got.status === 201)
			got = await request('POST', '/whep/nursery', { headers: { ...token, ...sdpType }, body: offer });
		assert.equal(got.status, 503);
		await heard((line) => line.got === 'IPC_SESSION_END');
		say('give rtc');
		while (got.status !== 201)
			got = await request('POST', '/whep/nursery', { headers: { ...token, ...sdpType }, body: offer });
	});

	test('a question that is never answered', async () => {
		const begun = Date.now();
		const got = await request('POST', '/whep/silent', { headers: { ...token, ...sdpType }, body: offer });
		assert.equal(got.status, 503);
		assert.ok(Date.now() - begun < 17000);
	});
});

describe('guessing', () => {
	test('too many failures from one address are not even asked', async () => {
		const body = JSON.stringify({ secret: hex('bb', 16), key: hex('01', 32), name: 'x', signature: hex('02', 64) });
		let got;
		for (let i = 0; i < 60; i++)
			got = await request('POST', '/api/v1/pair', { body });
		assert.equal(got.status, 429);
		assert.equal(got.json().error, 'too-many');
		assert.equal((await request('GET', '/api/v1/me', { headers: token })).status, 200);
	});
});
