// "Who spoke?": what Ward gave the camera's speaker around the time that is looked at, by whom, with the proof, and to
// be listened to: the room as the microphone heard it, the very sound that the speaker was given, or both.

import { html, useEffect, useRef, useState } from '../vendor/standalone.module.js';
import { momentText, spokenText, spokenWords as said, talkerText } from '../words-talk.js';
import { Refused } from '../box/api.js';
import { isAlarm } from '../box/ledger.js';
import { parseEntry } from '../log/entry.js';
import { happenings } from '../log/visits.js';
import { Sheet, useTick } from '../ui/parts.js';
import { ProofSheet } from '../ui/proof.js';
import { BarButton } from '../ui/watch.js';
import { refusalText, words } from '../words.js';
import { Clock } from './clock.js';
import { Play } from './play.js';
import { NotPlayable } from './convert.js';
import { Player } from './player.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('./spans.js').Spoken} Spoken */
/** @typedef {import('../log/visits.js').Happening} Happening */
/** @typedef {'room' | 'speaker' | 'both'} Choice */

const AROUND_US = 3 * 3600e6; // shown before and after the time that is looked at
const LATE_US = 15e6; // so long it takes until a talk is in the black box
const EDGE_US = 500e3;
const APART_US = 120e3;
const TICK_MS = 100;
const SEEK_MS = 500; // a seek is given so long

/** What the speaker was given, played once, beside the room or alone. */
export class SpeakerSound {
	/** @param {import('../box/box.js').Box} box @param {import('../box/box.js').Camera} camera @param {(word: string) => void} onWord */
	constructor(box, camera, onWord) {
		this.box = box;
		this.camera = camera;
		this.onWord = onWord;
		/** @type {Play | null} */
		this.play = null;
		/** @type {Player | null} */
		this.player = null;
		this.video = document.createElement('video');
		this.video.playsInline = true;
		this.clock = new Clock(0);
		this.isOwn = false; // the clock is this one's
		this.soughtAt = -Infinity; // ms
		/** @type {ReturnType<typeof setInterval> | undefined} */
		this.timer = undefined;
	}

	/** @param {Spoken} talk @param {Clock | null} clock that it follows; null: its own */
	start({ from, to }, clock) {
		this.stop();
		this.isOwn = clock === null;
		this.clock = clock ?? new Clock(from);
		this.clock.isRunning ||= this.isOwn;
		this.play = new Play({ box: this.box, camera: this.camera, from: Math.floor(from - EDGE_US), to: Math.ceil(to + EDGE_US), tracks: 's' });
		const fail = (/** @type {unknown} */ error) => this.#fail(error);
		this.player = new Player(this.video, this.play, this.clock, { onFrame() {}, onFlow() {}, onTrouble: fail, onSkip: () => fail(null), onBroken: () => fail(null) }, { tracks: ['s'], isThin: false });
		this.timer = setInterval(() => this.#tick(), TICK_MS);
		this.onWord(said.listening);
	}

	/** @param {unknown} error */
	#fail(error) {
		this.stop();
		if (isAlarm(error))
			return this.box.raise(error);
		return this.onWord(error instanceof NotPlayable ? said.noCodec : error instanceof Refused && error.status ? refusalText(error.word) : words.offline);
	}

	/** Goes with the clock; where nothing was given, it is silent. */
	#tick() {
		const { player, play, clock, video } = this;
		if (!player || !play || player.lanes.length === 0)
			return;
		if (this.isOwn && !clock.isGoing && player.isReady)
			clock.go();
		if (clock.time > play.to) {
			this.stop();
			return;
		}
		if (!clock.isGoing || !play.index.at('s', clock.time)) {
			player.rest();
			return;
		}
		const isApart = Math.abs(player.time - clock.time) > APART_US;
		if (isApart && (!video.seeking || performance.now() - this.soughtAt > SEEK_MS)) {
			this.soughtAt = performance.now();
			player.seek(clock.time);
		}
		player.run(clock.rate);
	}

	stop() {
		clearInterval(this.timer);
		if (this.player)
			this.onWord('');
		this.player?.stop();
		this.play?.stop();
		this.player = this.play = null;
	}
}

