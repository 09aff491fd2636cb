// A clip that is saved is what was recorded, begins and ends at its picture, and stands in the log.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import path from 'node:path';
import { test } from 'node:test';

import { Clip } from '../../web/recorded/clip.js';
import { flacFragment, flacInit, lawOf } from '../../web/recorded/flac.js';
import { movieHead } from '../../web/recorded/movie.js';
import { Device, launch } from './lib/browser.mjs';
import { counters, decode, quiet } from './lib/film.mjs';
import { Person, request } from './lib/person.mjs';
import { measureTone } from './lib/sound.mjs';
import { command, Process, startCamera, until, Ward } from './lib/ward.mjs';

const TONE_HZ = 440, TONE_RMS = 0.5 / Math.SQRT2;
const FPS = 25, GOP_S = 2, SECONDS = 12, CHANGED_US = 2000;

/** A running Ward that has recorded some seconds of such a camera, and an owner. */
async function record(video, audio, ...more) {
	const camera = await startCamera(['--video', video, '--audio', audio, '--fps', String(FPS), '--gop', String(GOP_S), '--bitrate', '800', ...more]);
	const ward = await Ward.start({ config: `cameras:\n  yard: {url: "${camera.url}", record: continuous}\n` });
	const owner = await Person.add(ward, 'Olga', '--role', 'owner');
	const timeline = async () => JSON.parse((await request(ward, 'GET', `/api/v1/cameras/yard/timeline?from=0&to=${9e15}`, { auth: owner.auth })).text);
	const line = await until('enough is recorded', async () => {
		const now = await timeline();
		return now.newest - now.oldest > SECONDS * 1e6 && now;
	}, 60000);
	return { ward, camera, owner, from: line.oldest, to: line.newest };
}

async function finish({ ward, camera }) {
	await ward.remove();
	await camera.stop('SIGKILL');
}

async function play({ ward, owner }, from, to) {
	const answer = await owner.play('yard', from, to);
	assert.equal(answer.status, 201, answer.text);
	return { ...JSON.parse(answer.text), get: (rest, headers = {}) => fetch(new URL(`/api/v1/play/${JSON.parse(answer.text).sid}/${rest}`, ward.url),
		{ headers: { authorization: `Bearer ${owner.auth}`, ...headers } }) };
}

const bytes = async (answer) => Buffer.from(await answer.arrayBuffer());

/** A track as it was recorded, in a file whose times are the time of day. */
async function recorded(rig, session, track, { from, to }) {
	const list = JSON.parse(await (await session.get(`segments?from=${from}&to=${to}`)).text());
	const { inits, segments } = list.tracks.find((one) => one.track === track);
	const parts = [await bytes(await session.get(`${track}/${inits[0].init}.mp4`))];
	for (const [, , id] of segments)
		parts.push(await bytes(await session.get(`${track}/${id}.m4s`)));
	const file = path.join(rig.ward.folder, `recorded-${track}.mp4`);
	writeFileSync(file, Buffer.concat(parts));
	// ffmpeg puts off pictures that are sent in another order than they are shown, in fragmented files.
	const late = Math.min(...packets(file, track === 'v' ? 'v' : 'a').map(({ time }) => time)) - segments[0][0] / 1e6;
	return { file, late };
}

/** The same clip as the app makes it where the box cannot; G.711 becomes FLAC as the box has it. */
async function madeByApp(session, from, to) {
	const { tracks } = JSON.parse(await (await session.get(`segments?from=${from}&to=${to}`)).text());
	const rows = tracks.flatMap(({ track, segments }) => segments.map(([start, , id, init]) => ({ track, start, id, init }))).sort((a, b) => a.start - b.start || 'vm'.indexOf(a.track) - 'vm'.indexOf(b.track));
	const piece = async (track, name) => new Uint8Array(await bytes(await session.get(`${track}/${name}`)));
	const clip = new Clip(from, to), parts = [];
	for (const { track, id, init } of rows) {
		const [head, data] = await Promise.all([piece(track, `${init.replace(/[au]$/, '')}.mp4`), piece(track, `${id.replace(/[au]$/, '')}.m4s`)]);
		const law = lawOf(head);
		const [first, body] = law ? [flacInit(head), flacFragment(data, law)] : [head, data];
		assert.deepEqual([first, body], [await piece(track, `${init}.mp4`), await piece(track, `${id}.m4s`)]);
		parts.push(clip.add(track, clip.addInit(track, first), body));
	}
	return Buffer.concat([movieHead(clip), ...parts]);
}

