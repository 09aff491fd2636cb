// The log as this device knows it: the pinned key, the newest checkpoint proven so far, and what can be
// proven under it. Whatever does not hold is thrown as a ProofError that carries its evidence.

import { fromBase64, toBase64, utf8 } from '../log/bytes.js';
import { checkOpening, faultOfAsk, faultOfSession, faultOfView, parseEntry, tracksOf } from '../log/entry.js';
import { leafHash, ProofError, ProvenTiles, verifyConsistency, verifyInclusion } from '../log/merkle.js';
import { openCheckpoint, parseVkey } from '../log/note.js';
import { Refused } from './api.js';
import { readCheckpoint, writeCheckpoint } from './memory.js';

/** @typedef {import('./memory.js').Remembered} Remembered */
/** @typedef {import('../log/entry.js').Opening} Opening */
/** @typedef {{seq: number, text: string, openings: Opening[]}} Row an entry as the box gives it */
/** @typedef {Parameters<typeof faultOfView>[2]} View as the box answered it */

const COVER_MS_MAX = 12000; // until a checkpoint must cover an entry of this moment

export class Ledger {
	/** @param {import('./api.js').Api} api @param {string} vkey */
	constructor(api, vkey) {
		this.api = api;
		this.vkey = vkey;
		this.verifier = parseVkey(vkey);
		/** @type {Remembered | null} */
		this.remembered = null;
		/** @type {ProvenTiles | null} */
		this.tiles = null;
		/** @type {(remembered: Remembered) => void} */
		this.onAdvance = () => {};
	}

	async load() {
		const stored = await readCheckpoint();
		if (stored && stored.size >= (this.remembered?.size ?? 0))
			this.remembered = stored;
	}

	/**
	 * Fetches the newest checkpoint and accepts it only as a continuation of the one remembered.
	 * @param {number} [after] waits for a size above this
	 * @returns {Promise<Remembered>}
	 */
	async advance(after) {
		await this.load();
		const floor = this.remembered?.size ?? 0;
		const note = await this.api.text('/api/v1/log/checkpoint' + (after === undefined ? '' : `?after=${after}`));
		return this.#accept(note, floor);
	}

