// What was recorded is played back over HTTP, picture for picture, to who may and with an entry before it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Person, request } from './lib/person.mjs';
import { promised, startCamera, until, Ward } from './lib/ward.mjs';

const FPS = 25;
let ward, camera, owner;

const json = (answer) => JSON.parse(answer.text);
const ago = (seconds) => (Date.now() - seconds * 1000) * 1000;
const timeline = async (auth, name, from, to, step = '') =>
	request(ward, 'GET', `/api/v1/cameras/${name}/timeline?from=${from}&to=${to}${step}`, { auth });
const entries = async () => (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line));

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'aac', '--fps', String(FPS), '--gop', '1', '--bitrate', '1000']);
	ward = await Ward.start({ config: `cameras:\n  yard: {url: "${camera.url}", record: continuous}\n` });
	owner = await Person.add(ward, 'boss', '--role', 'owner');
	await until('25 s are recorded', async () => {
		const { oldest, newest } = json(await timeline(owner.auth, 'yard', ago(3600), ago(-60)));
		return newest - oldest > 25e6;
	}, 60000);
});

after(async () => {
	await ward?.remove();
	await camera?.stop('SIGKILL');
});

/** What there is of a play, and the whole of each track as a player would fetch it. */
async function fetchAll(auth, sid, from, to) {
	const listed = await request(ward, 'GET', `/api/v1/play/${sid}/segments?from=${from}&to=${to}`, { auth });
	assert.equal(listed.status, 200, listed.text);
	const tracks = {};
	let bytes = 0;
	for (const { track, inits, segments } of json(listed).tracks) {
		const parts = [];
		for (const piece of [`${inits[0].init}.mp4`, ...segments.map(([, , id]) => `${id}.m4s`)]) {
			const answer = await get(auth, `/api/v1/play/${sid}/${track}/${piece}`);
			assert.equal(answer.status, 200, `${piece}: ${answer.body}`);
			assert.equal(answer.headers.get('content-type'), track === 'm' ? 'audio/mp4' : 'video/mp4');
			bytes += answer.body.length;
			parts.push(answer.body);
		}
		tracks[track] = { film: Buffer.concat(parts), parts, inits, segments };
	}
	return { tracks, bytes };
}

async function get(auth, url, headers = {}) {
	const answer = await fetch(new URL(url, ward.url), { headers: { authorization: `Bearer ${auth}`, ...headers } });
	return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
}

const span = async () => json(await timeline(owner.auth, 'yard', ago(3600), ago(-60)));

function check(track, { film, segments, inits, parts }) {
	const file = path.join(ward.folder, `${track}.mp4`);
	writeFileSync(file, film);
	const probe = (...args) => execFileSync('ffprobe', ['-v', 'error', ...args, '-of', 'json', file], { encoding: 'utf8', maxBuffer: 64 << 20 });
	const [stream] = JSON.parse(probe('-count_frames', '-show_entries', 'stream=codec_name,nb_read_frames,start_time')).streams;
	assert.equal(stream.codec_name, { v: 'h264', m: 'aac' }[track]);
	assert.match(inits[0].codecs, { v: /^avc1\./, m: /^mp4a\.40\.2$/ }[track]);
	assert.ok(Math.abs(Number(stream.start_time) * 1e6 - segments[0][0]) < 1000, `${stream.start_time} is ${segments[0][0]}`);
	const seconds = (segments.at(-1)[1] - segments[0][0]) / 1e6, perSecond = { v: FPS, m: 48000 / 1024 }[track];
	assert.ok(Math.abs(Number(stream.nb_read_frames) - seconds * perSecond) < perSecond, `${stream.nb_read_frames} in ${seconds} s`);
	// Every picture and sound is at the wall clock's time, and none is missing in between.
	const times = JSON.parse(probe('-show_entries', 'packet=pts_time')).packets.map(({ pts_time }) => Number(pts_time)).sort((a, b) => a - b);
	for (let i = 1; i < times.length; i++)
		assert.ok(times[i] - times[i - 1] < 3 / perSecond, `a hole of ${times[i] - times[i - 1]} s at ${times[i]}`);
	segments.forEach(([, , , , bytes], i) => assert.equal(bytes, parts[i + 1].length));
	const said = execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-err_detect', 'explode', '-i', file, '-f', 'null', '-'], { encoding: 'utf8' });
	assert.equal(said, '');
}

