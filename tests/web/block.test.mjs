import './webcrypto.mjs';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { isPiece, parseBlock } from '../../web/log/block.js';
import { Blocks, Changed } from '../../web/recorded/blocks.js';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const T = 1767225610000000;

/** A fragment as it was recorded: plain, and "sealed". */
function fragment(size = 500) {
	const plain = Buffer.concat([Buffer.from([0, 0, 0, 40]), Buffer.from('free'), randomBytes(32 + size)]);
	const file = Buffer.concat([Buffer.from('age'), randomBytes(size)]);
	return { plain: new Uint8Array(plain), file: new Uint8Array(file), seg: `${file.length} ${sha256(file)} ${sha256('ward/pt/1\0', plain.subarray(8))}` };
}

const one = fragment(), two = fragment();
const lines = ['ward/block/1', 'cam c1', `prev ${'0'.repeat(64)}`, `span ${T} ${T + 4e6}`, `seg v 17 ${T} 2000000 50 ${one.seg}`, `seg v 18 ${T + 2e6} 2000000 50 ${two.seg}`,
	`gap m ${T} ${T + 4e6} camera-lost`, `spk ${'ab'.repeat(16)} ${T} 0 8000 8000 sound`, `spk ${'ab'.repeat(16)} ${T} 8000 16 8000 hole underrun`];
const text = `${lines.join('\n')}\n`;

test('a block names its fragments', () => {
	const { camera, from, to, pieces } = parseBlock(text);
	assert.deepEqual([camera, from, to, [...pieces.keys()]], ['c1', T, T + 4e6, ['v 17', 'v 18']]);
	assert.deepEqual([pieces.get('v 18').from, pieces.get('v 18').to], [T + 2e6, T + 4e6]);
});

test('whatever the box would not write is refused', () => {
	const without = (at) => `${lines.filter((_, place) => place !== at).join('\n')}\n`;
	const changed = (at, to) => `${lines.map((line, place) => (place === at ? to(line) : line)).join('\n')}\n`;
	const many = Array.from({ length: 129 }, (_, at) => `seg v ${at} ${T} 1 1 ${one.seg}`).join('\n');
	for (const wrong of ['', text.slice(0, -1), text + '\n', text + ' ', `${text}x`, ...[0, 1, 2, 3].map(without), changed(4, (line) => line + ' '), changed(4, (line) => line.replace('seg v', 'seg x')),
		changed(4, (line) => line.replace(' 17 ', ' 017 ')), changed(4, (line) => line.slice(0, -1)), changed(5, () => lines[4]), changed(6, (line) => line.replace('lost', 'LOST')),
		changed(7, (line) => line.replace('sound', 'noise')), changed(1, () => 'cam c0'), changed(4, (line) => line.toUpperCase()), `${lines.slice(0, 4).join('\n')}\n${many}\n`,
		text + `gap m ${T} ${T} x\n`.repeat(2000)])
		assert.throws(() => parseBlock(wrong), RangeError, JSON.stringify(wrong.slice(-80)));
	for (let at = 0; at < text.length; at++)
		try {
			const { pieces } = parseBlock(text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1));
			assert.ok(pieces.size <= 2);
		} catch (error) {
			assert.ok(error instanceof RangeError, String(error));
		}
});

test('a fragment is the one that was recorded, or it is not', async () => {
	const piece = parseBlock(text).pieces.get('v 17');
	assert.ok(await isPiece(piece, one.file, one.plain));
	assert.ok(!(await isPiece(piece, two.file, two.plain)));
	assert.ok(!(await isPiece(piece, two.file, one.plain)), 'sealed by somebody else');
	assert.ok(!(await isPiece(piece, one.file, two.plain)));
	assert.ok(!(await isPiece(piece, one.file.subarray(1), one.plain)));
});

test('the block is the one that the log has', async () => {
	let asked = 0, hash = sha256(text);
	const ledger = { mediaHash: async (seq, camera) => (asked++, seq === 5 && camera === 'c1' ? hash : '') };
	const blocks = () => new Blocks(async () => new TextEncoder().encode(text), ledger, 'c1');
	const segment = { track: 'v', id: '1767225600-17', from: T, to: T + 2e6, block: 5, init: { sealed: '1767225600' } };
	const known = blocks();
	assert.equal(await known.check(segment, Promise.resolve(one)), one.plain);
	await known.check({ ...segment, id: '1767225600-18', from: T + 2e6, to: T + 4e6 }, Promise.resolve(two));
	assert.equal(asked, 1, 'once a block');
	const fails = async (of, word, ...changes) => assert.rejects(of.check(Object.assign({}, segment, ...changes), Promise.resolve(one)), (error) => error instanceof Changed && error.word === word);
	await fails(known, 'changed', { id: '1767225600-18' });
	await fails(known, 'changed', { track: 'w' });
	await fails(known, 'changed', { from: T - 1 });
	await fails(known, 'changed', { to: T + 1 });
	await fails(known, 'changed', { block: 6 });
	await fails(known, 'older-log', { block: 0 });
	hash = sha256('another');
	await fails(blocks(), 'changed');
	assert.equal(await known.check(segment, Promise.resolve(one)), one.plain);
});
