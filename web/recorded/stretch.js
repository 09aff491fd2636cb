// Which part of the speaker's sound is fetched while a recording plays. Pure; times are µs.

/** @typedef {{from: number, to: number}} Stretch */

export const EDGE_US = 500e3;
export const LEAD_US = 4e6; // before it sounds, it is asked for and proven
const JOIN_US = 3e6; // what comes so soon after is asked for with it
const STRETCH_US_MAX = 600e6;

/**
 * What the speaker was given around a time, or soon after it, as one stretch; null: nothing.
 * @param {Stretch[]} talks @param {number} time
 */
export function stretchAt(talks, time) {
	const later = talks.filter((one) => one.to > time).sort((a, b) => a.from - b.from);
	if (later.length === 0 || later[0].from > time + LEAD_US)
		return null;
	const stretch = { from: Math.max(later[0].from, time - EDGE_US), to: later[0].to };
	for (const { from, to } of later)
		if (from < stretch.to + JOIN_US)
			stretch.to = Math.max(stretch.to, to);
	stretch.to = Math.min(stretch.to, stretch.from + STRETCH_US_MAX);
	return stretch;
}
