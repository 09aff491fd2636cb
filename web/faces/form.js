// Whose a face is: the form that asks for a name and for who agreed, and what the box answers.

import { html, useState } from '../vendor/standalone.module.js';
import { Refused } from '../box/api.js';
import { refusalText } from '../words.js';
import { faceRefusal, faceWords as said } from '../words-faces.js';
import { isName } from './frame.js';

/** @typedef {import('./page.js').Face} Face */

/** @param {unknown} error */
export const whyNot = (error) => (error instanceof Refused && error.status !== 0 ? faceRefusal(error.word) : refusalText('offline'));

/** @param {string} method @param {object} [body] */
export const asJson = (method, body) => ({ method, ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}) });

/** A name, and for one that is new, who agreed. @param {{known: Face[], act: string, busy: string, onSave: (body: {name: string, consent?: string}) => Promise<void>}} props */
export function NameForm({ known, act, busy, onSave }) {
	const [name, setName] = useState('');
	const [consent, setConsent] = useState('');
	const [isBusy, setBusy] = useState(false);
	const [word, setWord] = useState('');
	const isKnown = known.some((one) => one.name === name.trim());
	const isFilled = isName(name.trim()) && (isKnown || isName(consent.trim()));
	const submit = async (/** @type {Event} */ event) => {
		event.preventDefault();
		if (!isFilled)
			return;
		setBusy(true);
		setWord('');
		try {
			await onSave(isKnown ? { name: name.trim() } : { name: name.trim(), consent: consent.trim() });
		} catch (error) {
			setWord(whyNot(error));
			setBusy(false);
		}
	};
	const onInput = (/** @type {(text: string) => void} */ set) => (/** @type {{target: HTMLInputElement}} */ { target }) => set(target.value);
	return html`<form class="faces-form" onSubmit=${submit}>
		<label>${said.who}<input value=${name} list="faces-known" autocomplete="off" maxlength="63" onInput=${onInput(setName)} /></label>
		<datalist id="faces-known">${known.map((one) => html`<option value=${one.name} />`)}</datalist>
		${!isKnown && html`<label>${said.consent}<input value=${consent} placeholder=${said.consentHint} autocomplete="off" maxlength="63" onInput=${onInput(setConsent)} /></label>
			<p class="dim">${said.consentText}</p>`}
		<p class="faces-note" role="alert">${word}</p>
		<button class="main-button wide" disabled=${!isFilled || isBusy}>${isBusy ? busy : act}</button></form>`;
}
