// Talking: one large button for one thumb, held down or (hands-free) tapped, and under it the truth about whether
// one is heard, and who else is.

import { html, useEffect, useState } from '../vendor/standalone.module.js';
import { Talk } from '../box/talk.js';
import { talkText, talkWords } from '../words-talk.js';
import { Icon, useTick } from './parts.js';

/** @typedef {import('../box/viewer.js').Viewer} Viewer */

/** @param {{box: import('../box/box.js').Box, viewer: Viewer | null, camera: import('../box/box.js').Camera, children?: unknown}} props */
export function TalkButton({ box, viewer, camera, children }) {
	const [, draw] = useState(0);
	const [talk] = useState(() => new Talk(box, () => draw((count) => count + 1)));
	useEffect(() => () => talk.stop(), [talk]);
	useEffect(() => talk.checkSession(new Set(box.state.sessions.map(({ sid }) => sid))), [talk, box.state.sessions]);
	const isReady = viewer?.state.phase === 'live';
	const other = box.state.sessions.find((one) => one.kind === 'talk' && !one.sound && one.camera === camera.id && one.sid !== talk.sid);
	const begin = (/** @type {{isHandsFree?: boolean, takes?: boolean}} */ how) => {
		talk.release();
		talk.press(viewer?.shown ?? null, how);
	};
	const toggle = () => (talk.isHandsFree ? talk.release() : begin({ isHandsFree: true }));
	return html`<div class="talk">
		<div class="talk-buttons">
			<${HoldButton} talk=${talk} viewer=${viewer} isReady=${isReady} />
			<button class="talk-free" disabled=${!isReady} aria-pressed=${talk.isHandsFree} onClick=${toggle}>${talkWords.handsFree}</button>
		</div>
		<p class="talk-state" role="status">${talkText(talk.state, { other, isHandsFree: talk.isHandsFree })}</p>
		${other && (!other.mine || other.role === 'integration') && box.state.me?.role === 'owner' && html`<button class="talk-take" disabled=${!isReady}
			onClick=${() => begin({ isHandsFree: true, takes: true })}>${talkWords.take}</button>`}
		${camera.chime === false && html`<p class="talk-note">${talkWords.noChime}</p>`}
		${children}
	</div>`;
}

/** @param {{talk: Talk, viewer: Viewer | null, isReady: boolean}} props */
function HoldButton({ talk, viewer, isReady }) {
	const { phase } = talk.state;
	const down = (/** @type {Event} */ event) => {
		event.preventDefault();
		if (talk.isHandsFree)
			return talk.release();
		if (event instanceof PointerEvent)
			/** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
		return talk.press(viewer?.shown ?? null);
	};
	const up = () => talk.isHandsFree || talk.release();
	const isKey = (/** @type {KeyboardEvent} */ event) => event.key === ' ' || event.key === 'Enter';
	return html`<button class=${`talk-button ${phase}`} disabled=${!isReady} aria-pressed=${talk.isPressed}
		onPointerDown=${down} onPointerUp=${up} onPointerCancel=${up} onContextMenu=${(/** @type {Event} */ event) => event.preventDefault()}
		onKeyDown=${(/** @type {KeyboardEvent} */ event) => isKey(event) && !event.repeat && down(event)}
		onKeyUp=${(/** @type {KeyboardEvent} */ event) => isKey(event) && up()} onBlur=${up}>
		<${Icon} name="talk" /><span>${talk.isHandsFree ? talkWords.stop : talkWords.hold}</span>
		${phase === 'heard' && html`<${Meter} talk=${talk} />`}
	</button>`;
}

/** @param {{talk: Talk}} props */
function Meter({ talk }) {
	useTick(100);
	const level_db = 20 * Math.log10(Math.max(talk.level, 1e-5));
	const lit = Math.max(0, Math.min(5, Math.ceil((level_db + 55) / 10)));
	return html`<span class="level" aria-hidden="true">${[1, 2, 3, 4, 5].map((bar) => html`<i class=${bar <= lit ? 'lit' : ''}></i>`)}</span>`;
}
