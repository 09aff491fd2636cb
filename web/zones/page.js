// Where people count before one camera, drawn over its live picture by finger, mouse or keys. Loaded when somebody draws.

import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/standalone.module.js';
import { Refused } from '../box/api.js';
import { Icon, useAwake, useBox, useViewer } from '../ui/parts.js';
import { Picture } from '../ui/picture.js';
import { inTheLog, refusalText, words } from '../words.js';
import { betweenText, cornerText, dwellText, heightText, savedZones, zoneName, zoneWords as said } from '../words-zones.js';
import { add, canAdd, change, cutName, dropPoint, middle, movePoint, moveZone, remove, split } from './shape.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('./shape.js').Draft} Draft */
/** @typedef {import('./shape.js').Point} Point */
/** @typedef {Draft & {fixed: boolean, person: string}} Told */
/** @typedef {{draft: Draft, chosen: number}} Step */
/** @typedef {{corner: number, from: Point, start: Draft}} Drag corner -1: the zone as a whole */

const AWAY_MS = 15000;
const UNDO_MAX = 100;
const STEP = 1; // per cent, of an arrow key
const LEAP = 5; // the same with the shift key
const DWELLS = [0, 2, 5, 10, 30, 60, 300];
/** @type {Record<string, Point>} */
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {{box: Box, path: string}} props `path`: the camera's id */
export function Zones({ box, path }) {
	const { isLoaded } = useBox(box);
	const camera = box.camera(path);
	const [told, setTold] = useState(/** @type {Told | null} */ (null));
	const [trouble, setTrouble] = useState('');
	const address = camera && `/api/v1/cameras/${encodeURIComponent(camera.name)}/zones`;
	useEffect(() => {
		if (address)
			box.link.api.json(address).then(setTold, (error) => setTrouble(whyNot(error)));
	}, [address]);
	if (told && camera && address)
		return html`<${Editor} box=${box} camera=${camera} told=${told} address=${address} />`;
	return html`<main class="watch"><p class="watch-state" role="status">${trouble || (isLoaded && !camera ? refusalText('not-found') : words.starting)}</p>
		<a class="zones-back" href="#/"><${Icon} name="back" />${words.back}</a></main>`;
}

/** @param {unknown} error */
const whyNot = (error) => (!(error instanceof Refused) || error.status === 0 ? words.offline : error.word === 'not-allowed' ? said.notAllowed : refusalText(error.word));

/** What is drawn, and the way back. @param {Draft} first */
function useDraft(first) {
	const [step, setStep] = useState(/** @type {Step} */ ({ draft: first, chosen: first.zones.length ? 0 : -1 }));
	const past = useRef(/** @type {Step[]} */ ([]));
	/** @param {Draft} draft @param {number} [chosen] @param {boolean} [isSame] a part of the change before, such as a finger that goes on */
	const set = (draft, chosen = step.chosen, isSame = false) => {
		if (!isSame)
			past.current = [...past.current.slice(1 - UNDO_MAX), step];
		setStep({ draft, chosen: Math.min(chosen, draft.zones.length - 1) });
	};
	const undo = () => {
		const before = past.current.pop();
		if (before)
			setStep(before);
	};
	return { ...step, set, undo, choose: (/** @type {number} */ chosen) => setStep({ ...step, chosen }), canUndo: past.current.length > 0 };
}

/** @typedef {ReturnType<typeof useDraft>} Drawing */

