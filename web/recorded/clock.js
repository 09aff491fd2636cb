// The wall time that the recorded view shows: one for all its cameras. It stands, or runs at a rate, or waits for
// pictures. Nobody else keeps a time: what shows pictures follows it. Times are µs since 1970.

export class Clock {
	#at; // at the moment `#since`
	#since;

	/** @param {number} at @param {() => number} [now] ms, of a clock that does not jump */
	constructor(at, now = () => performance.now()) {
		this.now = now;
		this.#at = at;
		this.#since = now();
		this.rate = 1;
		/** Is it to run? A person has said so. */
		this.isRunning = false;
		/** Does it move now? */
		this.isGoing = false;
	}

	get time() {
		return this.isGoing ? this.#at + (this.now() - this.#since) * 1000 * this.rate : this.#at;
	}

	/** @param {number} at @param {boolean} isGoing */
	#set(at, isGoing) {
		this.#at = at;
		this.#since = this.now();
		this.isGoing = isGoing;
	}

	/** Another time. It stands until there are pictures of it. @param {number} at */
	seek(at) {
		this.#set(at, false);
	}

	/** @param {number} rate */
	setRate(rate) {
		this.#set(this.time, this.isGoing);
		this.rate = rate;
	}

	/** Waits where it is. */
	hold() {
		this.#set(this.time, false);
	}

	/** Goes on, if it is to run. An element that plays keeps its pace by the sound, not by a timer: it says where. @param {number} [at] */
	go(at = this.time) {
		if (this.isRunning)
			this.#set(at, true);
	}
}
