import './webcrypto.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askText, loginText, pairText, playText, sdpFingerprint, soundText } from '../../web/log/ask.js';
import { checkOpening, faultOfView, parseEntry, tracksOf } from '../../web/log/entry.js';
import { FakeLog } from './fake-log.mjs';

const sid = '9b2f4c6e8a0d1f3355779bbddff01234';
const good = `ward/entry/1\nseq 3\nkind view.open\ntime 1767225610000000\nmono 6f1c2a90b7d4e853 15000000000\ncam c1\nsid ${sid}\ntracks v,m\n` +
	'why member\ngrant 2\nallow 8000000 10\n~acct PVp8Y13G\n~device PVp8Y13G\n';

test('an entry is read', () => {
	const entry = parseEntry(good);
	assert.equal(entry.seq, 3);
	assert.equal(entry.kind, 'view.open');
	assert.equal(entry.time, 1767225610000000);
	assert.equal(entry.fields.get('allow'), '8000000 10');
	assert.deepEqual([...entry.commitments.keys()], ['acct', 'device']);
});

test('an entry has one form', () => {
	const bad = {
		'no last line end': good.slice(0, -1), 'no first line': good.slice(13), 'empty line': good.replace('cam c1\n', '\ncam c1\n'),
		'unknown key': good.replace('cam c1', 'camera c1'), 'doubled key': good.replace('cam c1\n', 'cam c1\ncam c1\n'),
		'misplaced key': good.replace(`cam c1\nsid ${sid}`, `sid ${sid}\ncam c1`), 'trailing space': good.replace('cam c1', 'cam c1 '),
		'two spaces': good.replace('cam c1', 'cam  c1'), 'not ASCII': good.replace('cam c1', 'cam ç'), tab: good.replace('cam c1', 'cam\tc1'),
		'unsorted commitments': good.replace('~acct', '~zcct'), 'key after commitments': good + 'end left\n', 'no kind': good.replace('kind view.open\n', ''),
		'leading zero': good.replace('seq 3', 'seq 03'), huge: good + '~x ' + 'A'.repeat(5000) + '\n', empty: '',
	};
	for (const [name, text] of Object.entries(bad))
		assert.throws(() => parseEntry(text), SyntaxError, name);
});

test('openings are held against the commitments', async () => {
	const log = new FakeLog();
	log.add('user.add', { why: 'member' }, { acct: 'Änne', cameras: 'all' });
	const [row] = log.rows;
	const entry = parseEntry(row.text);
	for (const opening of row.openings) {
		assert.ok(await checkOpening(entry, opening));
		assert.ok(!(await checkOpening(entry, { ...opening, value: opening.value + ' ' })));
		assert.ok(!(await checkOpening(entry, { ...opening, name: 'device' })));
		assert.ok(!(await checkOpening(entry, { ...opening, salt: opening.salt.slice(2) })));
	}
});

test('the entry of a view must say what was asked for', () => {
	const ask = { text: 'ward/ask/1\ncamera Nursery\n', signature: 'ab' };
	const openings = [{ name: 'ask', salt: '', value: 'ward/ask/1|camera Nursery' }, { name: 'sig', salt: '', value: 'ab' }];
	const view = { kind: 'view.open', seq: 3, camera: 'c1', sid, ask };
	const entry = parseEntry(good);
	assert.equal(faultOfView(entry, openings, view), '');
	assert.equal(faultOfView(entry, openings, { ...view, seq: 4 }), 'seq');
	assert.equal(faultOfView(entry, openings, { ...view, camera: 'c2' }), 'cam');
	assert.equal(faultOfView(entry, openings, { ...view, sid: sid.replace('9', '8') }), 'sid');
	assert.equal(faultOfView(parseEntry(good.replace('view.open', 'view.tick')), openings, view), 'kind');
	assert.equal(faultOfView(parseEntry(good.replace('tracks v,m', 'tracks m')), openings, view), 'tracks');
	const played = parseEntry(good.replace('view.open', 'play.open').replace('10\n~', '10\nspan 5 6\n~'));
	assert.equal(faultOfView(played, openings, { ...view, kind: 'play.open', span: '5 6' }), '');
	assert.equal(faultOfView(played, openings, { ...view, kind: 'play.open', span: '5 7' }), 'span');
	assert.equal(faultOfView(entry, openings.slice(0, 1), view), 'ask');
	assert.equal(faultOfView(entry, openings, { ...view, ask: { ...ask, signature: 'cd' } }), 'ask');
	assert.equal(faultOfView(entry, openings, { ...view, ask: { ...ask, text: 'ward/ask/1\ncamera Yard\n' } }), 'ask');
	assert.deepEqual(tracksOf(entry), ['v', 'm']);
});

test('the signed texts are those of the vault', () => {
	assert.equal(pairText('ab', 'cd', 'Phone'), 'ward/pair/1\nsecret ab\nkey cd\nname Phone\n');
	assert.equal(loginText('ef'), 'ward/login/1\nnonce ef\n');
	assert.equal(askText({ camera: 'Nursery', verbs: 'view,listen', fingerprint: '01', nonce: '02', size: 0, root: '-' }),
		'ward/ask/1\ncamera Nursery\nverbs view,listen\nfingerprint 01\nnonce 02\ncheckpoint 0 -\n');
	assert.equal(soundText({ camera: 'Nursery', sound: 'rain', seconds: 900, volume: 50, nonce: '02', size: 7, root: 'AA==' }),
		'ward/ask/1\ncamera Nursery\nverbs talk\nsound rain 900 50\nnonce 02\ncheckpoint 7 AA==\n');
	assert.equal(playText({ camera: 'Nursery', from: 5, to: 6, nonce: '02', size: 7, root: 'AA==' }),
		'ward/ask/1\ncamera Nursery\nverbs play\nspan 5 6\nnonce 02\ncheckpoint 7 AA==\n');
});

test('the fingerprint is read from a session description', () => {
	const print = Array.from({ length: 32 }, (_, at) => (at + 160).toString(16).toUpperCase()).join(':');
	assert.equal(sdpFingerprint(`v=0\r\na=fingerprint:sha-256 ${print}\r\n`), print.replaceAll(':', '').toLowerCase());
	assert.throws(() => sdpFingerprint(`v=0\r\na=fingerprint:sha-1 ${print}\r\n`));
	assert.throws(() => sdpFingerprint(`v=0\r\na=fingerprint:sha-256 ${print.slice(3)}\r\n`));
});
