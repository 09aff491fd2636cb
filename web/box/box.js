// The box as this device sees it now: who I am, the cameras, who is watching, and whether the log still
// holds. The pages draw `state`; all of them are told of each change.

import { pairText, signText } from '../log/ask.js';
import { fromHex, toHex } from '../log/bytes.js';
import { parseEntry } from '../log/entry.js';
import { ProofError } from '../log/merkle.js';
import { Api, post, Refused } from './api.js';
import { Events } from './events.js';
import { History } from './history.js';
import { isAlarm, Ledger } from './ledger.js';
import { addAlarm, forget, readIdentity, writeIdentity } from './memory.js';
import { Viewer } from './viewer.js';

/**
 * @typedef {object} Camera
 * @property {string} id
 * @property {string} name
 * @property {'live' | 'connecting' | 'silent' | 'down'} state
 * @property {string} reason one plain sentence of the box, or empty
 * @property {number} watching
 * @property {string[]} verbs mine
 * @property {string} video @property {string} sub @property {string} audio codecs, or empty
 * @property {number} width @property {number} height
 * @property {boolean} [chime] a voice from it is announced
 * @property {number} [lostAt] ms since 1970 when this page saw it go
 */
/**
 * @typedef {object} Session
 * @property {string} sid @property {string} camera @property {string} camera_name
 * @property {string} user @property {string} device @property {string} role @property {string | string[]} tracks @property {'view' | 'play' | 'talk'} [kind]
 * @property {number} since µs @property {boolean} mine @property {string} from @property {string | null} [sound] of a talk that nobody speaks in
 */
/** @typedef {{name: string, role: string, device: string}} Me */
/** @typedef {import('./memory.js').Alarm} Alarm */
/** @typedef {import('./memory.js').Identity} Identity */
/** @typedef {import('./memory.js').Remembered} Remembered */
/**
 * @typedef {object} BoxState
 * @property {'starting' | 'unpaired' | 'signed-out' | 'ready' | 'alarm'} phase
 * @property {boolean} isConnected the box answers
 * @property {boolean} isLoaded cameras and sessions have been read once
 * @property {Me | null} me
 * @property {Camera[]} cameras
 * @property {Session[]} sessions
 * @property {Remembered | null} checkpoint
 * @property {Alarm | null} alarm
 */

const REFRESH_MS = 150;
const WITNESS_EVERY_MS = 5000;
const LINGER_MS = 400; // a view outlives its tile this long, so that the full picture takes it over

export class Box {
	constructor() {
		/** @type {BoxState} */
		this.state = { phase: 'starting', isConnected: true, isLoaded: false, me: null, cameras: [], sessions: [],
			checkpoint: null, alarm: null };
		/** @type {Set<() => void>} */
		this.listeners = new Set();
		/** @type {Map<string, {viewer: Viewer, holders: number, end?: ReturnType<typeof setTimeout>}>} */
		this.viewers = new Map();
		/** Recordings that are played now. @type {Set<{stop: () => void, checkSession: (sids: Set<string>) => void}>} */
		this.plays = new Set();
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.refreshing = undefined;
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.witnessing = undefined;
		/** @type {Promise<void> | null} */
		this.opening = null;
		/** @type {Events | null} */
		this.events = null;
		/** @type {{identity: Identity, api: Api, ledger: Ledger} | null} null: not paired */
		this.pairing = null;
		this.history = new History(this);
	}

	/** Who we are to the box, and what we know of its log. */
	get link() {
		if (!this.pairing)
			throw new Refused('not-signed-in', 401);
		return this.pairing;
	}

	/** @param {Partial<BoxState>} patch */
	set(patch) {
		this.state = { ...this.state, ...patch };
		this.tell();
	}

	tell() {
		this.listeners.forEach((listener) => listener());
	}

	async start() {
		const identity = await readIdentity();
		if (!identity)
			return this.set({ phase: 'unpaired' });
		return this.#enter(identity);
	}

	/** @param {Identity} identity */
	async #enter(identity) {
		const api = new Api(identity);
		const ledger = new Ledger(api, identity.vkey);
		this.pairing = { identity, api, ledger };
		ledger.onAdvance = (checkpoint) => {
			this.set({ checkpoint });
			this.history.renew();
		};
		await ledger.load();
		this.set({ checkpoint: ledger.remembered });
		this.events = new Events(api, (event) => this.#onEvent(event), (isConnected, error) => this.#onLink(isConnected, error));
		await this.#open();
	}

