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
/** @typedef {{size: number, root: string, note: string, at: number}} Remembered */
/** @typedef {{word: string, at: number, evidence: Record<string, unknown>}} Alarm */

const NAME = 'ward';
const STORES = ['identity', 'checkpoint', 'alarms'];
const ALARMS_MAX = 20;
const ONLY = 'this';

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

function open() {
	opened ??= new Promise((resolve, reject) => {
		const request = indexedDB.open(NAME, 1);
		request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});
	return opened;
}

/**
 * Runs one transaction and waits until it is on disk.
 * @template T
 * @param {string} store @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T> | void} act
 * @returns {Promise<T>}
 */
async function transact(store, mode, act) {
	const database = await open();
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

/** This device is nobody again. The alarms stay: they are evidence. */
export async function forget() {
	await transact('identity', 'readwrite', (store) => store.delete(ONLY));
	await transact('checkpoint', 'readwrite', (store) => store.delete(ONLY));
}
