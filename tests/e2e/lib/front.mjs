// One real ward-front between real sockets and a canned vault (frontprobe.c), for the tests beside.
//
//   WARD_FRONT=…/ward-front WARD_FRONTPROBE=…/frontprobe node --test front.test.mjs
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

export const hex = (byte, count) => byte.repeat(count);
export const login = { authorization: `Bearer ${hex('33', 32)}` };
export const token = { authorization: `Bearer ward_${hex('44', 32)}` };
export const sdpType = { 'content-type': 'application/sdp' };
const fingerprint = Array(32).fill('AB').join(':');
export const offer = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', 'm=video 9 UDP/TLS/RTP/SAVPF 96',
	`a=fingerprint:sha-256 ${fingerprint}`, ''].join('\r\n');

export let folder, ports;
let probe, lines = [];
const waiters = [];

/** The next line of the probe's that matches, come or to come. */
export function heard(match) {
	const index = lines.findIndex(match);
	if (index >= 0)
		return Promise.resolve(lines.splice(index, 1)[0]);
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`not heard: ${match}`)), 60000);
		waiters.push({ match, resolve: (line) => { clearTimeout(timer); resolve(line); } });
	});
}

/** A word of frontprobe.c. */
export function say(word) {
	probe.stdin.write(`${word}\n`);
}

export function request(method, path, { headers = {}, body, secure = false, agent } = {}) {
	return new Promise((resolve, reject) => {
		const options = { host: '127.0.0.1', method, path, agent,
			headers: { host: `localhost:${secure ? ports.https : ports.http}`, ...headers },
			port: secure ? ports.https : ports.http, rejectUnauthorized: false };
		const sent = (secure ? https : http).request(options, (response) => {
			const parts = [];
			response.on('data', (part) => parts.push(part));
			response.on('end', () => {
				const bytes = Buffer.concat(parts);
				resolve({ status: response.statusCode, headers: response.headers, bytes,
					text: bytes.toString(), json: () => JSON.parse(bytes) });
			});
			response.on('error', reject);
		});
		sent.on('error', reject);
		sent.end(body);
	});
}

/** Bytes out, everything that comes back until the end. */
export function raw(bytes, { port = ports.http, connect = net.connect, options = {}, half = false } = {}) {
	return new Promise((resolve, reject) => {
		const parts = [];
		const socket = connect({ host: '127.0.0.1', port, ...options },
			() => (half ? socket.end(bytes) : socket.write(bytes)));
		socket.on('data', (part) => parts.push(part));
		socket.on('error', (error) => (error.code === 'ECONNRESET' ? undefined : reject(error)));
		socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
	});
}

export const head = (lines) => `${lines.join('\r\n')}\r\n\r\n`;
export const hostLine = () => `Host: localhost:${ports.http}`;

/** Forgets what was said so far. */
export function forget() {
	lines = [];
}

/** What was said and not asked for yet. */
export function said() {
	return lines;
}

/** Starts the probe and the front; sets `folder` and `ports`. */
export async function open() {
	folder = mkdtempSync(join(tmpdir(), 'ward-front-'));
	mkdirSync(join(folder, 'app/ui'), { recursive: true });
	writeFileSync(join(folder, 'app/index.html'), '<!doctype html><title>Ward</title>');
	writeFileSync(join(folder, 'app/ui/app.js'), 'export const answer = 42;\n'.repeat(200));
	writeFileSync(join(folder, 'app/.hidden'), 'secret');
	writeFileSync(join(folder, 'app/big.bin'), Buffer.alloc(3 << 20, 7));
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
		'-nodes', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem'), '-days', '2',
		'-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { stdio: 'ignore' });
	probe = spawn(process.env.WARD_FRONTPROBE, [process.env.WARD_FRONT, join(folder, 'cert.pem'),
		join(folder, 'key.pem'), join(folder, 'cert.pem'), join(folder, 'app')],
	{ stdio: ['pipe', 'pipe', 'inherit'] });
	readline.createInterface({ input: probe.stdout }).on('line', (text) => {
		const line = JSON.parse(text);
		const index = waiters.findIndex((waiter) => waiter.match(line));
		if (index >= 0)
			waiters.splice(index, 1)[0].resolve(line);
		else
			lines.push(line);
	});
	ports = await heard((line) => line.http);
}

/** Stops them; the front must end by itself, unkilled. */
export async function close() {
	say('stop');
	const end = await heard((line) => 'exit' in line);
	rmSync(folder, { recursive: true });
	assert.deepEqual(end, { exit: 0, signal: 0 });
}
