// This device's own key to the recordings: an age identity that the box never sees. It is kept sealed, by a key that
// the browser does not give out, or by the person's passkey; what was written down opens the recordings without either.

import { Refused } from '../box/api.js';
import { forgetKey, readKey, writeKey } from '../box/memory.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/**
 * @typedef {object} KeptKey
 * @property {string} recipient the public half, age1...
 * @property {Bytes} sealed the private half, AES-GCM
 * @property {Bytes} iv
 * @property {CryptoKey | null} lock not extractable; null: the passkey
 * @property {{id: Bytes, salt: Bytes} | null} passkey
 */
/** @typedef {{recipient: string, identity: string}} OwnKey */

const PASSKEY_MS = 60000;
const INFO = new TextEncoder().encode('ward/recordings/1');
const IDENTITY = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;
const COSE_KEYS = [-8, -7, -257]; // Ed25519, P-256, RSA

/** Large, and needed by few: loaded with the first private part. */
const loadAge = () => import('../vendor/age.module.js');

/** @param {number} size @returns {Bytes} */
const random = (size) => crypto.getRandomValues(new Uint8Array(size));

/** Passkeys have names, not addresses. */
export const canHavePasskey = () => 'PublicKeyCredential' in globalThis && !/^[\d.]+$|^\[/.test(location.hostname);

/** @param {{id: Bytes, salt: Bytes}} passkey @returns {Promise<CryptoKey>} */
async function lockOf({ id, salt }) {
	const credential = /** @type {PublicKeyCredential | null} */ (await navigator.credentials.get({ publicKey: { challenge: random(32), rpId: location.hostname,
		timeout: PASSKEY_MS, allowCredentials: [{ type: 'public-key', id }], userVerification: 'required', extensions: { prf: { eval: { first: salt } } } } }));
	const secret = credential?.getClientExtensionResults().prf?.results?.first;
	if (!secret)
		throw new Refused('no-passkey', 0);
	const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
	return crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt, info: INFO }, key, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/** A passkey that can keep a secret. @param {string} name @returns {Promise<{id: Bytes, salt: Bytes}>} */
async function makePasskey(name) {
	const credential = /** @type {PublicKeyCredential | null} */ (await navigator.credentials.create({ publicKey: { challenge: random(32), timeout: PASSKEY_MS,
		rp: { id: location.hostname, name: 'Ward' }, user: { id: random(16), name, displayName: name },
		pubKeyCredParams: COSE_KEYS.map((alg) => ({ type: 'public-key', alg })),
		authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' }, extensions: { prf: {} } } }));
	if (!credential?.getClientExtensionResults().prf?.enabled)
		throw new Refused('no-passkey', 0);
	return { id: new Uint8Array(credential.rawId), salt: random(32) };
}

/** The same secret, however it was copied: without blanks, in capitals; '' if it is none. @param {string} text */
export function readSecret(text) {
	const secret = text.replace(/\s+/g, '').toUpperCase();
	return IDENTITY.test(secret) ? secret : '';
}

class Keyring {
	constructor() {
		/** Open, as long as the page lives. @type {Promise<OwnKey> | null} */
		this.opened = null;
	}

	/** What this device keeps; null: nothing. @returns {Promise<KeptKey | null>} */
	async kept() {
		return (await readKey()) ?? null;
	}

	/** A new key, kept nowhere yet. @returns {Promise<OwnKey>} */
	async make() {
		const { generateX25519Identity } = await loadAge();
		return this.of(await generateX25519Identity());
	}

	/** @param {string} identity AGE-SECRET-KEY-1... @returns {Promise<OwnKey>} */
	async of(identity) {
		const { identityToRecipient } = await loadAge();
		return { identity, recipient: await identityToRecipient(identity) };
	}

	/** @param {OwnKey} key @param {string} passkeyName '' without one */
	async keep(key, passkeyName) {
		const passkey = passkeyName ? await makePasskey(passkeyName) : null;
		const lock = passkey ? await lockOf(passkey) : await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
		const iv = random(12);
		const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, lock, new TextEncoder().encode(key.identity)));
		await writeKey({ recipient: key.recipient, sealed, iv, lock: passkey ? null : lock, passkey });
		this.opened = Promise.resolve(key);
	}

	/** Asks for the passkey if there is one. @returns {Promise<OwnKey>} */
	open() {
		this.opened ??= this.#open().catch((error) => {
			this.opened = null;
			throw error;
		});
		return this.opened;
	}

	async #open() {
		const kept = await this.kept();
		if (!kept)
			throw new Refused('sealed', 409);
		try {
			const lock = kept.lock ?? (await lockOf(/** @type {{id: Bytes, salt: Bytes}} */ (kept.passkey)));
			const identity = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: kept.iv }, lock, kept.sealed);
			return { recipient: kept.recipient, identity: new TextDecoder().decode(identity) };
		} catch {
			throw new Refused('key-locked', 409);
		}
	}

	async forget() {
		this.opened = null;
		await forgetKey();
	}

	/** An age file. @param {string} identity @param {Bytes} file @returns {Promise<Bytes>} */
	async decrypt(identity, file) {
		const { Decrypter } = await loadAge();
		const decrypter = new Decrypter();
		decrypter.addIdentity(identity);
		try {
			return /** @type {Bytes} */ (await decrypter.decrypt(file));
		} catch {
			throw new RangeError('age');
		}
	}
}

export const keyring = new Keyring();