const show = (file, what, stream, ...more) => JSON.parse(quiet('ffprobe', '-select_streams', stream, '-show_entries', what, '-of', 'json', ...more, file));
const frames = (file) => show(file, 'frame=pts_time', 'v').frames.map((frame) => Number(frame.pts_time));
const packets = (file, stream) => show(file, 'packet=pts_time,data_hash,flags', stream, '-show_data_hash', 'md5').packets
	.map(({ pts_time, data_hash, flags }) => ({ time: Number(pts_time), hash: data_hash, isHidden: flags.includes('D') }));

/** Every packet of the clip is one that was recorded, and as far from `start` as it was then. */
function assertInTime(clip, stream, source, start) {
	const times = new Map();
	for (const { hash, time } of packets(source.file, stream))
		times.set(hash, [...(times.get(hash) ?? []), time - source.late]);
	const kept = packets(clip, stream);
	assert.ok(kept.length > 0);
	for (const { hash, time } of kept) {
		const off = Math.min(...(times.get(hash) ?? []).map((then) => Math.abs(then - start - time)));
		assert.ok(off * 1e6 < CHANGED_US, `a packet of ${stream} at ${time} is off by ${off} s`);
	}
}

const entries = async (ward, kind) => (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line)).filter((entry) => entry.kind === kind);

for (const [video, audio, ...more] of [['h264', 'aac'], ['h265', 'opus'], ['h264', 'pcma', '--bframes', '2'], ['h264', 'pcmu']])
	test(`a clip of ${[video, audio, ...more].join(' ')} begins and ends at its picture`, async () => {
		const rig = await record(video, audio, ...more);
		try {
			const session = await play(rig, rig.from, rig.to);
			// Both between two pictures: of one that is due at this very moment, nobody can say on which side it is.
			const from = rig.from + 3_100_000, to = from + 5_320_000;
			const answer = await session.get(`clip.mp4?from=${from}&to=${to}`);
			assert.equal(answer.status, 200);
			assert.equal(answer.headers.get('cache-control'), 'no-store');
			assert.match(answer.headers.get('content-disposition'), /^attachment; filename="yard 20\d\d-\d\d-\d\d \d\d\.\d\d\.\d\d\.mp4"; filename\*=UTF-8''yard%20/);
			const whole = await bytes(answer);
			assert.equal(whole.length, Number(answer.headers.get('content-length')));
			const clip = path.join(rig.ward.folder, 'clip.mp4');
			writeFileSync(clip, whole);

			// The pictures: those seen from `from` on, none missing, none after `to`.
			const source = await recorded(rig, session, 'v', rig), all = counters(source.file), when = frames(source.file).map((time) => time - source.late);
			assert.equal(all.length, when.length);
			const first = when.findLastIndex ? when.findLastIndex((time) => time * 1e6 <= from) : when.filter((time) => time * 1e6 <= from).length - 1;
			const wanted = all.filter((_, i) => i >= first && when[i] * 1e6 < to);
			assert.deepEqual(counters(clip), wanted);
			assert.ok(wanted.length > 3 * FPS); // a busy camera makes fewer

			// Picture and sound as they were to each other, and the file begins with both.
			assertInTime(clip, 'v', source, when[first]);
			assertInTime(clip, 'a', await recorded(rig, session, 'm', rig), when[first]);
			for (const stream of ['v', 'a'])
				assert.ok(Math.abs(Number(show(clip, 'stream=start_time', stream).streams[0].start_time)) < 0.021);
			assert.ok(Math.abs(Number(show(clip, 'format=duration', 'v').format.duration) - (to / 1e6 - when[first])) < 0.001);
			decode(clip);
			assert.ok((await madeByApp(session, from, to)).equals(whole), 'the same as the app would make it');

			// A download that broke off goes on, byte by byte, also in another play.
			const other = await play(rig, from, to), etag = answer.headers.get('etag');
			const head = await session.get(`clip.mp4?from=${from}&to=${to}`, { range: 'bytes=0-99', 'if-range': etag });
			assert.equal(head.status, 206);
			assert.deepEqual(await bytes(head), whole.subarray(0, 100));
			for (const at of [100, 5000, Math.floor(whole.length / 2), whole.length - 1]) {
				const rest = await other.get(`clip.mp4?from=${from}&to=${to}`, { range: `bytes=${at}-`, 'if-range': etag });
				assert.equal(rest.status, 206);
				assert.equal(rest.headers.get('content-range'), `bytes ${at}-${whole.length - 1}/${whole.length}`);
				assert.deepEqual(await bytes(rest), whole.subarray(at));
			}
			const changed = await other.get(`clip.mp4?from=${from}&to=${to}`, { range: 'bytes=5-', 'if-range': '"another"' });
			assert.equal(changed.status, 200);
			assert.deepEqual(await bytes(changed), whole);
			assert.equal((await other.get(`clip.mp4?from=${from}&to=${to}`, { range: `bytes=${whole.length}-` })).status, 416);
		} finally {
			await finish(rig);
		}
	});

