// A small access log in memory: the tree by its definition in RFC 6962 (recursive, slow, obviously
// right), and notes signed with a fresh key. It shares no code with the app.

import './webcrypto.mjs';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
export const leafHash = (text) => sha256(Buffer.of(0), text);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

/** The largest power of two below n. */
function split(n) {
	let k = 1;
	while (k * 2 < n)
		k *= 2;
	return k;
}

export function treeRoot(leaves) {
	if (leaves.length === 0)
		return sha256('');
	if (leaves.length === 1)
		return leaves[0];
	const k = split(leaves.length);
	return nodeHash(treeRoot(leaves.slice(0, k)), treeRoot(leaves.slice(k)));
}

/** RFC 6962 §2.1.1 */
export function inclusionProof(index, leaves) {
	if (leaves.length <= 1)
		return [];
	const k = split(leaves.length);
	return index < k ? [...inclusionProof(index, leaves.slice(0, k)), treeRoot(leaves.slice(k))]
		: [...inclusionProof(index - k, leaves.slice(k)), treeRoot(leaves.slice(0, k))];
}

/** RFC 6962 §2.1.2 */
export function consistencyProof(from, leaves, isWhole = true) {
	if (from === leaves.length)
		return isWhole ? [] : [treeRoot(leaves)];
	const k = split(leaves.length);
	return from <= k ? [...consistencyProof(from, leaves.slice(0, k), isWhole), treeRoot(leaves.slice(k))]
		: [...consistencyProof(from - k, leaves.slice(k), false), treeRoot(leaves.slice(0, k))];
}

export class FakeLog {
	constructor(origin = 'ward.local/box/fake/e1') {
		this.origin = origin;
		this.keys = generateKeyPairSync('ed25519');
		this.raw = this.keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
		const typed = Buffer.concat([Buffer.of(1), this.raw]);
		this.id = sha256(origin + '\n', typed).subarray(0, 4);
		this.vkey = `${origin}+${this.id.toString('hex')}+${typed.toString('base64')}`;
		this.rows = [];
		this.leaves = [];
		this.bootId = randomBytes(8).toString('hex');
	}

	/**
	 * @param {string} kind @param {Record<string, string | number>} fields in the entry's order
	 * @param {Record<string, string>} values personal ones, which are committed to
	 */
	add(kind, fields = {}, values = {}, time_ms = Date.now()) {
		const seq = this.rows.length;
		const openings = Object.keys(values).sort().map((name) => ({ name, salt: randomBytes(32).toString('hex'), value: values[name] }));
		const lines = ['ward/entry/1', `seq ${seq}`, `kind ${kind}`, `time ${Math.round(time_ms * 1000)}`, `mono ${this.bootId} ${seq}000000000`,
			...Object.entries(fields).map(([key, value]) => `${key} ${value}`),
			...openings.map(({ name, salt, value }) => `~${name} ${sha256('ward/commit/1\0', Buffer.of(name.length), name,
				Buffer.from(salt, 'hex'), value).toString('base64')}`)];
		const row = { seq, text: lines.join('\n') + '\n', openings };
		this.rows.push(row);
		this.leaves.push(leafHash(row.text));
		return seq;
	}

	get size() {
		return this.rows.length;
	}

	note(size = this.size, leaves = this.leaves) {
		const text = `${this.origin}\n${size}\n${treeRoot(leaves.slice(0, size)).toString('base64')}\n`;
		const signature = Buffer.concat([this.id, sign(null, Buffer.from(text), this.keys.privateKey)]);
		return `${text}\n\u2014 ${this.origin} ${signature.toString('base64')}\n`;
	}

	inclusion(index, size) {
		return inclusionProof(index, this.leaves.slice(0, size)).map((hash) => hash.toString('base64'));
	}

	consistency(from, to) {
		return consistencyProof(from, this.leaves.slice(0, to)).map((hash) => hash.toString('base64'));
	}

	tile(level, index, width) {
		const span = 256 ** level;
		const hashes = [];
		for (let at = index * 256; at < index * 256 + width; at++)
			hashes.push(treeRoot(this.leaves.slice(at * span, (at + 1) * span)));
		return Buffer.concat(hashes);
	}
}
