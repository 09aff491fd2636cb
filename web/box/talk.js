// Talking over a view that is shown: the microphone, the signed request, and the truth about whether it
// is heard. What is said leaves this phone only after the box has said that the camera's speaker is open.

import { askText, signText } from '../log/ask.js';
import { Refused } from './api.js';

/** @typedef {{phase: 'quiet' | 'asking' | 'heard' | 'failed', word: string, seq: number}} TalkState */

const LATE_MS = 700; // then the person is told that it is not heard yet
const WAIT_MS = 40000; // for one's turn while somebody else talks; the box gives up before
const SILENCE_MS = 30000; // then hands-free ends by itself
const SILENCE_LEVEL = 0.004; // -48 dB: quieter is nobody
const LISTEN_MS = 500;
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

export class Talk {
	/** @param {import('./box.js').Box} box @param {() => void} onChange */
	constructor(box, onChange) {
		this.box = box;
		this.onChange = onChange;
		/** @type {TalkState} */
		this.state = { phase: 'quiet', word: '', seq: -1 };
		this.isPressed = false;
		this.isHandsFree = false;
		/** Ends the waiting for an answer. */
		this.asking = new AbortController();
		/** @type {ReturnType<typeof setInterval> | undefined} */
		this.silence = undefined;
		this.onHidden = () => document.hidden && this.#endHandsFree('talk-hidden');
		document.addEventListener('visibilitychange', this.onHidden);
		this.sid = '';
		/** @type {import('./whep.js').Whep | null} */
		this.whep = null;
		/** @type {MediaStream | null} */
		this.microphone = null;
		/** @type {AnalyserNode | null} */
		this.meter = null;
		/** @type {Promise<void> | null} */
		this.opening = null;
	}

	/** How loud one speaks, 0..1. */
	get level() {
		if (!this.meter || this.state.phase !== 'heard')
			return 0;
		const samples = new Float32Array(this.meter.fftSize);
		this.meter.getFloatTimeDomainData(samples);
		return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
	}

