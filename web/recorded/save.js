// A clip to keep: one file from the time that is looked at on, with a play of its own whose entry is proven first.

import { html, useEffect, useRef, useState } from '../vendor/standalone.module.js';
import { clipFileText, clipLengths, recordedWords as said, savedText, savingText } from '../words-recorded.js';
import { refusalText } from '../words.js';
import { BarButton } from '../ui/watch.js';
import { Sheet } from '../ui/parts.js';
import { Refused } from '../box/api.js';
import { isAlarm } from '../box/ledger.js';
import { Keep } from './keep.js';
import { makeClip } from './own-clip.js';
import { Play } from './play.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('../box/box.js').Camera} Camera */
/** @typedef {import('./play.js').Wish} Wish */

const TRIES = 5;
const RETRY_MS = 1500;

/** @param {Blob} file @param {string} name */
function keep(file, name) {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(file);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
}

/** @param {Response} response */
const nameOf = (response) => decodeURIComponent(/filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'clip.mp4');

/**
 * Fetches it, and goes on where the line broke.
 * @param {Play} play @param {AbortSignal} signal @param {(received: number, size: number) => void} onProgress
 */
async function fetchClip(play, signal, onProgress) {
	const path = `/api/v1/play/${play.sid}/clip.mp4?from=${play.from}&to=${play.to}&tracks=${play.tracks}`;
	/** @type {Uint8Array<ArrayBuffer>[]} Put together in memory: no browser on a phone writes a file as it comes. */
	const parts = [];
	let received = 0, size = 0, etag = '', name = '';
	for (let left = TRIES; ;) {
		try {
			const response = await play.box.link.api.send(path, { signal, headers: received ? { range: `bytes=${received}-`, 'if-range': etag } : {} });
			if (received && response.status !== 206)
				throw new Refused('changed', 409);
			etag = response.headers.get('etag') ?? '';
			name = nameOf(response);
			size = received + Number(response.headers.get('content-length'));
			const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body).getReader();
			for (let part = await reader.read(); !part.done; part = await reader.read()) {
				parts.push(part.value);
				received += part.value.length;
				left = TRIES;
				onProgress(received, size);
			}
			keep(new Blob(parts, { type: 'video/mp4' }), name);
			return { name, size, missing: 0 };
		} catch (error) {
			if (signal.aborted || left-- <= 0 || (error instanceof Refused && error.status !== 0 && error.status !== 503))
				throw error;
			await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
		}
	}
}

/** The box cannot open it. @param {Play} play @param {AbortSignal} signal @param {(received: number, size: number) => void} onProgress */
async function makeOwnClip(play, signal, onProgress) {
	const { file, start, missing } = await makeClip(play, signal, onProgress);
	const name = clipFileText(play.camera.name, start);
	keep(file, name);
	return { name, size: file.size, missing };
}

/** @param {Wish} wish @param {AbortSignal} signal @param {(received: number, size: number) => void} onProgress */
async function save(wish, signal, onProgress) {
	const play = new Play({ ...wish, isAsRecorded: true });
	try {
		await play.proven;
		return await fetchClip(play, signal, onProgress).catch((error) => {
			if (error instanceof Refused && error.word === 'sealed')
				return makeOwnClip(play, signal, onProgress);
			throw error;
		});
	} finally {
		play.stop();
	}
}

/** @param {{desk: import('./desk.js').Desk}} props of one camera */
export function SaveButton({ desk }) {
	const [from, setFrom] = useState(0); // µs; 0: closed
	const [screen] = desk.screens;
	const { box, camera } = screen;
	const isHousehold = box.state.me?.role === 'owner' || box.state.me?.role === 'member';
	const close = () => setFrom(0);
	const goTo = (/** @type {number} */ at) => {
		close();
		desk.seek(at);
	};
	return html`<div><${BarButton} icon="down" label=${said.save} onClick=${() => setFrom(Math.round(desk.time))} />
		${from > 0 && camera && html`<${Sheet} title=${said.saveTitle} onClose=${close}>
			<${Save} box=${box} camera=${camera} from=${from} />
			${isHousehold && html`<${Keep} screen=${screen} at=${from} onGo=${goTo} />`}
		<//>`}</div>`;
}

/** @param {{box: Box, camera: Camera, from: number}} props */
function Save({ box, camera, from }) {
	const [text, setText] = useState('');
	const [isBusy, setBusy] = useState(false);
	const abort = useRef(new AbortController());
	useEffect(() => () => abort.current.abort(), []);
	const start = async (/** @type {number} */ seconds) => {
		setBusy(true);
		setText(savingText(0, 0));
		const tracks = [camera.video && 'v', camera.audio && 'm'].filter(Boolean).join(',');
		try {
			const { name, size, missing } = await save({ box, camera, from, to: from + seconds * 1e6, tracks }, abort.current.signal, (received, all) => setText(savingText(received, all)));
			setText(savedText(name, size, missing));
		} catch (error) {
			if (isAlarm(error))
				box.raise(error);
			setText(error instanceof Refused ? (error.status === 404 ? said.nothing : refusalText(error.word)) : said.saveFailed);
		}
		setBusy(false);
	};
	return html`<p class="dim">${said.saveText}</p>
		<div class="speeds">${clipLengths.map(({ seconds, label }) => html`<button class="speed" disabled=${isBusy} onClick=${() => start(seconds)}>${label}</button>`)}</div>
		<p class="save-state" role="status">${text}</p>`;
}
