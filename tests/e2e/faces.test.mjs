// Faces: somebody who is known is named, somebody who is not can be named, a mistake can be corrected, and a face can be forgotten.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Person, request } from './lib/person.mjs';
import { until, Ward } from './lib/ward.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const models = ['libonnxruntime.so', 'face-search.onnx', 'face-marks.onnx', 'face-print.onnx'].map((name) => path.join(here, '../../models', name));
const skip = models.every(existsSync) ? false : 'the models are not here: scripts/install-models';
const photo = (name) => path.join(here, `media/${name}.jpg`);

/** A film in which a photograph is carried to and fro before a bare wall. */
function film(file, name) {
	execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=c=0x708090:s=640x360:r=10,drawgrid=w=80:h=90:c=0x506070:t=4',
		'-loop', '1', '-i', photo(name), '-filter_complex', "[1]scale=-2:320[p];[0][p]overlay=x='150+100*sin(t)':y=40,format=yuv420p",
		'-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-bf', '0', '-t', '20', file]);
	return file;
}

test('a face is known, named, corrected and forgotten', { skip }, async () => {
	const ward = await Ward.start({ config: '' });
	try {
		const owner = await Person.add(ward, 'ann', '--role', 'owner');
		const member = await Person.add(ward, 'ben');
		const asJson = (body) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
		const ask = async (method, url, body) => {
			const answer = await request(ward, method, url, { auth: owner.auth, ...(body ? asJson(body) : {}) });
			return { status: answer.status, ...JSON.parse(answer.text || '{}') };
		};
		const events = async (name) => (await ask('GET', `/api/v1/events?from=1&camera=${name}`)).events;

		// Nobody knows faces before a camera asks for it, and then the eye starts anew with what it needs.
		assert.equal((await ask('POST', '/api/v1/faces', { name: 'Eileen', consent: 'herself', picture: 'AAAA' })).status, 503);
		const add = (name, file) => ward.ward('camera', 'add', name, film(path.join(ward.folder, `${name}.mp4`), file), '--see-person', 'normal', '--see-faces', 'on');
		assert.equal((await add('attic', 'hopper')).code, 0);
		await until('faces are looked at', async () => (await ward.json('status')).faces === 'looks');

		const picture = readFileSync(photo('astronaut')).toString('base64');
		const known = await ask('POST', '/api/v1/faces', { name: 'Eileen', consent: 'herself', picture });
		assert.equal(known.status, 200, JSON.stringify(known));
		assert.equal((await ask('POST', '/api/v1/faces', { name: 'Ella', picture })).status, 400, 'nobody consented');
		const wall = path.join(ward.folder, 'wall.jpg');
		execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'smptebars=s=320x240', '-frames:v', '1', wall]);
		assert.match((await ward.ward('face', 'add', 'Wall', wall, '--consent', 'nobody')).err, /no face in the picture/);

		assert.equal((await add('hall', 'astronaut')).code, 0);
		const seen = await until('she is named', async () => (await events('hall')).find(({ face }) => face));
		assert.deepEqual(seen.face, { id: known.id, name: 'Eileen' });

		// Somebody whom nobody knows is one unknown face, until she is named.
		const other = await until('the other one is told apart', async () => (await events('attic')).find(({ face }) => face));
		const stranger = other.face;
		assert.equal(stranger.name, null);
		const { faces } = await ask('GET', '/api/v1/faces');
		assert.deepEqual(faces.map(({ name }) => name), ['Eileen', null]);
		assert.equal(faces[1].camera_name, 'attic');
		assert.equal((await ward.ward('face', 'name', String(stranger.id), 'Grace')).code, 1, 'not without consent');
		assert.equal((await ask('PATCH', `/api/v1/faces/${stranger.id}`, { name: 'Grace', consent: 'her own word' })).status, 200);
		assert.equal((await events('attic')).find(({ id }) => id === other.id).face.name, 'Grace');
		assert.equal((await request(ward, 'GET', '/api/v1/faces', { auth: member.auth })).status, 403);

		// It was somebody else: she becomes unknown again, and what was seen is not taken for Eileen.
		const wrong = await ask('POST', `/api/v1/cameras/hall/events/${seen.id}/wrong`);
		assert.equal(wrong.status, 200, JSON.stringify(wrong));
		assert.deepEqual((await events('hall')).find(({ id }) => id === seen.id).face, { id: wrong.id, name: null });
		assert.equal((await ask('GET', '/api/v1/faces')).faces.find(({ name }) => name === 'Eileen').wrong > 0, true);

		assert.equal((await ask('DELETE', `/api/v1/faces/${stranger.id}`)).status, 200);
		assert.equal((await ask('DELETE', `/api/v1/faces/${stranger.id}`)).status, 404);
		const story = (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line));
		const about = story.filter(({ reason }) => /^face/.test(reason ?? '')).map(({ kind, reason, opened }) => [kind, reason, opened.what]);
		assert.deepEqual(about, [['config', 'face-named', 'faces: Eileen is known by a picture that was sent in, as consented by herself'], ['config', 'face-named', undefined],
			['config', 'face-wrong', `faces: event ${seen.id} was not Eileen`], ['erase', 'face', undefined]]);
		assert.equal(story.filter(({ kind, reason }) => kind === 'grant.create' && reason === 'knows-faces').length, 2);
		assert.equal((await ward.ward('log', 'verify')).code, 0);
		assert.equal(await ward.stop(), 0);
	} finally {
		await ward.remove();
	}
});
