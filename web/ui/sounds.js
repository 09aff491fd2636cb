// Sounds: a button that says what plays, and the sheet behind it: which, how long, how loud, and silence.

import { html, useEffect, useState } from '../vendor/standalone.module.js';
import { SOUNDS, TIMES_S, askPlaying, lastChoice, playSound, stopSound } from '../box/sounds.js';
import { Refused } from '../box/api.js';
import { openText, playingText, soundFailure, soundName, soundWords, timeName } from '../words-sounds.js';
import { Icon, Sheet } from './parts.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('../box/box.js').Camera} Camera */
/** @typedef {import('../box/sounds.js').Choice} Choice */
/** @typedef {import('../box/sounds.js').Playing} Playing */

/** What plays there now: asked for again whenever a session of it begins or ends. @param {Box} box @param {Camera} camera */
function usePlaying(box, camera) {
	const [playing, set] = useState(/** @type {Playing | null} */ (null));
	const talks = box.state.sessions.filter((one) => one.kind === 'talk' && one.camera === camera.id);
	const seen = talks.map(({ sid, since }) => `${sid} ${since}`).join();
	const isSound = talks.some(({ sound }) => sound);
	useEffect(() => {
		let isOver = false;
		if (!isSound)
			set(null);
		else
			askPlaying(box, camera.name).then((answer) => isOver || set(answer), () => {});
		return () => {
			isOver = true;
		};
	}, [box, camera.name, seen, isSound]);
	return playing;
}

/** @param {{box: Box, camera: Camera}} props */
export function SoundsButton({ box, camera }) {
	const [isOpen, setOpen] = useState(false);
	const playing = usePlaying(box, camera);
	return html`<button class=${`sounds-button ${playing ? 'on' : ''}`} aria-haspopup="dialog" onClick=${() => setOpen(true)}>
			<${Icon} name="moon" /><span>${openText(playing)}</span></button>
		${isOpen && html`<${SoundsSheet} box=${box} camera=${camera} playing=${playing} onClose=${() => setOpen(false)} />`}`;
}

/** @param {{box: Box, camera: Camera, playing: Playing | null, onClose: () => void}} props */
function SoundsSheet({ box, camera, playing, onClose }) {
	const [choice, setChoice] = useState(lastChoice);
	const [word, setWord] = useState('');
	const [isBusy, setBusy] = useState(false);
	const choose = (/** @type {Partial<Choice>} */ patch) => setChoice({ ...choice, ...patch });
	const act = async (/** @type {() => Promise<unknown>} */ action) => {
		setBusy(true);
		setWord('');
		await action().catch((error) => setWord(error instanceof Refused ? error.word : 'offline'));
		box.refreshSoon();
		setBusy(false);
	};
	return html`<${Sheet} title=${soundWords.open} onClose=${onClose}><div class="sounds">
		<${Choices} name="sound" legend=${soundWords.which} values=${SOUNDS} label=${soundName} value=${choice.sound}
			onChoose=${(/** @type {string} */ sound) => choose({ sound })} />
		<${Choices} name="time" legend=${soundWords.time} values=${TIMES_S} label=${timeName} value=${choice.seconds}
			onChoose=${(/** @type {number} */ seconds) => choose({ seconds })} />
		<label class="sounds-volume">${soundWords.volume}
			<input type="range" min="10" max="100" step="10" value=${choice.volume}
				onInput=${(/** @type {Event} */ event) => choose({ volume: Number(/** @type {HTMLInputElement} */ (event.currentTarget).value) })} /></label>
		<p class="sounds-state" role="status">${isBusy ? soundWords.asking : word ? soundFailure(word) : playing ? playingText(playing) : ''}</p>
		<div class="sounds-act">
			<button class="main-button" disabled=${isBusy} onClick=${() => act(() => playSound(box, camera.name, choice))}>
				${playing ? soundWords.instead : soundWords.play}</button>
			${playing && html`<button class="danger" disabled=${isBusy} onClick=${() => act(() => stopSound(box, camera.name))}>${soundWords.stop}</button>`}
		</div>
		<p class="sounds-note">${soundWords.note}</p>
	</div><//>`;
}

/**
 * One of a few, as large as a thumb.
 * @param {{name: string, legend: string, values: (string | number)[], label: (value: any) => string, value: string | number, onChoose: (value: any) => void}} props
 */
function Choices({ name, legend, values, label, value, onChoose }) {
	return html`<fieldset class="choices"><legend>${legend}</legend>
		${values.map((one) => html`<label key=${one}><input type="radio" name=${name} checked=${one === value} onChange=${() => onChoose(one)} />
			<span>${label(one)}</span></label>`)}
	</fieldset>`;
}
