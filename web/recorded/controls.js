// The buttons of the recorded view: play, steps, speed.

import { html, useState } from '../vendor/standalone.module.js';
import { rateText, recordedWords as said } from '../words-recorded.js';
import { Icon, Sheet } from '../ui/parts.js';
import { RATES } from './desk.js';

/** @typedef {import('./desk.js').Desk} Desk */

/** @param {{desk: Desk, skip: number}} props */
export function Transport({ desk, skip }) {
	const { isRunning } = desk.clock;
	return html`<div class="transport">
		<${Round} kind="event" icon="event-back" label=${said.eventBack} onClick=${() => desk.goToEvent(-1)} />
		<${Round} icon="frame-back" label=${said.frameBack} onClick=${() => desk.step(-1)} />
		<${Round} icon="earlier" label=${said.earlier} onClick=${() => desk.skip(-skip)} />
		<button class="round play" aria-label=${isRunning ? said.pause : said.play} onClick=${() => (isRunning ? desk.pause() : desk.play())}>
			<${Icon} name=${isRunning ? 'pause' : 'play'} /></button>
		<${Round} icon="later" label=${said.later} onClick=${() => desk.skip(skip)} />
		<${Round} icon="frame-on" label=${said.frameOn} onClick=${() => desk.step(1)} />
		<${Round} kind="event" icon="event-on" label=${said.eventOn} onClick=${() => desk.goToEvent(1)} />
	</div>`;
}

/** @param {{icon: string, label: string, kind?: string, onClick: () => void}} props */
function Round({ icon, label, kind = '', onClick }) {
	return html`<button class=${`round ${kind}`} aria-label=${label} onClick=${onClick}><${Icon} name=${icon} /></button>`;
}

/** @param {{desk: Desk}} props */
export function Speeds({ desk }) {
	const [isOpen, setOpen] = useState(false);
	const { rate } = desk.clock;
	const choose = (/** @type {number} */ one) => {
		desk.setRate(one);
		setOpen(false);
	};
	return html`<div><button class=${`bar-button ${rate === 1 ? '' : 'on'}`} aria-haspopup="dialog" onClick=${() => setOpen(true)}>
			<span class="bar-icon rate">${rateText(rate)}</span><span>${said.speed}</span></button>
		${isOpen && html`<${Sheet} title=${said.speed} onClose=${() => setOpen(false)}>
			<div class="speeds">${RATES.map((one) => html`<button class=${`speed ${one === rate ? 'on' : ''}`} aria-pressed=${one === rate}
				onClick=${() => choose(one)}>${rateText(one)}</button>`)}</div>
			<p class="dim">${said.soundFast}: 8×, 16×</p>
		<//>`}</div>`;
}
