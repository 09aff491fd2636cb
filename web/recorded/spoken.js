// "Who spoke?": what Ward gave the camera's speaker around the time that is looked at, by whom, with the proof, and to
// be listened to: the room as the microphone heard it, the very sound that the speaker was given, or both; once, or
// wherever somebody spoke while the recording plays.

import { html, useEffect, useRef, useState } from '../vendor/standalone.module.js';
import { isLasting, momentText, spokenText, spokenWords as said, talkerText } from '../words-talk.js';
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
import { HEARS, THIN_RATE } from './desk.js';
import { Player } from './player.js';
import { EDGE_US, LEAD_US, stretchAt } from './stretch.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('./spans.js').Spoken} Spoken */
/** @typedef {import('../log/visits.js').Happening} Happening */
/** @typedef {import('./desk.js').Hears} Hears */
/** @typedef {import('./stretch.js').Stretch} Stretch */

const AROUND_US = 3 * 3600e6; // shown before and after the time that is looked at
const LATE_US = 15e6; // so long it takes until a talk is in the black box
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

	/** @param {Stretch} stretch @param {Clock | null} clock that it follows; null: its own */
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

/** Lets the speaker's sound go along with the recording, wherever there is some, if that is chosen. */
class Along {
	/** @param {Desk} desk @param {(word: string) => void} onWord */
	constructor(desk, onWord) {
		this.desk = desk;
		const [{ box, camera }] = desk.screens;
		this.sound = camera ? new SpeakerSound(box, camera, onWord) : null;
		/** @type {Stretch | null} that is played, or could not be */
		this.stretch = null;
		this.timer = setInterval(() => this.#tick(), TICK_MS);
	}

	#tick() {
		const { clock, state, screens: [{ coverage }] } = this.desk;
		const { time } = clock;
		const isWanted = state.hasSound && state.hears !== 'room' && clock.rate < THIN_RATE;
		const isInside = this.stretch && time > this.stretch.from - LEAD_US && time < this.stretch.to;
		if (isWanted && isInside)
			return;
		if (this.stretch)
			this.sound?.stop();
		this.stretch = null;
		if (!isWanted)
			return;
		coverage.need(time, time + LEAD_US);
		this.stretch = stretchAt(coverage.parts(time, time + LEAD_US).spoken, time);
		if (this.stretch)
			this.sound?.start(this.stretch, clock);
	}

	stop() {
		clearInterval(this.timer);
		this.sound?.stop();
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
	useEffect(() => {
		const along = new Along(desk, setWord);
		return () => along.stop();
	}, [desk, camera?.id]);
	if (!camera)
		return null;
	const listen = (/** @type {Spoken} */ talk, /** @type {Hears} */ choice) => {
		sound.current?.stop();
		if (choice === 'speaker') { // also of a camera that records nothing else
			sound.current = new SpeakerSound(box, camera, setWord);
			desk.pause();
			sound.current.start(talk, null);
			return;
		}
		desk.seek(talk.from);
		desk.setHears(choice);
		desk.play();
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
 * @param {{desk: Desk, at: number, word: string, onListen: (talk: Spoken, choice: Hears) => void, onProof: (of: Happening) => void}} props
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
		${camera?.audio && html`<${HearsChoice} desk=${desk} />`}
		${isKnown && talks.length === 0 && html`<p class="empty">${said.none}</p>`}
		<ul class="people spoken">${[...talks].reverse().map((talk) => html`<li key=${talk.sid ?? talk.from}>
			<span class="person"><strong>${isLasting(talk) ? said.sound(talk) : talk.sound === 'chime' ? said.chime(talk) : talkerText(talk)}</strong><small>${spokenText(talk)}</small>
				<span class="speeds">${camera?.audio && html`<button class="speed" onClick=${() => onListen(talk, 'room')}>${said.room}</button>`}
					<button class="speed" onClick=${() => onListen(talk, 'speaker')}>${said.speaker}</button>
					${camera?.audio && html`<button class="speed" onClick=${() => onListen(talk, 'both')}>${said.both}</button>`}
					${talk.seq !== null && html`<button class="speed" onClick=${() => prove(/** @type {number} */ (talk.seq))}>${said.proof}</button>`}</span></span></li>`)}</ul>
		<p class="save-state" role="status">${word || trouble}</p>`;
}

/** Radio buttons: arrow keys move among them, and who hears the page is told their group. @param {{desk: Desk}} props */
function HearsChoice({ desk }) {
	const { hears } = desk.state;
	return html`<fieldset class="speeds hears"><legend>${said.hears}</legend>${HEARS.map((one) => html`<label class=${`speed ${one === hears ? 'on' : ''}`}>
		<input type="radio" class="visually-hidden" name="hears" value=${one} checked=${one === hears} onChange=${() => desk.setHears(one)} />${said[one]}</label>`)}</fieldset>`;
}

/** The entry that let the talk begin, as something to be proven. @param {import('../box/box.js').Box} box @param {number} seq */
async function entryOf(box, seq) {
	const row = (await box.link.ledger.entries(seq + 1, 1)).find((one) => one.seq === seq);
	if (!row)
		throw new Refused('not-found', 404);
	return happenings([{ ...row, entry: parseEntry(row.text), proof: 'waiting' }], new Set())[0];
}
