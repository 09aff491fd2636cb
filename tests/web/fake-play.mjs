// The fake box's recordings: the same minute of picture and sound at every recorded time.

import { sealAnswer } from './fake-keys.mjs';
import { fakeMedia } from './fake-media.mjs';
import { Refusal } from './refusal.mjs';

const SEGMENTS_MAX = 2000;
const STRETCH = 1e11; // between the ids of two stretches; below it an id is its second

/** Fragments of a track that overlap a range, as rows of the interface. */
function rowsOf({ seconds }, spans, from, to, bytes) {
	const length = seconds * 1e6;
	const rows = [];
	// Where a clock was set back two stretches are of the same time: each has fragments of its own.
	spans.forEach(([start, end], place) => {
		for (let at = Math.max(start, Math.floor(from / length) * length); at < Math.min(end, to); at += length)
			rows.push([at, at + length, String(at / 1e6 + place * STRETCH), 0, bytes]);
	});
	return rows.filter((row) => row[1] > from).sort((a, b) => a[0] - b[0]);
}

function playOf(ward, context, sid) {
	ward.device(context);
	const play = ward.plays.get(sid);
	if (!play)
		throw new Refusal(404, 'not-found');
	return play;
}

/** What is kept of a camera; only the household may change it. */
function clipsOf(ward, context, name) {
	if (ward.device(context).role === 'guest')
		throw new Refusal(403, 'not-allowed');
	const of = ward.recordings.get(ward.cameras.find((one) => one.name === name)?.id);
	if (!of)
		throw new Refusal(404, 'not-found');
	of.clips ??= [];
	return of.clips;
}

/** What the speaker was given is, here, what the microphone heard. */
const heard = (track) => (track === 's' ? 'm' : track);

const range = (url) => ['from', 'to'].map((name) => Number(url.searchParams.get(name)));

