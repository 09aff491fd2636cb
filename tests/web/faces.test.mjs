// The frame around a face, and where the head of somebody is: always within the picture.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { boxAt, first, fitted, headIn, isName, moved, resized, SIDE_MIN } from '../../web/faces/frame.js';

const size = { width: 640, height: 360 };
const isWithin = ({ x, y, side }, of = size) => x >= 0 && y >= 0 && side > 0 && x + side <= of.width + 1e-6 && y + side <= of.height + 1e-6;

test('the frame stays in the picture, whatever is done to it', () => {
	let square = first(size, 1);
	assert.deepEqual(square, { x: 140, y: 0, side: 360 });
	assert.deepEqual(first({ width: 360, height: 640 }, 0.5), { x: 90, y: 115, side: 180 });
	square = resized(square, 100, size);
	assert.deepEqual(square, { x: 270, y: 130, side: 100 });
	assert.deepEqual(moved(square, [-999, 999], size), { x: 0, y: 260, side: 100 });
	assert.deepEqual(resized(moved(square, [999, 999], size), 360, size), { x: 280, y: 0, side: 360 });
	assert.equal(resized(square, 1, size).side, SIDE_MIN);
	const tiny = { width: 20, height: 30 };
	assert.ok(isWithin(fitted({ x: -5, y: 90, side: 400 }, tiny), tiny));
});

test('a head is at the top of its box, also at the edges and of boxes that make no sense', () => {
	const head = headIn([40, 20, 60, 100], size);
	assert.ok(isWithin(head) && Math.abs(head.x + head.side / 2 - 320) < 1 && head.y < 72 && head.y + head.side > 72);
	for (const box of [[0, 0, 100, 100], [95, 0, 100, 10], [0, 90, 3, 100], [50, 50, 50, 50], [70, 60, 30, 20]])
		assert.ok(isWithin(headIn(box, size)), `${box}`);
});

test('where somebody was lies between the boxes of the way', () => {
	const event = { from: 1000, to: 3000, note: '0,0,20,50 10,0,30,50 20,20,40,70', picture: { at: 5000, box: [1, 2, 3, 4] } };
	assert.deepEqual(boxAt(event, 1000), [0, 0, 20, 50]);
	assert.deepEqual(boxAt(event, 1500), [5, 0, 25, 50]);
	assert.deepEqual(boxAt(event, 2500), [15, 10, 35, 60]);
	assert.deepEqual(boxAt(event, 9e9), [20, 20, 40, 70]);
	assert.deepEqual(boxAt({ ...event, note: '5,5,9,9' }, 2000), [5, 5, 9, 9]);
	// It lasts, or says nothing of a way: the best picture's box, if that is of about this moment.
	assert.deepEqual(boxAt({ ...event, to: null }, 5000), [1, 2, 3, 4]);
	assert.equal(boxAt({ ...event, note: 'the cat, again' }, 5e6), null);
	assert.equal(boxAt({ from: 1, to: 2 }, 1), null);
});

test('a name is what the box takes', () => {
	assert.deepEqual(['', 'Mia', 'a\nb', 'é'.repeat(31), 'é'.repeat(32), '<b>'].map(isName), [false, true, false, true, false, true]);
});