/** @param {{desk: Desk}} props of one camera */
export function SpokenButton({ desk }) {
	const [at, setAt] = useState(0); // µs; 0: closed
	const [word, setWord] = useState('');
	const [proof, setProof] = useState(/** @type {Happening | null} */ (null));
	const [screen] = desk.screens;
	const { box, camera } = screen;
	const sound = useRef(/** @type {SpeakerSound | null} */ (null));
	useEffect(() => () => sound.current?.stop(), []);
	if (!camera)
		return null;
	const listen = (/** @type {Spoken} */ talk, /** @type {Choice} */ choice) => {
		sound.current?.stop();
		sound.current = new SpeakerSound(box, camera, setWord);
		if (choice === 'speaker') {
			desk.pause();
			return sound.current.start(talk, null);
		}
		desk.seek(talk.from);
		desk.setSound(true);
		desk.play();
		return choice === 'both' ? sound.current.start(talk, desk.clock) : undefined;
	};
	const close = () => {
		setAt(0);
		setProof(null);
	};
	return html`<div><${BarButton} icon="talk" label=${said.who} onClick=${() => setAt(desk.time)} />
		${at > 0 && !proof && html`<${Sheet} title=${said.who} onClose=${close}>
			<${SpokenList} desk=${desk} at=${at} word=${word} onListen=${listen} onProof=${setProof} />
		<//>`}
		${proof && html`<${ProofSheet} box=${box} of=${proof} cameraName=${() => camera.name} onClose=${close} />`}</div>`;
}

/**
 * @param {{desk: Desk, at: number, word: string, onListen: (talk: Spoken, choice: Choice) => void, onProof: (of: Happening) => void}} props
 * `at`: the moment that is asked about
 */
function SpokenList({ desk, at, word, onListen, onProof }) {
	useTick(1000);
	const [{ box, camera, coverage }] = desk.screens;
	const [trouble, setTrouble] = useState('');
	const [from, to] = [at - AROUND_US, at + AROUND_US];
	coverage.need(from, to);
	const talks = coverage.parts(from, to).spoken.filter((one) => one.to > from && one.from < to);
	const isKnown = coverage.covers(at) && !coverage.trouble;
	const isLate = at > Date.now() * 1000 - LATE_US;
	const moment = talks.find((one) => one.from <= at && at < one.to);
	const prove = (/** @type {number} */ seq) => entryOf(box, seq).then(onProof, (error) => (isAlarm(error) ? box.raise(error) : setTrouble(words.offline)));
	return html`<p class="verdict spoken-moment" role="status">${!isKnown ? said.trouble : !moment && isLate ? said.unknown : momentText(at, moment)}</p>
		<p class="dim">${said.note}</p>
		${isKnown && talks.length === 0 && html`<p class="empty">${said.none}</p>`}
		<ul class="people spoken">${[...talks].reverse().map((talk) => html`<li key=${talk.sid ?? talk.from}>
			<span class="person"><strong>${talk.sound === 'chime' ? said.chime(talk) : talkerText(talk)}</strong><small>${spokenText(talk)}</small>
				<span class="speeds">${camera?.audio && html`<button class="speed" onClick=${() => onListen(talk, 'room')}>${said.room}</button>`}
					<button class="speed" onClick=${() => onListen(talk, 'speaker')}>${said.speaker}</button>
					${camera?.audio && html`<button class="speed" onClick=${() => onListen(talk, 'both')}>${said.both}</button>`}
					${talk.seq !== null && html`<button class="speed" onClick=${() => prove(/** @type {number} */ (talk.seq))}>${said.proof}</button>`}</span></span></li>`)}</ul>
		<p class="save-state" role="status">${word || trouble}</p>`;
}

/** The entry that let the talk begin, as something to be proven. @param {import('../box/box.js').Box} box @param {number} seq */
async function entryOf(box, seq) {
	const row = (await box.link.ledger.entries(seq + 1, 1)).find((one) => one.seq === seq);
	if (!row)
		throw new Refused('not-found', 404);
	return happenings([{ ...row, entry: parseEntry(row.text), proof: 'waiting' }], new Set())[0];
}
