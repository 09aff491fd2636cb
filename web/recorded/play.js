// One play: recorded media of one camera and range, from the signed request to the proof. Bytes may be fetched
// ahead, but `proven` stands between them and the screen.

import { playText, signText } from '../log/ask.js';
import { Refused } from '../box/api.js';
import { Converter, pieceName } from './convert.js';
import { timescaleOf } from './mp4.js';
import { SegmentIndex } from './segments.js';
import { Unsealer } from './unseal.js';

/** @typedef {import('./segments.js').Segment} Segment */
/** @typedef {import('./segments.js').Init} Init */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{box: import('../box/box.js').Box, camera: import('../box/box.js').Camera, from: number, to: number, tracks: string, isAsRecorded?: boolean}} Wish isAsRecorded: not made into H.264 for this browser */

const CACHE_BYTES_MAX = 24 << 20;
const FETCH_MS_MAX = 12000;
const CONVERSION_MS_MAX = 45000; // the box makes it meanwhile

export class Play {
	/** @param {Wish} wish times in µs */
	constructor({ box, camera, from, to, tracks, isAsRecorded = false }) {
		this.box = box;
		this.camera = camera;
		this.from = from;
		this.to = to;
		this.tracks = tracks;
		this.isAsRecorded = isAsRecorded;
		this.sid = '';
		this.seq = -1;
		this.isClosed = false;
		this.unsealer = new Unsealer((path, signal) => this.#bytes(path, signal), box.link.ledger, camera.id);
		this.converter = new Converter((path) => this.#bytes(path, undefined, CONVERSION_MS_MAX));
		this.index = new SegmentIndex(async (start, end) => this.#complete(await this.#json(`segments?from=${start}&to=${end}`)), from, to);
		/** @type {Map<string, {data: Promise<Bytes>, size: number, abort: AbortController}>} the least used first */
		this.cache = new Map();
		/** @type {Map<string, Promise<{data: Bytes, timescale: number}>>} */
		this.inits = new Map();
		/** Fragments that cannot be shown. @type {Set<string>} */
		this.bad = new Set();
		this.opened = this.#open();
		/** Resolves when the entry of this very play has been proven; nothing may be shown before. */
		this.proven = this.opened.then((ask) => this.#prove(ask));
		this.proven.catch(() => {});
		box.plays.add(this);
	}

	async #open() {
		const { api, ledger, identity } = this.box.link;
		const nonce = await api.nonce();
		const known = ledger.remembered;
		const text = playText({ camera: this.camera.name, from: this.from, to: this.to, nonce, size: known?.size ?? 0, root: known?.root ?? '-' });
		const signature = await signText(identity.key, text);
		const response = await api.send(`/api/v1/cameras/${encodeURIComponent(this.camera.name)}/play`, { method: 'POST',
			body: JSON.stringify({ from: this.from, to: this.to, tracks: this.tracks }),
			headers: { 'content-type': 'application/json',
				'ward-ask': `nonce=${nonce}; size=${known?.size ?? 0}; root=${known?.root ?? '-'}; signature=${signature}` } });
		const { sid, seq } = await response.json();
		this.sid = sid;
		this.seq = seq;
		if (this.isClosed)
			this.#end();
		return { text, signature };
	}

	/** @param {{text: string, signature: string}} ask */
	async #prove(ask) {
		const view = { kind: 'play.open', seq: this.seq, camera: this.camera.id, sid: this.sid, span: `${this.from} ${this.to}`, tracks: this.tracks, ask };
		await this.box.link.ledger.proveView(view);
	}

	/** @param {string} path @param {AbortSignal} [signal] @param {number} [limit_ms] */
	async #send(path, signal, limit_ms = FETCH_MS_MAX) {
		await this.opened;
		const limit = AbortSignal.timeout(limit_ms);
		return this.box.link.api.send(`/api/v1/play/${this.sid}/${path}`, { signal: signal ? AbortSignal.any([signal, limit]) : limit });
	}

	/** @param {string} path */
	async #json(path) {
		return (await this.#send(path)).json();
	}

	/** @param {string} path @param {AbortSignal} [signal] @param {number} [limit_ms] @returns {Promise<Bytes>} */
	async #bytes(path, signal, limit_ms) {
		return new Uint8Array(await (await this.#send(path, signal, limit_ms)).arrayBuffer());
	}

	/** @param {import('./segments.js').Answer} answer */
	async #complete(answer) {
		await this.unsealer.complete(answer);
		return this.isAsRecorded ? answer : this.converter.complete(answer);
	}

	/** @param {string} track @param {Init} own */
	init(track, own) {
		const key = `${track}/${own.init}${own.isConverted ? 'h' : ''}`;
		let found = this.inits.get(key);
		if (!found) {
			found = (own.sealed ? this.unsealer.init(track, own) : this.#bytes(`${key}.mp4`, undefined, own.isConverted ? CONVERSION_MS_MAX : undefined)).then((data) => ({ data, timescale: timescaleOf(data) }));
			found.catch(() => this.inits.delete(key));
			this.inits.set(key, found);
		}
		return found;
	}

	/**
	 * A fragment's bytes, as the player takes them; several may be on their way.
	 * @param {Segment} segment @param {boolean} [isThin] its first picture will do @returns {Promise<Bytes>}
	 */
	bytes(segment, isThin = false) {
		const { track, init, bytes } = segment;
		const key = `${track}/${pieceName(segment, isThin)}`;
		let found = this.cache.get(key);
		if (found) {
			this.cache.delete(key);
		} else {
			const abort = new AbortController();
			const data = init.sealed ? this.unsealer.fragment(segment, abort.signal) : this.#bytes(`${key}.m4s`, abort.signal, init.isConverted ? CONVERSION_MS_MAX : undefined);
			data.catch(() => this.cache.delete(key));
			found = { data, size: bytes, abort };
		}
		this.cache.set(key, found);
		this.#trim();
		return found.data;
	}

	/**
	 * The small picture that is seen at a time, and the span that it stands for. Not before the entry is proven.
	 * @param {number} at
	 */
	async thumb(at) {
		await this.proven;
		const response = await this.#send(`thumb/${Math.round(at)}.jpg`);
		const [, from, to] = /from=(\d+); to=(\d+)/.exec(response.headers.get('ward-span') ?? '') ?? [];
		return { from: Number(from), to: Number(to), data: await response.blob() };
	}

	#trim() {
		let sum = 0;
		for (const { size } of this.cache.values())
			sum += size;
		for (const [key, { size }] of this.cache) {
			if (sum <= CACHE_BYTES_MAX || this.cache.size <= 1)
				return;
			sum -= size;
			this.cache.delete(key);
		}
	}

	/** What is not among these need not come any more. @param {Segment[]} wanted @param {boolean} isThin */
	keepOnly(wanted, isThin) {
		const keys = new Set(wanted.map((segment) => `${segment.track}/${pieceName(segment, isThin)}`));
		for (const [key, { abort }] of this.cache)
			if (!keys.has(key))
				abort.abort();
	}

	/** Does the box still know this play? */
	isThere() {
		return this.#json(`segments?from=${this.from}&to=${this.from + 1}`).then(() => true, (error) => !(error instanceof Refused && error.status === 404));
	}

	/** The sessions have changed; is ours still among them? @param {Set<string>} sids */
	checkSession(sids) {
		if (this.sid && !this.isClosed && !sids.has(this.sid))
			this.onGone();
	}

	/** The box has ended it. */
	onGone() {}

	async #end() {
		if (this.sid)
			await this.box.pairing?.api.end(`/api/v1/play/${this.sid}`).catch(() => {});
	}

	/** @param {boolean} [isGone] the box has ended it: there is nothing to say goodbye to */
	stop(isGone = false) {
		if (this.isClosed)
			return;
		this.isClosed = true;
		this.box.plays.delete(this);
		this.keepOnly([], false);
		this.cache.clear();
		if (!isGone)
			this.#end();
	}
}

/** Is the play itself over, or is only this piece not to be had? @param {unknown} error */
export function isAway(error) {
	if (error instanceof RangeError)
		return false; // it came, and makes no sense
	return !(error instanceof Refused) || error.status === 0 || error.status === 401 || error.status === 429 || error.status === 503;
}
