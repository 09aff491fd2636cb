// The Visits page: what happened, in plain words, each entry's proof checked here.

import { html, useEffect, useMemo, useRef, useState } from '../vendor/standalone.module.js';
import { byDay, happenings } from '../log/visits.js';
import { day, rangeChecked, refusalText, words } from '../words.js';
import { happeningText } from '../words-visits.js';
import { Icon, useBox } from './parts.js';
import { ProofSheet } from './proof.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('../log/visits.js').Happening} Happening */

/** @type {Record<string, string>} */
const icons = { visit: 'eye', look: 'past', quiet: 'moon', deny: 'stop', boot: 'power', shutdown: 'power', genesis: 'door', 'device.add': 'device',
	'device.remove': 'device', 'user.add': 'person', 'user.remove': 'person', 'grant.create': 'person', 'grant.revoke': 'person' };
/** @type {Record<string, string>} */
export const proofIcons = { proven: 'shield', waiting: 'wait', failed: 'broken' };
/** @type {Record<string, string>} */
const proofWords = { proven: words.proven, waiting: words.provenSoon, failed: words.notProven };

/** @param {{box: Box}} props */
export function Visits({ box }) {
	const { sessions, cameras } = useBox(box);
	const { history } = box;
	const [open, setOpen] = useState('');
	useEffect(() => {
		history.show();
		return () => history.hide();
	}, [history]);
	const end = useReached(() => history.older());
	const cameraName = (/** @type {string} */ cam) => cameras.find((one) => one.id === cam)?.name ?? cam;
	const all = useMemo(() => happenings(history.rows, new Set(sessions.map((one) => one.sid))), [history.version, sessions]);
	const days = byDay(all, day);
	const opened = all.find((one) => one.key === open);
	return html`<main class="page">
		<h1 tabindex="-1" class="page-title">${words.visits}</h1>
		<p class="intro">${history.proven ? html`<${Icon} name="shield" />${rangeChecked(history.proven)}` : words.visitsIntro}</p>
		${days.map(({ day: name, list }) => html`<section key=${name}><h2 class="day">${name}</h2>
			<ul class="visits">${list.map((one) => html`<${Row} key=${one.key} of=${one} cameraName=${cameraName} onOpen=${() => setOpen(one.key)} />`)}</ul>
		</section>`)}
		<p class="more" ref=${end} role="status">${history.trouble ? refusalText(history.trouble) : history.isAtEnd ? words.noOlder : history.isComplete ? words.beginning : words.older}</p>
		${opened && html`<${ProofSheet} box=${box} of=${opened} cameraName=${cameraName} onClose=${() => setOpen('')} />`}
	</main>`;
}

/** @param {{of: Happening, cameraName: (cam: string) => string, onOpen: () => void}} props */
function Row({ of, cameraName, onOpen }) {
	const { title, detail } = happeningText(of, cameraName);
	const isVisit = of.type === 'visit' || of.type === 'look';
	const isNow = isVisit && of.until === null;
	return html`<li><button class=${`visit ${isVisit ? 'is-visit' : ''} ${isNow ? 'is-now' : ''} ${of.type === 'deny' ? 'is-deny' : ''}`} onClick=${onOpen}>
		<span class="face"><${Icon} name=${icons[of.type] ?? 'note'} /></span>
		<span class="visit-text"><strong>${title}</strong><small>${detail}</small></span>
		<span class=${`badge ${of.proof}`} role="img" aria-label=${proofWords[of.proof]}><${Icon} name=${proofIcons[of.proof]} /></span>
	</button></li>`;
}

/** Calls `reached` whenever the element comes near the screen. @param {() => void} reached */
function useReached(reached) {
	const element = useRef(/** @type {HTMLElement | null} */ (null));
	useEffect(() => {
		const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && reached(), { rootMargin: '400px' });
		if (element.current)
			observer.observe(element.current);
		return () => observer.disconnect();
	});
	return element;
}
