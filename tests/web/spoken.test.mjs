import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stretchAt } from '../../web/recorded/stretch.js';

const S = 1e6;
const talk = (from, to) => ({ from: from * S, to: to * S });

test('what the speaker was given is played from a little before, a chime and its voice as one', () => {
	const talks = [talk(100, 108), talk(99.5, 100), talk(300, 301)]; // newest first, or any order
	assert.equal(stretchAt(talks, 90 * S), null, 'too far ahead');
	assert.deepEqual(stretchAt(talks, 97 * S), talk(99.5, 108));
	assert.deepEqual(stretchAt(talks, 104 * S), talk(103.5, 108), 'in the middle of it');
	assert.equal(stretchAt(talks, 108 * S), null);
	assert.deepEqual(stretchAt(talks, 299 * S), talk(300, 301));
	assert.equal(stretchAt([], 0), null);
});

test('a night of white noise is not asked for at once', () => {
	const { from, to } = stretchAt([talk(0, 8 * 3600)], 3600 * S);
	assert.ok(from <= 3600 * S && to > 3600 * S && to - from <= 600 * S);
});
