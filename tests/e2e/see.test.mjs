// Somebody who walks through a camera's picture is one event, with a beginning, an end and a path; what moves and is nobody is none.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Person, request } from './lib/person.mjs';
import { until, Ward } from './lib/ward.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const library = path.join(here, '../../models/libonnxruntime.so');
const skip = existsSync(library) ? false : 'ONNX Runtime is not here: scripts/install-models';

const COMES_S = 3, GOES_S = 9, LENGTH_S = 30;

/** A film of a bare wall before which a picture is carried. */
function film(file, picture, ...filters) {
	const way = `overlay=x='(t-${COMES_S})*60+20':y=100:enable='between(t,${COMES_S},${GOES_S})'`;
	execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=c=0x708090:s=640x360:r=10,drawgrid=w=80:h=90:c=0x506070:t=4`,
		...picture, '-filter_complex', `[1]${filters.join(',')}[p];[0][p]${way},format=yuv420p`,
		'-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-bf', '0', '-t', String(LENGTH_S), file]);
	return file;
}

// The camera is recorded around what is seen; so early a film's beginning waits all the time.
const onEvents = ['--record', 'events', '--pre-roll', '20s', '--post-roll', '1s'];

const recorded = async (ward, { auth }, name) =>
	JSON.parse((await request(ward, 'GET', `/api/v1/cameras/${name}/timeline?from=1&to=${Date.now() * 1000}`, { auth })).text).spans;

/** How much redder than blue a JPEG is in a part of it, per cent, and around. */
function redness(jpeg, [left, top, right, bottom]) {
	const pixels = execFileSync('ffmpeg', ['-v', 'error', '-f', 'mjpeg', '-i', '-', '-vf', 'scale=100:100', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], { input: jpeg });
	const sums = [0, 0], counts = [0, 0];
	for (let at = 0; at < 10000; at++) {
		const [x, y] = [at % 100, Math.floor(at / 100)];
		const isIn = Number(x >= left && x < right && y >= top && y < bottom);
		sums[isIn] += pixels[3 * at] - pixels[3 * at + 2];
		counts[isIn]++;
	}
	return { inside: sums[1] / counts[1], around: sums[0] / counts[0] };
}

/** The event made a recording, with what was before, and its picture comes out of that, by way of the log. */
async function assertPicture(ward, owner, { from, to, picture }) {
	assert.ok(picture.at >= from - 1e5 && picture.at <= to + 1e5, JSON.stringify({ from, to, picture }));
	const span = await until('it is recorded', async () => (await recorded(ward, owner, 'hall')).find(([start, end]) => start < picture.at && end > picture.at));
	assert.ok(span[0] < from - 1e6, `from ${(from - span[0]) / 1e6} s before`);
	const playing = await owner.play('hall', Math.floor(from - 1e6), Math.ceil(to + 1e6));
	assert.equal(playing.status, 201, playing.text);
	const { sid } = JSON.parse(playing.text);
	const answer = await until('the small picture is made', async () => {
		const one = await fetch(new URL(`/api/v1/play/${sid}/thumb/${picture.at}.jpg`, ward.url), { headers: { authorization: `Bearer ${owner.auth}` } });
		assert.ok([200, 503].includes(one.status), String(one.status)); // 503: whoever makes it is only starting
		return one.status === 200 && one;
	});
	const [, start] = /from=(\d+);/.exec(answer.headers.get('ward-span'));
	assert.ok(Math.abs(start - picture.at) < 3e5, `the very picture: ${(start - picture.at) / 1e6} s`);
	const { inside, around } = redness(Buffer.from(await answer.arrayBuffer()), picture.box);
	assert.ok(inside > around + 15, `she is in the box: ${inside}, ${around}`);
	const story = (await ward.ward('log', 'show', '--json')).out.split('\n');
	assert.equal(story.filter((line) => line.includes('play.open') && line.includes('ann')).length, 1);
}

test('somebody is one event, so is a cat, and a box that is carried through is none', { skip }, async () => {
	const ward = await Ward.start({ config: '' });
	try {
		const owner = await Person.add(ward, 'ann', '--role', 'owner');
		const person = film(path.join(ward.folder, 'person.mp4'), ['-loop', '1', '-i', path.join(here, 'media/astronaut.jpg')], 'scale=-2:256');
		const box = film(path.join(ward.folder, 'box.mp4'), ['-f', 'lavfi', '-i', 'smptebars=s=190x256:r=10'], 'copy');
		const cat = film(path.join(ward.folder, 'cat.mp4'), ['-loop', '1', '-i', path.join(here, 'media/chelsea.jpg')], 'copy');
		const before = Date.now();
		const events = async (name) => JSON.parse((await request(ward, 'GET', `/api/v1/events?from=${(before - 1000) * 1000}&camera=${name}`,
			{ auth: owner.auth })).text).events;

		// The eye is ready before the other film begins.
		assert.equal((await ward.ward('camera', 'add', 'attic', box, '--see-person', 'normal', ...onEvents)).code, 0);
		await until('the eye looks', async () => (await ward.json('status')).eye === 'looks');
		assert.equal((await ward.ward('camera', 'add', 'hall', person, '--see-person', 'normal', '--see-animals', 'normal', ...onEvents)).code, 0);
		assert.equal((await ward.ward('camera', 'add', 'den', cat, '--see-animals', 'normal', '--record', 'off')).code, 0);

		await until('somebody is seen', async () => (await events('hall')).length > 0);
		await until('he is gone', async () => (await events('hall'))[0].to);
		const [event] = await events('hall');
		assert.equal(event.kind, 'person');
		assert.match(event.source, /^nanodet/);
		assert.ok(event.score >= 0.4 && event.score <= 1, String(event.score));
		const seconds = (event.to - event.from) / 1e6;
		assert.ok(seconds > 3 && seconds < 9, `he stays ${seconds} s`);
		const places = event.note.split(' ').map((place) => place.split(',').map(Number));
		assert.ok(places.length >= 3 && places.at(-1)[0] > places[0][0] + 20, `he goes to the right: ${event.note}`);
		assert.equal((await events('hall')).length, 1);
		assert.equal((await events('attic')).length, 0);
		// The film begins anew after a while, and the cat comes again: the first visit is the last in the list.
		const animal = await until('the cat is gone', async () => (await events('den')).filter(({ to }) => to).at(-1));
		assert.equal(animal.kind, 'animal');
		assert.match(animal.note, /^cat( \d+,\d+,\d+,\d+)+$/);
		assert.ok((await events('den')).every(({ from }) => from === animal.from || from - animal.from > 15e6), 'one visit is one event');
		await assertPicture(ward, owner, event);
		assert.deepEqual(await recorded(ward, owner, 'attic'), []);

		const story = (await ward.ward('log', 'show', '--json')).out.split('\n');
		assert.equal(story.filter((line) => line.includes('view.open') && line.includes('system')).length, 3);
		assert.equal((await ward.ward('log', 'verify')).code, 0);
		assert.equal(await ward.stop(), 0);
	} finally {
		await ward.remove();
	}
});
