// Who can open recordings, and changing it. Loaded when somebody looks at it.

import { html, useEffect, useState } from '../vendor/standalone.module.js';
import { Refused } from '../box/api.js';
import { isAlarm } from '../box/ledger.js';
import { changeCustody, readCustody } from './custody.js';
import { keyring } from './keyring.js';
import { refusalText, words } from '../words.js';
import { doneText, keyRefusal, keyWords as said, loseText } from '../words-keys.js';
import { BringKey, MakeKey } from './own.js';
import { Icon, Sheet, useBox } from '../ui/parts.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('./custody.js').Custody} Custody */
/** @typedef {import('./custody.js').Key} Key */
/** @typedef {import('./keyring.js').KeptKey} KeptKey */
/** @typedef {import('../log/ask.js').KeyOrder} KeyOrder */
/** @typedef {{title: string, text: string, act: string, order: KeyOrder}} Question */

const DAYS = 7;

/** @param {{box: Box}} props */
export function Keys({ box }) {
	const { me, isLoaded } = useBox(box);
	const [custody, setCustody] = useState(/** @type {Custody | null} */ (null));
	const [kept, setKept] = useState(/** @type {KeptKey | null} */ (null));
	const [note, setNote] = useState('');
	const [question, setQuestion] = useState(/** @type {Question | null} */ (null));
	const load = () => Promise.all([readCustody(box), keyring.kept()]).then(([next, own]) => {
		setCustody(next);
		setKept(own);
	});
	useEffect(() => {
		if (isLoaded)
			load().catch((error) => setNote(whyNot(error)));
	}, [box, isLoaded]);
	/** @param {KeyOrder} order */
	const change = async (order) => {
		try {
			setNote(doneText(await changeCustody(box, order)));
		} catch (error) {
			if (isAlarm(error))
				box.raise(error);
			throw error;
		}
		await load();
	};
	const isOwner = me?.role === 'owner';
	return html`<main class="page keys">
		<h1 tabindex="-1" class="page-title">${words.keys}</h1>
		<p class="dim">${said.intro}</p>
		<p class="said" role="status">${note}</p>
		${custody && html`<${OwnKey} box=${box} custody=${custody} kept=${kept} onChange=${change} onKept=${load} />
			<${People} custody=${custody} isOwner=${isOwner} onAsk=${setQuestion} />
			<${BoxItself} key=${`${custody.mode} ${custody.days}`} custody=${custody} isOwner=${isOwner} onAsk=${setQuestion} />
			${isOwner && html`<button class="danger wide" onClick=${() => setQuestion(lockQuestion(custody))}>${said.lock}</button>`}`}
		<a class="plain" href="#/device"><${Icon} name="back" />${words.back}</a>
		${question && html`<${Confirm} question=${question} onDo=${change} onClose=${() => setQuestion(null)} />`}
	</main>`;
}

/** @param {unknown} error */
function whyNot(error) {
	if (!(error instanceof Refused))
		return keyRefusal('');
	return error.word === 'not-allowed' ? said.mayNot : refusalText(error.word);
}

/** @param {Custody} custody @returns {Question} */
function lockQuestion({ only_box: lost }) {
	return { title: said.lockTitle, text: lost ? `${said.lockText} ${loseText(lost)}` : said.lockText, act: lost ? said.lockLose : said.lock,
		order: { order: 'lock', lose: lost > 0 } };
}

/** A change is asked for twice, and says what it means. @param {{question: Question, onDo: (order: KeyOrder) => Promise<void>, onClose: () => void}} props */
function Confirm({ question, onDo, onClose }) {
	const [isBusy, setBusy] = useState(false);
	const [word, setWord] = useState('');
	const act = async () => {
		setBusy(true);
		try {
			await onDo(question.order);
			onClose();
		} catch (error) {
			setWord(error instanceof Refused ? error.word : 'unknown');
			setBusy(false);
		}
	};
	return html`<${Sheet} title=${question.title} onClose=${onClose}>
		<p>${question.text}</p>
		<p class="dim">${said.signed}</p>
		<p class="said" role="status">${word && keyRefusal(word)}</p>
		<button class="danger wide" disabled=${isBusy} onClick=${act}>${isBusy ? said.busy : question.act}</button>
		<button class="plain wide" onClick=${onClose}>${said.cancel}</button>
	<//>`;
}

