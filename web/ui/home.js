// The first page: who is watching now, the cameras with live tiles, and what Ward cannot prove.

import { html, useEffect, useRef, useState } from '../vendor/standalone.module.js';
import { cameraText, logChecked, refusalText, watchers, watching, words } from '../words.js';
import { isSoundOnly } from '../box/viewer.js';
import { Icon, useAwake, useBox, useViewer } from './parts.js';
import { Picture } from './picture.js';
import { Who } from './who.js';

/** @typedef {import('../box/box.js').Box} Box */
/** @typedef {import('../box/box.js').Camera} Camera */

const LIVE_TILES_MAX = 4;
const AWAY_MS = 4000;

/** @param {{box: Box}} props */
export function Home({ box }) {
	const { cameras, sessions, checkpoint, isLoaded, me } = useBox(box);
	const [visible, setVisible] = useState(/** @type {Set<string>} */ (new Set()));
	const [isWhoOpen, setWhoOpen] = useState(false);
	const isAwake = useAwake(AWAY_MS);
	const live = new Set(cameras.filter((camera) => isAwake && visible.has(camera.id) && camera.verbs.includes('view') &&
		camera.state !== 'down' && !isSoundOnly(camera)).slice(0, LIVE_TILES_MAX).map((camera) => camera.id));
	const onVisible = (/** @type {string} */ id, /** @type {boolean} */ isVisible) => setVisible((old) => {
		const next = new Set(old);
		next[isVisible ? 'add' : 'delete'](id);
		return next;
	});
	return html`<main class="page">
		<h1 tabindex="-1" class="page-title">${words.cameras}</h1>
		<button class=${`now ${sessions.some((one) => !one.mine) ? 'others' : ''}`} disabled=${!isLoaded} onClick=${() => setWhoOpen(true)}>
			<span class="now-icon"><${Icon} name="eye" /></span>
			<span class="now-text"><strong>${isLoaded ? watchers(sessions) : words.starting}</strong>
				<small>${checkpoint ? logChecked(checkpoint.size, checkpoint.at) : words.starting}</small></span>
		</button>
		${isLoaded && cameras.length === 0 && html`<p class="empty"><strong>${words.noCameras}</strong><br />${me?.role === 'owner' ? words.noCamerasText : ''}</p>`}
		<div class=${`tiles count-${Math.min(cameras.length, 4)}`}>${cameras.map((camera) => html`<${Tile} key=${camera.id} box=${box} camera=${camera}
			isLive=${live.has(camera.id)} onVisible=${onVisible} />`)}</div>
		<${Limits} />
		${isWhoOpen && html`<${Who} box=${box} camera=${null} onClose=${() => setWhoOpen(false)} />`}
	</main>`;
}

/** @param {{box: Box, camera: Camera, isLive: boolean, onVisible: (id: string, isVisible: boolean) => void}} props */
function Tile({ box, camera, isLive, onVisible }) {
	const tile = useRef(/** @type {HTMLAnchorElement | null} */ (null));
	const viewer = useViewer(box, isLive ? camera.id : null);
	useEffect(() => {
		const observer = new IntersectionObserver(([entry]) => onVisible(camera.id, entry.isIntersecting), { threshold: 0.3 });
		if (tile.current)
			observer.observe(tile.current);
		return () => {
			observer.disconnect();
			onVisible(camera.id, false);
		};
	}, [camera.id]);
	const stream = viewer?.state.stream ?? null;
	const state = tileText(camera, viewer);
	return html`<a class=${`tile ${camera.state}`} ref=${tile} href=${`#/camera/${encodeURIComponent(camera.id)}`}
			aria-label=${`${camera.name}. ${state || words.live}. ${watching(camera.watching)}`}>
		<${Picture} stream=${stream} isMuted=${true} isFilling=${true} label=${camera.name} />
		${state && html`<span class="tile-state">${state}</span>`}
		<span class="tile-foot"><span class=${`dot ${stream ? 'on' : ''}`}></span><strong>${camera.name}</strong>
			${camera.watching > 0 && html`<span class="count"><${Icon} name="eye" />${camera.watching}</span>`}</span>
	</a>`;
}

/** @param {Camera} camera @param {import('../box/viewer.js').Viewer | null} viewer */
function tileText(camera, viewer) {
	if (isSoundOnly(camera) && camera.state === 'live')
		return words.soundOnly;
	if (!camera.verbs.includes('view'))
		return refusalText('not-allowed');
	if (viewer?.state.stream && camera.state === 'live')
		return '';
	if (camera.state !== 'live')
		return cameraText(camera);
	if (!viewer)
		return words.paused;
	return viewer.state.word ? refusalText(viewer.state.word) : words.askingPicture;
}

/** What Ward cannot prove, said on the first page. */
export function Limits() {
	return html`<details class="limits"><summary>${words.limitsTitle}</summary>
		<ul>${words.limits.map((limit) => html`<li>${limit}</li>`)}</ul></details>`;
}
