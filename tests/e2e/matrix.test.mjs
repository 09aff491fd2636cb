// Every route × role × camera, from the route table that the front itself prints: who has the right gets an
// answer, everybody else a refusal, and nobody ever a byte or a name of a camera that is not theirs.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Person, emptyOffer, request } from './lib/person.mjs';
import { Ward, build, startCamera, until } from './lib/ward.mjs';

const routes = execFileSync(path.join(build, 'src/front/ward-front'), ['--routes'], { encoding: 'utf8' })
	.trim().split('\n').map((line) => JSON.parse(line));
const cameras = ['alpha', 'beta'];
/** Who asks, and which cameras are theirs. */
const askers = [
	{ who: 'nobody', role: 'none', mine: [] },
	{ who: 'stranger', role: 'none', mine: [], auth: 'ab'.repeat(32) },
	{ who: 'false token', role: 'none', mine: [], auth: `ward_${'cd'.repeat(32)}` },
	{ who: 'boss', role: 'owner', mine: cameras },
	{ who: 'member', role: 'member', mine: ['alpha'] },
	{ who: 'guest', role: 'guest', mine: ['alpha'] },
	{ who: 'token', role: 'integration', mine: ['alpha'] },
];
let ward, camera, sessionOfOwner, playOfOwner, recorded;

before(async () => {
	camera = await startCamera(['--video', 'h264', '--audio', 'none']);
	ward = await Ward.start({ config: `cameras:\n${cameras.map((name) => `  ${name}: {url: "${camera.url}", record: continuous}\n`).join('')}` });
	for (const asker of askers.filter(({ role }) => ['owner', 'member', 'guest'].includes(role))) {
		const scope = asker.mine.length === cameras.length ? [] : ['--cameras', asker.mine.join(',')];
		asker.person = await Person.add(ward, asker.who, '--role', asker.role, ...scope);
		asker.auth = asker.person.auth;
	}
	askers.at(-1).auth = (await ward.json('token', 'create', '--user', 'boss', '--camera', 'alpha', '--verbs', 'view')).token;
	await until('both cameras are live', async () =>
		(await ward.json('camera', 'list')).filter(({ state }) => state === 'live').length === cameras.length);
	const watching = await start(askers.find(({ who }) => who === 'boss'), 'beta');
	assert.equal(watching.status, 201, watching.text);
	sessionOfOwner = watching.headers.get('location').split('/').at(-1);
	const boss = askers.find(({ who }) => who === 'boss');
	for (const name of cameras)
		recorded = await until(`${name} is recorded`, async () => {
			const answer = await request(ward, 'GET', `/api/v1/cameras/${name}/timeline?from=1&to=${Date.now() * 1000}`, { auth: boss.auth });
			return JSON.parse(answer.text).spans[0];
		}, 40000);
	const playing = await play(boss, 'beta');
	assert.equal(playing.status, 201, playing.text);
	playOfOwner = JSON.parse(playing.text).sid;
});

after(async () => {
	await ward?.remove();
	await camera?.stop('SIGKILL');
});

async function start(asker, name, verb = 'view') {
	const offer = emptyOffer(`${asker.who}${name}`, verb);
	const headers = asker.person ? await asker.person.ask(name, verb, offer) : { 'content-type': 'application/sdp' };
	return request(ward, 'POST', verb === 'talk' ? `/whip/${name}` : `/whep/${name}?verbs=view`, { auth: asker.auth, body: offer, headers });
}

const span = () => ({ from: recorded[0], to: recorded[1] });

async function play(asker, name) {
	const { from, to } = span();
	if (asker.person)
		return asker.person.play(name, from, to);
	return request(ward, 'POST', `/api/v1/cameras/${name}/play`, { auth: asker.auth, body: JSON.stringify(span()), headers: { 'content-type': 'application/json' } });
}

const asJson = (body) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
/** What is asked of faces: an event that names nobody, and a face that is not there, are found by whoever may ask. */
const faces = { faces_add: { name: 'Mia', consent: 'her mother', picture: 'AAAA' }, faces_name: { name: 'Mia' }, faces_erase: undefined, faces_correct: {} };
/** What is asked of the diary; what an :id stands for is the owner's, made for this one request. */
const diary = {
	diary_begin_event: { body: () => ({ kind: 'mark' }) },
	diary_end_event: { of: 'diary_begin_event', body: () => ({}) },
	diary_list_clips: {},
	diary_list_spoken: {},
	diary_keep_clip: { body: () => ({ ...span(), name: 'steps' }) },
	diary_release_clip: { of: 'diary_keep_clip' },
};

async function askDiary(route, asker, name) {
	const { of, body } = diary[route.handler];
	let id = 0;
	if (of) {
		const made = await request(ward, 'POST', address(routes.find(({ handler }) => handler === of).pattern, name),
			{ auth: askers.find(({ who }) => who === 'boss').auth, ...asJson(diary[of].body()) });
		assert.equal(made.status, 201, made.text);
		({ id } = JSON.parse(made.text));
	}
	return request(ward, route.method, address(route.pattern, name).replace(':id', id), { auth: asker.auth, ...(body ? asJson(body()) : {}) });
}

const ageKey = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj'; // any
const logPaths = { '/api/v1/log/proof': '?index=0&size=1', '/api/v1/log/consistency': '?from=1&to=2' };

