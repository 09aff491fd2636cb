import './webcrypto.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEntry } from '../../web/log/entry.js';
import { byDay, happenings } from '../../web/log/visits.js';
import { cameraText, duration, watchers } from '../../web/words.js';
import { happeningText } from '../../web/words-visits.js';
import { FakeLog } from './fake-log.mjs';

const start = Date.parse('2026-03-01T21:04:00');
const sids = ['a', 'b', 'c'].map((letter) => letter.repeat(32));

class Story extends FakeLog {
	/** One view from `from` to `to` minutes after the start; to undefined: it goes on. */
	view(sid, { who = 'Alice', device = 'Phone', cam = 'c1', tracks = 'v', from, to, end = 'left' }) {
		this.add('view.open', { cam, sid, tracks, why: 'member', grant: 2, allow: '1 1' }, { acct: who, device }, start + from * 60e3);
		this.add('view.tick', { cam, sid, allow: '1 1', used: '1 1' }, {}, start + from * 60e3 + 1000);
		if (to !== undefined)
			this.add('view.close', { cam, sid, used: '1 1', end }, {}, start + to * 60e3);
	}
	tell(live = []) {
		const rows = this.rows.map((row) => ({ ...row, entry: parseEntry(row.text), proof: 'proven' })).reverse();
		return happenings(rows, new Set(live));
	}
}

const cameraName = (cam) => ({ c1: 'Nursery' })[cam] ?? cam;

test('the entries of one session are one visit', () => {
	const story = new Story();
	story.view(sids[0], { from: 0, to: 15, tracks: 'v,m' });
	const [visit, ...others] = story.tell();
	assert.deepEqual(others, []);
	assert.equal(visit.rows.length, 3);
	const { title, detail } = happeningText(visit, cameraName);
	assert.equal(title, 'Alice watched Nursery, with sound');
	assert.match(detail, /^on Phone · .*15 min/);
});

test('looking at recordings is told with the time that was looked at', () => {
	const story = new Story();
	const at = (text) => Date.parse(`2026-02-27T${text}`) * 1000;
	const play = (sid, from, span, tracks = 'v') => {
		story.add('play.open', { cam: 'c1', sid, tracks, why: 'member', grant: 2, allow: '1 1', span }, { acct: 'Anna', device: 'Phone' }, start + from * 60e3);
		story.add('play.close', { cam: 'c1', sid, used: '1 1', end: 'left' }, {}, start + (from + 2) * 60e3);
	};
	play(sids[0], 0, `${at('14:00:00')} ${at('14:20:00')}`);
	story.view(sids[1], { who: 'Anna', from: 2, to: 3 });
	const titles = () => story.tell().map((one) => happeningText(one, cameraName).title);
	assert.equal(titles().length, 2, 'live and recorded are two things');
	assert.match(titles()[1], /^Anna looked at recordings of Nursery, .*27.*0?2:00.*20/);
	// A whole day is called by its name; sound was turned on, which is one look still.
	const whole = `${at('00:00:00')} ${at('00:00:00') + 86400e6}`;
	play(sids[2], 30, whole);
	play('d'.repeat(32), 32, whole, 'v,m');
	assert.equal(titles().length, 3);
	assert.match(titles()[0], /^Anna looked at recordings of Nursery, \S+.*27[^:]*, with sound$/);
	assert.match(happeningText(story.tell(['d'.repeat(32)])[0], cameraName).detail, /^on Phone/);
	assert.match(watchers([{ user: 'Bob', kind: 'play', mine: false }]), /Bob is looking at recordings/);
});

test('a session that goes on is told so', () => {
	const story = new Story();
	story.view(sids[0], { from: 0 });
	assert.match(happeningText(story.tell([sids[0]])[0], cameraName).title, /^Alice is watching Nursery$/);
	assert.match(happeningText(story.tell([])[0], cameraName).title, /^Alice watched Nursery$/);
});

test('turning the sound on is no second visit, another person is', () => {
	const story = new Story();
	story.view(sids[0], { from: 0, to: 2 });
	story.view(sids[1], { from: 2, to: 5, tracks: 'v,m' });
	story.view(sids[2], { from: 5, to: 6, who: 'Bob' });
	const titles = story.tell().map((one) => happeningText(one, cameraName).title);
	assert.deepEqual(titles, ['Bob watched Nursery', 'Alice watched Nursery, with sound']);
	assert.equal(story.tell()[1].rows.length, 6);
});

