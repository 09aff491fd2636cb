// Zones as shapes: what fingers and keys do to them stays within what the box takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { add, canAdd, change, cutName, dropPoint, middle, movePoint, moveZone, pointCount, POINTS_MAX, POINTS_MIN, remove, split, ZONES_MAX } from '../../web/zones/shape.js';

const empty = { height: 0, dwell: 0, zones: [] };
const isWithin = (draft) => draft.zones.every(({ points }) => points.every((point) => point.every((one) => one >= 0 && one <= 100)));

test('zones are added as far as the box takes them, each beside the others', () => {
	let draft = empty;
	while (canAdd(draft))
		draft = add(draft);
	assert.equal(draft.zones.length, ZONES_MAX);
	assert.ok(isWithin(draft) && pointCount(draft) <= POINTS_MAX);
	assert.equal(new Set(draft.zones.map(({ points }) => String(points))).size, ZONES_MAX);
	assert.equal(remove(draft, 3).zones.length, ZONES_MAX - 1);
	assert.deepEqual(empty.zones, []);
});

test('a corner stays in the picture, and a zone keeps its shape at the edge', () => {
	const draft = add(empty);
	assert.deepEqual(movePoint(draft, 0, 2, [140, -3.14159]).zones[0].points[2], [100, 0]);
	assert.deepEqual(movePoint(draft, 0, 2, [12.3456, 50]).zones[0].points[2], [12.35, 50]);
	const moved = moveZone(draft, 0, [-500, 10]);
	assert.deepEqual(moved.zones[0].points, [[0, 35], [50, 35], [50, 85], [0, 85]]);
	assert.deepEqual(draft.zones[0].points[0], [25, 25]);
});

test('corners come and go within bounds', () => {
	let draft = add(empty);
	assert.deepEqual(middle(draft.zones[0].points, 3), [25, 50]);
	draft = split(draft, 0, 3);
	assert.deepEqual(draft.zones[0].points[4], [25, 50]);
	for (let i = 0; i < 100; i++)
		draft = split(draft, 0, 0);
	assert.equal(pointCount(draft), POINTS_MAX);
	assert.ok(!canAdd(draft));
	for (let i = 0; i < 100; i++)
		draft = dropPoint(draft, 0, 1);
	assert.equal(pointCount(draft), POINTS_MIN);
	assert.equal(change(draft, { kind: 'exclude' }, 0).zones[0].kind, 'exclude');
});

test('a name is cut to what the box takes, between letters', () => {
	assert.equal(cutName('Garden'), 'Garden');
	assert.equal(cutName('a\nb'), 'ab');
	const name = cutName('Gärtchen '.repeat(9));
	assert.ok(new TextEncoder().encode(name).length <= 31 && 'Gärtchen '.repeat(9).startsWith(name));
	assert.equal(cutName('🚪'.repeat(20)), '🚪'.repeat(7));
});
