// The recorded view of one camera, or of all of them in step: the picture above, time and buttons below, where
// the thumb is.

import { html, useEffect, useMemo, useRef, useState } from '../vendor/standalone.module.js';
import { inTheLog, refusalText, words } from '../words.js';
import { dayText, holeText, isFlaw, recordedWords as said, skippedText, timeText } from '../words-recorded.js';
import { Icon, useAwake, useBox, useTick } from '../ui/parts.js';
import { BarButton, useKeys, useWakeLock } from '../ui/watch.js';
import { Speeds, Transport } from './controls.js';
import { Desk } from './desk.js';
import { HappenedButton } from './happened.js';
import { SaveButton } from './save.js';
import { dayStart, isChangeDay } from './scale.js';
import { SpokenButton } from './spoken.js';
import { Timeline, TimelineView } from './timeline.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('../box/box.js').Camera} Camera */
/** @typedef {import('./screen.js').Screen} Screen */

const AWAY_MS = 3000;
const BEFORE_NEWEST_US = 60e6; // where one begins
const CLOCK_MS = 100;
const SKIP_US = 10e6;
const DIM_MS = 400;

/** @param {Box} box */
const mayPlay = (box) => box.state.cameras.filter((camera) => camera.verbs.includes('play'));

/**
 * `path` is what stands behind #/recorded: nothing (all cameras), /ID, or /ID/SECONDS; - for all.
 * @param {{box: Box, path: string}} props
 */
export function Recorded({ box, path }) {
	const { isLoaded } = useBox(box);
	const [id, at] = path.split('/').slice(1).map(decodeURIComponent);
	const known = mayPlay(box);
	const isAll = (!id || id === '-') && known.length > 1;
	const cameras = isAll ? known : known.filter((camera) => !id || id === '-' || camera.id === id);
	const ids = cameras.map((camera) => camera.id).join(' ');
	if (!isLoaded || cameras.length === 0)
		return html`<main class="recorded"><p class="watch-state" role="status">${isLoaded ? said.mayNot : words.starting}</p>
			<div class="bar"><${BarButton} icon="back" label=${words.back} onClick=${() => leave('')} /></div></main>`;
	return html`<${Room} key=${ids} box=${box} ids=${ids} canShowAll=${known.length > 1} at=${Number(at) * 1e6 || 0} />`;
}

/** @param {string} hash */
const leave = (hash) => {
	location.hash = `#/${hash}`;
};

/** @param {{box: Box, ids: string, canShowAll: boolean, at: number}} props */
function Room({ box, ids, canShowAll, at }) {
	useBox(box);
	const [, draw] = useState(0);
	const desk = useMemo(() => new Desk(box, ids.split(' '), at || Date.now() * 1000 - BEFORE_NEWEST_US, () => draw((count) => count + 1)), []);
	const line = useRef(/** @type {Timeline | null} */ (null));
	const isOne = desk.screens.length === 1;
	const [first] = desk.screens;
	const goBack = () => leave(isOne && !at ? `camera/${encodeURIComponent(first.id)}` : '');
	useStart(desk, at);
	const isFirst = useRef(true);
	useEffect(() => {
		if (!isFirst.current && at)
			desk.seek(at);
		isFirst.current = false;
	}, [at]);
	useWakeLock();
	const isAwake = useAwake(AWAY_MS);
	useEffect(() => {
		if (!isAwake)
			desk.pause();
	}, [isAwake]);
	useRecordedKeys(desk, line, goBack);
	const { state } = desk;
	const goLive = () => leave(isOne ? `camera/${encodeURIComponent(first.id)}` : '');
	return html`<main class=${`recorded ${isOne ? '' : 'is-grid'}`}>
		<h1 tabindex="-1" class="watch-name">${isOne ? first.camera?.name : said.allCameras}</h1>
		<div class=${`stage count-${Math.min(desk.screens.length, 9)}`}>
			${desk.screens.map((screen) => html`<${Picture} key=${screen.id} desk=${desk} screen=${screen} isOne=${isOne} />`)}
			${state.isAtEnd && html`<${End} desk=${desk} onLive=${goLive} />`}
			<p class=${`said ${state.said ? 'shown' : ''}`} role="status">${state.said}</p>
		</div>
		<${Proof} screens=${desk.screens} />
		<div class="console">
			<${When} desk=${desk} />
			<${TimelineView} desk=${desk} hold=${line} />
			<${Transport} desk=${desk} skip=${SKIP_US} />
			<${Bar} desk=${desk} isOne=${isOne} canShowAll=${canShowAll} onBack=${goBack} onLive=${goLive} />
		</div>
	</main>`;
}

