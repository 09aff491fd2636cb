// The app's beginning: which page to show. Nothing is built or bundled: the browser loads these modules.

import { Box } from './box/box.js';
import { Alarm, Pair, SignedOut, Unable, Unpaired } from './ui/doors.js';
import { Home } from './ui/home.js';
import { Icon, useBox } from './ui/parts.js';
import { Phone } from './ui/phone.js';
import { Visits } from './ui/visits.js';
import { Watch } from './ui/watch.js';
import { html, render, useEffect, useLayoutEffect, useState } from './vendor/standalone.module.js';
import { words } from './words.js';

const PAIR_LINK = /^#pair=([0-9a-f]{32})$/;
const PLAY_KEY = 'ward-may-play';
const RECORDED = /^#\/recorded(\/.*)?$/;
const KEYS = '#/keys';
const ZONES = /^#\/zones\/(.+)$/;
const FACES = /^#\/faces(?:\/(.+))?$/;
const recordings = { hash: '#/recorded', icon: 'past', name: words.recordings, page: Recordings };
const tabs = [
	{ hash: '#/', icon: 'eye', name: words.cameras, page: Home },
	{ hash: '#/visits', icon: 'list', name: words.visits, page: Visits },
	{ hash: '#/device', icon: 'device', name: words.phone, page: Phone },
];

/** The secret leaves the address bar, and so the history, at once. */
function takePairSecret() {
	const secret = PAIR_LINK.exec(location.hash)?.[1] ?? '';
	if (secret)
		history.replaceState(null, '', location.pathname);
	return secret;
}

/** @returns {Promise<'' | 'insecure' | 'unsupported'>} what the browser lacks */
async function findLack() {
	if (!isSecureContext || !crypto.subtle)
		return 'insecure';
	try {
		await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
		const canShow = globalThis.RTCPeerConnection && 'requestVideoFrameCallback' in HTMLVideoElement.prototype;
		return canShow && globalThis.indexedDB ? '' : 'unsupported';
	} catch {
		return 'unsupported';
	}
}

function useHash() {
	const [hash, set] = useState(location.hash);
	useEffect(() => {
		const listener = () => set(location.hash);
		addEventListener('hashchange', listener);
		return () => removeEventListener('hashchange', listener);
	}, []);
	return hash;
}

/** @param {{box: Box, lack: '' | 'insecure' | 'unsupported', link: string}} props */
function App({ box, lack, link }) {
	const { phase } = useBox(box);
	const hash = useHash();
	const [secret, setSecret] = useState(link);
	useEffect(() => {
		const found = takePairSecret();
		if (found)
			setSecret(found);
	}, [hash]);
	const door = lack || (phase === 'alarm' ? 'alarm' : secret ? 'pair' : phase);
	useFocus(`${door} ${hash}`);
	useTitle(door, hash, box);
	switch (door) {
	case 'insecure':
	case 'unsupported':
		return html`<${Unable} word=${door} />`;
	case 'alarm':
		return html`<${Alarm} box=${box} />`;
	case 'pair':
		return html`<${Pair} box=${box} secret=${secret} onDone=${() => setSecret('')} />`;
	case 'unpaired':
		return html`<${Unpaired} />`;
	case 'signed-out':
		return html`<${SignedOut} box=${box} />`;
	default:
		return html`<${Inside} box=${box} hash=${hash} />`;
	}
}

/** @param {{box: Box, hash: string}} props */
function Inside({ box, hash }) {
	const { isConnected, isLoaded, cameras } = useBox(box);
	const camera = /^#\/camera\/(.+)$/.exec(hash)?.[1];
	const notice = html`<p class=${`notice ${isConnected ? '' : 'shown'}`} role="status">${isConnected ? '' : html`<strong>${words.offline}</strong> ${words.offlineText}`}</p>`;
	if (camera)
		return html`${notice}<${Watch} box=${box} id=${decodeURIComponent(camera)} key=${camera} />`;
	const past = RECORDED.exec(hash);
	if (past)
		return html`${notice}<${Recordings} box=${box} path=${past[1] ?? ''} />`;
	const zones = ZONES.exec(hash);
	if (zones)
		return html`${notice}<${Later} load=${loadZones} box=${box} path=${decodeURIComponent(zones[1])} key=${hash} />`;
	const faces = FACES.exec(hash);
	if (faces)
		return html`${notice}<${Later} load=${loadFaces} box=${box} path=${decodeURIComponent(faces[1] ?? '')} />`;
	if (hash === KEYS)
		return html`${notice}<${Later} load=${loadKeys} box=${box} />`;
	const tab = tabs.find((one) => one.hash === hash) ?? tabs[0];
	const links = mayPlay(isLoaded, cameras) ? [tabs[0], recordings, ...tabs.slice(1)] : tabs;
	return html`${notice}<${tab.page} box=${box} />
		<nav aria-label=${words.ward}>${links.map((one) => html`<a href=${one.hash} aria-current=${one === tab ? 'page' : undefined}>
			<${Icon} name=${one.icon} /><span>${one.name}</span></a>`)}</nav>`;
}

