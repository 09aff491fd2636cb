// HTTP/1.1, TLS and HTTP/2 of the real ward-front, well formed and not.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { close, head, hex, hostLine, offer, open, ports, raw, request, sdpType, token } from './lib/front.mjs';

before(open);
after(close);

describe('HTTP/1.1, strictly', () => {
	const status = (answer) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

	test('what two readers could read in two ways is refused', async () => {
		const cases = {
			'both lengths': ['POST /api/v1/nonce HTTP/1.1', hostLine(), 'Content-Length: 5', 'Transfer-Encoding: chunked'],
			'two lengths': ['POST /api/v1/nonce HTTP/1.1', hostLine(), 'Content-Length: 5', 'Content-Length: 5'],
			'length list': ['POST /api/v1/nonce HTTP/1.1', hostLine(), 'Content-Length: 5, 5'],
			'signed length': ['POST /api/v1/nonce HTTP/1.1', hostLine(), 'Content-Length: +5'],
			'two hosts': ['GET / HTTP/1.1', hostLine(), hostLine()],
			'no host': ['GET / HTTP/1.1'],
			'folded': ['GET / HTTP/1.1', hostLine(), 'X: a', ' b'],
			'space before colon': ['GET / HTTP/1.1', hostLine(), 'X : a'],
			'bare CR': ['GET / HTTP/1.1', hostLine(), 'X: a\rY: b'],
			'bare LF': ['GET / HTTP/1.1', `${hostLine()}\nX: a`],
			'NUL': ['GET / HTTP/1.1', hostLine(), 'X: a\0b'],
			'other host in target': ['GET http://evil.example/ HTTP/1.1', hostLine()],
			'two spaces': ['GET  / HTTP/1.1', hostLine()],
			'fragment': ['GET /#x HTTP/1.1', hostLine()],
			'asterisk': ['OPTIONS * HTTP/1.1', hostLine()],
			'authority form': ['CONNECT evil.example:443 HTTP/1.1', hostLine()],
		};
		for (const [name, lines] of Object.entries(cases))
			assert.equal(status(await raw(head(lines))), 400, name);
	});

	test('and what is well formed but not ours has its own answer', async () => {
		assert.equal(status(await raw(head(['GET / HTTP/2.0', hostLine()]))), 505);
		assert.equal(status(await raw(head(['POST /api/v1/nonce HTTP/1.1', hostLine(), 'Transfer-Encoding: gzip, chunked']))), 501);
		assert.equal(status(await raw(head(['GET / HTTP/1.1', hostLine(), `X: ${'a'.repeat(17000)}`]))), 431);
		assert.equal(status(await raw(head(['GET / HTTP/1.1', hostLine(), ...Array(70).fill('X: a')]))), 431);
		assert.equal(status(await raw(head(['POST /api/v1/nonce HTTP/1.1', hostLine(), 'Expect: magic', 'Content-Length: 1']))), 417);
		assert.equal(status(await raw(head(['GET / HTTP/1.0', hostLine()]))), 200);
	});

	test('chunked bodies, pipelining, 100-continue', async () => {
		const body = JSON.stringify({ device: hex('77', 16), nonce: hex('11', 32), signature: hex('02', 64) });
		const chunks = `5;x=y\r\n${body.slice(0, 5)}\r\n${(body.length - 5).toString(16)}\r\n${body.slice(5)}\r\n0\r\nTrailer: x\r\n\r\n`;
		const chunked = `${head(['POST /api/v1/login HTTP/1.1', hostLine(), 'Transfer-Encoding: chunked'])}${chunks}`;
		const two = await raw(`${chunked}${head(['GET /ca.crt HTTP/1.1', hostLine(), 'Connection: close'])}`);
		assert.equal(two.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
		assert.match(two, /"login":"3333/);
		const bad = await raw(chunked.replace('5;x=y', '5 '));
		assert.equal(status(bad), 400);
		const asked = await raw(`${head(['POST /api/v1/login HTTP/1.1', hostLine(), 'Expect: 100-continue', 'Connection: close',
			`Content-Length: ${body.length}`])}${body}`);
		assert.match(asked, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
		const refused = await raw(head(['POST /whep/nursery HTTP/1.1', hostLine(), 'Expect: 100-continue', 'Content-Length: 30000']));
		assert.equal(status(refused), 401);
	});

	test('half a close still gets its answer', async () => {
		assert.equal(status(await raw(head(['GET / HTTP/1.1', hostLine()]), { half: true })), 200);
	});

	test('a slow head is told so and closed', async () => {
		const begun = Date.now();
		const answer = await raw('GET / HTTP/1.1\r\nX: ');
		assert.equal(status(answer), 408);
		assert.ok(Date.now() - begun < 13000);
	});

	test('garbage is answered or closed, and the next one is served', async () => {
		for (let i = 0; i < 50; i++) {
			const bytes = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 31 + i * 17) & 255));
			await raw(Buffer.concat([bytes, Buffer.from('\r\n\r\n')]));
			await raw(bytes, { port: ports.https, half: true });
		}
		assert.equal((await request('GET', '/')).status, 200);
		assert.equal((await request('GET', '/', { secure: true })).status, 200);
	});

	test('one address cannot take all connections', async () => {
		const sockets = [];
		const closed = new Promise((resolve) => {
			for (let i = 0; i < 260; i++) {
				const socket = net.connect(ports.http, '127.0.0.1');
				socket.on('error', () => {}).on('close', resolve).resume();
				sockets.push(socket);
			}
		});
		await closed;
		for (const socket of sockets)
			socket.destroy();
		for (let served = false; !served;)
			served = await request('GET', '/').then(({ status: got }) => got === 200, () => false);
	});
});

