// The pages before and instead of the app: no pairing, pairing, a browser that cannot, and the alarm.

import { html, useState } from '../vendor/standalone.module.js';
import { Refused } from '../box/api.js';
import { alarmSteps, alarmText, moment, refusalText, words } from '../words.js';
import { Calm, Icon, useBox } from './parts.js';
import { saveEvidence } from './phone.js';

/** @typedef {import('../box/box.js').Box} Box */

const NAME_SIZE_MAX = 63; // bytes

/** @param {{word: 'unsupported' | 'insecure'}} props */
export function Unable({ word }) {
	const title = word === 'unsupported' ? words.unsupportedTitle : words.insecureTitle;
	return html`<${Calm} title=${title} icon="stop"><p>${words[word]}</p><//>`;
}

export function Unpaired() {
	return html`<${Calm} title=${words.unpairedTitle}>
		<p>${words.unpaired}</p><pre class="command">${words.unpairedCommand}</pre><p>${words.unpairedThen}</p><//>`;
}

/** @param {{box: Box}} props */
export function SignedOut({ box }) {
	return html`<${Calm} title=${words.leftTitle} icon="device">
		<p>${words.left}</p><pre class="command">${words.unpairedCommand}</pre>
		<button class="main-button" onClick=${() => location.reload()}>${words.checkAgain}</button>
		<button class="plain" onClick=${() => box.leave()}>${words.forget}</button><//>`;
}

/** A first guess at what the person calls this device. */
function guessName() {
	const agent = navigator.userAgent;
	const known = [['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Phone'], ['Macintosh', 'Mac'], ['CrOS', 'Chromebook'],
		['Windows', 'Computer'], ['Linux', 'Computer']];
	return known.find(([mark]) => agent.includes(mark))?.[1] ?? 'Phone';
}

/** @param {{box: Box, secret: string, onDone: () => void}} props */
export function Pair({ box, secret, onDone }) {
	const [name, setName] = useState(guessName());
	const [isBusy, setBusy] = useState(false);
	const [trouble, setTrouble] = useState('');
	const clean = name.replace(/[\x00-\x1f\x7f]/g, '').trim();
	const isGood = clean !== '' && new TextEncoder().encode(clean).length <= NAME_SIZE_MAX;
	const submit = async (/** @type {Event} */ event) => {
		event.preventDefault();
		setBusy(true);
		setTrouble('');
		try {
			await box.pair(secret, clean);
			onDone();
		} catch (error) {
			setTrouble(error instanceof Refused ? refusalText(error.word) : String(error));
			setBusy(false);
		}
	};
	return html`<${Calm} title=${words.pairTitle}>
		<p>${words.pairText}</p>
		<form onSubmit=${submit}>
			<label for="device-name">${words.pairName}</label>
			<input id="device-name" value=${name} maxlength="60" autocomplete="off" enterkeyhint="go" aria-describedby="device-hint"
				onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => setName(event.currentTarget.value)} />
			<small id="device-hint">${words.pairNameHint}</small>
			${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
			<button class="main-button" disabled=${isBusy || !isGood}>${isBusy ? words.pairBusy : words.pairButton}</button>
		</form><//>`;
}

/** The proof failed: red, and nothing else goes on. @param {{box: Box}} props */
export function Alarm({ box }) {
	const { alarm, checkpoint } = useBox(box);
	const [isSure, setSure] = useState(false);
	if (!alarm)
		return null;
	return html`<main class="alarm" role="alert">
		<div class="mark"><${Icon} name="broken" /></div>
		<h1 tabindex="-1">${words.alarmTitle}</h1>
		<p class="alarm-what">${alarmText(alarm.word)}</p>
		<p class="dim">${moment(alarm.at)}</p>
		<h2>${words.alarmMeans}</h2><p>${words.alarmCause}</p>
		<h2>${words.alarmDo}</h2><ol>${alarmSteps(checkpoint?.at ?? 0).map((step) => html`<li>${step}</li>`)}</ol>
		<div class="alarm-buttons">
			<button class="main-button" onClick=${() => saveEvidence(alarm)}><${Icon} name="down" />${words.saveEvidence}</button>
			<button class="plain" onClick=${() => box.checkAgain()}>${words.checkAgain}</button>
			<button class="plain" onClick=${() => (isSure ? box.leave() : setSure(true))}>${isSure ? words.forgetSure : words.forgetButton}</button>
		</div>
	</main>`;
}
