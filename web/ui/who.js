// Who is watching now: the sheet behind the chip. The owner can end a view here.

import { html, useState } from '../vendor/standalone.module.js';
import { clock, duration, from, roleWord, trackWords, words } from '../words.js';
import { soundName } from '../words-sounds.js';
import { Icon, Sheet, useBox, useTick } from './parts.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('../box/box.js').Session} Session */

/** @param {{box: Box, camera: string | null, onClose: () => void}} props camera null: all of them */
export function Who({ box, camera, onClose }) {
	const { sessions, cameras, me } = useBox(box);
	useTick(10000);
	const shown = sessions.filter((session) => camera === null || session.camera === camera);
	const title = camera === null ? words.watchingNow : (cameras.find((one) => one.id === camera)?.name ?? words.watchingNow);
	return html`<${Sheet} title=${title} onClose=${onClose}>
		${shown.length === 0 && html`<p class="empty">${words.nobodyWatching}</p>`}
		<ul class="people">${shown.map((session) => html`<${Person} key=${`${session.sid} ${session.since}`} box=${box} session=${session}
			isNamed=${camera === null} canEnd=${me?.role === 'owner' && !session.mine} />`)}</ul>
	<//>`;
}

/** @param {{box: Box, session: Session, isNamed: boolean, canEnd: boolean}} props */
function Person({ box, session, isNamed, canEnd }) {
	const [isSure, setSure] = useState(false);
	const [isBusy, setBusy] = useState(false);
	const since_ms = session.since / 1000;
	const end = () => {
		if (!isSure)
			return setSure(true);
		setBusy(true);
		return box.endSession(session.sid).catch(() => setBusy(false));
	};
	const tracks = session.sound ? soundName(session.sound) : session.kind === 'play' ? words.atRecordings : trackWords(String(session.tracks));
	return html`<li>
		<span class="face"><${Icon} name=${session.role === 'integration' ? 'note' : 'person'} /></span>
		<span class="person"><strong>${session.user}${session.mine ? ` (${words.you})` : ''}</strong>
			<small>${[session.device, roleWord(session.role)].filter(Boolean).join(' · ')}</small>
			<small>${[isNamed && session.camera_name, tracks, `since ${clock(since_ms)} (${duration(Date.now() - since_ms)})`].filter(Boolean).join(' · ')}</small>
			${session.from && html`<small>${from(session.from)}</small>`}</span>
		${canEnd && html`<button class="danger" disabled=${isBusy} onClick=${end}>${isSure ? words.endSure : words.end}</button>`}
	</li>`;
}