/** @param {{box: Box, custody: Custody, kept: KeptKey | null, onChange: (order: KeyOrder) => Promise<void>, onKept: () => Promise<void>}} props */
function OwnKey({ box, custody, kept, onChange, onKept }) {
	const [sheet, setSheet] = useState(/** @type {'' | 'make' | 'bring'} */ (''));
	const [isSure, setSure] = useState(false);
	const known = custody.keys.find((key) => key.mine && key.key === kept?.recipient);
	const drop = () => (isSure ? keyring.forget().then(onKept) : setSure(true));
	const close = () => setSheet('');
	const form = { box, custody, onChange, onClose: close, onKept };
	return html`<section class="card"><h2>${said.mine}</h2>
		${kept ? html`<p>${said.has} <strong>${known?.name ?? ''}</strong></p><pre>${kept.recipient}</pre>
				${kept.passkey && html`<p class="dim">${said.locked}</p>`}
				${!known && html`<p class="dim">${said.notKnown}</p>`}
				<button class="plain" onClick=${drop}>${isSure ? said.dropSure : said.drop}</button>`
			: html`<p class="dim">${said.none}</p>
				<button class="main-button" onClick=${() => setSheet('make')}>${said.make}</button>
				<button class="plain" onClick=${() => setSheet('bring')}>${said.bring}</button>`}
		${sheet === 'make' && html`<${MakeKey} ...${form} />`}
		${sheet === 'bring' && html`<${BringKey} ...${form} />`}
	</section>`;
}

/** @param {{custody: Custody, isOwner: boolean, onAsk: (question: Question) => void}} props */
function People({ custody, isOwner, onAsk }) {
	const ask = (/** @type {Key} */ { name }) => onAsk({ title: `${said.remove}: ${name}`, text: said.removeText, act: said.remove, order: { order: 'remove', name } });
	return html`<section class="card"><h2>${said.who}</h2>
		${custody.keys.length === 0 && html`<p class="dim">${said.whoNone}</p>`}
		<ul class="evidence">${custody.keys.map((key) => html`<li key=${key.key}><span><strong>${key.name}</strong>
			<small>${key.person || said.whoNobody}${key.mine ? ` (${words.you})` : ''}</small></span>
			${(isOwner || key.mine) && html`<button class="plain" aria-label=${`${said.remove}: ${key.name}`} onClick=${() => ask(key)}>${said.remove}</button>`}</li>`)}</ul>
	</section>`;
}

/** @param {{custody: Custody, isOwner: boolean, onAsk: (question: Question) => void}} props */
function BoxItself({ custody, isOwner, onAsk }) {
	const now = custody.mode === 'private' ? 'private' : custody.days ? 'days' : 'window';
	const [choice, setChoice] = useState(now);
	const [days, setDays] = useState(String(custody.days ?? DAYS));
	const choices = [['window', said.window, said.windowText], ['days', said.days, said.daysText], ['private', said.private, said.privateText]];
	const isSame = choice === now && (choice !== 'days' || Number(days) === custody.days);
	const needsKey = choice !== 'window' && custody.keys.length === 0;
	const isWrong = choice === 'days' && !(Number.isInteger(Number(days)) && Number(days) > 0 && Number(days) <= 3650);
	const ask = () => onAsk({ title: said.changeTitle, text: choices.find(([id]) => id === choice)?.slice(1).join('. ') ?? '', act: said.change,
		order: choice === 'private' ? { order: 'private' } : { order: 'window', days: choice === 'days' ? Number(days) : 0 } });
	return html`<section class="card"><fieldset class="choices" disabled=${!isOwner}><legend><h2>${said.box}</h2></legend>
		${choices.map(([id, name, text]) => html`<label key=${id} class="choice"><input type="radio" name="custody" value=${id} checked=${choice === id}
			onChange=${() => setChoice(id)} /><span><strong>${name}</strong><small>${text}</small></span></label>`)}
		${choice === 'days' && html`<label class="field">${said.daysLabel}<input type="number" inputmode="numeric" min="1" max="3650" value=${days}
			onInput=${(/** @type {{target: HTMLInputElement}} */ event) => setDays(event.target.value)} /></label>`}
		${isOwner ? html`<p class="dim" role="status">${needsKey ? said.needsKey : ''}</p>
			<button class="main-button" disabled=${isSame || needsKey || isWrong} onClick=${ask}>${said.change}</button>` : html`<p class="dim">${said.owner}</p>`}
	</fieldset></section>`;
}