/** @param {{box: Box, camera: import('../box/box.js').Camera, told: Told, address: string}} props */
function Editor({ box, camera, told, address }) {
	const { height, dwell, zones, fixed } = told;
	const drawing = useDraft({ height, dwell, zones });
	const [word, setWord] = useState('');
	const [isSaving, setSaving] = useState(false);
	const viewer = useViewer(box, useAwake(AWAY_MS) ? camera.id : null);
	const { draft, chosen } = drawing;
	const zone = draft.zones[chosen];
	const save = async () => {
		setSaving(true);
		try {
			const answer = await box.link.api.send(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(draft) });
			setWord(savedZones((await answer.json()).seq));
		} catch (error) {
			setWord(`${said.failed} ${whyNot(error)}`);
		}
		setSaving(false);
	};
	return html`<main class="zones">
		<h1 tabindex="-1" class="watch-name">${said.title}: ${camera.name}</h1>
		<${Canvas} drawing=${drawing} isFixed=${fixed}>
			<${Picture} stream=${viewer?.state.stream ?? null} isMuted=${true} isFilling=${false} label=${camera.name} /><//>
		<p class="watch-proof">${viewer && viewer.state.seq >= 0 && html`<${Icon} name="shield" />${inTheLog(viewer.state.seq)}`}</p>
		<div class="zones-desk">
			<p class="dim">${fixed ? said.fixed : said.intro}${told.person === 'off' && ` ${said.off}`}</p>
			<div class="zones-list">${draft.zones.map((one, place) => html`<button key=${place} class=${`speed ${place === chosen ? 'on' : ''} ${one.kind}`} aria-pressed=${place === chosen}
				onClick=${() => drawing.choose(place)}>${zoneName(place, one)}</button>`)}
				${!fixed && html`<button class="speed" disabled=${!canAdd(draft)} onClick=${() => drawing.set(add(draft), draft.zones.length)}>+ ${said.add}</button>`}</div>
			${zone && !fixed && html`<${OneZone} key=${chosen} drawing=${drawing} />`}
			<${Least} drawing=${drawing} isFixed=${fixed} />
			${!fixed && html`<p class="dim">${canAdd(draft) ? said.keys : said.full}</p>
				<div class="zones-acts"><button class="speed" disabled=${!drawing.canUndo} onClick=${drawing.undo}>${said.undo}</button>
				<button class="speed" disabled=${draft.zones.length === 0} onClick=${() => drawing.set({ ...draft, zones: [] }, -1)}>${said.clear}</button>
				<button class="main-button" disabled=${isSaving} onClick=${save}>${isSaving ? said.saving : said.save}</button></div>`}
			<p class="said" role="status">${word}</p>
			<a class="zones-back" href=${`#/camera/${encodeURIComponent(camera.id)}`}><${Icon} name="back" />${words.back}</a>
		</div>
	</main>`;
}

/** The name of the chosen zone, and what it does. @param {{drawing: Drawing}} props */
function OneZone({ drawing }) {
	const { draft, chosen } = drawing;
	const zone = draft.zones[chosen];
	const hasBegun = useRef(false);
	const rename = (/** @type {{target: HTMLInputElement}} */ { target }) => {
		drawing.set(change(draft, { name: cutName(target.value) }, chosen), chosen, hasBegun.current);
		hasBegun.current = true;
	};
	return html`<div class="zones-one">
		<input aria-label=${said.name} placeholder=${zoneName(chosen, { ...zone, name: '' })} value=${zone.name} autocomplete="off" onInput=${rename} />
		<div class="zones-kind" role="group" aria-label=${said.kind}>${/** @type {const} */ (['include', 'exclude']).map((kind) => html`<button class=${`speed ${zone.kind === kind ? 'on' : ''}`}
			aria-pressed=${zone.kind === kind} onClick=${() => drawing.set(change(draft, { kind }, chosen))}>${said[kind]}</button>`)}</div>
		<button class="danger" onClick=${() => drawing.set(remove(draft, chosen))}>${said.remove}</button></div>`;
}

/** How tall, and for how long. @param {{drawing: Drawing, isFixed: boolean}} props */
function Least({ drawing, isFixed }) {
	const { draft } = drawing;
	const isMoving = useRef(false);
	const setHeight = (/** @type {{target: HTMLInputElement}} */ { target }) => {
		drawing.set({ ...draft, height: Number(target.value) }, drawing.chosen, isMoving.current);
		isMoving.current = true;
	};
	const setDwell = (/** @type {{target: HTMLSelectElement}} */ { target }) => drawing.set({ ...draft, dwell: Number(target.value) });
	const dwells = DWELLS.includes(draft.dwell) ? DWELLS : [...DWELLS, draft.dwell].sort((a, b) => a - b);
	return html`<label class="zones-least"><span>${said.height}: <strong>${heightText(draft.height)}</strong></span>
			<input type="range" min="0" max="90" step="5" value=${draft.height} disabled=${isFixed} onInput=${setHeight} onChange=${() => {
				isMoving.current = false;
			}} /></label>
		<label class="zones-least"><span>${said.dwell}</span><select value=${draft.dwell} disabled=${isFixed} onChange=${setDwell}>
			${dwells.map((one) => html`<option value=${one}>${dwellText(one)}</option>`)}</select></label>`;
}

/** The picture with the zones over it. @param {{drawing: Drawing, isFixed: boolean, children?: unknown}} props */
function Canvas({ drawing, isFixed, children }) {
	const stage = useRef(/** @type {HTMLElement | null} */ (null));
	const drag = useRef(/** @type {Drag | null} */ (null));
	useShape(stage);
	const { draft, chosen } = drawing;
	/** @param {PointerEvent} event @returns {Point} */
	const placeOf = (event) => {
		const { left, top, width, height } = /** @type {HTMLElement} */ (stage.current).getBoundingClientRect();
		return [((event.clientX - left) / width) * 100, ((event.clientY - top) / height) * 100];
	};
	/** @param {PointerEvent} event @param {number} place @param {number} corner @param {Draft} start */
	const begin = (event, place, corner, start) => {
		if (isFixed)
			return drawing.choose(place);
		// The picture under the finger does not scroll, and the finger may leave the corner.
		/** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
		drag.current = { corner, from: placeOf(event), start };
		return drawing.set(start, place);
	};
	const move = (/** @type {PointerEvent} */ event) => {
		const at = drag.current;
		if (!at)
			return;
		const to = placeOf(event);
		drawing.set(at.corner < 0 ? moveZone(at.start, chosen, [to[0] - at.from[0], to[1] - at.from[1]]) : movePoint(at.start, chosen, at.corner, to), chosen, true);
	};
	const end = () => {
		drag.current = null;
	};
	return html`<div class="zones-stage" ref=${stage} onPointerMove=${move} onPointerUp=${end} onPointerCancel=${end}>
		${children}
		<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">${draft.zones.map((zone, place) => html`<polygon key=${place}
			class=${`${zone.kind} ${place === chosen ? 'chosen' : ''}`} points=${zone.points.join(' ')} onPointerDown=${(/** @type {PointerEvent} */ event) => begin(event, place, -1, draft)} />`)}</svg>
		${draft.zones[chosen] && !isFixed && html`<${Knobs} drawing=${drawing} begin=${begin} />`}
	</div>`;
}