/** Begins with the newest minute, once it is known where that is. @param {Desk} desk @param {number} at */
function useStart(desk, at) {
	useEffect(() => {
		let isStopped = false;
		const begin = async () => {
			const now = Date.now() * 1000;
			await Promise.all(desk.screens.map(({ coverage }) => coverage.nextFrom(at || now - BEFORE_NEWEST_US)));
			const { newest } = desk;
			if (isStopped)
				return;
			if (!desk.hasBegun)
				desk.seek(at || (newest === null ? now : Math.min(now, newest) - BEFORE_NEWEST_US));
			if (newest !== null)
				desk.play();
		};
		begin();
		return () => {
			isStopped = true;
			desk.stop();
		};
	}, [desk]);
}

/** @param {Desk} desk @param {{current: Timeline | null}} line @param {() => void} goBack */
function useRecordedKeys(desk, line, goBack) {
	const onLine = Object.fromEntries(Object.entries(Timeline.keys).map(([key, act]) => [key, () => line.current && act(line.current)]));
	useKeys({ ...onLine, ' ': () => toggle(desk), j: () => desk.skip(-SKIP_US), l: () => desk.skip(SKIP_US), ',': () => desk.step(-1), '.': () => desk.step(1),
		'[': () => desk.goToEvent(-1), ']': () => desk.goToEvent(1), p: () => desk.goToEvent(-1), n: () => desk.goToEvent(1),
		m: () => desk.setSound(!desk.state.hasSound), b: () => desk.isOne && desk.nextHears(), Escape: goBack }, false);
}

/** @param {Desk} desk */
export const toggle = (desk) => (desk.clock.isRunning ? desk.pause() : desk.play());

/** @param {{desk: Desk, screen: Screen, isOne: boolean}} props */
function Picture({ desk, screen, isOne }) {
	const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
	const still = useRef(/** @type {HTMLCanvasElement | null} */ (null));
	useEffect(() => {
		if (video.current && still.current)
			screen.attach(video.current, still.current);
	}, [screen]);
	const { state } = screen;
	const isCovered = state.phase !== 'shown' && state.phase !== 'waiting';
	const isEmpty = state.phase === 'hole' || state.phase === 'refused';
	const isDim = useLate(!isEmpty && state.phase !== 'shown');
	const name = screen.camera?.name ?? '';
	const href = `#/recorded/${encodeURIComponent(screen.id)}/${Math.round(desk.time / 1e6)}`;
	return html`<div class=${`frame ${isDim ? 'is-late' : ''}`}>
		<video class=${`picture fit ${isCovered ? 'covered' : ''}`} ref=${video} playsinline muted disablepictureinpicture aria-label=${name}></video>
		<canvas class=${`picture fit ${isEmpty ? 'covered' : ''}`} ref=${still} hidden></canvas>
		<${Reason} screen=${screen} isLate=${isDim} isAtEnd=${desk.state.isAtEnd} />
		${!isOne && html`<a class="frame-name" href=${href}>${name}</a>`}
	</div>`;
}

/** True once something has lasted for a moment, so that nothing flickers. @param {boolean} isSo */
function useLate(isSo) {
	const [isLate, set] = useState(false);
	useEffect(() => {
		if (!isSo)
			return set(false);
		const timer = setTimeout(() => set(true), DIM_MS);
		return () => clearTimeout(timer);
	}, [isSo]);
	return isLate && isSo;
}

/** Why there is no picture. @param {{screen: Screen, isLate: boolean, isAtEnd: boolean}} props */
function Reason({ screen, isLate, isAtEnd }) {
	const { phase, word, hole } = screen.state;
	if (phase === 'hole')
		return html`<div class="watch-state" role="status" hidden=${isAtEnd}><p>${screen.coverage.isKnown && screen.coverage.newest === null ? said.empty : hole && isFlaw(hole.reason) ? said.leftOut : said.nothing}</p>
			<small>${screen.coverage.isKnown && screen.coverage.newest === null ? said.emptyText : hole && holeText(hole)}</small></div>`;
	if (phase === 'refused')
		return html`<div class="watch-state" role="status"><p>${word === 'not-allowed' ? said.mayNot : refusalText(word)}</p>
			<button class="main-button" onClick=${() => screen.again()}>${said.again}</button></div>`;
	if (!isLate)
		return null;
	return html`<div class="watch-state" role="status"><span class="spinner"></span><p>${word ? refusalText(word) : screen.state.seq < 0 ? words.askingPicture : said.loading}</p></div>`;
}

