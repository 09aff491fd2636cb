// What happened on the day that is looked at: a list, each event with its best picture. The pictures are thumbnails of the play
// that is open, so looking at them is in the log, and none is shown before that entry is proven.

import { html, useEffect, useRef, useState } from '../vendor/standalone.module.js';
import { happenedText, pictureText, recordedWords as said, whatText, wrongText } from '../words-recorded.js';
import { Refused } from '../box/api.js';
import { Icon, Sheet, useBox, useTick } from '../ui/parts.js';
import { dayStart } from './scale.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./spans.js').Happening} Happening */
/** @typedef {{event: Happening, screen: Screen, key: string}} Row */

const ROWS_MAX = 200; // the newest
const TRIES_MAX = 5; // the box is busy, or the play is only being opened
const RETRY_MS = 700;
const NEAR_US = 300e3; // a picture so near to the moment shows it: the box is where it says
const LEAD_US = 2e6; // an event is looked at from a little before
const LINE = 3; // px

/** @param {number} ms */
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Small pictures, one after the other: the box makes one at a time. */
class Queue {
	constructor() {
		this.isClosed = false;
		/** @type {Promise<unknown>} */
		this.last = Promise.resolve();
	}

	/** The picture of an event, or why there is none. @param {Screen} screen @param {number} at @returns {Promise<{bitmap: ImageBitmap, from: number} | string>} */
	ask(screen, at) {
		const asked = this.last.then(() => this.#ask(screen, at));
		this.last = asked;
		return asked;
	}

	/** @param {Screen} screen @param {number} at @returns {Promise<{bitmap: ImageBitmap, from: number} | string>} */
	async #ask(screen, at) {
		for (let tries = 0; tries < TRIES_MAX && !this.isClosed; tries++) {
			const { play } = screen;
			try {
				if (play && !play.isClosed && play.from <= at && at < play.to) {
					const { from, data } = await play.thumb(at);
					return { from, bitmap: await createImageBitmap(data) };
				}
			} catch (error) {
				if (error instanceof Refused && error.word === 'sealed')
					return said.sealedPicture;
				if (error instanceof Refused && [404, 410, 422].includes(error.status) && screen.play === play)
					return said.noPicture;
			}
			await rest(RETRY_MS);
		}
		return said.noPicture;
	}
}

/** @param {{desk: Desk}} props */
export function HappenedButton({ desk }) {
	const [isOpen, setOpen] = useState(false);
	return html`<button class="round" aria-label=${said.happened} aria-haspopup="dialog" onClick=${() => setOpen(true)}><${Icon} name="list" /></button>
		${isOpen && html`<${Sheet} title=${said.happened} onClose=${() => setOpen(false)}><${HappenedList} desk=${desk} onClose=${() => setOpen(false)} /><//>`}`;
}

/** The events of the day that the clock is in, newest first. @param {Desk} desk @returns {Row[]} */
function rowsOf(desk) {
	const [from, to] = [dayStart(desk.time), dayStart(desk.time, 1)];
	// What may not be looked at any more is gone, with its pictures.
	const rows = desk.screens.filter(({ state }) => state.phase !== 'refused').flatMap((screen) => {
		screen.coverage.need(from, to);
		return screen.coverage.parts(from, to).events.filter((event) => event.from < to && event.to > from)
			.map((event) => ({ event, screen, key: `${screen.id} ${event.kind} ${event.from}` }));
	});
	return rows.sort((a, b) => b.event.from - a.event.from).slice(0, ROWS_MAX);
}

