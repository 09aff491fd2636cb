// The box's event stream, read with fetch so that it carries the bearer header. It connects again by
// itself, and tells when it is connected, since everything may have changed meanwhile.

/** @typedef {{kind: string, camera: string, name: string, value: number}} BoxEvent */

const RETRY_MS_MIN = 300;
const RETRY_MS_MAX = 5000;
const SILENCE_MS_MAX = 100000; // a checkpoint comes with each heartbeat, every minute

/** One event of text/event-stream. @param {string} block @returns {BoxEvent | null} */
export function parseEvent(block) {
	let kind = '';
	let data = '';
	for (const line of block.split(/\r?\n/)) {
		if (line.startsWith('event:'))
			kind = line.slice(6).trim();
		else if (line.startsWith('data:'))
			data += line.slice(5).trim();
	}
	if (!kind || !data)
		return null;
	const { camera = '', name = '', value = 0 } = JSON.parse(data);
	return { kind, camera, name, value };
}

export class Events {
	/**
	 * @param {import('./api.js').Api} api
	 * @param {(event: BoxEvent) => void} onEvent @param {(isConnected: boolean, error?: unknown) => void} onChange
	 */
	constructor(api, onEvent, onChange) {
		this.api = api;
		this.onEvent = onEvent;
		this.onChange = onChange;
		this.abort = new AbortController();
		this.wait_ms = RETRY_MS_MIN;
		/** @type {(() => void) | null} */
		this.wake = null;
		this.#run();
	}

	/** Try now: the network came back. */
	hurry() {
		this.wait_ms = RETRY_MS_MIN;
		this.wake?.();
	}

	stop() {
		this.abort.abort();
		this.wake?.();
	}

	async #run() {
		while (!this.abort.signal.aborted) {
			let error;
			try {
				await this.#read();
			} catch (caught) {
				error = caught;
			}
			if (this.abort.signal.aborted)
				return;
			this.onChange(false, error);
			await new Promise((resolve) => {
				this.wake = () => resolve(undefined);
				setTimeout(resolve, this.wait_ms);
			});
			this.wait_ms = Math.min(this.wait_ms * 2, RETRY_MS_MAX);
		}
	}

	async #read() {
		const attempt = new AbortController();
		this.abort.signal.addEventListener('abort', () => attempt.abort(), { signal: attempt.signal });
		let watchdog = setTimeout(() => attempt.abort(), SILENCE_MS_MAX);
		try {
			const response = await this.api.send('/api/v1/events', { signal: attempt.signal });
			if (!response.body)
				return;
			this.onChange(true);
			this.wait_ms = RETRY_MS_MIN;
			let rest = '';
			const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
			for (let part = await reader.read(); !part.done; part = await reader.read()) {
				clearTimeout(watchdog);
				watchdog = setTimeout(() => attempt.abort(), SILENCE_MS_MAX);
				const blocks = (rest + part.value).split(/\r?\n\r?\n/);
				rest = blocks.pop() ?? '';
				blocks.map(parseEvent).forEach((event) => event && this.onEvent(event));
			}
		} finally {
			clearTimeout(watchdog);
			attempt.abort();
		}
	}
}