	/** At each opening: is the log still the one that this device remembers? */
	#open() {
		this.opening ??= this.#checkAndLoad().finally(() => {
			this.opening = null;
		});
		return this.opening;
	}

	async #checkAndLoad() {
		try {
			await this.link.ledger.advance();
			await this.refresh();
			this.set({ phase: 'ready', isConnected: true });
		} catch (error) {
			this.#trouble(error);
		}
	}

	/** @param {unknown} error */
	#trouble(error) {
		if (isAlarm(error))
			this.raise(error);
		else if (error instanceof Refused && error.status === 401)
			this.#signOut();
		else
			this.set({ isConnected: !(error instanceof Refused && error.word === 'offline') && this.state.isConnected });
	}

	#signOut() {
		this.#stop();
		this.set({ phase: 'signed-out', cameras: [], sessions: [] });
	}

	#stop() {
		this.events?.stop();
		this.events = null;
		clearTimeout(this.witnessing);
		this.witnessing = undefined;
		this.history.clear();
		this.pause();
	}

	/** Ends all views and plays: the page is going away. */
	pause() {
		this.plays.forEach((play) => play.stop());
		for (const [id, held] of this.viewers) {
			held.viewer.stop();
			this.viewers.delete(id);
		}
	}

	/** A proof failed: everything stops, and the evidence is kept. @param {unknown} error */
	raise(error) {
		if (this.state.phase === 'alarm')
			return;
		const alarm = { word: error instanceof ProofError || error instanceof Refused ? error.word : 'unknown', at: Date.now(),
			evidence: { what: String(error), page: location.origin, device: this.pairing?.identity.device, log_key: this.pairing?.identity.vkey,
				remembered: this.pairing?.ledger.remembered, ...(error instanceof ProofError ? error.evidence : {}) } };
		this.#stop();
		this.set({ phase: 'alarm', alarm });
		addAlarm(alarm).catch(() => {});
	}

	/** @param {import('./events.js').BoxEvent} event */
	#onEvent(event) {
		if (event.kind === 'checkpoint')
			this.#witnessSoon(event.value);
		else
			this.refreshSoon();
	}

	/** @param {boolean} isConnected @param {unknown} [error] */
	#onLink(isConnected, error) {
		if (!isConnected)
			return this.#trouble(error ?? new Refused('offline', 0));
		this.set({ isConnected: true });
		for (const { viewer } of this.viewers.values())
			viewer.hurry();
		this.#open();
		return undefined;
	}

	/** This device is a witness: it follows the log while it is open. @param {number} size */
	#witnessSoon(size) {
		if (this.witnessing || size <= (this.state.checkpoint?.size ?? 0))
			return;
		this.witnessing = setTimeout(() => {
			this.witnessing = undefined;
			this.pairing?.ledger.advance().catch((error) => this.#trouble(error));
		}, WITNESS_EVERY_MS);
	}

	refreshSoon() {
		this.refreshing ??= setTimeout(() => {
			this.refreshing = undefined;
			this.refresh().catch((error) => this.#trouble(error));
		}, REFRESH_MS);
	}

	async refresh() {
		const { api } = this.link;
		const [me, { cameras }, { sessions }] = await Promise.all([this.state.me ?? api.json('/api/v1/me'),
			api.json('/api/v1/cameras'), api.json('/api/v1/sessions')]);
		const known = new Map(this.state.cameras.map((camera) => [camera.id, camera]));
		for (const camera of cameras)
			camera.lostAt = lostAt(known.get(camera.id), camera);
		this.set({ me, cameras, sessions, isLoaded: true });
		const sids = new Set(sessions.map((/** @type {Session} */ session) => session.sid));
		this.plays.forEach((play) => play.checkSession(sids));
		for (const [id, { viewer }] of this.viewers) {
			viewer.checkSession(sids);
			if (known.get(id)?.state !== 'live' && this.camera(id)?.state === 'live')
				viewer.hurry();
		}
	}

	/** The network changed or the page came back: do not wait for timers. */
	hurry() {
		this.events?.hurry();
		for (const { viewer } of this.viewers.values())
			viewer.hurry();
		if (this.state.isLoaded)
			this.refreshSoon();
	}

	/** @param {string} id */
	camera(id) {
		return this.state.cameras.find((camera) => camera.id === id);
	}

	/** Why a session ended, as the log has it; '' if it does not say. @param {string} sid */
	async endOf(sid) {
		const rows = await this.link.ledger.entries(null, 50);
		const close = rows.map((row) => parseEntry(row.text))
			.find((entry) => /^(view|play|talk)\.close$/.test(entry.kind) && entry.fields.get('sid') === sid);
		return close?.fields.get('reason') ?? close?.fields.get('end') ?? '';
	}

	/** @param {string} sid */
	async endSession(sid) {
		await this.link.api.end(`/api/v1/sessions/${sid}`);
		this.refreshSoon();
	}

	/** Shares one view among tile and full picture. @param {string} id of the camera @returns {Viewer} */
	hold(id) {
		let held = this.viewers.get(id);
		if (!held) {
			held = { viewer: new Viewer(this, id, () => this.tell()), holders: 0 };
			this.viewers.set(id, held);
		}
		clearTimeout(held.end);
		held.holders++;
		return held.viewer;
	}

	/** @param {string} id */
	release(id) {
		const held = this.viewers.get(id);
		if (!held || --held.holders > 0)
			return;
		held.end = setTimeout(() => {
			held.viewer.stop();
			this.viewers.delete(id);
		}, LINGER_MS);
	}

	/**
	 * Makes this device's key, proves it to the box with the link's secret, and pins the log.
	 * @param {string} secret hex @param {string} name of this device
	 */
	async pair(secret, name) {
		const keys = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']));
		const key = toHex(new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey)));
		const signature = await signText(keys.privateKey, pairText(secret, key, name));
		const paired = await post('/api/v1/pair', { secret, key, name, signature });
		fromHex(paired.device);
		await forget();
		const identity = { device: paired.device, key: keys.privateKey, vkey: paired.log_key, name, user: paired.user };
		await writeIdentity(identity);
		this.set({ phase: 'starting', me: null });
		await this.#enter(identity);
	}

	/** This device is nobody again. */
	async leave() {
		this.#stop();
		this.pairing = null;
		await forget();
		this.set({ phase: 'unpaired', me: null, cameras: [], sessions: [], checkpoint: null, alarm: null });
	}

	/** After an alarm: look again, from the same memory. */
	async checkAgain() {
		this.set({ phase: 'starting', alarm: null });
		await this.#enter(this.link.identity);
	}
}

/** @param {Camera | undefined} before @param {Camera} now @returns {number | undefined} */
function lostAt(before, now) {
	if (now.state === 'live')
		return undefined;
	return before?.state === 'live' ? Date.now() : before?.lostAt;
}