test('the owner plays what was recorded, picture for picture', async () => {
	const { oldest, newest, spans, gaps } = await span();
	assert.deepEqual([spans, gaps], [[[oldest, newest]], []]);
	const opened = await owner.play('yard', oldest, newest, await owner.checkpoint());
	assert.equal(opened.status, 201, opened.text);
	const { sid, seq } = json(opened);
	const entry = (await entries()).find((one) => one.seq === seq);
	assert.deepEqual([entry.kind, entry.sid, entry.span, entry.tracks, entry.opened.acct], ['play.open', sid, `${oldest} ${newest}`, 'v,m', 'boss']);

	const { tracks, bytes } = await fetchAll(owner.auth, sid, oldest, newest);
	assert.deepEqual(Object.keys(tracks), ['v', 'm']);
	for (const track of Object.keys(tracks))
		check(track, tracks[track]);
	const listed = json(await request(ward, 'GET', '/api/v1/sessions', { auth: owner.auth })).sessions;
	assert.deepEqual(listed.map(({ sid: id, kind, play_from, bytes: sent }) => [id, kind, play_from, sent]), [[sid, 'play', oldest, bytes]]);

	assert.equal((await request(ward, 'DELETE', `/api/v1/play/${sid}`, { auth: owner.auth })).status, 200);
	const close = await until('the end is written', async () => (await entries()).find((one) => one.kind === 'play.close' && one.sid === sid));
	assert.equal(close.end, 'left');
	assert.equal(Number(close.used.split(' ')[0]), bytes, 'all that was sent, and nothing else');
	assert.equal((await request(ward, 'GET', `/api/v1/play/${sid}/segments?from=1&to=2`, { auth: owner.auth })).status, 404);
	assert.equal((await ward.ward('log', 'verify')).code, 0);
});

test('a part of it, one track, over the allowance of its first entry', async () => {
	const { oldest, newest } = await span();
	const { sid } = json(await owner.play('yard', oldest + 5e6, oldest + 8e6, { tracks: 'v' }));
	const { tracks } = await fetchAll(owner.auth, sid, 1, newest * 2);
	assert.deepEqual(Object.keys(tracks), ['v']);
	for (const [start, end] of tracks.v.segments)
		assert.ok(start < oldest + 8e6 && end > oldest + 5e6);
	// A busy camera's groups of pictures last longer, and are fewer.
	assert.ok(tracks.v.segments[0][0] <= oldest + 5e6 && tracks.v.segments.at(-1)[1] >= oldest + 8e6);
	const [, , id] = tracks.v.segments[0];
	for (let sent = 0; sent < 9e6; )
		sent += (await get(owner.auth, `/api/v1/play/${sid}/v/${id}.m4s`)).body.length;
	const own = (await entries()).filter((one) => one.sid === sid);
	assert.ok(own.some(({ kind }) => kind === 'play.tick'));
	const allowed = own.filter(({ allow }) => allow).reduce((sum, { allow }) => sum + Number(allow.split(' ')[0]), 0);
	assert.ok(allowed > 9e6);
});

