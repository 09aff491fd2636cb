// This device gets a key of its own: a new one, shown once to be written down, or one that was written down.

import { html, useEffect, useState } from '../vendor/standalone.module.js';
import { Refused } from '../box/api.js';
import { canHavePasskey, keyring, readSecret } from './keyring.js';
import { groups, keyRefusal, keyWords as said } from '../words-keys.js';
import { Sheet } from '../ui/parts.js';

/** @typedef {import('./keyring.js').OwnKey} Own */
/** @typedef {{target: HTMLInputElement}} Typed */
/**
 * @typedef {object} Form
 * @property {import('../box/box.js').Box} box @property {import('./custody.js').Custody} custody
 * @property {(order: import('../log/ask.js').KeyOrder) => Promise<void>} onChange
 * @property {() => void} onClose @property {() => Promise<void>} onKept
 */

const NAME_BYTES = 58; // with a number behind, as long as the box takes
const CHECKED = 6; // letters of it that must be typed

/** A name that no key has yet. @param {Form} form */
function freeName({ box, custody }) {
	const letters = [...`${box.state.me?.name ?? ''}, ${box.link.identity.name}`];
	while (new TextEncoder().encode(letters.join('')).length > NAME_BYTES)
		letters.pop();
	const base = letters.join('');
	const isTaken = (/** @type {string} */ name) => custody.keys.some((key) => key.name === name);
	let name = base;
	for (let count = 2; isTaken(name); count++)
		name = `${base} ${count}`;
	return name;
}

/** Keeps the key here, and makes it known to the box unless it is. @param {Form} form @param {Own} own @param {string} name @param {boolean} hasPasskey */
async function take(form, own, name, hasPasskey) {
	await keyring.keep(own, hasPasskey ? name : '');
	if (form.custody.keys.some((key) => key.mine && key.key === own.recipient))
		return form.onKept();
	try {
		return await form.onChange({ order: 'add', name, key: own.recipient });
	} catch (error) {
		await keyring.forget();
		throw error;
	}
}

/** What both ways end with. @param {{form: Form, name: string, isReady: boolean, getOwn: () => Promise<Own>, children?: unknown}} props */
function Taking({ form, name: first, isReady, getOwn, children }) {
	const [name, setName] = useState(first);
	const [hasPasskey, setPasskey] = useState(false);
	const [isBusy, setBusy] = useState(false);
	const [word, setWord] = useState('');
	const act = async (/** @type {Event} */ event) => {
		event.preventDefault();
		setBusy(true);
		setWord('');
		try {
			await take(form, await getOwn(), name.trim(), hasPasskey);
			form.onClose();
		} catch (error) {
			const isAsked = error instanceof DOMException; // of the browser's own dialog
			setWord(error instanceof Refused ? error.word : isAsked ? 'no-passkey' : 'unknown');
			setBusy(false);
			if (isAsked || (error instanceof Refused && error.word === 'no-passkey'))
				setPasskey(false);
		}
	};
	return html`<form class="sheet-form" onSubmit=${act}>${children}
		<label class="field">${said.name}<input maxlength="60" value=${name} onInput=${(/** @type {Typed} */ { target }) => setName(target.value)} /></label>
		${canHavePasskey() && html`<label class="choice"><input type="checkbox" checked=${hasPasskey} onChange=${(/** @type {Typed} */ { target }) => setPasskey(target.checked)} />
			<span>${said.passkey}</span></label>`}
		<p class="dim">${said.signed}</p>
		<p class="said" role="status">${word && keyRefusal(word)}</p>
		<button class="main-button wide" disabled=${!isReady || isBusy || !name.trim()}>${isBusy ? said.busy : said.keep}</button>
	</form>`;
}

/** @param {Form} form */
export function MakeKey(form) {
	const [own, setOwn] = useState(/** @type {Own | null} */ (null));
	const [typed, setTyped] = useState('');
	const [isLate, setLate] = useState(false);
	useEffect(() => {
		keyring.make().then(setOwn, () => setLate(true));
	}, []);
	const isRight = own !== null && typed.trim().toUpperCase() === own.identity.slice(-CHECKED);
	return html`<${Sheet} title=${said.writeTitle} onClose=${form.onClose}>
		<p>${said.writeText}</p>
		<pre class="secret">${own ? groups(own.identity) : isLate ? keyRefusal('offline') : said.busy}</pre>
		${own && html`<${Taking} form=${form} name=${freeName(form)} isReady=${isRight} getOwn=${async () => own}>
			<label class="field">${said.writeCheck}<input autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength=${CHECKED + 2} value=${typed}
				onInput=${(/** @type {Typed} */ { target }) => setTyped(target.value)} /></label>
			<p class="dim" role="status">${typed.trim().length >= CHECKED && !isRight ? said.writeWrong : ''}</p>
		<//>`}
	<//>`;
}

/** @param {Form} form */
export function BringKey(form) {
	const [typed, setTyped] = useState('');
	const secret = readSecret(typed);
	return html`<${Sheet} title=${said.bringTitle} onClose=${form.onClose}>
		<p>${said.bringText}</p>
		<${Taking} form=${form} name=${freeName(form)} isReady=${secret !== ''} getOwn=${() => keyring.of(secret)}>
			<label class="field">AGE-SECRET-KEY-1…<input autocomplete="off" autocapitalize="characters" spellcheck="false" value=${typed}
				onInput=${(/** @type {Typed} */ { target }) => setTyped(target.value)} /></label>
			<p class="dim" role="status">${typed.length > 20 && !secret ? said.bringWrong : ''}</p>
		<//>
	<//>`;
}