/** @param {{desk: Desk, onClose: () => void}} props */
function HappenedList({ desk, onClose }) {
	useTick(1000);
	const queue = useRef(/** @type {Queue | null} */ (null));
	queue.current ??= new Queue();
	useEffect(() => () => {
		if (queue.current)
			queue.current.isClosed = true;
	}, []);
	const [word, setWord] = useState('');
	const { box } = desk.screens[0];
	const { me } = useBox(box);
	const rows = rowsOf(desk);
	const go = (/** @type {Row} */ { event }) => {
		onClose();
		desk.seek(event.from - LEAD_US);
		desk.play();
	};
	const isKnown = desk.screens.every(({ coverage }) => coverage.covers(desk.time));
	return html`<p class="dim">${said.happenedNote}</p>
		<p class="happened-note" role="status">${word}</p>
		${isKnown && rows.length === 0 && html`<p class="empty">${said.happenedNone}</p>`}
		<ul class="people happened">${rows.map((row) => html`<li key=${row.key}><button class="person" onClick=${() => go(row)}>
			<${Small} row=${row} queue=${queue.current} isOne=${desk.isOne} />
			<span><strong>${whatText(row.event)}</strong><small>${happenedText(row.event, desk.isOne ? '' : row.screen.camera?.name ?? '')}</small></span></button>
			${me?.role === 'owner' && row.event.face && html`<${FaceActs} key=${row.event.face.id} box=${box} row=${row} onDone=${setWord} />`}</li>`)}</ul>`;
}

/** Nobody has said who it is, or it was somebody else: an owner may say so. @param {{box: import('../box/box.js').Box, row: Row, onDone: (word: string) => void}} props */
function FaceActs({ box, row: { event, screen }, onDone }) {
	const [isSure, setSure] = useState(false);
	const [isBusy, setBusy] = useState(false);
	const name = event.face?.name;
	if (!name)
		return html`<a class="plain" href="#/faces">${said.whoIsThis}</a>`;
	const correct = async () => {
		if (!isSure)
			return setSure(true);
		setBusy(true);
		try {
			await box.link.api.send(`/api/v1/cameras/${encodeURIComponent(screen.camera?.name ?? '')}/events/${event.id}/wrong`, { method: 'POST' });
			onDone(said.corrected);
			screen.coverage.renew();
		} catch {
			onDone(said.notCorrected);
		}
		return setBusy(false);
	};
	return html`<button class="danger" disabled=${isBusy} aria-label=${isSure ? undefined : wrongText(name)} onClick=${correct}>${isSure ? said.wrongSure : said.wrong}</button>`;
}

/** The picture, asked for when it comes into sight. @param {{row: Row, queue: Queue, isOne: boolean}} props */
function Small({ row: { event, screen }, queue, isOne }) {
	const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
	const [word, setWord] = useState('');
	const at = event.picture?.at ?? event.from;
	useEffect(() => {
		let isGone = false;
		const element = /** @type {HTMLCanvasElement} */ (canvas.current);
		const observer = new IntersectionObserver(async ([entry]) => {
			if (!entry.isIntersecting)
				return;
			observer.disconnect();
			const found = await queue.ask(screen, at);
			if (isGone)
				return;
			if (typeof found === 'string')
				return setWord(found);
			draw(element, found.bitmap, event.picture && Math.abs(found.from - event.picture.at) < NEAR_US ? event.picture.box : null);
			element.classList.add('is-here');
		});
		observer.observe(element);
		return () => {
			isGone = true;
			observer.disconnect();
		};
	}, [at]);
	return html`<span class="small"><canvas ref=${canvas} width="16" height="9" role="img" aria-label=${word || pictureText(event, isOne ? '' : screen.camera?.name ?? '')}></canvas>
		${word && html`<small>${word}</small>`}</span>`;
}

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} bitmap @param {[number, number, number, number] | null} box per cent */
function draw(canvas, bitmap, box) {
	const { width, height } = bitmap;
	Object.assign(canvas, { width, height });
	const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
	context.drawImage(bitmap, 0, 0);
	bitmap.close();
	if (!box)
		return;
	const [left, top, right, bottom] = box;
	context.lineWidth = LINE;
	context.strokeStyle = '#f3bd74';
	context.strokeRect((left / 100) * width, (top / 100) * height, ((right - left) / 100) * width, ((bottom - top) / 100) * height);
}
