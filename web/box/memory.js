// What this device remembers between visits: who it is (a key that never leaves the browser's store),
// the newest checkpoint it has proven, and the evidence of any proof that failed.

/**
 * @typedef {object} Identity
 * @property {string} device hex id
 * @property {CryptoKey} key private, not extractable
 * @property {string} vkey the log's key, pinned at pairing
 * @property {string} name of this device
 * @property {string} user
 */
/** @typedef {import('../keys/keyring.js').KeptKey} KeptKey */
/** @typedef {{size: number, root: string, note: string, at: number}} Remembered */
/** @typedef {{word: string, at: number, evidence: Record<string, unknown>}} Alarm */

/** Which stores each database has. One that grew would have to wait for pages that still run an older app. @type {Record<string, string[]>} */
const DATABASES = { ward: ['identity', 'checkpoint', 'alarms'], 'ward-keys': ['keys'] };
const ALARMS_MAX = 20;
const ONLY = 'this';

/** @type {Map<string, Promise<IDBDatabase>>} */
const opened = new Map();

/** @param {string} name @returns {Promise<IDBDatabase>} */
function open(name) {
	const known = opened.get(name) ?? new Promise((resolve, reject) => {
		const request = indexedDB.open(name, 1);
		request.onupgradeneeded = () => DATABASES[name].forEach((store) => request.result.createObjectStore(store));
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});
	opened.set(name, known);
	return known;
}

/**
 * Runs one transaction and waits until it is on disk.
 * @template T
 * @param {string} store @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T> | void} act
 * @returns {Promise<T>}
 */
async function transact(store, mode, act) {
	const database = await open(store === 'keys' ? 'ward-keys' : 'ward');
	return new Promise((resolve, reject) => {
		const transaction = database.transaction(store, mode, { durability: 'strict' });
		const request = act(transaction.objectStore(store));
		transaction.oncomplete = () => resolve(/** @type {T} */ (request ? request.result : undefined));
		transaction.onabort = () => reject(transaction.error);
	});
}

/** @returns {Promise<Identity | undefined>} */
export function readIdentity() {
	return transact('identity', 'readonly', (store) => store.get(ONLY));
}

/** @param {Identity} identity */
export async function writeIdentity(identity) {
	await transact('identity', 'readwrite', (store) => store.put(identity, ONLY));
	// Without this a browser short of space may throw the key and the memory away. Some ask the person first: nobody waits for that.
	navigator.storage?.persist?.().catch(() => false);
}

/** @returns {Promise<Remembered | undefined>} */
export function readCheckpoint() {
	return transact('checkpoint', 'readonly', (store) => store.get(ONLY));
}

/** Never goes back to a smaller one: two tabs may finish in either order. @param {Remembered} next */
export function writeCheckpoint(next) {
	return transact('checkpoint', 'readwrite', (store) => {
		const request = store.get(ONLY);
		request.onsuccess = () => {
			if (!request.result || request.result.size <= next.size)
				store.put(next, ONLY);
		};
	});
}

/** @returns {Promise<Alarm[]>} oldest first */
export function readAlarms() {
	return transact('alarms', 'readonly', (store) => store.getAll());
}

/** @param {Alarm} alarm */
export async function addAlarm(alarm) {
	const known = await readAlarms();
	if (known.length < ALARMS_MAX)
		await transact('alarms', 'readwrite', (store) => store.put(alarm, alarm.at));
}

/** @returns {Promise<KeptKey | undefined>} this device's own key to the recordings */
export function readKey() {
	return transact('keys', 'readonly', (store) => store.get(ONLY));
}

/** @param {KeptKey} key */
export async function writeKey(key) {
	await transact('keys', 'readwrite', (store) => store.put(key, ONLY));
}

export async function forgetKey() {
	await transact('keys', 'readwrite', (store) => store.delete(ONLY));
}

/** This device is nobody again. The alarms stay: they are evidence. */
export async function forget() {
	await transact('identity', 'readwrite', (store) => store.delete(ONLY));
	await transact('checkpoint', 'readwrite', (store) => store.delete(ONLY));
	await forgetKey();
}