export const playRoutes = [
	['GET', /^\/api\/v1\/cameras\/([^/]+)\/timeline$/, function (context, name) {
		this.device(context);
		const camera = this.cameras.find((one) => one.name === name);
		if (!camera)
			throw new Refusal(404, 'not-found');
		const [from, to] = range(context.url);
		const { spans, gaps, events, clips, spoken } = this.recordings.get(camera.id) ?? { spans: [], gaps: [] };
		const clip = (list) => list.filter((one) => one[0] < to && one[1] > from).map(([a, b, ...rest]) => [Math.max(a, from), Math.min(b, to), ...rest]);
		return { camera: name, from, to, oldest: spans[0]?.[0] ?? null, newest: spans[spans.length - 1]?.[1] ?? null, spans: clip(spans), gaps: clip(gaps),
			...(spoken ? { spoken: spoken.filter((one) => one.from < to && one.to > from) } : {}),
			...(events ? { events: events.filter((one) => one.from < to && one.to > from) } : {}), ...(clips ? { clips: clips.filter((one) => one.from < to && one.to > from) } : {}) };
	}],
	['GET', /^\/api\/v1\/cameras\/([^/]+)\/clips$/, function (context, name) {
		return { clips: [...clipsOf(this, context, name)].reverse() };
	}],
	['POST', /^\/api\/v1\/cameras\/([^/]+)\/clips$/, function (context, name) {
		const clips = clipsOf(this, context, name);
		const clip = { id: Math.max(0, ...clips.map((one) => one.id)) + 1, ...JSON.parse(context.body) };
		clips.push(clip);
		context.response.statusCode = 201;
		return { id: clip.id, seq: this.log.add('config', { cam: 'c1', reason: 'clip-kept' }) };
	}],
	['DELETE', /^\/api\/v1\/cameras\/([^/]+)\/clips\/(\d+)$/, function (context, name, id) {
		const clips = clipsOf(this, context, name);
		clips.splice(clips.findIndex((one) => one.id === Number(id)), 1);
		context.response.writeHead(204).end();
	}],
	['POST', /^\/api\/v1\/cameras\/([^/]+)\/play$/, function (context, name) {
		const me = this.device(context);
		const camera = this.cameras.find((one) => one.name === name);
		if (!camera)
			throw new Refusal(404, 'not-found');
		if (this.refusal)
			throw new Refusal(403, this.refusal);
		const { from, to, tracks = 'v,m' } = JSON.parse(context.body);
		if (!(from < to && to - from <= 31 * 86400e6))
			throw new Refusal(400, 'bad-request');
		const { spans } = this.recordings.get(camera.id) ?? { spans: [] };
		if (!spans.some((one) => one[0] < to && one[1] > from))
			throw new Refusal(404, 'not-found');
		const { sid, seq } = this.grant(context, me, camera, `verbs play\nspan ${from} ${to}`, { tracks, kind: 'play', span: this.fault === 'span' ? `${from} ${to + 1}` : `${from} ${to}` });
		this.plays.set(sid, { camera: camera.id, from, to, tracks: tracks.split(',') });
		context.response.statusCode = 201;
		return { sid: this.fault === 'sid' ? 'f'.repeat(32) : sid, seq, from, to };
	}],
	['GET', /^\/api\/v1\/play\/([0-9a-f]+)\/segments$/, async function (context, sid) {
		const play = playOf(this, context, sid);
		const media = await fakeMedia();
		const [from, to] = range(context.url);
		const { spans } = this.recordings.get(play.camera);
		return sealAnswer(this, { tracks: play.tracks.map((track) => ({ track, inits: [{ init: 0, codecs: media[heard(track)].codecs, mime: heard(track) === 'm' ? 'audio/mp4' : 'video/mp4' }],
			segments: rowsOf(media[heard(track)], spans, Math.max(from, play.from), Math.min(to, play.to), media[heard(track)].fragments[0].length).slice(0, SEGMENTS_MAX) })) }, play.camera);
	}],
	['GET', /^\/api\/v1\/play\/([0-9a-f]+)\/([vwms])\/(\d+)\.(mp4|m4s)$/, async function (context, sid, track, id, kind) {
		const play = playOf(this, context, sid);
		const media = await fakeMedia();
		if (!play.tracks.includes(track))
			throw new Refusal(404, 'not-found');
		if (this.isSealed)
			throw new Refusal(409, 'sealed');
		if (kind === 'm4s' && this.bad.has(id))
			throw new Refusal(this.bad.get(id), { 404: 'not-found', 410: 'erased' }[this.bad.get(id)] ?? 'damaged');
		if (kind === 'm4s')
			this.served.push({ track, id, sid });
		context.response.writeHead(200, { 'content-type': heard(track) === 'm' ? 'audio/mp4' : 'video/mp4' });
		context.response.end(kind === 'mp4' ? media[heard(track)].init : media.fragment(heard(track), (Number(id) % STRETCH) * 1e6));
	}],
	['GET', /^\/api\/v1\/play\/([0-9a-f]+)\/thumb\/(\d+)\.jpg$/, async function (context, sid, moment) {
		const play = playOf(this, context, sid);
		const media = await fakeMedia();
		const at = Number(moment);
		const { spans } = this.recordings.get(play.camera);
		this.thumbs.push({ at, sid });
		await this.thumbGate?.();
		if (this.bad.has('thumb'))
			throw new Refusal(this.bad.get('thumb'), 'no-thumbnail');
		if (at < play.from || at >= play.to || !spans.some(([from, to]) => from <= at && at < to))
			throw new Refusal(404, 'not-found');
		const from = Math.floor(at / 1e6) * 1e6;
		context.response.writeHead(200, { 'content-type': 'image/jpeg', 'ward-span': `from=${from}; to=${from + 1e6}` });
		context.response.end(media.thumbs[(from / 1e6) % media.thumbs.length]);
	}],
	['DELETE', /^\/api\/v1\/play\/([0-9a-f]+)$/, function (context, sid) {
		playOf(this, context, sid);
		this.endSession(sid, 'left');
		return {};
	}],
];