/** As last time until the cameras are known: links that move under a finger are pressed by mistake. @param {boolean} isLoaded @param {import('./box/box.js').Camera[]} cameras */
function mayPlay(isLoaded, cameras) {
	if (isLoaded)
		localStorage.setItem(PLAY_KEY, cameras.some((one) => one.verbs.includes('play')) ? 'yes' : 'no');
	return localStorage.getItem(PLAY_KEY) !== 'no';
}

/** What only one page needs is loaded when somebody looks at it. @param {string} href of its style @param {() => Promise<any>} load */
async function loadStyled(href, load) {
	const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
	const styled = document.querySelector(`link[href="${href}"]`) ? null : new Promise((resolve, reject) => {
		sheet.onload = resolve;
		sheet.onerror = reject;
		document.head.append(sheet);
	});
	const [page] = await Promise.all([load(), styled]).catch((error) => {
		sheet.remove();
		throw error;
	});
	return page;
}

const loadRecorded = async () => (await loadStyled('recorded/recorded.css', () => import('./recorded/page.js'))).Recorded;
const loadZones = async () => (await loadStyled('zones/zones.css', () => import('./zones/page.js'))).Zones;
const loadFaces = async () => (await loadStyled('faces/faces.css', () => import('./faces/page.js'))).Faces;

async function loadKeys() {
	return (await import('./keys/page.js')).Keys;
}

/** @param {{box: Box, path: string}} props */
function Recordings({ box, path }) {
	return html`<${Later} load=${loadRecorded} box=${box} path=${path} />`;
}

/** A page that comes when it is asked for. @param {{load: () => Promise<(props: any) => unknown>, box: Box, path?: string}} props */
function Later({ load, box, path }) {
	const [page, setPage] = useState(/** @type {((props: any) => unknown) | null} */ (null));
	const [isLate, setLate] = useState(false);
	useEffect(() => {
		load().then((Page) => setPage(() => Page), () => setLate(true));
	}, [load]);
	if (page)
		return html`<${page} box=${box} path=${path} />`;
	return html`<main class="watch"><p class="watch-state" role="status">${isLate ? words.offlineText : words.starting}</p></main>`;
}

/** A new page is read out from its heading. @param {string} place */
function useFocus(place) {
	useLayoutEffect(() => {
		const heading = /** @type {HTMLElement | null} */ (document.querySelector('h1'));
		heading?.focus({ preventScroll: true });
		scrollTo(0, 0);
	}, [place]);
}

/** @param {string} door @param {string} hash @param {Box} box */
function useTitle(door, hash, box) {
	const camera = box.camera(decodeURIComponent(/^#\/(?:camera|recorded|zones|faces)\/([^/]+)/.exec(hash)?.[1] ?? ''))?.name;
	const page = RECORDED.test(hash) ? [camera, words.recordings].filter(Boolean).join(', ') : camera ?? tabs.find((one) => one.hash === hash)?.name ?? (FACES.test(hash) ? words.faces : words.cameras);
	const title = door === 'alarm' ? words.alarmTitle : door === 'ready' || door === 'starting' ? page : '';
	useEffect(() => {
		document.title = title ? `${title} · ${words.ward}` : words.ward;
		document.documentElement.classList.toggle('is-alarm', door === 'alarm');
	}, [title, door]);
}

const lack = await findLack();
const link = takePairSecret();
const box = new Box();
render(html`<${App} box=${box} lack=${lack} link=${link} />`, /** @type {Element} */ (document.getElementById('app')));
if (!lack) {
	addEventListener('online', () => box.hurry());
	document.addEventListener('visibilitychange', () => document.hidden || box.hurry());
	addEventListener('pagehide', () => box.pause());
	addEventListener('pageshow', (event) => event.persisted && location.reload());
	// Only browsers that trust the box's certificate take it.
	navigator.serviceWorker?.register('worker.js').catch(() => {});
	await box.start();
}
