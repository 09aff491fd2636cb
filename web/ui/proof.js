// What stands behind one line of the Visits page: the entries, the opened seals, and the proof, checked
// again one by one, to be saved as a file.

import { html, useEffect, useState } from '../vendor/standalone.module.js';
import { parseCheckpoint, parseNote } from '../log/note.js';
import { checkOpening } from '../log/entry.js';
import { isAlarm } from '../box/ledger.js';
import { moment, number, proofSummary, words } from '../words.js';
import { happeningText } from '../words-visits.js';
import { Icon, saveJson, Sheet } from './parts.js';

/** @typedef {import('../log/visits.js').Checked} Checked */
/** @typedef {import('../log/visits.js').Happening} Happening */

const ROWS_SHOWN_MAX = 12;

/** @param {{box: import('../box/box.js').Box, of: Happening, cameraName: (cam: string) => string, onClose: () => void}} props */
export function ProofSheet({ box, of, cameraName, onClose }) {
	const { title, detail } = happeningText(of, cameraName);
	// A long visit has an entry every few seconds: the first and the last say most.
	const rows = of.rows.length <= ROWS_SHOWN_MAX ? of.rows : [...of.rows.slice(0, ROWS_SHOWN_MAX - 1), of.rows[of.rows.length - 1]];
	return html`<${Sheet} title=${title} onClose=${onClose}>
		<p class="dim">${detail}</p>
		<p class="dim">${moment(of.at / 1000)}</p>
		${[...rows].reverse().map((row) => html`<${EntryProof} key=${row.seq} box=${box} row=${row} isOpen=${of.rows.length === 1 || row === of.rows[of.rows.length - 1]} />`)}
	<//>`;
}

/** @param {{box: import('../box/box.js').Box, row: Checked, isOpen: boolean}} props */
function EntryProof({ box, row, isOpen }) {
	const [isShown, setShown] = useState(isOpen);
	return html`<details class="entry" open=${isOpen} onToggle=${(/** @type {{currentTarget: HTMLDetailsElement}} */ event) => setShown(event.currentTarget.open)}>
		<summary><span>${number(row.seq)} · ${row.entry?.kind ?? '?'}</span></summary>
		${isShown && html`<${Inside} box=${box} row=${row} />`}
	</details>`;
}

/** @param {{box: import('../box/box.js').Box, row: Checked}} props */
function Inside({ box, row }) {
	const [proof, setProof] = useState(/** @type {Awaited<ReturnType<typeof prove>> | null} */ (null));
	const [isLate, setLate] = useState(false);
	useEffect(() => {
		prove(box, row).then(setProof, (error) => (isAlarm(error) ? box.raise(error) : setLate(true)));
	}, [row.seq, row.proof]);
	return html`<div>
		<p class="verdict" role="status">${proof ? html`<${Icon} name="shield" />${proofSummary(proof.file.inclusion.length, proof.size)}`
			: html`<${Icon} name="wait" />${isLate ? words.provenSoon : words.starting}`}</p>
		<h3>${words.proofText}</h3>
		<pre>${row.text}</pre>
		${row.openings.length > 0 && html`<h3>${words.proofOpenings}</h3>
			<dl>${row.openings.map((opening, at) => html`<dt>${opening.name}</dt>
				<dd>${opening.value}${proof?.opened[at] && html`<${Icon} name="shield" />`}</dd>`)}</dl>`}
		${proof && html`<button class="main-button" onClick=${() => saveJson(`ward-proof-${row.seq}.json`, proof.file)}>
			<${Icon} name="down" />${words.saveProof}</button>`}
	</div>`;
}

/** @param {import('../box/box.js').Box} box @param {Checked} row */
async function prove(box, row) {
	const { ledger } = box.link;
	const checkpoint = await ledger.cover(row.seq);
	const proof = await ledger.proveEntry(row, checkpoint);
	const entry = row.entry;
	const opened = await Promise.all(row.openings.map((opening) => entry !== null && checkOpening(entry, opening)));
	const { size } = parseCheckpoint(parseNote(checkpoint.note).text);
	return { size, opened, file: { ...proof, openings: row.openings } };
}
