// What is kept on the box: parts of a camera's recordings that are not erased to make room, until somebody lets them go.

import { html, useEffect, useState } from '../vendor/standalone.module.js';
import { clipText, keepLengths, keptText, recordedWords as said } from '../words-recorded.js';
import { refusalText, words } from '../words.js';
import { Refused } from '../box/api.js';

/** @typedef {import('./spans.js').Clip} Clip */
/** @typedef {import('./screen.js').Screen} Screen */

const NAME_SIZE_MAX = 60;

/** @param {unknown} error */
const reasonOf = (error) => (error instanceof Refused && error.status === 404 ? said.nothing : error instanceof Refused && error.status !== 0 ? refusalText(error.word) : words.offline);

/** @param {{screen: Screen, at: number, onGo: (at: number) => void}} props `at`: what is looked at, µs */
export function Keep({ screen, at, onGo }) {
	const { box, camera, coverage } = screen;
	const path = `/api/v1/cameras/${encodeURIComponent(camera?.name ?? '')}/clips`;
	const [clips, setClips] = useState(/** @type {Clip[]} */ ([]));
	const [name, setName] = useState(clipText(at));
	const [text, setText] = useState('');
	const load = async () => setClips((await box.link.api.json(path)).clips);
	/** @param {() => Promise<unknown>} act @param {string} done */
	const change = async (act, done) => {
		try {
			await act();
			coverage.renew();
			await load();
			setText(done);
		} catch (error) {
			setText(reasonOf(error));
		}
	};
	useEffect(() => void change(async () => {}, ''), []);
	const keep = (/** @type {number} */ seconds) => change(() => box.link.api.send(path, { method: 'POST', headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ from: at - seconds * 5e5, to: at + seconds * 5e5, name: name.trim() || clipText(at) }) }), said.kept);
	const release = (/** @type {Clip} */ clip) => change(() => box.link.api.send(`${path}/${clip.id}`, { method: 'DELETE' }), said.released);
	return html`<h3>${said.keepTitle}</h3>
		<p class="dim">${said.keepText}</p>
		<input class="clip-name" aria-label=${said.clipName} value=${name} maxlength=${NAME_SIZE_MAX} autocomplete="off"
			onInput=${(/** @type {InputEvent} */ event) => setName(/** @type {HTMLInputElement} */ (event.target).value)} />
		<div class="speeds">${keepLengths.map(({ seconds, label }) => html`<button class="speed" onClick=${() => keep(seconds)}>${label}</button>`)}</div>
		<p class="save-state" role="status">${text}</p>
		<ul class="people kept">${clips.map((clip) => html`<${Kept} key=${clip.id} clip=${clip} onGo=${() => onGo(clip.from)} onRelease=${() => release(clip)} />`)}</ul>`;
}

/** @param {{clip: Clip, onGo: () => void, onRelease: () => void}} props */
function Kept({ clip, onGo, onRelease }) {
	const [isSure, setSure] = useState(false);
	return html`<li><button class="person" onClick=${onGo}><strong>${clip.name}</strong><small>${keptText(clip)}</small></button>
		<button class="danger" onClick=${() => (isSure ? onRelease() : setSure(true))}>${isSure ? said.releaseSure : said.release}</button></li>`;
}