	/** @param {Partial<TalkState>} patch */
	#set(patch) {
		this.state = { ...this.state, ...patch };
		this.onChange();
	}

	/**
	 * Begins to talk, or to wait for one's turn.
	 * @param {import('./whep.js').Whep | null} whep the view that is shown
	 * @param {{isHandsFree?: boolean, takes?: boolean}} [how] takes: the speaker, from whoever talks there
	 */
	press(whep, { isHandsFree = false, takes = false } = {}) {
		if (this.isPressed)
			return;
		this.isPressed = true;
		this.isHandsFree = isHandsFree;
		this.asking = new AbortController();
		const { signal } = this.asking;
		this.#set({ phase: 'asking', word: '', seq: -1 });
		// One at a time: the talk before may still be saying goodbye.
		this.opening = (this.opening ?? Promise.resolve()).then(() => this.#open(whep, takes, signal))
			.catch((error) => (signal.aborted ? undefined : this.#fail(error)));
	}

	/** Silence at once. @param {string} [word] why, if nobody asked for it */
	release(word = '') {
		if (!this.isPressed)
			return;
		this.isPressed = this.isHandsFree = false;
		clearInterval(this.silence);
		this.asking.abort();
		if (this.state.phase !== 'failed')
			this.#set({ phase: 'quiet', word });
		this.opening = (this.opening ?? Promise.resolve()).then(() => this.#close());
		this.whep?.talkSender?.replaceTrack(null).catch(() => {});
	}

	/** @param {string} word */
	#endHandsFree(word) {
		if (this.isHandsFree)
			this.release(word);
	}

	/** Whoever forgets that it is on is not listened to for long. */
	#watchSilence() {
		let loudAt = performance.now();
		clearInterval(this.silence);
		this.silence = setInterval(() => {
			if (this.level > SILENCE_LEVEL)
				loudAt = performance.now();
			else if (performance.now() - loudAt > SILENCE_MS)
				this.#endHandsFree('talk-silence');
		}, LISTEN_MS);
	}

	/** The sessions have changed; is this talk still among them? @param {Set<string>} sids */
	checkSession(sids) {
		if (this.state.phase === 'heard' && !sids.has(this.sid)) {
			const { sid } = this;
			this.sid = '';
			this.#fail(new Refused('talk-ended', 0));
			this.#askWhy(sid);
		}
	}

	/** What the log says of a talk that somebody else ended. @param {string} sid */
	async #askWhy(sid) {
		const why = await this.box.endOf(sid).catch(() => '');
		if (why === 'taken-over' && this.state.word === 'talk-ended')
			this.#set({ word: why });
	}

	/** Gives the microphone back. */
	stop() {
		this.release();
		document.removeEventListener('visibilitychange', this.onHidden);
		for (const track of this.microphone?.getTracks() ?? [])
			track.stop();
		this.microphone = null;
		this.meter?.context instanceof AudioContext && this.meter.context.close();
		this.meter = null;
	}

	async #listen() {
		if (this.microphone?.active)
			return this.microphone;
		try {
			this.microphone = await navigator.mediaDevices.getUserMedia({ audio: MICROPHONE });
		} catch {
			throw new Refused('no-microphone', 0);
		}
		const context = new AudioContext();
		this.meter = context.createAnalyser();
		context.createMediaStreamSource(this.microphone).connect(this.meter);
		return this.microphone;
	}

	/** @param {import('./whep.js').Whep | null} whep @param {boolean} takes @param {AbortSignal} signal */
	async #open(whep, takes, signal) {
		if (signal.aborted)
			return;
		if (!whep?.talkSender)
			throw new Refused('no-speaker', 0);
		const late = setTimeout(() => this.#set({ word: 'talk-late' }), LATE_MS);
		try {
			const [microphone, answer] = await Promise.all([this.#listen(), this.#ask(whep, takes, signal)]);
			this.whep = whep;
			if (signal.aborted || this.state.phase !== 'asking')
				return;
			await whep.talkSender.replaceTrack(microphone.getAudioTracks()[0]);
			this.#set({ phase: 'heard', word: '', seq: answer.seq });
			if (this.isHandsFree)
				this.#watchSilence();
		} finally {
			clearTimeout(late);
		}
	}

	/** @param {import('./whep.js').Whep} whep @param {boolean} takes @param {AbortSignal} signal */
	async #ask(whep, takes, signal) {
		const { api, ledger, identity } = this.box.link;
		const nonce = await api.nonce();
		const known = ledger.remembered;
		const ask = { camera: whep.camera.name, verbs: takes ? 'talk,take' : 'talk', fingerprint: whep.fingerprint, nonce,
			size: known?.size ?? 0, root: known?.root ?? '-' };
		const signature = await signText(identity.key, askText(ask));
		const limit = setTimeout(() => this.asking.abort(), WAIT_MS);
		try {
			const response = await api.send(`/api/v1/sessions/${whep.sid}/talk?${takes ? 'take=1' : 'wait=1'}`, { method: 'POST', signal, headers: {
				'ward-ask': `nonce=${nonce}; size=${ask.size}; root=${ask.root}; signature=${signature}` } });
			const answer = await response.json();
			this.sid = answer.sid;
			return answer;
		} finally {
			clearTimeout(limit);
		}
	}

	async #close() {
		const { sid, whep } = this;
		this.sid = '';
		this.whep = null;
		await whep?.talkSender?.replaceTrack(null).catch(() => {});
		if (sid)
			await this.box.link.api.end(`/api/v1/sessions/${sid}`).catch(() => {});
	}

	/** @param {unknown} error */
	async #fail(error) {
		clearInterval(this.silence);
		if (this.isHandsFree)
			this.isPressed = this.isHandsFree = false;
		this.#set({ phase: 'failed', word: error instanceof Refused ? error.word : 'offline' });
		await this.#close();
	}
}
