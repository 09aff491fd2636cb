// A face is learnt from a picture: one of a file, or one taken here from a camera's live view. Either way the box is sent an
// ordinary picture, of the part within the frame, and its log says so: that it came from a camera is not claimed.

import { html, useLayoutEffect, useRef, useState } from '../vendor/standalone.module.js';
import { toBase64 } from '../log/bytes.js';
import { Icon, useAwake, useViewer } from '../ui/parts.js';
import { Picture } from '../ui/picture.js';
import { inTheLog } from '../words.js';
import { faceWords as said, learnLive, namedText } from '../words-faces.js';
import { asJson, NameForm } from './form.js';
import { first, moved, resized, SIDE_MIN } from './frame.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('./frame.js').Square} Square */
/** @typedef {import('./page.js').Told} Told */

const FILE_MAX = 20e6;
const STILL_MAX = 1920; // px, of the longer side
const SENT_MAX = 45000; // bytes; the box takes no more
const SENT_SIDE = 480; // px
const QUALITIES = [0.92, 0.8, 0.65, 0.45, 0.25];
const AWAY_MS = 15000;
const STEP = 0.02; // of the picture's shorter side, of an arrow key
const GROWTH = 1.1;
/** @type {Record<string, [number, number]>} */
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** A copy, shrunk if it is very large. @param {CanvasImageSource} source @param {number} width @param {number} height */
function copyOf(source, width, height) {
	const shrink = Math.min(1, STILL_MAX / Math.max(width, height));
	const canvas = Object.assign(document.createElement('canvas'), { width: Math.max(1, Math.round(width * shrink)), height: Math.max(1, Math.round(height * shrink)) });
	canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height);
	return canvas;
}

/** The part within the frame as JPEG, no larger than the box takes; what else a file said (its place, its time) is not in it. @param {HTMLCanvasElement} still @param {Square} square */
async function encode(still, { x, y, side }) {
	const size = Math.max(SIDE_MIN, Math.min(SENT_SIDE, Math.round(side)));
	const canvas = Object.assign(document.createElement('canvas'), { width: size, height: size });
	canvas.getContext('2d')?.drawImage(still, x, y, side, side, 0, 0, size, size);
	for (const quality of QUALITIES) {
		const blob = /** @type {Blob | null} */ (await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality)));
		if (blob && blob.size <= SENT_MAX)
			return toBase64(new Uint8Array(await blob.arrayBuffer()));
	}
	throw new RangeError('a picture that cannot be made small');
}

/** @param {{box: Box, still: HTMLCanvasElement, told: Told, onDone: (word: string) => void, onClose: () => void}} props */
export function LearnFile({ box, still, told, onDone, onClose }) {
	return html`<main class="learn">
		<h1 tabindex="-1" class="watch-name">${said.learnFile}</h1>
		<${Framed} box=${box} still=${still} part=${1} told=${told} onDone=${onDone} />
		<div class="learn-desk"><button class="learn-back" onClick=${onClose}><${Icon} name="back" />${said.toFaces}</button></div>
	</main>`;
}

/** The picture in a file, or why there is none. @param {File} file @returns {Promise<HTMLCanvasElement | string>} */
export async function readPicture(file) {
	if (file.size > FILE_MAX)
		return said.tooLarge;
	const bitmap = await createImageBitmap(file).catch(() => null);
	if (!bitmap)
		return said.notAPicture;
	const still = copyOf(bitmap, bitmap.width, bitmap.height);
	bitmap.close();
	return still;
}