test('a token with the verb plays; without it, and for guests, there is nothing anywhere', async () => {
	const { oldest, newest } = await span();
	const token = async (verbs) => (await ward.json('token', 'create', '--user', 'boss', '--camera', 'yard', '--verbs', verbs)).token;
	const start = (auth) => request(ward, 'POST', '/api/v1/cameras/yard/play', { auth, body: JSON.stringify({ from: oldest, to: newest }),
		headers: { 'content-type': 'application/json' } });
	const player = await token('play'), opened = await start(player);
	assert.equal(opened.status, 201, opened.text);
	const { sid } = json(opened);
	const { tracks } = await fetchAll(player, sid, oldest, newest);
	check('v', tracks.v);

	const guest = await Person.add(ward, 'visitor', '--role', 'guest');
	const strangers = { guest: guest.auth, viewer: await token('view,listen'), other: await token('play'), nobody: 'ab'.repeat(32) };
	const piece = `/api/v1/play/${sid}/v/${tracks.v.segments[0][2]}.m4s`, init = `/api/v1/play/${sid}/v/${tracks.v.inits[0].init}.mp4`;
	const thumb = `/api/v1/play/${sid}/thumb/${tracks.v.segments[1][0]}.jpg`;
	await until('it has small pictures', async () => (await get(player, thumb)).status === 200);
	// Only H.265 is made into H.264, and this is none.
	const other = piece.replace('.m4s', 'h.m4s');
	const made = await get(player, other);
	assert.deepEqual([made.status, JSON.parse(made.body).error], [422, 'no-conversion']);
	for (const [who, auth] of Object.entries(strangers)) {
		for (const url of [piece, init, thumb, other, `/api/v1/play/${sid}/segments?from=${oldest}&to=${newest}`])
			for (const headers of [{}, { range: 'bytes=0-99' }, { 'if-none-match': '*' }]) {
				const answer = await get(auth, url, headers);
				assert.equal(answer.status, who === 'nobody' ? 401 : 404, `${who} ${url}`);
				assert.match(answer.headers.get('cache-control'), /no-store/);
				assert.ok(answer.body.length < 300);
			}
		if (who === 'other')
			continue;
		const refused = [(await timeline(auth, 'yard', 1, newest)).status, (await start(auth)).status];
		assert.deepEqual(refused, who === 'nobody' ? [401, 401] : who === 'guest' ? [403, 403] : [403, 403], who);
	}
	assert.equal((await guest.play('yard', oldest, newest)).status, 403);
	// A part of a piece is not a thing: it comes whole or not at all.
	const whole = await get(player, piece, { range: 'bytes=0-99' });
	assert.deepEqual([whole.status, whole.body.length, whole.headers.get('etag')], [200, tracks.v.segments[0][4], null]);
	assert.match(whole.headers.get('cache-control'), /no-store/);
});

test('a guest who was told may play', async () => {
	const { oldest, newest } = await span();
	const friend = await Person.add(ward, 'friend', '--role', 'guest', '--verbs', 'view,play');
	assert.equal((await friend.play('yard', oldest, newest)).status, 201);
	assert.deepEqual(json(await request(ward, 'GET', '/api/v1/cameras', { auth: friend.auth })).cameras[0].verbs, ['view', 'play']);
});

/** A picture file, as 16 grey pixels: what its top row says (gstcam.c). */
function counterOf(file, ...before) {
	const grey = execFileSync('ffmpeg', ['-v', 'error', ...before, '-i', file, '-frames:v', '1', '-vf', 'crop=iw:ih/12:0:0,scale=16:1:flags=area', '-f', 'rawvideo', '-pix_fmt', 'gray', '-']);
	assert.equal(grey.length, 16);
	return [...grey].reduce((value, luma) => value * 2 + (luma > 127 ? 1 : 0), 0);
}

const percent = (times, share) => times.sort((a, b) => a - b)[Math.floor((times.length - 1) * share)].toFixed(1);