/** The corners of the chosen zone, and the places between them. @param {{drawing: Drawing, begin: (event: PointerEvent, place: number, corner: number, start: Draft) => void}} props */
function Knobs({ drawing, begin }) {
	const { draft, chosen } = drawing;
	const zone = draft.zones[chosen];
	const name = zoneName(chosen, zone);
	const onKey = (/** @type {KeyboardEvent} */ event, /** @type {number} */ corner) => {
		const arrow = arrows[event.key];
		const by = event.shiftKey ? LEAP : STEP;
		const [x, y] = zone.points[corner];
		if (arrow)
			drawing.set(movePoint(draft, chosen, corner, [x + arrow[0] * by, y + arrow[1] * by]));
		else if (event.key === 'Delete' || event.key === 'Backspace')
			drawing.set(dropPoint(draft, chosen, corner));
		else
			return;
		event.preventDefault();
	};
	const at = ([x, y] = /** @type {Point} */ ([0, 0])) => ({ left: `${x}%`, top: `${y}%` });
	return html`${zone.points.map((point, corner) => html`<button key=${`c${corner}`} class="knob" style=${at(point)} aria-label=${cornerText(corner, name)}
			onPointerDown=${(/** @type {PointerEvent} */ event) => begin(event, chosen, corner, draft)} onKeyDown=${(/** @type {KeyboardEvent} */ event) => onKey(event, corner)}></button>`)}
		${zone.points.map((_, corner) => html`<button key=${`m${corner}`} class="knob between" style=${at(middle(zone.points, corner))} aria-label=${betweenText(corner, name)}
			onPointerDown=${(/** @type {PointerEvent} */ event) => begin(event, chosen, corner + 1, split(draft, chosen, corner))}
			onClick=${(/** @type {MouseEvent} */ event) => event.detail === 0 && drawing.set(split(draft, chosen, corner))}></button>`)}`;
}

/** The stage has the picture's own shape, so that per cent are the same on both. @param {{current: HTMLElement | null}} stage */
function useShape(stage) {
	useLayoutEffect(() => {
		const element = /** @type {HTMLElement} */ (stage.current);
		const video = /** @type {HTMLVideoElement} */ (element.querySelector('video'));
		const fit = () => video.videoWidth && element.style.setProperty('--shape', String(video.videoWidth / video.videoHeight));
		video.addEventListener('resize', fit);
		fit();
		return () => video.removeEventListener('resize', fit);
	}, []);
}
