// Small parts that all pages use.

import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/standalone.module.js';
import { words } from '../words.js';

/** Shapes on a 24 × 24 grid, drawn as lines. @type {Record<string, string>} */
const shapes = {
	door: 'M6 21V10a6 6 0 0 1 12 0v11M4 21h16M14 14v.01',
	list: 'M8 6h12M8 12h12M8 18h12M4 6v.01M4 12v.01M4 18v.01',
	device: 'M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM11 18h2',
	eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
	sound: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
	mute: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
	talk: 'M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3',
	back: 'M14.5 5.5 8 12l6.5 6.5',
	fit: 'M4 8V5.5A1.5 1.5 0 0 1 5.5 4H8M16 4h2.5A1.5 1.5 0 0 1 20 5.5V8M20 16v2.5a1.5 1.5 0 0 1-1.5 1.5H16M8 20H5.5A1.5 1.5 0 0 1 4 18.5V16',
	shield: 'M12 3l7 2.5v5.5c0 4.5-2.9 8-7 10-4.1-2-7-5.5-7-10V5.5zM8.8 12l2.3 2.3 4.3-4.5',
	wait: 'M12 3l7 2.5v5.5c0 4.5-2.9 8-7 10-4.1-2-7-5.5-7-10V5.5zM12 8.5V12l2 1.5',
	broken: 'M12 3l7 2.5v5.5c0 4.5-2.9 8-7 10-4.1-2-7-5.5-7-10V5.5zM9.5 9.5l5 5M14.5 9.5l-5 5',
	moon: 'M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5z',
	power: 'M12 3.5v8M7 6.5a7 7 0 1 0 10 0',
	person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20.5c.8-3.8 3.8-5.5 7.5-5.5s6.7 1.7 7.5 5.5',
	stop: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM6 6l12 12',
	note: 'M7 3.5h7l4 4v13H7zM10 12h5M10 16h5',
	on: 'M9.5 5.5 16 12l-6.5 6.5',
	past: 'M4 12a8 8 0 1 0 2.6-5.9M4 4.5v4h4M12 8v4.5l3 1.8',
	grid: 'M4 5.5h7v5.5H4zM13 5.5h7V11h-7zM4 13h7v5.5H4zM13 13h7v5.5h-7z',
	play: 'M8 5.2v13.600L18.5 12z',
	pause: 'M8.5 5.5v13M15.5 5.5v13',
	earlier: 'M12 5a7.5 7.5 0 1 1-7.300 5.700M12 2v6L8 5zM9.200 10.5l1.300-.8V15.5M13 11.300c0-1 .6-1.600 1.5-1.600s1.5.6 1.5 1.600v2.600c0 1-.6 1.600-1.5 1.600s-1.5-.6-1.5-1.600z',
	later: 'M12 5a7.5 7.5 0 1 0 7.300 5.700M12 2v6l4-3zM8.200 10.5l1.300-.8V15.5M12 11.300c0-1 .6-1.600 1.5-1.600s1.5.6 1.5 1.600v2.600c0 1-.6 1.600-1.5 1.600s-1.5-.6-1.5-1.600z',
	'frame-back': 'M17 6v12l-8-6zM6.5 6v12',
	'frame-on': 'M7 6v12l8-6zM17.5 6v12',
	'event-back': 'M10.5 7l-5 5 5 5M15.5 8.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z',
	'event-on': 'M13.5 7l5 5-5 5M8.5 8.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z',
	key: 'M14.5 4a5.5 5.5 0 1 1-3.700 9.600L5 19.400V21H3v-3.500l6.600-6.600A5.500 5.500 0 0 1 14.500 4zM15.500 8.500v.01',
	zone: 'M4 7.5 12 4l8 5.5-3 9.500-10.500 1zM4 7.500v.01M12 4v.01M20 9.500v.01M17 19v.01M6.500 20v.01',
	face: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM9 10v.01M15 10v.01M8.500 14.500c2 2 5 2 7 0',
	down: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
};

/** @param {{name: string}} props */
export function Icon({ name }) {
	return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${shapes[name] ?? shapes.note} /></svg>`;
}

/** Draws again at each change of the box. @param {import('../box/box.js').Box} box */
export function useBox(box) {
	const [, draw] = useState(0);
	useLayoutEffect(() => {
		const listener = () => draw((count) => count + 1);
		box.listeners.add(listener);
		return () => {
			box.listeners.delete(listener);
		};
	}, [box]);
	return box.state;
}

/** Draws again every so often. @param {number} every_ms */
export function useTick(every_ms) {
	const [, draw] = useState(0);
	useEffect(() => {
		const timer = setInterval(() => draw((count) => count + 1), every_ms);
		return () => clearInterval(timer);
	}, [every_ms]);
}

/** False once the page has been hidden for a while: nobody looks, so nothing is watched. @param {number} after_ms */
export function useAwake(after_ms) {
	const [isAwake, set] = useState(!document.hidden);
	useEffect(() => {
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		let timer;
		const look = () => {
			clearTimeout(timer);
			if (document.hidden)
				timer = setTimeout(() => set(false), after_ms);
			else
				set(true);
		};
		document.addEventListener('visibilitychange', look);
		return () => {
			clearTimeout(timer);
			document.removeEventListener('visibilitychange', look);
		};
	}, [after_ms]);
	return isAwake;
}

/**
 * Holds a camera's view while mounted; null: none.
 * @param {import('../box/box.js').Box} box @param {string | null} cameraId
 * @returns {import('../box/viewer.js').Viewer | null}
 */
export function useViewer(box, cameraId) {
	const [viewer, set] = useState(/** @type {import('../box/viewer.js').Viewer | null} */ (null));
	useEffect(() => {
		if (cameraId === null)
			return undefined;
		set(box.hold(cameraId));
		return () => {
			set(null);
			box.release(cameraId);
		};
	}, [box, cameraId]);
	return viewer;
}

/**
 * A dialog that rises from the bottom; the browser keeps the focus in it and Esc closes it.
 * @param {{title: string, onClose: () => void, children?: unknown}} props
 */
export function Sheet({ title, onClose, children }) {
	const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
	useLayoutEffect(() => dialog.current?.showModal(), []);
	const onClick = (/** @type {MouseEvent} */ event) => event.target === dialog.current && onClose();
	return html`<dialog class="sheet" ref=${dialog} onClose=${onClose} onClick=${onClick} aria-label=${title}>
		<div class="sheet-body">
			<header><h2>${title}</h2>
				<button class="plain" onClick=${onClose}>${words.close}</button></header>
			${children}
		</div>
	</dialog>`;
}

/** A page in the middle of the screen, for one thing. @param {{title: string, icon?: string, children?: unknown}} props */
export function Calm({ title, icon = 'door', children }) {
	return html`<main class="calm">
		<div class="mark"><${Icon} name=${icon} /></div>
		<h1 tabindex="-1">${title}</h1>
		${children}
	</main>`;
}

/** @param {string} name @param {unknown} value */
export function saveJson(name, value) {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(new Blob([JSON.stringify(value, null, '\t') + '\n'], { type: 'application/json' }));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