/** The command saves the same clip, and goes on where it was stopped. */
async function saveByCommand(rig) {
	const { ward } = rig, from = rig.from + 1_234_567, to = from + 8e6, file = path.join(ward.folder, 'saved.mp4'), part = `${file}.part`;
	const args = ['export', 'clip', 'yard', moment(from), moment(to), '-o', file];
	const session = await play(rig, from, to), whole = await bytes(await session.get(`clip.mp4?from=${from}&to=${to}`));
	const saves = async (code, ...more) => {
		const { code: got, out, err } = await ward.ward(...args, ...more);
		assert.equal(got, code, out + err);
		return code === 0 ? out : err;
	};
	const isSame = () => assert.ok(readFileSync(file).equals(whole), 'as a download of it');
	const told = JSON.parse(await saves(0, '--json'));
	isSame();
	decode(file);
	assert.deepEqual([told.file, told.bytes, told.from, told.to, told.resumed_at], [file, whole.length, from, to, 0]);

	// Who did it: whoever may use the box's own socket, by what right, and when.
	const said = (await entries(ward, 'export')).at(-1), opened = (await entries(ward, 'play.open')).at(-1), right = (await entries(ward, 'grant.create')).at(-1);
	const who = `local tool, uid ${process.getuid()}`;
	assert.deepEqual([said.seq, said.span, said.tracks, said.why, said.opened.acct], [told.seq, `${from} ${to}`, 'v,m', 'owner', who]);
	assert.deepEqual([opened.sid, opened.span, opened.opened.acct, opened.opened.device, opened.opened.from],
		[said.sid, `${from} ${to}`, who, 'ward command', 'this box']);
	assert.deepEqual([opened.grant, said.grant, right.opened.acct, right.cam], [String(right.seq), String(right.seq), who, 'c1']);
	await until('its session is over', async () => (await entries(ward, 'play.close')).some(({ sid, end }) => sid === said.sid && end === 'left'));
	assert.match(await saves(1), /already/, 'nothing is written over');

	// Killed in the middle: what is there is gone on with, and the log had its entry before.
	await until('it was killed in the middle', async () => {
		rmSync(file, { force: true });
		rmSync(part, { force: true });
		const running = new Process(command, [...args, '--state', ward.state]);
		const size = () => statSync(part, { throwIfNoEntry: false })?.size ?? 0;
		while (running.code === undefined && size() === 0)
			await new Promise((resolve) => setImmediate(resolve));
		await running.stop('SIGKILL');
		return size() > 0 && size() < whole.length;
	});
	assert.ok((await entries(ward, 'export')).length >= 3);
	const left = statSync(part).size;
	assert.equal(JSON.parse(await saves(0, '--json')).resumed_at, left);
	isSame();

	// What is left of another clip, or was never really written, is of no use.
	for (const spoil of [(data) => data.fill(0, data.length >> 1), (data) => data.fill(7, 0, 50), (data) => Buffer.concat([data, whole])]) {
		rmSync(file);
		writeFileSync(part, spoil(Buffer.from(whole.subarray(0, whole.length - 1000))));
		await saves(0);
		isSame();
	}

	// No room.
	rmSync(file);
	const { status, stderr } = spawnSync('bash', ['-c', 'ulimit -f 1000; exec "$0" "$@"', command, ...args, '--state', ward.state], { encoding: 'utf8' });
	assert.equal(status, 1, stderr);
	assert.match(stderr, /^ward: .*saved\.mp4\.part: no more room on that disk/);
	assert.equal(statSync(part).size, 1000 * 1024);
	assert.equal(JSON.parse(await saves(0, '--json')).resumed_at, 1000 * 1024);
	isSame();

	const rest = (camera, ...more) => ward.ward('export', 'clip', camera, ...more);
	for (const [code, pattern, ...wrong] of [[1, /no camera of that name/, 'attic', moment(from), moment(to)], [1, /nothing of it was recorded then/, 'yard', '2001-01-01 10:00', '2001-01-01 10:05'],
		[2, /yet to come/, 'yard', moment(from), moment((Date.now() + 60000) * 1000)], [2, /before/, 'yard', moment(to), moment(from)],
		[2, /four hours/, 'yard', '2001-01-01 10:00', '2001-01-01 15:05'], [2, /--tracks/, 'yard', moment(from), moment(to), '--tracks', 'x']]) {
		const answer = await rest(...wrong);
		assert.equal(answer.code, code, answer.err);
		assert.match(answer.err, pattern);
	}
	const { code, out, err } = await ward.ward('log', 'verify');
	assert.equal(code, 0, out + err);
}

