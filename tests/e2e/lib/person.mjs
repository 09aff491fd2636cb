// A person's device, or a program's token, as an HTTP client that no browser is behind.

import { createHash, generateKeyPairSync, sign } from 'node:crypto';

const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** Any request; the body as text. `auth` is the value behind "Bearer". */
export async function request(ward, method, path, { auth, body, headers = {} } = {}) {
	const answer = await fetch(new URL(path, ward.url), { method, body, redirect: 'manual',
		headers: { ...(auth ? { authorization: `Bearer ${auth}` } : {}), ...headers } });
	return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const json = (body) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

export class Person {
	/** Adds the user, pairs a device for it and signs in. */
	static async add(ward, name, ...args) {
		const person = new Person();
		const secret = (await ward.link(name, ...args)).split('#pair=')[1];
		const { publicKey, privateKey } = generateKeyPairSync('ed25519');
		const key = hex(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
		const device = `${name}'s phone`;
		Object.assign(person, { ward, name, privateKey, key });
		const paired = await request(ward, 'POST', '/api/v1/pair', json({ secret, key, name: device,
			signature: person.sign(`ward/pair/1\nsecret ${secret}\nkey ${key}\nname ${device}\n`) }));
		if (paired.status !== 201)
			throw new Error(`pairing ${name}: ${paired.status} ${paired.text}`);
		person.device = JSON.parse(paired.text).device;
		await person.signIn();
		return person;
	}

	sign(text) {
		return hex(sign(null, Buffer.from(text), this.privateKey));
	}

	async nonce() {
		return JSON.parse((await request(this.ward, 'POST', '/api/v1/nonce')).text).nonce;
	}

	async signIn() {
		const nonce = await this.nonce();
		const answer = await request(this.ward, 'POST', '/api/v1/login', json({ device: this.device, nonce,
			signature: this.sign(`ward/login/1\nnonce ${nonce}\n`) }));
		this.auth = JSON.parse(answer.text).login;
	}

	/** The newest head that Ward shows, as a phone keeps it. */
	async checkpoint() {
		const [, size, root] = (await request(this.ward, 'GET', '/api/v1/log/checkpoint', { auth: this.auth })).text.split('\n');
		return { size: Number(size), root };
	}

	/** The headers of a signed WHEP request for this offer, by a phone that remembers this head. */
	async ask(camera, verbs, offer, { size, root } = { size: 0, root: '-' }) {
		const nonce = await this.nonce();
		const print = /a=fingerprint:sha-256 (\S+)/.exec(offer)[1].replaceAll(':', '').toLowerCase();
		const signature = this.sign(`ward/ask/1\ncamera ${camera}\nverbs ${verbs}\nfingerprint ${print}\nnonce ${nonce}\ncheckpoint ${size} ${root}\n`);
		return { 'content-type': 'application/sdp', 'ward-ask': `nonce=${nonce}; size=${size}; root=${root}; signature=${signature}` };
	}

	/** Changes who can open recordings, with a signed request; `lines` are the order's own in the signed text. */
	async changeKeys(order, lines) {
		const nonce = await this.nonce();
		const signature = this.sign(`ward/keys/1\norder ${order.order}\n${lines}nonce ${nonce}\ncheckpoint 0 -\n`);
		return request(this.ward, 'POST', '/api/v1/keys', { auth: this.auth, body: JSON.stringify(order),
			headers: { 'content-type': 'application/json', 'ward-ask': `nonce=${nonce}; size=0; root=-; signature=${signature}` } });
	}

	/** Opens a play with a signed request; the answer. */
	async play(camera, from, to, { tracks, size = 0, root = '-' } = {}) {
		const nonce = await this.nonce();
		const signature = this.sign(`ward/ask/1\ncamera ${camera}\nverbs play\nspan ${from} ${to}\nnonce ${nonce}\ncheckpoint ${size} ${root}\n`);
		return request(this.ward, 'POST', `/api/v1/cameras/${camera}/play`, { auth: this.auth, body: JSON.stringify({ from, to, tracks }),
			headers: { 'content-type': 'application/json', 'ward-ask': `nonce=${nonce}; size=${size}; root=${root}; signature=${signature}` } });
	}
}

const lines = {
	view: ['m=video 9 UDP/TLS/RTP/SAVPF 102', 'a=recvonly', 'a=rtpmap:102 H264/90000', 'a=fmtp:102 packetization-mode=1;profile-level-id=42e01f'],
	talk: ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=sendonly', 'a=rtpmap:111 opus/48000/2'],
};

/** An offer that nobody will connect with: enough for the door to decide. @param {'view' | 'talk'} verb what for */
export function emptyOffer(name = 'nobody', verb = 'view') {
	const print = createHash('sha256').update(name).digest('hex').toUpperCase().match(/../g).join(':');
	return ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0', ...lines[verb], 'a=mid:0', 'a=rtcp-mux', 'a=setup:actpass',
		'a=ice-ufrag:abcdefgh', 'a=ice-pwd:abcdefghijklmnopqrstuvwx', `a=fingerprint:sha-256 ${print}`, ''].join('\r\n');
}
