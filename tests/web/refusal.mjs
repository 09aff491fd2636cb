/** An answer of the fake box that says no. */
export class Refusal extends Error {
	constructor(status, word) {
		super(word);
		Object.assign(this, { status, word });
	}
}
