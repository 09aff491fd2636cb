// One camera, full screen, used with one hand: all that is pressed stands at the bottom.

import { html, useEffect, useState } from '../vendor/standalone.module.js';
import { cameraText, inTheLog, lostSince, refusalText, watching, words } from '../words.js';
import { isSoundOnly } from '../box/viewer.js';
import { Icon, useAwake, useBox, useTick, useViewer } from './parts.js';
import { Picture } from './picture.js';
import { SoundsButton } from './sounds.js';
import { TalkButton } from './talk.js';
import { Who } from './who.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('../box/box.js').Camera} Camera */
/** @typedef {import('../box/viewer.js').Viewer} Viewer */

const AWAY_MS = 15000;
const FILL_KEY = 'ward-fill';
const goBack = () => {
	location.hash = '#/';
};

/** @param {{box: Box, id: string}} props */
export function Watch({ box, id }) {
	const { me } = useBox(box);
	const camera = box.camera(id);
	const [hasSound, setSound] = useState(false);
	const [isFilling, setFilling] = useState(localStorage.getItem(FILL_KEY) === 'yes');
	const [isWhoOpen, setWhoOpen] = useState(false);
	const isAwake = useAwake(AWAY_MS);
	// With the sound on it works like a baby phone: it goes on while the screen is dark.
	const viewer = useViewer(box, camera && (isAwake || hasSound) ? id : null);
	useEffect(() => {
		viewer?.setSound(hasSound);
		return () => viewer?.setSound(false);
	}, [viewer, hasSound]);
	useWakeLock();
	const toggleFill = () => {
		localStorage.setItem(FILL_KEY, isFilling ? 'no' : 'yes');
		setFilling(!isFilling);
	};
	useKeys({ m: () => setSound(!hasSound), f: toggleFill, Escape: goBack }, isWhoOpen);
	if (!camera)
		return html`<main class="watch"><p class="watch-state" role="status">${box.state.isLoaded ? refusalText('not-found') : words.starting}</p>
			<div class="bar"><${BarButton} icon="back" label=${words.back} onClick=${goBack} /></div></main>`;
	const canListen = camera.verbs.includes('listen') && Boolean(camera.audio);
	return html`<main class="watch">
		<h1 tabindex="-1" class="watch-name">${camera.name}</h1>
		${me?.role === 'owner' && html`<a class="watch-corner is-left" href=${`#/faces/${encodeURIComponent(id)}`} aria-label=${words.learnFace}><${Icon} name="face" /></a>
			<a class="watch-corner" href=${`#/zones/${encodeURIComponent(id)}`} aria-label=${words.zones}><${Icon} name="zone" /></a>`}
		<div class="stage" onDblClick=${toggleFill}>
			<${Picture} stream=${viewer?.state.stream ?? null} isMuted=${!hasSound} isFilling=${isFilling} label=${camera.name} />
			<${WatchState} camera=${camera} viewer=${viewer} />
		</div>
		<p class="watch-proof">${viewer && viewer.state.seq >= 0 && html`<${Icon} name="shield" />${inTheLog(viewer.state.seq)}`}</p>
		${camera.verbs.includes('talk') && html`<${TalkButton} box=${box} viewer=${viewer} camera=${camera}><${SoundsButton} box=${box} camera=${camera} /><//>`}
		<div class="bar">
			<${BarButton} icon="back" label=${words.back} onClick=${goBack} />
			<${SoundButton} viewer=${viewer} canListen=${canListen} hasSound=${hasSound} onClick=${() => setSound(!hasSound)} />
			${camera.verbs.includes('play') && html`<${BarButton} icon="past" label=${words.recorded} onClick=${() => {
				location.hash = `#/recorded/${encodeURIComponent(id)}`;
			}} />`}
			<${BarButton} icon="fit" label=${isFilling ? words.fit : words.fill} onClick=${toggleFill} />
			<${BarButton} icon="eye" label=${watching(camera.watching)} onClick=${() => setWhoOpen(true)} />
		</div>
		${isWhoOpen && html`<${Who} box=${box} camera=${id} onClose=${() => setWhoOpen(false)} />`}
	</main>`;
}