/** @param {{desk: Desk, onLive: () => void}} props */
function End({ desk, onLive }) {
	if (desk.newest === null)
		return null;
	return html`<div class="watch-state at-end" role="status"><p>${said.newest}</p><small>${said.newestText}</small>
		<button class="main-button" onClick=${onLive}><${Icon} name="eye" />${said.watchLive}</button></div>`;
}

/** What is proven, and what could not be shown. @param {{screens: Screen[]}} props */
function Proof({ screens }) {
	const proven = screens.filter(({ state }) => state.seq >= 0);
	const skipped = screens.map(({ state }) => state.skipped).find(Boolean);
	return html`<p class="watch-proof">${proven.length > 0 && html`<${Icon} name="shield" />${proven.map(({ state }) => inTheLog(state.seq)).slice(0, 1)}
		${proven.length > 1 && ` (+${proven.length - 1})`}`}${skipped && html`<span class="skipped" role="status">${skippedText(skipped)}</span>`}</p>`;
}

/** The day and the time that are shown, and the way to another day. @param {{desk: Desk}} props */
function When({ desk }) {
	useTick(CLOCK_MS);
	const input = useRef(/** @type {HTMLInputElement | null} */ (null));
	const { time } = desk;
	const date = new Date(time / 1000);
	const value = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
	const onPick = () => {
		const [year, month, dayOfMonth] = (input.current?.value ?? '').split('-').map(Number);
		if (year)
			desk.seek(new Date(year, month - 1, dayOfMonth, date.getHours(), date.getMinutes(), date.getSeconds()).getTime() * 1000);
	};
	const isNewest = desk.newest !== null && dayStart(time) >= dayStart(desk.newest);
	const isOldest = desk.oldest !== null && dayStart(time) <= dayStart(desk.oldest);
	return html`<div class="when">
		<button class="round" aria-label=${said.dayBack} disabled=${isOldest} onClick=${() => desk.skipDays(-1)}><${Icon} name="back" /></button>
		<button class="when-text" onClick=${() => input.current?.showPicker?.()}><span class="visually-hidden">${said.pickDay}</span>
			<small>${dayText(time)}</small><time datetime=${date.toISOString()}>${timeText(time, isChangeDay(time))}</time></button>
		<input class="visually-hidden" type="date" ref=${input} value=${value} tabindex="-1" aria-hidden="true" onChange=${onPick} />
		<button class="round" aria-label=${said.dayOn} disabled=${isNewest} onClick=${() => desk.skipDays(1)}><${Icon} name="on" /></button>
		<${HappenedButton} desk=${desk} />
	</div>`;
}

/** @param {{desk: Desk, isOne: boolean, canShowAll: boolean, onBack: () => void, onLive: () => void}} props */
function Bar({ desk, isOne, canShowAll, onBack, onLive }) {
	const { state: { hasSound }, clock: { rate } } = desk;
	const [first] = desk.screens;
	const canHear = isOne && Boolean(first.camera?.audio) && rate < 8;
	const isSilent = hasSound && first.state.isSilent;
	return html`<div class="bar">
		<${BarButton} icon="back" label=${words.back} onClick=${onBack} />
		<${Speeds} desk=${desk} />
		${isOne && html`<${BarButton} icon=${hasSound && canHear ? 'sound' : 'mute'} isOn=${hasSound && canHear} isDisabled=${!canHear}
			label=${!canHear || isSilent ? words.noSound : hasSound ? words.soundOn : words.soundOff} onClick=${() => desk.setSound(!hasSound)} />`}
		${isOne && first.camera && html`<${SaveButton} desk=${desk} />`}
		${isOne && first.camera && html`<${SpokenButton} desk=${desk} />`}
		${canShowAll && isOne && html`<${BarButton} icon="grid" label=${said.all} onClick=${() => leave(`recorded/-/${Math.round(desk.time / 1e6)}`)} />`}
		<${BarButton} icon="eye" label=${said.live} onClick=${onLive} />
	</div>`;
}