	/** @param {string} note @param {number} floor size that was known before the note was asked for */
	async #accept(note, floor) {
		const evidence = { log_key: this.vkey, received: note, remembered: this.remembered };
		let checkpoint = null;
		try {
			checkpoint = await openCheckpoint(note, await this.verifier);
		} catch {
			// What cannot be read is not signed either.
		}
		if (!checkpoint)
			throw new ProofError('signature', evidence);
		if (checkpoint.size < floor)
			throw new ProofError('rollback', evidence);
		const next = { size: checkpoint.size, root: toBase64(checkpoint.root), note, at: Date.now() };
		for (let base = this.remembered; ; base = this.remembered) {
			if (base)
				await this.#checkConsistency(base, next);
			// Another answer may have been accepted meanwhile: then hold this one against that.
			if (base === this.remembered)
				break;
		}
		if (next.size < (this.remembered?.size ?? 0))
			return next;
		this.remembered = next;
		await writeCheckpoint(next);
		this.onAdvance(next);
		return next;
	}

	/** @param {Remembered} a @param {Remembered} b either may be the older */
	async #checkConsistency(a, b) {
		const [older, newer] = a.size <= b.size ? [a, b] : [b, a];
		/** @type {string[]} */
		let hashes = [];
		if (older.size < newer.size)
			({ hashes } = await this.api.json(`/api/v1/log/consistency?from=${older.size}&to=${newer.size}`));
		const holds = await verifyConsistency(older.size, newer.size, fromBase64(older.root), fromBase64(newer.root),
			hashes.map(fromBase64)).catch(() => false);
		if (!holds)
			throw new ProofError('fork', { log_key: this.vkey, remembered: a.note, received: b.note, consistency: hashes });
	}

	/**
	 * Waits for a checkpoint that covers entry `seq`.
	 * @param {number} seq
	 */
	async cover(seq) {
		const deadline = Date.now() + COVER_MS_MAX;
		for (;;) {
			const checkpoint = await this.advance(seq);
			if (checkpoint.size > seq)
				return checkpoint;
			if (Date.now() > deadline)
				throw new ProofError('late', { log_key: this.vkey, received: checkpoint.note, seq });
			await new Promise((resolve) => setTimeout(resolve, 250));
		}
	}

	/** @param {number | null} before null: from the newest @param {number} limit @returns {Promise<Row[]>} newest first */
	async entries(before, limit) {
		const from = before === null ? '' : `before=${before}&`;
		const { entries } = await this.api.json(`/api/v1/log/entries?${from}limit=${limit}`);
		return entries;
	}

	/**
	 * The entry's inclusion under a checkpoint, checked; returns what proves it.
	 * @param {Row} row @param {Remembered} checkpoint
	 */
	async proveEntry(row, checkpoint) {
		const { hashes } = await this.api.json(`/api/v1/log/proof?index=${row.seq}&size=${checkpoint.size}`);
		const proof = { log_key: this.vkey, checkpoint: checkpoint.note, seq: row.seq, entry: row.text, inclusion: hashes };
		const holds = await verifyInclusion(row.seq, checkpoint.size, await leafHash(utf8(row.text)),
			hashes.map(fromBase64), fromBase64(checkpoint.root)).catch(() => false);
		if (!holds)
			throw new ProofError('inclusion', proof);
		return proof;
	}

	/**
	 * Before any picture: the entry of this device's own view or play is in the log, says what was asked for, and
	 * stands under the newest checkpoint. Returns the tracks that the entry lets flow.
	 * @param {View} view @returns {Promise<string[]>}
	 */
	async proveView(view) {
		return tracksOf(await this.#proveOwn(view, (entry, openings) => faultOfView(entry, openings, view)));
	}

	/**
	 * The same of a change that this device signed: its entry is in the log, and carries the request.
	 * @param {{seq: number, ask: {text: string, signature: string}}} change
	 */
	async proveChange(change) {
		await this.#proveOwn(change, (entry, openings) => (entry.kind === 'config' ? faultOfAsk(openings, change.ask) : 'kind'));
	}

	/**
	 * The same of a clip that this device is about to save.
	 * @param {Parameters<typeof faultOfSession>[1]} clip
	 */
	async proveExport(clip) {
		await this.#proveOwn(clip, (entry) => faultOfSession(entry, clip));
	}

	/**
	 * The hash of a block of a camera's recordings, as its proven entry has it; '': there is no such entry.
	 * @param {number} seq @param {string} camera
	 */
	async mediaHash(seq, camera) {
		const { remembered } = this;
		const [checkpoint, row] = await Promise.all([remembered && remembered.size > seq ? remembered : this.cover(seq), this.#ownRow(seq)]);
		if (!row)
			return '';
		await this.proveEntry(row, checkpoint);
		const { kind, seq: index, fields } = parseEntry(row.text);
		return kind === 'media' && index === seq && fields.get('cam') === camera ? (fields.get('sha256') ?? '') : '';
	}

	/**
	 * @template {{seq: number}} T
	 * @param {T} view @param {(entry: import('../log/entry.js').Entry, openings: import('../log/entry.js').Opening[]) => string} faultOf
	 */
	async #proveOwn(view, faultOf) {
		const evidence = { log_key: this.vkey, view };
		const [checkpoint, row] = await Promise.all([this.cover(view.seq), this.#ownRow(view.seq)]);
		if (!row)
			throw new ProofError('missing', { ...evidence, checkpoint: checkpoint.note });
		const fault = await this.#faultOfRow(row, faultOf);
		if (fault)
			throw new ProofError(fault, { ...evidence, checkpoint: checkpoint.note, entry: row });
		await this.proveEntry(row, checkpoint).catch((error) => {
			throw error instanceof ProofError ? new ProofError(error.word, { ...error.evidence, view }) : error;
		});
		return parseEntry(row.text);
	}

	/** @param {number} seq */
	async #ownRow(seq) {
		return (await this.entries(seq + 1, 1)).find((row) => row.seq === seq);
	}

	/** @param {Row} row @param {(entry: import('../log/entry.js').Entry, openings: import('../log/entry.js').Opening[]) => string} faultOf */
	async #faultOfRow(row, faultOf) {
		try {
			const entry = parseEntry(row.text);
			const opened = await Promise.all(row.openings.map((opening) => checkOpening(entry, opening)));
			if (!opened.every(Boolean))
				return 'opening';
			const fault = faultOf(entry, row.openings);
			return fault && 'entry-' + fault;
		} catch {
			return 'entry-text';
		}
	}

	/**
	 * The proven leaf hash of an entry, from tiles that are kept between calls; null if the newest
	 * checkpoint does not cover it yet.
	 * @param {number} seq
	 */
	async provenLeaf(seq) {
		const checkpoint = this.remembered;
		if (!checkpoint || seq >= checkpoint.size)
			return null;
		if (this.tiles?.size !== checkpoint.size)
			this.tiles = new ProvenTiles(checkpoint.size, fromBase64(checkpoint.root),
				(path) => this.api.bytes('/api/v1/log/tile/' + path));
		return this.tiles.leaf(seq);
	}
}

/** Is it the log that failed, or only the way to it? @param {unknown} error */
export function isAlarm(error) {
	return (error instanceof ProofError && error.word !== 'late') ||
		(error instanceof Refused && error.word === 'checkpoint-fork');
}