/** @param {{box: Box, camera: import('../box/box.js').Camera, told: Told, onDone: (word: string) => void}} props */
export function LearnLive({ box, camera, told, onDone }) {
	const [still, setStill] = useState(/** @type {HTMLCanvasElement | null} */ (null));
	const stage = useRef(/** @type {HTMLElement | null} */ (null));
	const viewer = useViewer(box, useAwake(AWAY_MS) && !still ? camera.id : null);
	const stream = viewer?.state.stream ?? null;
	const take = () => {
		const video = /** @type {HTMLVideoElement | null} */ (stage.current?.querySelector('video:not(.covered)') ?? null);
		if (video?.videoWidth)
			setStill(copyOf(video, video.videoWidth, video.videoHeight));
	};
	return html`<main class="learn">
		<h1 tabindex="-1" class="watch-name">${learnLive(camera.name)}</h1>
		${still ? html`<${Framed} box=${box} still=${still} part=${0.6} told=${told} onDone=${onDone} />`
			: html`<div class="learn-stage is-live" ref=${stage}><${Picture} stream=${stream} isMuted=${true} isFilling=${false} label=${camera.name} /></div>
				<p class="watch-proof">${viewer && viewer.state.seq >= 0 && html`<${Icon} name="shield" />${inTheLog(viewer.state.seq)}`}</p>`}
		<div class="learn-desk">
			${still ? html`<button class="plain wide" onClick=${() => setStill(null)}>${said.again}</button>`
				: html`<p class="dim">${said.liveText}</p><button class="main-button wide" disabled=${!stream} onClick=${take}>${said.take}</button>`}
			<a class="learn-back" href="#/faces"><${Icon} name="back" />${said.toFaces}</a></div>
	</main>`;
}

/** A picture with a frame to put around a face, and whose it is. @param {{box: Box, still: HTMLCanvasElement, part: number, told: Told, onDone: (word: string) => void}} props */
function Framed({ box, still, part, told, onDone }) {
	const [square, setSquare] = useState(first(still, part));
	const most = Math.min(still.width, still.height);
	const save = async (/** @type {{name: string, consent?: string}} */ body) => {
		const answer = await box.link.api.send('/api/v1/faces', asJson('POST', { ...body, picture: await encode(still, square) }));
		onDone(namedText(body.name, (await answer.json()).seq));
	};
	return html`<${Stage} still=${still} square=${square} onChange=${setSquare} />
		<div class="learn-desk">
			<p class="dim">${said.frameText}</p>
			<label class="learn-size">${said.frameSize}<input type="range" min=${Math.min(SIDE_MIN, most)} max=${most} step="1" value=${square.side}
				onInput=${(/** @type {{target: HTMLInputElement}} */ { target }) => setSquare(resized(square, Number(target.value), still))} /></label>
			<${NameForm} known=${told.faces.filter(({ name }) => name !== null)} act=${said.learn} busy=${said.learning} onSave=${save} />
		</div>`;
}

/** @param {{still: HTMLCanvasElement, square: Square, onChange: (square: Square) => void}} props */
function Stage({ still, square, onChange }) {
	const stage = useRef(/** @type {HTMLElement | null} */ (null));
	const drag = useRef(/** @type {{x: number, y: number, from: Square} | null} */ (null));
	useLayoutEffect(() => {
		const element = /** @type {HTMLElement} */ (stage.current);
		element.style.setProperty('--shape', String(still.width / still.height));
		element.prepend(still);
		return () => still.remove();
	}, [still]);
	const begin = (/** @type {PointerEvent} */ event) => {
		/** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
		drag.current = { x: event.clientX, y: event.clientY, from: square };
	};
	const move = (/** @type {PointerEvent} */ event) => {
		const at = drag.current;
		const scale = still.width / /** @type {HTMLElement} */ (stage.current).clientWidth;
		if (at)
			onChange(moved(at.from, [(event.clientX - at.x) * scale, (event.clientY - at.y) * scale], still));
	};
	const end = () => {
		drag.current = null;
	};
	const onKey = (/** @type {KeyboardEvent} */ event) => {
		const arrow = arrows[event.key];
		const step = STEP * Math.min(still.width, still.height);
		if (arrow)
			onChange(moved(square, [arrow[0] * step, arrow[1] * step], still));
		else if (event.key === '+' || event.key === '-')
			onChange(resized(square, square.side * (event.key === '+' ? GROWTH : 1 / GROWTH), still));
		else
			return;
		event.preventDefault();
	};
	const place = { left: `${(square.x / still.width) * 100}%`, top: `${(square.y / still.height) * 100}%`, width: `${(square.side / still.width) * 100}%` };
	return html`<div class="learn-stage" ref=${stage}><button class="learn-frame" style=${place} aria-label=${said.frame}
		onPointerDown=${begin} onPointerMove=${move} onPointerUp=${end} onPointerCancel=${end} onKeyDown=${onKey}></button></div>`;
}