/** A real request for a pattern of the table. */
function address(pattern, name, sid) {
	return pattern.replace(':camera', name).replace(':sid', pattern.includes('/play/') ? playOfOwner : sid)
		.replace(':epoch', `600?for=${ageKey}`).replace(':seq', '5').replace(':track/:piece', 'v/600-0.mp4').replace(':moment', `${recorded[0]}.jpg`).replace(':track', 'v')
		.replace('/tile/entries/*', '/tile/entries/000.p/1').replace('/tile/*', '/tile/0/000.p/1').replace(/^\/\*$/, '/') + (logPaths[pattern] ?? '') +
		(/timeline$|segments$|clip.mp4$|export$/.test(pattern) ? `?from=${recorded[0]}&to=${recorded[1]}` : '');
}

/** Held open by design: their status is looked at, not their end. */
const endless = new Set(['/api/v1/events']);

async function ask(route, asker, name) {
	if (route.handler === 'wish_view')
		return start(asker, name);
	if (route.handler === 'wish_talk')
		return start(asker, name, 'talk');
	if (route.handler === 'plays_start')
		return play(asker, name);
	if (route.handler === 'keys_change')
		return request(ward, 'POST', route.pattern, { auth: asker.auth, ...asJson({ order: 'window' }) });
	if (route.handler === 'zones_change')
		return request(ward, 'POST', address(route.pattern, name), { auth: asker.auth, ...asJson({ zones: [{ kind: 'include', points: [[0, 0], [9, 0], [9, 9]] }] }) });
	if (route.handler in faces)
		return request(ward, route.method, address(route.pattern, name).replace(':id', '99'), { auth: asker.auth, ...(faces[route.handler] ? asJson(faces[route.handler]) : {}) });
	if (route.handler === 'sounding_play')
		return request(ward, 'POST', address(route.pattern, name), { auth: asker.auth, ...asJson({ sound: 'rain', seconds: 60 }) });
	if (diary[route.handler])
		return askDiary(route, asker, name);
	const url = address(route.pattern, name, sessionOfOwner);
	if (!endless.has(route.pattern))
		return request(ward, route.method, url, { auth: asker.auth, body: route.method === 'PATCH' ? 'a=end-of-candidates\r\n' : undefined,
			headers: route.method === 'PATCH' ? { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' } : {} });
	const stop = new AbortController();
	const answer = await fetch(new URL(url, ward.url), { signal: stop.signal,
		headers: asker.auth ? { authorization: `Bearer ${asker.auth}` } : {} });
	stop.abort();
	return { status: answer.status, headers: answer.headers, text: '' };
}

const isPublic = (route) => route.roles.includes('none');
/** Ends the owner's session if it succeeds: asked last. */
const ends = (route) => route.method === 'DELETE';
/** These make or prove an identity and are tested where that is. */
const enrolls = new Set(['account_pair', 'account_log_in', 'account_issue_nonce']);

for (const route of [...routes].sort((a, b) => ends(a) - ends(b)).filter(({ handler }) => !enrolls.has(handler)))
	test(`${route.method} ${route.pattern}`, async () => {
		for (const asker of askers.slice().reverse())
			for (const name of route.pattern.includes(':camera') ? cameras : cameras.slice(1)) {
				const answer = await ask(route, asker, name);
				const what = `${asker.who} asks ${route.method} ${route.pattern} of ${name}: ${answer.status} ${answer.text.slice(0, 200)}`;
				if (isPublic(route))
					assert.ok(answer.status < 400, what);
				else if (asker.role === 'none')
					assert.equal(answer.status, 401, what);
				else if (!route.roles.includes(asker.role))
					assert.ok([403, 404].includes(answer.status), what);
				else if (route.pattern.includes(':sid') && asker.who !== 'boss')
					assert.ok([403, 404].includes(answer.status), what);
				else if (route.right === 'talk' && !asker.mine.includes(name) && !route.pattern.includes(':sid'))
					assert.equal(answer.status, 404, what);
				else if (route.handler === 'wish_talk') // signed, and the camera has no speaker
					assert.equal(answer.status, ['owner', 'member'].includes(asker.role) ? 503 : 403, what);
				else if (['talk', 'keys'].includes(route.right) && route.method === 'POST') // signed anew each time, and nothing is signed here
					assert.equal(answer.status, 403, what);
				else if (route.handler in faces) // no eye looks here, and there are none
					assert.equal(answer.status, route.handler === 'faces_add' ? 503 : 404, what);
				else if (['play', 'mark', 'keep', 'talk'].includes(route.right) && !['owner', 'member'].includes(asker.role))
					assert.equal(answer.status, asker.mine.includes(name) ? 403 : 404, what);
				else if (['watch', 'play', 'mark', 'keep'].includes(route.right) && !asker.mine.includes(name))
					assert.ok([403, 404].includes(answer.status), what);
				else if (!route.pattern.includes(':sid') && route.handler !== 'logbook_show_tile')
					assert.ok(answer.status < 300, what);
				if (!asker.mine.includes('beta') && !isPublic(route))
					assert.ok(!answer.text.includes('beta'), `no name of others: ${what}`);
				if (!isPublic(route))
					assert.match(answer.headers.get('cache-control') ?? '', /no-store/, what);
			}
	});

test('every route names its right, its roles and its scope', () => {
	for (const route of routes)
		for (const field of ['method', 'pattern', 'right', 'camera', 'handler', 'roles'])
			assert.ok(route[field]?.length, `${route.method} ${route.pattern} lacks ${field}`);
});

test('only the owner was let in to beta, and the log says so', async () => {
	const entries = (await ward.ward('log', 'show', '--json')).out.trim().split('\n').map((line) => JSON.parse(line));
	const beta = entries.find(({ kind, opened }) => kind === 'config' && opened.name === 'beta')?.cam;
	const views = entries.filter(({ kind, cam }) => kind === 'view.open' && cam === beta);
	assert.ok(beta && views.length >= 1);
	for (const view of views)
		assert.equal(view.opened.acct, 'boss');
});
