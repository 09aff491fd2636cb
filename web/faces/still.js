// A picture of somebody out of the recording: a play of two seconds, which is in the log like any other, and of it the part
// where the face is. Nothing is drawn before the play's entry is proven.

import { Refused } from '../box/api.js';
import { isAlarm } from '../box/ledger.js';
import { Play } from '../recorded/play.js';
import { Player } from '../recorded/player.js';
import { boxAt, first, headIn } from './frame.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('../box/box.js').Camera} Camera */
/** @typedef {import('./page.js').Face} Face */

const AROUND_US = 1e6;
const NEAR_US = 500e3; // a picture so near to the moment shows it
const WAIT_MS = 15000;
const LOOK_MS = 40;
const SIDE = 320; // px, of what is shown

/** Where in the picture he stood, as the event says; null: it does not. @param {Box} box @param {Face} face */
async function placeOf(box, { camera_name, event, at }) {
	const query = new URLSearchParams({ camera: camera_name ?? '', from: String(at), to: String(Number(at) + 1) });
	const { events } = await box.link.api.json(`/api/v1/events?${query}`);
	const of = events.find((/** @type {{id: number}} */ one) => one.id === event);
	return of ? boxAt(of, Number(at)) : null;
}

/** What is to be seen of him; null: the element has no picture yet, whatever it says. @param {HTMLVideoElement} video @param {import('./frame.js').Box | null} place */
function cutOut(video, place) {
	const size = { width: video.videoWidth, height: video.videoHeight };
	const { x, y, side } = place ? headIn(place, size) : first(size, 1);
	const canvas = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
	const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
	context.drawImage(video, x, y, side, side, 0, 0, SIDE, SIDE);
	return context.getImageData(SIDE / 2, SIDE / 2, 1, 1).data[3] > 0 ? canvas : null;
}

/** The picture of a moment, once a player has it. @param {Play} play @param {number} at @param {import('./frame.js').Box | null} place @returns {Promise<HTMLCanvasElement>} */
async function shown(play, at, place) {
	const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
	const clock = /** @type {import('../recorded/clock.js').Clock} */ ({ time: at, rate: 1 });
	let trouble = /** @type {unknown} */ (null);
	const fail = (/** @type {unknown} */ error) => {
		trouble ??= error;
	};
	const player = new Player(video, play, clock, { onFrame() {}, onFlow() {}, onSkip: (_, word) => fail(new Refused(word, 0)), onTrouble: fail,
		onBroken: () => fail(new Refused('damaged', 0)) }, { tracks: ['v'], isThin: false });
	try {
		for (const limit = performance.now() + WAIT_MS; performance.now() < limit && !trouble;) {
			const isThere = player.isReady && player.lanes.length > 0 && Math.abs(player.time - at) < NEAR_US;
			const still = isThere ? cutOut(video, place) : null;
			if (still)
				return still;
			await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
		}
		throw trouble ?? new Refused('offline', 0);
	} finally {
		player.stop();
	}
}

/** @param {Box} box @param {Camera} camera @param {Face} face */
async function lookAt(box, camera, face) {
	const at = Number(face.at);
	const play = new Play({ box, camera, from: at - AROUND_US, to: at + AROUND_US, tracks: 'v' });
	try {
		return await shown(play, at, await placeOf(box, face));
	} catch (error) {
		if (isAlarm(error))
			box.raise(error);
		throw error;
	} finally {
		play.stop();
	}
}

/** Pictures of faces, one after the other, each asked for once. */
export class Stills {
	/** @param {Box} box */
	constructor(box) {
		this.box = box;
		this.isClosed = false;
		/** @type {Map<string, Promise<HTMLCanvasElement>>} */
		this.asked = new Map();
		/** @type {Promise<unknown>} */
		this.last = Promise.resolve();
	}

	/** Rejects with a Refused: 'not-found' if nothing was recorded then. @param {Face} face */
	of(face) {
		const key = `${face.id} ${face.at}`;
		let found = this.asked.get(key);
		if (!found) {
			found = this.last.then(() => this.#ask(face));
			this.last = found.catch(() => this.asked.delete(key));
			this.asked.set(key, found);
		}
		return found;
	}

	/** @param {Face} face */
	#ask(face) {
		const camera = this.box.state.cameras.find((one) => one.name === face.camera_name);
		if (this.isClosed || !camera?.verbs.includes('play'))
			throw new Refused('not-found', 404);
		return lookAt(this.box, camera, face);
	}
}
