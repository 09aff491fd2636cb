// The log's entries as the Visits page shows them: newest first, each held against the signed log on this
// device. A difference is no display matter: it stops everything. So does a hole in what an owner sees;
// others are not shown what is none of their business, and are told how much that is.

import { isEqual, utf8 } from '../log/bytes.js';
import { checkOpening, parseEntry } from '../log/entry.js';
import { leafHash, ProofError } from '../log/merkle.js';
import { Refused } from './api.js';
import { isAlarm } from './ledger.js';

/** @typedef {import('../log/visits.js').Checked} Checked */
/** @typedef {import('./ledger.js').Row} Row */

const PAGE = 100;
const ROWS_MAX = 5000;
const ROWS_KEPT = 200; // while the page is not shown

export class History {
	/** @param {import('./box.js').Box} box */
	constructor(box) {
		this.box = box;
		/** @type {Checked[]} newest first */
		this.rows = [];
		/** Counts up with each change, for who computes from the rows. */
		this.version = 0;
		this.isShown = false;
		this.isBusy = false;
		this.isStale = false;
		/** @type {string} a refusal's word, or '' */
		this.trouble = '';
		this.isAtEnd = false;
	}

	/** All entries down to the log's first are here, or as many as fit. */
	get isComplete() {
		return this.isAtEnd || this.rows.length >= ROWS_MAX || this.rows[this.rows.length - 1]?.seq === 0;
	}

	/** The range that has been proven, and how many in it are not shown to this person; or null. */
	get proven() {
		const proven = this.rows.filter((row) => row.proof === 'proven');
		if (proven.length === 0)
			return null;
		const [first, last] = [proven[proven.length - 1].seq, proven[0].seq];
		return { first, last, hidden: last - first + 1 - proven.length };
	}

	show() {
		this.isShown = true;
		this.renew();
	}

	hide() {
		this.isShown = false;
		this.isAtEnd &&= this.rows.length <= ROWS_KEPT;
		this.rows = this.rows.slice(0, ROWS_KEPT);
	}

	clear() {
		this.rows = [];
		this.isAtEnd = false;
	}

	/** Something was written, or a newer checkpoint was proven. */
	renew() {
		this.isStale = true;
		if (this.isShown)
			this.#run(() => this.#loadNewer());
	}

	older() {
		if (this.isShown && !this.isComplete && this.rows.length > 0)
			this.#run(() => this.#loadOlder());
	}

	/** One at a time. @param {() => Promise<void>} load */
	async #run(load) {
		if (this.isBusy)
			return;
		this.isBusy = true;
		try {
			await load();
			this.trouble = '';
		} catch (error) {
			this.trouble = error instanceof Refused ? error.word : 'offline';
			if (isAlarm(error))
				this.box.raise(error);
		}
		this.isBusy = false;
		this.version++;
		this.box.tell();
		if (this.isStale && this.isShown && !this.trouble)
			this.#run(() => this.#loadNewer());
	}

	async #loadNewer() {
		this.isStale = false;
		const { ledger } = this.box.link;
		const top = this.rows[0]?.seq ?? -1;
		/** @type {Row[]} */
		let fresh = await ledger.entries(null, PAGE);
		for (let page = fresh; top >= 0 && page.length > 0 && page[page.length - 1].seq > top + 1;) {
			page = await ledger.entries(page[page.length - 1].seq, PAGE);
			fresh = fresh.concat(page);
		}
		fresh = fresh.filter((row) => row.seq > top);
		const checked = await Promise.all(fresh.map((row) => this.#check(row)));
		for (const row of this.rows)
			if (row.proof === 'waiting')
				await this.#prove(row);
		this.#join([...checked, ...this.rows]);
	}

	async #loadOlder() {
		const bottom = this.rows[this.rows.length - 1].seq;
		const older = await this.box.link.ledger.entries(bottom, PAGE);
		if (older.length === 0)
			this.#end(bottom);
		this.#join([...this.rows, ...(await Promise.all(older.map((row) => this.#check(row))))]);
	}

	/** Nothing is below. @param {number} bottom */
	#end(bottom) {
		if (this.#isOwner)
			throw new ProofError('gap', { below: bottom });
		this.isAtEnd = true;
	}

	get #isOwner() {
		return this.box.state.me?.role === 'owner';
	}

	/** @param {Checked[]} rows */
	#join(rows) {
		const hole = rows.findIndex((row, at) => at > 0 && (this.#isOwner ? row.seq !== rows[at - 1].seq - 1 : row.seq >= rows[at - 1].seq));
		if (hole > 0)
			throw new ProofError('gap', { above: rows[hole - 1].seq, below: rows[hole].seq,
				remembered: this.box.link.ledger.remembered });
		this.rows = rows;
	}

	/** @param {Row} row @returns {Promise<Checked>} */
	async #check({ seq, text, openings }) {
		/** @type {Checked} */
		const row = { seq, text, openings, entry: null, proof: 'waiting' };
		await this.#prove(row);
		try {
			row.entry = parseEntry(text);
		} catch {
			return row;
		}
		for (const opening of openings)
			if (!(await checkOpening(row.entry, opening)))
				throw new ProofError('opening', { entry: { seq, text, openings } });
		return row;
	}

	/** @param {Checked} row */
	async #prove(row) {
		const { ledger } = this.box.link;
		const leaf = await ledger.provenLeaf(row.seq);
		if (!leaf)
			return;
		const isSame = isEqual(leaf, await leafHash(utf8(row.text)));
		const isAtHome = !row.entry || row.entry.seq === row.seq;
		if (!isSame || !isAtHome)
			throw new ProofError('different', { entry: { seq: row.seq, text: row.text }, remembered: ledger.remembered });
		row.proof = 'proven';
	}
}
