// Talking over a view that is shown: the microphone, the signed request, and the truth about whether it
// is heard. What is said leaves this phone only after the box has said that the camera's speaker is open.

import { askText, signText } from '../log/ask.js';
import { Refused } from './api.js';

/** @typedef {{phase: 'quiet' | 'asking' | 'heard' | 'failed', word: string, seq: number}} TalkState */

const LATE_MS = 700; // then the person is told that it is not heard yet
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

export class Talk {
	/** @param {import('./box.js').Box} box @param {() => void} onChange */
	constructor(box, onChange) {
		this.box = box;
		this.onChange = onChange;
		/** @type {TalkState} */
		this.state = { phase: 'quiet', word: '', seq: -1 };
		this.isPressed = false;
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

	/** The button is down. @param {import('./whep.js').Whep | null} whep the view that is shown */
	press(whep) {
		if (this.isPressed)
			return;
		this.isPressed = true;
		this.#set({ phase: 'asking', word: '', seq: -1 });
		// One at a time: the talk before may still be saying goodbye.
		this.opening = (this.opening ?? Promise.resolve()).then(() => this.#open(whep)).catch((error) => this.#fail(error));
	}

	/** The button is up: silence at once. */
	release() {
		if (!this.isPressed)
			return;
		this.isPressed = false;
		if (this.state.phase !== 'failed')
			this.#set({ phase: 'quiet', word: '' });
		this.opening = (this.opening ?? Promise.resolve()).then(() => this.#close());
		this.whep?.talkSender?.replaceTrack(null).catch(() => {});
	}

	/** The sessions have changed; is this talk still among them? @param {Set<string>} sids */
	checkSession(sids) {
		if (this.state.phase === 'heard' && !sids.has(this.sid)) {
			this.sid = '';
			this.#fail(new Refused('talk-ended', 0));
		}
	}

	/** Gives the microphone back. */
	stop() {
		this.release();
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

	/** @param {import('./whep.js').Whep | null} whep */
	async #open(whep) {
		if (!this.isPressed)
			return;
		if (!whep?.talkSender)
			throw new Refused('no-speaker', 0);
		const late = setTimeout(() => this.#set({ word: 'talk-late' }), LATE_MS);
		try {
			const [microphone, answer] = await Promise.all([this.#listen(), this.#ask(whep)]);
			this.whep = whep;
			if (!this.isPressed || this.state.phase !== 'asking')
				return;
			await whep.talkSender.replaceTrack(microphone.getAudioTracks()[0]);
			this.#set({ phase: 'heard', word: '', seq: answer.seq });
		} finally {
			clearTimeout(late);
		}
	}

	/** @param {import('./whep.js').Whep} whep */
	async #ask(whep) {
		const { api, ledger, identity } = this.box.link;
		const nonce = await api.nonce();
		const known = ledger.remembered;
		const ask = { camera: whep.camera.name, verbs: 'talk', fingerprint: whep.fingerprint, nonce,
			size: known?.size ?? 0, root: known?.root ?? '-' };
		const signature = await signText(identity.key, askText(ask));
		const response = await api.send(`/api/v1/sessions/${whep.sid}/talk`, { method: 'POST', headers: {
			'ward-ask': `nonce=${nonce}; size=${ask.size}; root=${ask.root}; signature=${signature}` } });
		const answer = await response.json();
		this.sid = answer.sid;
		return answer;
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
		this.#set({ phase: 'failed', word: error instanceof Refused ? error.word : 'offline' });
		await this.#close();
	}
}
