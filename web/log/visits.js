// From entries to what happened: the entries of one session become one visit, heartbeats without a
// visit become a quiet span. Pure; newest first, as the entries come.

/** @typedef {import('./entry.js').Entry} Entry */
/** @typedef {import('./entry.js').Opening} Opening */
/** @typedef {'proven' | 'waiting' | 'failed'} Proof */
/** @typedef {{seq: number, text: string, openings: Opening[], entry: Entry | null, proof: Proof}} Checked */
/**
 * @typedef {object} Happening
 * @property {string} type visit, look (at recordings), quiet, or the entry's kind
 * @property {string} key stable while more entries are loaded
 * @property {number} at µs: when it began
 * @property {number | null} until µs: when it ended; null while it goes on
 * @property {Checked[]} rows its entries, newest first
 * @property {Map<string, string>} names opened personal values
 * @property {Map<string, string>} fields of the entries that opened and closed it
 * @property {Proof} proof
 */

const JOIN_US_MAX = 60e6;
const QUIET_KINDS = new Set(['heartbeat']);
const VISIT_KIND = /^(view|play|talk)\.(open|tick|close)$/;

/** @param {Checked[]} rows */
function proofOf(rows) {
	if (rows.some((row) => row.proof === 'failed'))
		return 'failed';
	return rows.some((row) => row.proof === 'waiting') ? 'waiting' : 'proven';
}

/** @param {Checked[]} rows newest first @param {string} type @returns {Happening} */
function happening(rows, type) {
	const oldest = rows[rows.length - 1];
	const newest = rows[0];
	const names = new Map();
	const fields = new Map();
	for (const row of [...rows].reverse()) {
		row.openings.forEach((opening) => names.set(opening.name, opening.value));
		row.entry?.fields.forEach((value, name) => fields.set(name, value));
	}
	return { type, key: `${type} ${oldest.seq}`, at: oldest.entry?.time ?? 0, until: newest.entry?.time ?? 0, rows,
		names, fields, proof: proofOf(rows) };
}

/** @param {Checked[]} rows newest first @param {Set<string>} live sids that go on now */
function visit(rows, live) {
	const sid = rows[0].entry?.fields.get('sid') ?? '';
	const made = happening(rows, rows[0].entry?.kind.startsWith('play.') ? 'look' : 'visit');
	made.key = `visit ${sid}`;
	const isClosed = rows[0].entry?.kind.endsWith('.close');
	if (!isClosed && live.has(sid))
		made.until = null;
	return made;
}

/** Who watched what from where. @param {Happening} of */
function subject(of) {
	return ['acct', 'device', 'camera'].map((name) => of.names.get(name)).concat(of.fields.get('cam'), of.fields.get('sound'), of.type).join('\n');
}

/**
 * Turning the sound on or losing the network begins a new session: for a person that is still one visit,
 * known by its first session.
 * @param {Happening[]} visits by their beginning, newest first
 */
function join(visits) {
	/** @type {Map<string, Happening>} */
	const last = new Map();
	/** @type {Happening[]} */
	const joined = [];
	for (const one of visits) {
		const later = last.get(subject(one));
		const isNear = later && (one.until === null || later.at - one.until <= JOIN_US_MAX);
		if (!one.names.has('acct') || !later || !isNear) {
			joined.push(one);
			last.set(subject(one), one);
			continue;
		}
		later.rows = [...later.rows, ...one.rows].sort((a, b) => b.seq - a.seq);
		later.key = one.key;
		later.at = one.at;
		if (one.until === null || later.until === null)
			later.until = null;
		else
			later.until = Math.max(later.until, one.until);
		later.fields.set('tracks', union(later.fields.get('tracks'), one.fields.get('tracks')));
		later.fields.set('span', spanOf(later.fields.get('span'), one.fields.get('span')));
		later.proof = proofOf(later.rows);
	}
	return joined;
}

/** From the earlier beginning to the later end. @param {string} [a] @param {string} [b] µs, two of them each */
function spanOf(a = '', b = '') {
	const times = [a, b].flatMap((one) => one.split(' ')).filter(Boolean).map(Number);
	return times.length ? `${Math.min(...times)} ${Math.max(...times)}` : '';
}

/** @param {string} [a] @param {string} [b] */
function union(a = '', b = '') {
	return [...new Set([...a.split(','), ...b.split(',')])].filter(Boolean).join(',');
}

/**
 * @param {Checked[]} rows newest first @param {Set<string>} live sids that go on now
 * @returns {Happening[]} newest first
 */
export function happenings(rows, live) {
	/** @type {Map<string, Checked[]>} */
	const sessions = new Map();
	for (const row of rows)
		if (row.entry && VISIT_KIND.test(row.entry.kind)) {
			const sid = row.entry.fields.get('sid') ?? '';
			sessions.set(sid, [...(sessions.get(sid) ?? []), row]);
		}
	const visits = join([...sessions.values()].map((of) => visit(of, live)).sort((a, b) => order(b) - order(a)));
	/** @type {Happening[]} */
	const found = [...visits];
	/** @type {Checked[]} */
	let quiet = [];
	const endQuiet = () => {
		if (quiet.length > 1)
			found.push(happening(quiet, 'quiet'));
		quiet = [];
	};
	for (const row of rows) {
		const isQuiet = row.entry !== null && QUIET_KINDS.has(row.entry.kind) && !visits.some((of) => isDuring(row, of));
		// Across a hole nothing is claimed: it may be somebody else's business.
		if (isQuiet && row.proof === quiet[0]?.proof && row.seq === quiet[quiet.length - 1].seq - 1) {
			quiet.push(row);
			continue;
		}
		endQuiet();
		if (isQuiet)
			quiet.push(row);
		else if (!row.entry || !(VISIT_KIND.test(row.entry.kind) || QUIET_KINDS.has(row.entry.kind)))
			found.push(happening([row], row.entry?.kind ?? 'unknown'));
	}
	endQuiet();
	return found.sort((a, b) => order(b) - order(a));
}

/** @param {Checked} row @param {Happening} of */
function isDuring(row, of) {
	return row.seq > of.rows[of.rows.length - 1].seq && (of.until === null || row.seq < of.rows[0].seq);
}

/** A visit stands where it began, so that rows do not jump while it goes on. @param {Happening} of */
function order(of) {
	return of.rows[of.rows.length - 1].seq;
}

/**
 * The same, by day, newest day first.
 * @param {Happening[]} all @param {(time_us: number) => string} dayOf
 * @returns {{day: string, list: Happening[]}[]}
 */
export function byDay(all, dayOf) {
	/** @type {{day: string, list: Happening[]}[]} */
	const days = [];
	for (const one of all) {
		const day = dayOf(one.at);
		if (days[days.length - 1]?.day !== day)
			days.push({ day, list: [] });
		days[days.length - 1].list.push(one);
	}
	return days;
}
