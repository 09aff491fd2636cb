import './webcrypto.mjs';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openCheckpoint, openNote, parseCheckpoint, parseNote, parseVkey } from '../../web/log/note.js';
import { FakeLog } from './fake-log.mjs';

const { notes } = JSON.parse(readFileSync(new URL('facts.json', import.meta.url)));

test('published notes open with their keys', async () => {
	for (const name of ['peter', 'enoch']) {
		const note = `${notes.text}\n${notes.signatures.peter}${notes.signatures.enoch}`;
		assert.equal(await openNote(note, await parseVkey(notes.keys[name])), notes.text);
	}
	const { note, vkey } = notes.example;
	assert.equal(await openNote(note, await parseVkey(vkey)), 'This is an example message.\n');
});

test('a note that the key did not sign stays closed', async () => {
	const verifier = await parseVkey(notes.keys.peter);
	assert.equal(await openNote(`${notes.text}\n${notes.signatures.enoch}`, verifier), null);
	assert.equal(await openNote(`${notes.text.replace('think', 'hope')}\n${notes.signatures.peter}`, verifier), null);
});

test('a bad signature by a known key rejects a note with a good one', async () => {
	const verifier = await parseVkey(notes.keys.peter);
	const bad = notes.signatures.peter.replace('Nlg', 'Mlg').replace('SUG', 'SVG').replace('CVG', 'CWG');
	const forged = notes.signatures.peter.slice(0, -10) + 'AAAAAAAA=\n'.slice(-10);
	const broken = [bad, forged].filter((line) => line !== notes.signatures.peter);
	assert.ok(broken.length > 0);
	for (const line of broken)
		assert.notEqual(await openNote(`${notes.text}\n${notes.signatures.peter}${line}`, verifier).catch(() => null), notes.text);
});

test('wrong keys are refused', async () => {
	for (const vkey of [...notes.badKeys, '', 'a+b', notes.keys.peter.replace('c74f', 'c74e')])
		await assert.rejects(parseVkey(vkey), vkey);
});

test('what is no note is refused', () => {
	for (const note of ['', 'text\n', 'text\n\n', 'text\n\nno dash\n', `${notes.text}\n${notes.signatures.peter}`.slice(0, -1), 'a\r\n\n\u2014 a AAAAAAA=\n'])
		assert.throws(() => parseNote(note), SyntaxError, JSON.stringify(note));
});

test('checkpoints have three lines and one form', () => {
	const root = 'Xr3ijBW8SvZrVJb9y/7JhpgRGqiMm5K3Oq05vdj9AoY=';
	assert.equal(parseCheckpoint(`origin\n8\n${root}\n`).size, 8);
	for (const text of [`origin\n08\n${root}\n`, `origin\n-1\n${root}\n`, `origin\n8\n${root}\nextension\n`, `origin\n8\n${root.slice(0, -1)}\n`, `origin\n8\n${root}`,
		`origin\n9007199254740993\n${root}\n`, `\n8\n${root}\n`])
		assert.throws(() => parseCheckpoint(text), SyntaxError, JSON.stringify(text));
});

test('a checkpoint of another log, though signed by the key, is refused', async () => {
	const log = new FakeLog();
	log.add('genesis');
	const verifier = await parseVkey(log.vkey);
	assert.equal((await openCheckpoint(log.note(), verifier)).size, 1);
	const { origin } = log;
	log.origin = 'ward.local/box/other/e1';
	assert.equal(await openCheckpoint(log.note().replace(`\u2014 ${log.origin}`, `\u2014 ${origin}`), verifier), null);
});
