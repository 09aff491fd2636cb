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

test('somebody is one event, and a box that is carried through is none', { skip }, async () => {
	const ward = await Ward.start({ config: '' });
	try {
		const owner = await Person.add(ward, 'ann', '--role', 'owner');
		const person = film(path.join(ward.folder, 'person.mp4'), ['-loop', '1', '-i', path.join(here, 'media/astronaut.jpg')], 'scale=-2:256');
		const box = film(path.join(ward.folder, 'box.mp4'), ['-f', 'lavfi', '-i', 'smptebars=s=190x256:r=10'], 'copy');
		const before = Date.now();
		const events = async (name) => JSON.parse((await request(ward, 'GET', `/api/v1/events?from=${(before - 1000) * 1000}&camera=${name}`,
			{ auth: owner.auth })).text).events;

		// The eye is ready before the other film begins.
		assert.equal((await ward.ward('camera', 'add', 'attic', box, '--see-person', 'normal')).code, 0);
		await until('the eye looks', async () => (await ward.json('status')).eye === 'looks');
		assert.equal((await ward.ward('camera', 'add', 'hall', person, '--see-person', 'normal')).code, 0);

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

		const story = (await ward.ward('log', 'show', '--json')).out.split('\n');
		assert.equal(story.filter((line) => line.includes('view.open') && line.includes('system')).length, 2);
		assert.equal((await ward.ward('log', 'verify')).code, 0);
		assert.equal(await ward.stop(), 0);
	} finally {
		await ward.remove();
	}
});