test('an entry says so first, and nobody else gets a byte', async () => {
	const rig = await record('h264', 'aac', '--pattern', 'snow', '--bitrate', '8000');
	try {
		const { ward, owner } = rig, from = rig.from + 1e6, to = from + 8e6, address = `clip.mp4?from=${from}&to=${to}`;
		const session = await play(rig, from, to + 1e6);
		const listen = await session.get(`${address}&tracks=m`);
		assert.equal(listen.status, 200);
		assert.equal((await entries(ward, 'export')).length, 1, 'the answer came, so its entry is there');
		await bytes(listen);
		await bytes(await session.get(address));
		await bytes(await session.get(address, { range: 'bytes=10-' }));
		const said = await entries(ward, 'export');
		assert.deepEqual(said.map(({ sid, span, tracks, why, opened }) => [sid, span, tracks, why, opened.acct]), [
			[session.sid, `${from} ${to}`, 'm', 'owner', 'Olga'],
			[session.sid, `${from} ${to}`, 'v,m', 'owner', 'Olga']], 'one entry a clip, however often it is asked for');
		const { code, out, err } = await ward.ward('log', 'verify');
		assert.equal(code, 0, out + err);

		// What is not so.
		const status = async (rest, headers) => (await session.get(rest, headers)).status;
		assert.equal(await status(`clip.mp4?from=${from}&to=${to + 9e6}`), 400, 'more than the play is of');
		assert.equal(await status(`clip.mp4?from=${to}&to=${from}`), 400);
		assert.equal(await status(`${address}&tracks=x`), 400);
		assert.equal(await status(`clip.mp4?from=1&to=${2e10}`), 400, 'too long');
		assert.equal(await status(address, { authorization: '' }), 401);
		const guest = await Person.add(ward, 'Gus', '--role', 'guest');
		for (const rest of [address, 'master.m3u8', 'v/list.m3u8'])
			assert.equal(await status(rest, { authorization: `Bearer ${guest.auth}` }), 404, rest);
		assert.equal((await entries(ward, 'export')).length, 2, 'nothing of this was an export');

		// Taken back in the middle of a download: HTTP/2, where Ward cannot send what nobody has asked for.
		const client = connect(`https://localhost:${ward.https}`, { rejectUnauthorized: false });
		try {
			const sent = await new Promise((resolve, reject) => {
				const stream = client.request({ ':path': `/api/v1/play/${session.sid}/${address}`, authorization: `Bearer ${owner.auth}` });
				let size = 0, length;
				client.on('error', reject);
				stream.on('error', () => {});
				stream.on('close', () => resolve({ size, length }));
				stream.on('response', (headers) => {
					length = Number(headers['content-length']);
					ward.ward('revoke', session.sid).then(() => stream.on('data', (data) => { size += data.length; }), reject);
				});
			});
			assert.ok(sent.length > 1e6 && sent.size < sent.length, `${sent.size} of ${sent.length}`);
		} finally {
			client.close();
		}
		assert.equal(await status(address), 404);
		await saveByCommand(rig);
	} finally {
		await finish(rig);
	}
});

