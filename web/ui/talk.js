// Hold to talk: one large button for one thumb, and under it the truth about whether one is heard.

import { html, useEffect, useState } from '../vendor/standalone.module.js';
import { Talk } from '../box/talk.js';
import { talkText, talkWords } from '../words-talk.js';
import { Icon, useTick } from './parts.js';

/** @typedef {import('../box/viewer.js').Viewer} Viewer */

/** @param {{box: import('../box/box.js').Box, viewer: Viewer | null}} props */
export function TalkButton({ box, viewer }) {
	const [, draw] = useState(0);
	const [talk] = useState(() => new Talk(box, () => draw((count) => count + 1)));
	useEffect(() => () => talk.stop(), [talk]);
	useEffect(() => talk.checkSession(new Set(box.state.sessions.map(({ sid }) => sid))), [talk, box.state.sessions]);
	const isReady = viewer?.state.phase === 'live';
	const { phase } = talk.state;
	const down = (/** @type {Event} */ event) => {
		event.preventDefault();
		if (event instanceof PointerEvent)
			/** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
		talk.press(viewer?.shown ?? null);
	};
	const up = () => talk.release();
	const isKey = (/** @type {KeyboardEvent} */ event) => event.key === ' ' || event.key === 'Enter';
	return html`<div class="talk">
		<button class=${`talk-button ${phase}`} disabled=${!isReady} aria-pressed=${talk.isPressed}
			onPointerDown=${down} onPointerUp=${up} onPointerCancel=${up} onContextMenu=${(/** @type {Event} */ event) => event.preventDefault()}
			onKeyDown=${(/** @type {KeyboardEvent} */ event) => isKey(event) && !event.repeat && down(event)}
			onKeyUp=${(/** @type {KeyboardEvent} */ event) => isKey(event) && up()} onBlur=${up}>
			<${Icon} name="talk" /><span>${talkWords.hold}</span>
			${phase === 'heard' && html`<${Meter} talk=${talk} />`}
		</button>
		<p class="talk-state" role="status">${talkText(talk.state)}</p>
	</div>`;
}

/** @param {{talk: Talk}} props */
function Meter({ talk }) {
	useTick(100);
	const level_db = 20 * Math.log10(Math.max(talk.level, 1e-5));
	const lit = Math.max(0, Math.min(5, Math.ceil((level_db + 55) / 10)));
	return html`<span class="level" aria-hidden="true">${[1, 2, 3, 4, 5].map((bar) => html`<i class=${bar <= lit ? 'lit' : ''}></i>`)}</span>`;
}