test('a small picture of each moment is that of its key frame, made once', async (t) => {
	const { oldest, newest } = await span();
	const { sid } = json(await owner.play('yard', oldest, newest, { tracks: 'v' }));
	const { tracks: { v }, bytes } = await fetchAll(owner.auth, sid, oldest, newest);
	const thumb = (at) => get(owner.auth, `/api/v1/play/${sid}/thumb/${Math.floor(at)}.jpg`);
	await until('its maker is there', async () => (await thumb(v.segments[1][0])).status === 200);
	const cold = [], warm = [];
	let sent = 0, sample;
	for (const [nth, [start, end]] of v.segments.entries()) {
		const answers = [], from = Math.max(start, oldest), to = Math.min(end, newest);
		for (const [times, at] of [[cold, (from + to) / 2], [warm, from], [warm, to - 1]]) {
			const began = performance.now();
			answers.push(await thumb(at));
			times.push(performance.now() - began);
			sent += answers.at(-1).body.length;
		}
		const [{ status, headers, body }, ...again] = answers;
		assert.equal(status, 200, body.toString());
		assert.deepEqual([headers.get('content-type'), headers.get('cache-control'), headers.get('ward-span')], ['image/jpeg', 'no-store', `from=${start}; to=${end}`]);
		assert.ok(body.length < 15 * 1024);
		sample = body.subarray(0, 32);
		for (const one of again)
			assert.deepEqual(one.body, body, 'the same fragment, the same picture');
		if (nth % 5)
			continue;
		const files = { jpg: path.join(ward.folder, 'thumb.jpg'), mp4: path.join(ward.folder, 'piece.mp4') };
		writeFileSync(files.jpg, body);
		writeFileSync(files.mp4, Buffer.concat([v.parts[0], v.parts[nth + 1]]));
		assert.equal(execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', files.jpg], { encoding: 'utf8' }).trim(), '240,136');
		assert.equal(counterOf(files.jpg), counterOf(files.mp4), `the picture of ${start}`);
	}
	t.diagnostic(`${cold.length} thumbnails: made p50 ${percent(cold, 0.5)} ms, p95 ${percent(cold, 0.95)} ms; kept p50 ${percent(warm, 0.5)} ms, p95 ${percent(warm, 0.95)} ms`);
	assert.equal((await thumb(oldest - 1)).status, 404);
	assert.equal((await thumb(newest)).status, 404);
	for (const name of ['x.jpg', '12', '12.png', '12.jpg.jpg', `${2n ** 64n}.jpg`])
		assert.equal((await get(owner.auth, `/api/v1/play/${sid}/thumb/${name}`)).status, 404, name);
	const { bytes: used } = json(await request(ward, 'GET', '/api/v1/sessions', { auth: owner.auth })).sessions.find((one) => one.sid === sid);
	assert.ok(used - bytes - sent > 0 && used - bytes - sent < 15 * 1024, 'each counts, and the first one');
	assert.equal((await request(ward, 'DELETE', `/api/v1/play/${sid}`, { auth: owner.auth })).status, 200);
	assert.equal((await thumb(oldest)).status, 404);
	// Nothing of it lies on the disk in clear.
	const kept = readFileSync(path.join(ward.state, 'store/thumbs'));
	assert.ok(kept.length > 1e5 && kept.indexOf(sample) < 0);
});

test('whoever makes thumbnails dies, and another one makes the next', async () => {
	const { oldest, newest } = await span();
	const { sid } = json(await owner.play('yard', oldest, newest, { tracks: 'v' }));
	// The sound may have begun before the picture.
	const [{ segments: [[first]] }] = json(await request(ward, 'GET', `/api/v1/play/${sid}/segments?from=${oldest}&to=${newest}`, { auth: owner.auth })).tracks;
	const thumb = () => get(owner.auth, `/api/v1/play/${sid}/thumb/${Math.max(first, oldest)}.jpg`);
	const store = path.join(ward.state, 'store/thumbs');
	await until('there is one', async () => (await thumb()).status === 200);
	// Nothing is known any more: the cache is noise.
	writeFileSync(store, Buffer.alloc(readFileSync(store).length, 0x55));
	await ward.kill('ward-thumb');
	const answer = await until('it is made again', async () => {
		const one = await thumb();
		return one.status === 200 && one;
	});
	assert.equal(answer.headers.get('content-type'), 'image/jpeg');
});

test('revoking stops the next byte', async () => {
	const { oldest, newest } = await span();
	const member = await Person.add(ward, 'aunt', '--role', 'member');
	const { sid } = json(await member.play('yard', oldest, newest));
	const { tracks } = await fetchAll(member.auth, sid, oldest, newest);
	const pieces = tracks.v.segments.map(([, , id]) => `/api/v1/play/${sid}/v/${id}.m4s`);
	let stop = false, revoked, last = 0;
	// Four readers in a row take pieces as fast as they come.
	const readers = Promise.all([0, 1, 2, 3].map(async (n) => {
		for (let i = n; !stop; i++) {
			// One that is cut on its way is no answer: the next one must be a refusal.
			const answer = await get(member.auth, pieces[i % pieces.length]).catch(() => null);
			if (!answer)
				continue;
			if (answer.status === 200)
				last = performance.now();
			else
				return assert.ok([401, 404].includes(answer.status), String(answer.status));
		}
	}));
	await until('pieces come', () => last);
	const session = await request(ward, 'DELETE', `/api/v1/sessions/${sid}`, { auth: owner.auth });
	revoked = performance.now();
	assert.equal(session.status, 204);
	await readers;
	stop = true;
	assert.ok(last - revoked < promised(100), `the last byte came ${last - revoked} ms after`);
	const close = (await entries()).find((one) => one.kind === 'play.close' && one.sid === sid);
	assert.equal(close.end, 'revoked');

	const { sid: again } = json(await member.play('yard', oldest, newest));
	assert.equal((await get(member.auth, pieces[0].replace(sid, again))).status, 200);
	await ward.ward('user', 'remove', 'aunt');
	assert.equal((await get(member.auth, pieces[0].replace(sid, again))).status, 401);
});

test('a flipped bit is refused at its place, and the rest plays', async () => {
	const { oldest, newest } = await span();
	const store = path.join(ward.state, 'store/c1'), pack = path.join(store, readdirSync(store)[0]);
	const bytes = readFileSync(pack), heads = [];
	for (let at = bytes.indexOf('age-encryption.org/v1'); at >= 0; at = bytes.indexOf('age-encryption.org/v1', at + 1))
		heads.push(at);
	const { sid } = json(await owner.play('yard', oldest, newest));
	const { tracks } = await fetchAll(owner.auth, sid, oldest, newest);
	const sizes = heads.map((at, i) => (heads[i + 1] ?? bytes.length) - at);
	const third = sizes.findIndex((size) => Math.abs(size - tracks.v.segments[3][4] - 200) < 1);
	bytes[heads[third] + sizes[third] / 2 | 0] ^= 4;
	const file = openSync(pack, 'r+'), at = heads[third] + sizes[third] / 2 | 0;
	writeSync(file, bytes, at, 1, at);
	const statuses = [];
	for (const [, , id] of tracks.v.segments)
		statuses.push(await get(owner.auth, `/api/v1/play/${sid}/v/${id}.m4s`));
	assert.deepEqual(statuses.map(({ status }) => status).filter((status) => status !== 200), [500]);
	assert.equal(JSON.parse(statuses.find(({ status }) => status === 500).body).error, 'damaged');
	assert.ok(ward.process.said(/not what was recorded/));
	bytes[at] ^= 4;
	writeSync(file, bytes, at, 1, at);
	closeSync(file);
});

test('a killed vault forgets plays, and what it wrote still plays', async () => {
	const { oldest, newest } = await span();
	const { sid } = json(await owner.play('yard', oldest, newest));
	const { tracks } = await fetchAll(owner.auth, sid, oldest, newest);
	const piece = `/v/${tracks.v.segments[0][2]}.m4s`;
	await ward.kill('ward-vault');
	await until('the owner is in again', async () => {
		await owner.signIn().catch(() => {});
		return (await request(ward, 'GET', '/api/v1/me', { auth: owner.auth }).catch(() => ({}))).status === 200;
	}, 20000);
	assert.equal((await get(owner.auth, `/api/v1/play/${sid}${piece}`)).status, 404);
	const again = json(await owner.play('yard', oldest, newest));
	const answer = await get(owner.auth, `/api/v1/play/${again.sid}${piece}`);
	assert.deepEqual([answer.status, answer.body], [200, tracks.v.parts[1]]);
	assert.equal((await ward.ward('log', 'verify')).code, 0);
});