/** As `ward export clip` takes a time, to the microsecond. */
const moment = (us) => `${new Date(Math.floor(us / 1e6) * 1000).toISOString().slice(0, 19)}.${String(us % 1e6).padStart(6, '0')}Z`;

for (const [video, audio] of [['h264', 'aac'], ['h265', 'pcma']])
	test(`another player plays ${video} and ${audio} by HLS`, async () => {
		const rig = await record(video, audio);
		try {
			const from = rig.from + 4e6, to = from + 6e6, session = await play(rig, from, to);
			const url = new URL(`/api/v1/play/${session.sid}/master.m3u8`, rig.ward.url).href, file = path.join(rig.ward.folder, 'hls.mkv');
			const main = await (await session.get('master.m3u8')).text();
			assert.equal(/CODECS=/.test(main), audio === 'aac', main);
			assert.notEqual(spawnSync('ffprobe', ['-v', 'quiet', url]).status, 0, 'not without the bearer');
			quiet('ffmpeg', '-headers', `Authorization: Bearer ${rig.owner.auth}\r\n`, '-i', url, '-map', '0:v', '-map', '0:a', '-c', 'copy', file);
			const list = JSON.parse(await (await session.get(`segments?from=${from}&to=${to}`)).text()).tracks;
			const [v, m] = ['v', 'm'].map((track) => list.find((one) => one.track === track).segments);
			const source = await recorded(rig, session, 'v', { from, to });
			assert.equal(packets(file, 'v').length, packets(source.file, 'v').length);
			const [video_start, sound_start] = ['v', 'a'].map((stream) => packets(file, stream)[0].time);
			assert.ok(Math.abs(sound_start - video_start - (m[0][0] - v[0][0]) / 1e6) < 0.04);
		} finally {
			await finish(rig);
		}
	});

/** What the page's video sounds like at this moment. */
async function hear(page) {
	const { samples, rate } = await page.evaluate(async () => {
		window.heard ??= (() => {
			const context = new AudioContext(), analyser = new AnalyserNode(context, { fftSize: 8192 });
			context.createMediaElementSource(document.querySelector('.frame video')).connect(analyser).connect(context.destination);
			return { context, analyser };
		})();
		const { context, analyser } = window.heard;
		const samples = new Float32Array(analyser.fftSize);
		await context.resume();
		analyser.getFloatTimeDomainData(samples);
		return { samples: [...samples], rate: context.sampleRate };
	});
	return measureTone(samples, TONE_HZ, rate);
}

test('the page plays G.711, and saves a clip with an entry that it has proven', async () => {
	const rig = await record('h264', 'pcma');
	const browser = await launch();
	try {
		const { page, errors } = await Device.pair(browser, await rig.ward.link('Alice', '--role', 'member'));
		await page.goto(`${rig.ward.url}#/recorded/c1/${(rig.from + 3e6) / 1e6}`);
		await page.waitForSelector('.frame video:not(.covered)');

		// gstcam's tone, as high and as loud as it was.
		await page.click('.bar >> text=Sound off');
		await until('it is heard', async () => {
			const { rms, share } = await hear(page);
			return share > 0.97 && Math.abs(rms - TONE_RMS) < 0.02;
		});
		assert.equal(await page.evaluate(() => document.querySelector('.frame video').error), null);
		await page.click('.bar >> text=Save');
		const [download] = await Promise.all([page.waitForEvent('download'), page.click('.sheet >> text=30 s')]);
		assert.match(download.suggestedFilename(), /^yard 20\d\d-\d\d-\d\d \d\d\.\d\d\.\d\d\.mp4$/);
		await page.waitForSelector('.save-state:has-text("Saved: yard")');
		const file = path.join(rig.ward.folder, 'saved.mp4');
		await download.saveAs(file);
		decode(file);
		assert.ok(counters(file).length > 5 * FPS);
		assert.ok(packets(file, 'a').length > 0);
		const [entry] = await entries(rig.ward, 'export');
		assert.deepEqual([entry.tracks, entry.why, entry.opened.acct], ['v,m', 'member', 'Alice']);
		assert.deepEqual(errors, []);
	} finally {
		await browser.close();
		await finish(rig);
	}
});
