// The faces that the box knows, and those that nobody has named: naming, forgetting, and the ways to a new one. Loaded when an
// owner looks at it.

import { html, useEffect, useRef, useState } from '../vendor/standalone.module.js';
import { Refused } from '../box/api.js';
import { Icon, Sheet, useBox } from '../ui/parts.js';
import { words } from '../words.js';
import { faceLines, facePicture, faceWords as said, forgetTitle, namedText } from '../words-faces.js';
import { asJson, NameForm, whyNot } from './form.js';
import { LearnFile, LearnLive, readPicture } from './learn.js';
import { Stills } from './still.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {{id: number, name: string | null, consent: string | null, named: number | null, seen: number, camera_name: string | null, event: number | null, at: number | null, prints: number, wrong: number}} Face */
/** @typedef {{faces: Face[], looks: boolean}} Told */
/** @typedef {{of: Face, act: 'name' | 'forget'}} Question */

/** @param {{box: Box, path: string}} props `path`: the camera to learn a face from, or nothing */
export function Faces({ box, path }) {
	const { me, isLoaded } = useBox(box);
	const [told, setTold] = useState(/** @type {Told | null} */ (null));
	const [note, setNote] = useState('');
	const [file, setFile] = useState(/** @type {HTMLCanvasElement | null} */ (null));
	const isOwner = me?.role === 'owner';
	const load = () => box.link.api.json('/api/v1/faces').then(setTold, (error) => setNote(whyNot(error)));
	useEffect(() => {
		if (isLoaded && isOwner)
			load();
	}, [box, isLoaded, isOwner]);
	const camera = path ? box.camera(path) : undefined;
	/** @param {string} word */
	const learned = (word) => {
		setNote(word);
		setFile(null);
		location.hash = '#/faces';
		return load();
	};
	if (told?.looks && camera)
		return html`<${LearnLive} box=${box} camera=${camera} told=${told} onDone=${learned} />`;
	if (told && file)
		return html`<${LearnFile} box=${box} still=${file} told=${told} onDone=${learned} onClose=${() => setFile(null)} />`;
	return html`<main class="page faces">
		<h1 tabindex="-1" class="page-title">${said.title}</h1>
		<p class="dim">${isLoaded && !isOwner ? said.notAllowed : said.intro}</p>
		<p class="faces-note" role="status">${note}</p>
		${told && html`<${Lists} box=${box} told=${told} onFile=${setFile} onNote=${setNote} onChange=${learned} />`}
		<a class="plain" href="#/device"><${Icon} name="back" />${words.back}</a>
	</main>`;
}

/** @param {{box: Box, told: Told, onFile: (still: HTMLCanvasElement) => void, onNote: (word: string) => void, onChange: (word: string) => unknown}} props */
function Lists({ box, told: { faces, looks }, onFile, onNote, onChange }) {
	const [question, setQuestion] = useState(/** @type {Question | null} */ (null));
	const [areShown, setShown] = useState(false);
	const stills = useStills(box);
	const known = faces.filter(({ name }) => name !== null);
	const unknown = faces.filter(({ name }) => name === null);
	const close = () => setQuestion(null);
	const done = (/** @type {string} */ word) => {
		close();
		onChange(word);
	};
	return html`${!looks && html`<p class="card faces-off" role="note">${said.off}</p>`}
		<section class="card"><h2>${said.known}</h2>
			${known.length === 0 && html`<p class="dim">${said.knownNone}</p>`}
			<ul class="people">${known.map((of) => html`<li key=${of.id}><span class="face"><${Icon} name="face" /></span><${About} of=${of} />
				<button class="plain" aria-label=${forgetTitle(of.name ?? '')} onClick=${() => setQuestion({ of, act: 'forget' })}>${said.forget}</button></li>`)}</ul>
			${looks && html`<${Add} box=${box} onFile=${onFile} onNote=${onNote} />`}</section>
		<section class="card"><h2>${said.unknown}</h2>
			<p class="dim">${unknown.length ? said.unknownText : said.unknownNone}</p>
			<ul class="faces-unknown">${unknown.map((of) => html`<li key=${of.id}><${Still} of=${of} stills=${stills} isWanted=${areShown} /><${About} of=${of} />
				<button class="main-button" onClick=${() => setQuestion({ of, act: 'name' })}>${said.unknown}</button>
				<button class="plain" aria-label=${forgetTitle('')} onClick=${() => setQuestion({ of, act: 'forget' })}>${said.forget}</button></li>`)}</ul>
			${unknown.some(({ at }) => at) && !areShown && html`<button class="plain faces-show" onClick=${() => setShown(true)}><${Icon} name="eye" />${said.show}</button>
				<p class="dim">${said.showText}</p>`}</section>
		${question?.act === 'name' && html`<${NameSheet} box=${box} of=${question.of} known=${known} stills=${stills} areShown=${areShown} onDone=${done} onClose=${close} />`}
		${question?.act === 'forget' && html`<${ForgetSheet} box=${box} of=${question.of} onDone=${done} onClose=${close} />`}`;
}

