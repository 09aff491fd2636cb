// A clip with private parts, which the box cannot put together: this device fetches the fragments, opens them, holds
// them against the log, and makes the file itself. That it is saved stands in the log before the first byte.

import { Refused } from '../box/api.js';
import { Clip } from './clip.js';
import { movieHead } from './movie.js';
import { isAway } from './play.js';

/** @typedef {import('./play.js').Play} Play */
/** @typedef {import('./segments.js').Segment} Segment */
/** @typedef {(received: number, size: number) => void} Progress */

const FETCHES = 3;
const TRIES = 5;
const RETRY_MS = 1500;

/** @param {Play} play */
async function announce({ box, camera, sid, from, to, tracks }) {
	const { api, ledger } = box.link;
	const response = await api.send(`/api/v1/play/${sid}/export?from=${from}&to=${to}&tracks=${tracks}`, { method: 'POST' });
	const { seq } = await response.json();
	await ledger.proveExport({ kind: 'export', seq, camera: camera.id, sid, span: `${from} ${to}`, tracks });
}

/** What the clip is made of, in the order of the box. @param {Play} play @returns {Promise<Segment[]>} */
async function listOf({ index, tracks, from, to }) {
	await index.load(from, to);
	const place = (/** @type {Segment} */ { id }) => id.split('-').map(Number);
	return tracks.split(',').flatMap((track) => index.between(track, from, to)).sort((a, b) => a.from - b.from || tracks.indexOf(a.track) - tracks.indexOf(b.track) ||
		place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1]);
}

/** Its init segment and its bytes; null: it is not to be had, and never will be. @param {Play} play @param {Segment} segment @param {AbortSignal} signal */
async function fetchOne(play, segment, signal) {
	for (let left = TRIES; ;) {
		try {
			const [{ data: init }, bytes] = await Promise.all([play.init(segment.track, segment.init), play.bytes(segment)]);
			return { init, bytes };
		} catch (error) {
			const isAsked = error instanceof Refused && error.status === 409; // only a person can change it
			if (signal.aborted || isAsked || left-- <= 0)
				throw error;
			if (!isAway(error) && (await play.isThere()))
				return null;
			await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
		}
	}
}

/**
 * The file, and how many fragments are left out because they are not what was recorded.
 * @param {Play} play whose entry is proven @param {AbortSignal} signal @param {Progress} onProgress
 */
export async function makeClip(play, signal, onProgress) {
	const clip = new Clip(play.from, play.to);
	const segments = await listOf(play);
	const size = segments.reduce((sum, { bytes }) => sum + bytes, 0);
	/** @type {Blob[]} */
	const parts = [];
	let received = 0, missing = 0;
	await announce(play);
	for (const [at, segment] of segments.entries()) {
		signal.throwIfAborted();
		for (const next of segments.slice(at, at + FETCHES))
			play.bytes(next).catch(() => {});
		const found = await fetchOne(play, segment, signal);
		if (found)
			parts.push(new Blob([clip.add(segment.track, clip.addInit(segment.track, found.init), found.bytes)]));
		else
			missing++;
		received += segment.bytes;
		onProgress(received, size);
	}
	if (clip.size === 0)
		throw new Refused('not-found', 404);
	return { file: new Blob([movieHead(clip), ...parts], { type: 'video/mp4' }), start: clip.start, missing };
}