test('a visit keeps its key, whichever of its sessions ends last', () => {
	const story = new Story();
	story.view(sids[0], { from: 0 });
	story.view(sids[1], { from: 1 });
	const keys = [story.tell(sids.slice(0, 2))[0].key];
	story.add('view.close', { cam: 'c1', sid: sids[0], used: '1 1', end: 'left' }, {}, start + 2 * 60e3);
	keys.push(story.tell([sids[1]])[0].key);
	story.add('view.tick', { cam: 'c1', sid: sids[1], allow: '1 1', used: '1 1' }, {}, start + 3 * 60e3);
	keys.push(story.tell([sids[1]])[0].key);
	assert.equal(story.tell([sids[1]]).length, 1);
	assert.equal(story.tell([sids[1]])[0].until, null);
	assert.deepEqual(keys, Array(3).fill(`visit ${sids[0]}`));
});

test('a later visit of the same person is a visit of its own', () => {
	const story = new Story();
	story.view(sids[0], { from: 0, to: 2 });
	story.view(sids[1], { from: 30, to: 31 });
	assert.equal(story.tell().length, 2);
});

test('heartbeats between visits say that nobody watched, heartbeats during one do not', () => {
	const story = new Story();
	story.view(sids[0], { from: 0, to: 1 });
	for (let minute = 2; minute < 10; minute++)
		story.add('heartbeat', {}, {}, start + minute * 60e3);
	story.view(sids[1], { from: 10, who: 'Bob' });
	story.add('heartbeat', {}, {}, start + 11 * 60e3);
	story.add('heartbeat', {}, {}, start + 12 * 60e3);
	story.add('view.close', { cam: 'c1', sid: sids[1], used: '1 1', end: 'revoked' }, {}, start + 13 * 60e3);
	const told = story.tell();
	assert.deepEqual(told.map((one) => one.type), ['visit', 'quiet', 'visit']);
	assert.equal(told[1].rows.length, 8);
	assert.match(happeningText(told[0], cameraName).detail, /ended by the owner/);
});

test('a failed proof is not hidden among good ones', () => {
	const story = new Story();
	story.view(sids[0], { from: 0, to: 1 });
	const rows = story.rows.map((row, at) => ({ ...row, entry: parseEntry(row.text), proof: at === 1 ? 'failed' : 'proven' })).reverse();
	assert.equal(happenings(rows, new Set())[0].proof, 'failed');
});

test('an entry that cannot be read is shown as such', () => {
	const told = happenings([{ seq: 0, text: 'x', openings: [], entry: null, proof: 'proven' }], new Set());
	assert.equal(told[0].type, 'unknown');
	assert.match(happeningText(told[0], cameraName).title, /cannot read/);
});

test('days are told apart', () => {
	const story = new Story();
	story.add('boot', {}, {}, start - 86400e3);
	story.view(sids[0], { from: 0, to: 1 });
	const days = byDay(story.tell(), (time_us) => new Date(time_us / 1000).toDateString());
	assert.equal(days.length, 2);
	assert.equal(days[1].list[0].type, 'boot');
});

test('who watches, in plain words', () => {
	const session = (user, mine) => ({ user, mine });
	assert.equal(watchers([]), 'Nobody is watching');
	assert.equal(watchers([session('Alice', true)]), 'Only you are watching');
	assert.equal(watchers([session('Bob', false)]), 'Bob is watching');
	assert.equal(watchers([session('Bob', false), session('Bob', false), session('Alice', true)]), 'You and Bob are watching');
	assert.equal(watchers([session('Bob', false), session('Eve', false), session('Alice', true)]), 'You, Bob and Eve are watching');
});

test('why there is no picture, in plain words', () => {
	const camera = { state: 'down', reason: 'wrong user name or password.', lostAt: start };
	assert.match(cameraText(camera), /^No picture since .*: wrong user name or password$/);
	assert.equal(cameraText({ state: 'connecting', reason: '' }), 'Connecting to the camera…');
	assert.equal(duration(59e3), '59 s');
	assert.equal(duration(15 * 60e3), '15 min');
	assert.equal(duration(141 * 60e3), '2 h 21 min');
});

test('whose face was named is told to whom it is opened, and only until it is forgotten', () => {
	const story = new Story();
	story.add('config', { why: 'owner', reason: 'face-named' }, { acct: 'Alice', what: 'faces: Mia is known by what cameras saw, as consented by both parents' }, start);
	story.add('config', { why: 'owner', reason: 'face-wrong' }, { acct: 'Alice' }, start + 60e3);
	const [wrong, named] = story.tell().map((one) => happeningText(one, cameraName));
	assert.equal(named.title, 'Alice named a face');
	assert.match(named.detail, / · Mia is known by what cameras saw, as consented by both parents$/);
	assert.equal(wrong.title, 'Alice said that a face was somebody else’s');
	assert.doesNotMatch(wrong.detail, /·/);
});