describe('TLS and HTTP/2', () => {
	const connect = () => http2.connect(`https://localhost:${ports.https}`,
		{ rejectUnauthorized: false, lookup: (name, options, done) => done(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4) });
	const ask = (client, headers, body) => new Promise((resolve, reject) => {
		const stream = client.request(headers);
		const parts = [];
		let got;
		stream.on('response', (fields) => { got = fields; });
		stream.on('data', (part) => parts.push(part));
		stream.on('end', () => resolve({ status: got?.[':status'], headers: got, bytes: Buffer.concat(parts) }));
		stream.on('error', reject);
		stream.end(body);
	});

	test('old versions and unknown protocols are refused', async () => {
		const shake = (options) => new Promise((resolve) => {
			const socket = tls.connect({ host: '127.0.0.1', port: ports.https, rejectUnauthorized: false, ...options },
				() => { resolve(socket.getProtocol() + socket.alpnProtocol); socket.destroy(); });
			socket.on('error', (error) => resolve(error.code));
		});
		assert.equal(await shake({ ALPNProtocols: ['h2', 'http/1.1'] }), 'TLSv1.3h2');
		assert.equal(await shake({ ALPNProtocols: ['http/1.1'], maxVersion: 'TLSv1.2' }), 'TLSv1.2http/1.1');
		assert.match(await shake({ ALPNProtocols: ['spdy/1'] }), /NO_APPLICATION_PROTOCOL|ECONNRESET/);
		assert.match(await shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }), /ERR_SSL|ECONNRESET|EPROTO/);
	});

	test('many streams at once, each with its own answer', async () => {
		const client = connect();
		const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(client, i % 2
			? { ':path': `/api/v1/log/tile/0/${String(i).padStart(3, '0')}`, ...token }
			: { ':path': '/big.bin' })));
		answers.forEach(({ status: got, bytes, headers }, i) => {
			assert.equal(got, 200);
			assert.equal(headers['strict-transport-security'], undefined); // localhost: it would bind port 8080 too
			assert.equal(bytes.length, i % 2 ? 100000 : 3 << 20);
			if (i % 2)
				assert.equal(bytes[0], i);
		});
		const posted = await ask(client, { ':method': 'POST', ':path': '/whep/nursery', ...token, ...sdpType }, offer);
		assert.equal(posted.status, 201);
		assert.equal((await ask(client, { ':path': '/', ':authority': 'localhost', host: 'evil.example' })).status, 400);
		assert.equal((await ask(client, { ':method': 'POST', ':path': '/api/v1/pair' }, 'x'.repeat(9000))).status, 413);
		assert.equal((await ask(client, { ':path': '/', 'x-large': 'a'.repeat(15000), 'x-more': 'b'.repeat(2000) })).status, 431);
		client.destroy();
	});

	test('HSTS for every other name', async () => {
		const got = await request('GET', '/', { secure: true, headers: { host: `ward.home:${ports.https}` } });
		assert.match(got.headers['strict-transport-security'], /max-age=/);
	});

	const frame = (type, flags, stream, ...parts) => {
		const payload = Buffer.concat(parts.map((part) => Buffer.from(part)));
		const start = Buffer.alloc(9);
		start.writeUIntBE(payload.length, 0, 3);
		start.writeUInt8(type, 3);
		start.writeUInt8(flags, 4);
		start.writeUInt32BE(stream, 5);
		return Buffer.concat([start, payload]);
	};
	const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
	const secure = () => ({ port: ports.https, connect: tls.connect,
		options: { ALPNProtocols: ['h2'], rejectUnauthorized: false } });

	test('resetting streams as fast as one can ends the connection', async () => {
		const opened = Array.from({ length: 1000 }, (_, i) => Buffer.concat([
			// :method GET, :scheme https, :path /, :authority localhost
			frame(1, 4, 2 * i + 1, [0x82, 0x87, 0x84, 0x41, 9], 'localhost'), frame(3, 0, 2 * i + 1, [0, 0, 0, 8])]));
		await raw(Buffer.concat([preface, ...opened]), secure());
		assert.equal((await request('GET', '/', { secure: true })).status, 200);
	});

	test('a flood of settings ends the connection', async () => {
		await raw(Buffer.concat([preface, ...Array(5000).fill(frame(4, 0, 0))]), secure());
		assert.equal((await request('GET', '/', { secure: true })).status, 200);
	});
});