/** @param {{icon: string, label: string, isOn?: boolean, isDisabled?: boolean, onClick: () => void}} props */
export function BarButton({ icon, label, isOn, isDisabled = false, onClick }) {
	return html`<button class=${`bar-button ${isOn ? 'on' : ''}`} disabled=${isDisabled} aria-pressed=${isOn} onClick=${onClick}>
		<span class="bar-icon"><${Icon} name=${icon} /></span><span>${label}</span></button>`;
}

/** @param {{viewer: Viewer | null, canListen: boolean, hasSound: boolean, onClick: () => void}} props */
function SoundButton({ viewer, canListen, hasSound, onClick }) {
	if (!canListen)
		return html`<${BarButton} icon="mute" label=${words.noSound} isDisabled=${true} onClick=${onClick} />`;
	return html`<div class="sound"><${BarButton} icon=${hasSound ? 'sound' : 'mute'} label=${!hasSound ? words.soundOff : viewer?.state.hasSound ? words.soundOn : words.soundComing}
		isOn=${hasSound} onClick=${onClick} />${hasSound && html`<${Level} viewer=${viewer} />`}</div>`;
}

/** How loud it is, as five bars. @param {{viewer: Viewer | null}} props */
function Level({ viewer }) {
	useTick(250);
	// Ears are logarithmic: -50 dB lights the first bar, -10 dB the last.
	const level_db = 20 * Math.log10(Math.max(viewer?.level ?? 0, 1e-5));
	const lit = Math.max(0, Math.min(5, Math.ceil((level_db + 55) / 10)));
	return html`<span class="level" aria-hidden="true">${[1, 2, 3, 4, 5].map((bar) => html`<i class=${bar <= lit ? 'lit' : ''}></i>`)}</span>`;
}

/** @param {{camera: Camera, viewer: Viewer | null}} props */
function WatchState({ camera, viewer }) {
	const view = viewer?.state;
	if (view?.stream && camera.state === 'live')
		return isSoundOnly(camera) ? html`<div class="watch-state" role="status"><p>${words.soundOnly}</p></div>` : null;
	const isCamera = camera.state !== 'live';
	const text = isCamera ? cameraText(camera)
		: view?.word ? refusalText(view.word) : words.askingPicture;
	const isFinal = view?.phase === 'refused';
	return html`<div class="watch-state" role="status">
		${!isFinal && !isCamera && html`<span class="spinner"></span>`}
		<p>${text}</p>
		${!isCamera && view && view.lostAt > 0 && html`<small>${lostSince(view.lostAt)}</small>`}
		${isFinal && html`<button class="main-button" onClick=${() => viewer?.tryAgain()}>${words.watchAgain}</button>`}
	</div>`;
}

/** @param {Record<string, () => void>} actions @param {boolean} isOff */
export function useKeys(actions, isOff) {
	useEffect(() => {
		const onKey = (/** @type {KeyboardEvent} */ event) => {
			const isTyping = document.querySelector('dialog[open]') !== null || (event.target instanceof HTMLElement && event.target.closest('input') !== null);
			const isPressing = event.key === ' ' && event.target instanceof HTMLElement && event.target.closest('button, a') !== null;
			if (!isOff && !isTyping && !isPressing && !event.ctrlKey && !event.metaKey && !event.altKey && Object.hasOwn(actions, event.key))
				actions[event.key]();
		};
		addEventListener('keydown', onKey);
		return () => removeEventListener('keydown', onKey);
	});
}

/** The screen stays on while a child is watched. */
export function useWakeLock() {
	useEffect(() => {
		/** @type {WakeLockSentinel | undefined} */
		let lock;
		const take = () => document.hidden || navigator.wakeLock?.request('screen').then((taken) => {
			lock = taken;
		}, () => {});
		take();
		document.addEventListener('visibilitychange', take);
		return () => {
			document.removeEventListener('visibilitychange', take);
			lock?.release();
		};
	}, []);
}
