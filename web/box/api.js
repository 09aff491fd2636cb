// Ward's HTTP interface. The login lives in memory only and is renewed when it has run out.

import { loginText, signText } from '../log/ask.js';

/** @typedef {import('./memory.js').Identity} Identity */

/** An answer that says no (`word` is Ward's own, for words.js), or no answer (`word` is 'offline'). */
export class Refused extends Error {
	/** @param {string} word @param {number} status @param {string} [message] */
	constructor(word, status, message = word) {
		super(message);
		this.word = word;
		this.status = status;
	}
}

const TIMEOUT_MS = 15000;

/** @param {string} path @param {RequestInit} options */
async function request(path, options) {
	let response;
	try {
		response = await fetch(path, { cache: 'no-store', credentials: 'omit', redirect: 'error',
			signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
	} catch (error) {
		if (options.signal?.aborted)
			throw error;
		throw new Refused('offline', 0);
	}
	if (response.ok)
		return response;
	const body = await response.json().catch(() => ({}));
	throw new Refused(String(body.error ?? (response.status >= 500 ? 'offline' : 'bad-request')), response.status, body.message);
}

/** @param {string} path @param {object} body */
export async function post(path, body) {
	const response = await request(path, { method: 'POST', body: JSON.stringify(body),
		headers: { 'content-type': 'application/json' } });
	return response.json();
}

export class Api {
	/** @param {Identity} identity */
	constructor(identity) {
		this.identity = identity;
		/** @type {Promise<string> | null} */
		this.login = null;
	}

	async #logIn() {
		const { nonce } = await post('/api/v1/nonce', {});
		const signature = await signText(this.identity.key, loginText(nonce));
		const { login } = await post('/api/v1/login', { device: this.identity.device, nonce, signature });
		return /** @type {string} */ (login);
	}

	/** @returns {Promise<string>} */
	#bearer() {
		this.login ??= this.#logIn().catch((error) => {
			this.login = null;
			throw error;
		});
		return this.login;
	}

	/**
	 * @param {string} path @param {RequestInit & {headers?: Record<string, string>}} [options]
	 * @returns {Promise<Response>}
	 */
	async send(path, options = {}) {
		for (let isRetry = false; ; isRetry = true) {
			const login = this.#bearer();
			const headers = { ...options.headers, authorization: `Bearer ${await login}` };
			try {
				return await request(path, { ...options, headers });
			} catch (error) {
				if (isRetry || !(error instanceof Refused) || error.status !== 401)
					throw error;
				if (this.login === login)
					this.login = null;
			}
		}
	}

	/** @param {string} path */
	async json(path) {
		return (await this.send(path)).json();
	}

	/** @param {string} path */
	async text(path) {
		return (await this.send(path)).text();
	}

	/** @param {string} path @returns {Promise<Uint8Array<ArrayBuffer>>} */
	async bytes(path) {
		return new Uint8Array(await (await this.send(path)).arrayBuffer());
	}

	async nonce() {
		return /** @type {string} */ ((await post('/api/v1/nonce', {})).nonce);
	}

	/** Lasts even while the page is being closed. @param {string} path */
	end(path) {
		return this.send(path, { method: 'DELETE', keepalive: true });
	}
}
