import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecsOf } from '../../web/recorded/codecs.js';
import { fakeMedia } from './fake-media.mjs';

const media = await fakeMedia();
const bytes = (buffer) => new Uint8Array(buffer);

const box = (type, ...parts) => {
	const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
	const head = Buffer.alloc(8);
	head.writeUInt32BE(body.length + 8);
	head.write(type, 4);
	return Buffer.concat([head, body]);
};
const init = (entry) => bytes(box('moov', box('trak', box('mdia', box('minf', box('stbl', box('stsd', Buffer.alloc(8), entry)))))));

test('an init segment says what it holds, as the box says it', () => {
	for (const track of ['v', 'm'])
		assert.equal(codecsOf(bytes(media[track].init)).toLowerCase(), media[track].codecs.toLowerCase());
});

test('H.265 and sound that no browser plays', () => {
	const hvcc = [1, 0x01, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93];
	assert.equal(codecsOf(init(box('hvc1', Buffer.alloc(78), box('hvcC', hvcc)))), 'hvc1.1.6.L93.B0');
	assert.equal(codecsOf(init(box('ulaw', Buffer.alloc(28)))), '');
	assert.equal(codecsOf(init(Buffer.alloc(0))), '');
});

test('what is damaged is refused', () => {
	const whole = bytes(media.v.init);
	for (let size = 0; size < whole.length - 100; size += 7)
		assert.throws(() => codecsOf(whole.slice(0, size)), RangeError);
	assert.throws(() => codecsOf(init(box('avc1', Buffer.alloc(78)))), RangeError);
	assert.throws(() => codecsOf(init(box('mp4a', Buffer.alloc(28), box('esds', Buffer.alloc(30))))), RangeError);
});