/** As long as the page is there. @param {Box} box @returns {Stills} */
function useStills(box) {
	const stills = useRef(/** @type {Stills | null} */ (null));
	stills.current ??= new Stills(box);
	useEffect(() => () => {
		if (stills.current)
			stills.current.isClosed = true;
	}, []);
	return stills.current;
}

/** @param {{of: Face}} props */
function About({ of }) {
	const lines = faceLines(of);
	return html`<span class="person">${of.name !== null && html`<strong>${of.name}</strong>`}${lines.map((line) => html`<small>${line}</small>`)}</span>`;
}

/** The ways to a new face. @param {{box: Box, onFile: (still: HTMLCanvasElement) => void, onNote: (word: string) => void}} props */
function Add({ box, onFile, onNote }) {
	const { cameras } = useBox(box);
	const [isOpen, setOpen] = useState(false);
	const pick = async (/** @type {{target: HTMLInputElement}} */ { target }) => {
		const [file] = target.files ?? [];
		target.value = '';
		if (!file)
			return;
		const found = await readPicture(file);
		if (typeof found === 'string')
			onNote(found);
		else
			onFile(found);
		setOpen(false);
	};
	return html`<button class="main-button" aria-haspopup="dialog" onClick=${() => setOpen(true)}>${said.add}</button>
		${isOpen && html`<${Sheet} title=${said.add} onClose=${() => setOpen(false)}>
			<p class="dim">${said.addText}</p>
			<label class="main-button wide faces-file">${said.fromFile}<input type="file" accept="image/jpeg,image/png" onChange=${pick} /></label>
			${cameras.filter((one) => one.verbs.includes('view') && one.video).map((one) => html`<a key=${one.id} class="plain wide" href=${`#/faces/${encodeURIComponent(one.id)}`}>
				<${Icon} name="eye" />${said.fromCamera} ${one.name}</a>`)}
		<//>`}`;
}

/** The picture of a face, out of the recording. @param {{of: Face, stills: Stills, isWanted: boolean}} props */
function Still({ of, stills, isWanted }) {
	const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
	const [word, setWord] = useState('');
	const [isHere, setHere] = useState(false);
	useEffect(() => {
		let isGone = false;
		if (isWanted && of.at)
			stills.of(of).then((still) => {
				const element = canvas.current;
				if (isGone || !element)
					return;
				Object.assign(element, { width: still.width, height: still.height });
				element.getContext('2d')?.drawImage(still, 0, 0);
				setHere(true);
			}, (error) => isGone || setWord(error instanceof Refused && error.status === 404 ? said.noPicture : said.lookFailed));
		return () => {
			isGone = true;
		};
	}, [isWanted, of.at]);
	return html`<span class=${`faces-still ${isHere ? 'is-here' : ''}`}><canvas ref=${canvas} width="16" height="16" role="img" aria-label=${word || facePicture(of)}></canvas>
		${!isHere && html`<${Icon} name="face" />`}${word && html`<small>${word}</small>`}</span>`;
}

/** Who is this? @param {{box: Box, of: Face, known: Face[], stills: Stills, areShown: boolean, onDone: (word: string) => void, onClose: () => void}} props */
function NameSheet({ box, of, known, stills, areShown, onDone, onClose }) {
	const [isShown, setShown] = useState(areShown);
	const save = async (/** @type {{name: string, consent?: string}} */ body) => {
		const answer = await box.link.api.send(`/api/v1/faces/${of.id}`, asJson('PATCH', body));
		const { id, seq } = await answer.json();
		onDone(id === of.id ? namedText(body.name, seq) : said.joined);
	};
	return html`<${Sheet} title=${said.unknown} onClose=${onClose}>
		<${Still} of=${of} stills=${stills} isWanted=${isShown} />
		${of.at && !isShown && html`<button class="plain faces-show" onClick=${() => setShown(true)}><${Icon} name="eye" />${said.showOne}</button>`}
		<${NameForm} known=${known} act=${said.save} busy=${said.saving} onSave=${save} />
	<//>`;
}

/** @param {{box: Box, of: Face, onDone: (word: string) => void, onClose: () => void}} props */
function ForgetSheet({ box, of, onDone, onClose }) {
	const [isBusy, setBusy] = useState(false);
	const [word, setWord] = useState('');
	const forget = async () => {
		setBusy(true);
		try {
			await box.link.api.send(`/api/v1/faces/${of.id}`, asJson('DELETE'));
			onDone(said.forgotten);
		} catch (error) {
			setWord(whyNot(error));
			setBusy(false);
		}
	};
	return html`<${Sheet} title=${forgetTitle(of.name ?? '')} onClose=${onClose}>
		<p>${said.forgetText}</p>
		<p class="faces-note" role="alert">${word}</p>
		<button class="danger wide" disabled=${isBusy} onClick=${forget}>${said.forgetSure}</button>
		<button class="plain wide" onClick=${onClose}>${said.cancel}</button>
	<//>`;
}
