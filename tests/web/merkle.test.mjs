import './webcrypto.mjs';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromBase64, fromHex, isEqual, toHex } from '../../web/log/bytes.js';
import { leafHash, ProvenTiles, tilePath, verifyConsistency, verifyInclusion } from '../../web/log/merkle.js';
import { consistencyProof, FakeLog, inclusionProof, leafHash as fakeLeaf, treeRoot } from './fake-log.mjs';

const facts = JSON.parse(readFileSync(new URL('facts.json', import.meta.url)));
const bytes = (buffer) => Uint8Array.from(buffer);

function tree(size) {
	return Array.from({ length: size }, (_, at) => fakeLeaf(`entry ${at}`));
}

test('leaf hashes are those of RFC 6962', async () => {
	for (const [at, leaf] of facts.leaves.entries())
		assert.equal(toHex(await leafHash(fromHex(leaf))), facts.leafHashes[at]);
});

test('the reference tree of these tests has the published roots', () => {
	const leaves = facts.leaves.map((leaf) => fakeLeaf(Buffer.from(leaf, 'hex')));
	facts.roots.forEach((root, size) => assert.equal(treeRoot(leaves.slice(0, size)).toString('hex'), root));
});

test('every inclusion proof holds, and none holds elsewhere', async () => {
	const all = tree(33);
	for (let size = 1; size <= 33; size++) {
		const leaves = all.slice(0, size);
		const root = bytes(treeRoot(leaves));
		for (let index = 0; index < size; index++) {
			const proof = inclusionProof(index, leaves).map(bytes);
			assert.ok(await verifyInclusion(index, size, bytes(leaves[index]), proof, root), `${index} of ${size}`);
			assert.ok(!(await verifyInclusion(index, size, bytes(fakeLeaf('other')), proof, root)));
			assert.ok(!(await verifyInclusion(index, size, bytes(leaves[index]), [...proof, root], root)));
			assert.ok(!(await verifyInclusion(index, size, bytes(leaves[index]), proof, bytes(fakeLeaf('root')))));
			if (proof.length > 0)
				assert.ok(!(await verifyInclusion(index, size, bytes(leaves[index]), proof.slice(1), root)));
			if (size > 1)
				assert.ok(!(await verifyInclusion((index + 1) % size, size, bytes(leaves[index]), proof, root)));
		}
	}
});

test('every consistency proof holds, and none after a change', async () => {
	const all = tree(33);
	for (let to = 1; to <= 33; to++) {
		for (let from = 1; from <= to; from++) {
			const proof = consistencyProof(from, all.slice(0, to)).map(bytes);
			const [rootFrom, rootTo] = [from, to].map((size) => bytes(treeRoot(all.slice(0, size))));
			assert.ok(await verifyConsistency(from, to, rootFrom, rootTo, proof), `${from} to ${to}`);
			assert.ok(!(await verifyConsistency(from, to, bytes(fakeLeaf('x')), rootTo, proof)));
			assert.ok(!(await verifyConsistency(from, to, rootFrom, bytes(fakeLeaf('x')), proof)));
			assert.ok(!(await verifyConsistency(from, to, rootFrom, rootTo, [...proof, rootTo])));
			for (let at = 0; at < proof.length; at++) {
				const changed = proof.map((hash, index) => (index === at ? bytes(fakeLeaf('x')) : hash));
				assert.ok(!(await verifyConsistency(from, to, rootFrom, rootTo, changed)));
				assert.ok(!(await verifyConsistency(from, to, rootFrom, rootTo, proof.slice(0, at))));
			}
		}
	}
});

test('a shrunken log is never consistent', async () => {
	const all = tree(9);
	assert.ok(!(await verifyConsistency(9, 8, bytes(treeRoot(all)), bytes(treeRoot(all.slice(0, 8))), [])));
});

test('sizes above 2^32 are no problem', async () => {
	// The proof of the last leaf of a tree of 2^40 + 1 leaves is the root of the full tree before it.
	const left = bytes(fakeLeaf('the full tree'));
	const leaf = bytes(fakeLeaf('last'));
	const { nodeHash } = await import('../../web/log/merkle.js');
	assert.ok(await verifyInclusion(2 ** 40, 2 ** 40 + 1, leaf, [left], await nodeHash(left, leaf)));
	assert.ok(!(await verifyInclusion(2 ** 40 - 1, 2 ** 40 + 1, leaf, [left], await nodeHash(left, leaf))));
});

test('tile names are those of tlog-tiles', () => {
	assert.equal(tilePath(0, 1, 16), '0/001.p/16');
	assert.equal(tilePath(5, 123456078, 256), '5/x123/x456/078');
	assert.equal(tilePath(0, 3057500, 256), '0/x003/x057/500');
});

test('tiles prove every leaf, below and above one tile', async () => {
	for (const size of [1, 2, 255, 256, 257, 700]) {
		const log = new FakeLog();
		log.leaves = tree(size);
		let fetched = 0;
		const tiles = new ProvenTiles(size, bytes(treeRoot(log.leaves)), async (path) => {
			fetched++;
			const [, level, index, width] = /^(\d)\/(\d{3})(?:\.p\/(\d+))?$/.exec(path);
			return bytes(log.tile(Number(level), Number(index), Number(width ?? 256)));
		});
		for (let seq = 0; seq < size; seq += 7)
			assert.ok(isEqual(await tiles.leaf(seq), bytes(log.leaves[seq])), `${seq} of ${size}`);
		assert.ok(fetched <= 5);
		await assert.rejects(tiles.leaf(size), { word: 'beyond-checkpoint' });
	}
});

test('a changed tile is refused, at the edge and inside', async () => {
	const size = 700;
	const log = new FakeLog();
	log.leaves = tree(size);
	for (const lie of ['0/002.p/188', '0/000', '1/000.p/2']) {
		const tiles = new ProvenTiles(size, bytes(treeRoot(log.leaves)), async (path) => {
			const [, level, index, width] = /^(\d)\/(\d{3})(?:\.p\/(\d+))?$/.exec(path);
			const tile = bytes(log.tile(Number(level), Number(index), Number(width ?? 256)));
			if (path === lie)
				tile[40] ^= 1;
			return tile;
		});
		await assert.rejects(tiles.leaf(3), { word: 'tile-root' }, lie);
	}
});

test('base64 has one form', () => {
	assert.throws(() => fromBase64('AB=='), /canonical/);
	assert.throws(() => fromBase64('AA'), /canonical/);
	assert.deepEqual([...fromBase64('AA==')], [0]);
	assert.throws(() => fromHex('0'));
	assert.throws(() => fromHex('AB'));
});
