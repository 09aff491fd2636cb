// What the browser shows when the box does not answer: one page that says so and tries again. It answers for nothing
// else: no module of the app, no picture, no name and no answer of the box is ever kept, or comes from here.

const NAME = 'offline';
const KEPT = ['offline/page.html', 'offline/page.css', 'offline/page.js'];
const LATE_MS = 8000;
const worker = /** @type {any} */ (self); // its types and those of a page do not go together

/** As the box has them now: an update cannot stick. */
async function fetchKept() {
	const cache = await caches.open(NAME);
	await cache.addAll(KEPT.map((path) => new Request(path, { cache: 'no-cache' })));
}

/** @param {Request} request */
async function openPage(request) {
	const late = new Promise((resolve, reject) => setTimeout(reject, LATE_MS));
	return Promise.race([fetch(request), late]).catch(async () => (await caches.match(KEPT[0])) ?? Response.error());
}

/** @param {Request} request */
async function getKept(request) {
	return fetch(request).catch(async () => (await caches.match(request)) ?? Response.error());
}

worker.addEventListener('install', (/** @type {any} */ event) => {
	worker.skipWaiting();
	// Asks to the box do not even pass here, where the browser knows how: a worker that sleeps would have to wake for each.
	const direct = { condition: { or: [{ urlPattern: '/api/*' }, { urlPattern: '/whep/*' }] }, source: 'network' };
	event.waitUntil(Promise.all([fetchKept(), event.addRoutes?.(direct).catch(() => {})]));
});

worker.addEventListener('fetch', (/** @type {any} */ event) => {
	const { request } = event;
	if (request.mode === 'navigate') {
		event.respondWith(openPage(request));
		event.waitUntil(fetchKept().catch(() => {}));
	} else if (request.method === 'GET' && KEPT.some((path) => request.url === new URL(path, worker.registration.scope).href)) {
		event.respondWith(getKept(request));
	}
});
