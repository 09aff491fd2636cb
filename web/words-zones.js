// The texts of drawing zones.

export const zoneWords = {
	title: 'Where people count',
	intro: 'A person counts where their feet are: inside a zone that is watched, and outside every zone that is left out. Without zones, everywhere counts.',
	fixed: 'The box’s ward.yml says it for this camera (“see: zones, height, dwell”), so it cannot be changed here.',
	off: 'People are not looked for before this camera yet: “see: {person: normal}” in the box’s ward.yml. What is drawn here counts from then on.',
	add: 'Add a zone',
	undo: 'Undo',
	clear: 'Clear',
	save: 'Save',
	saving: 'Saving…',
	include: 'Look here',
	exclude: 'Leave out',
	kind: 'What it does',
	name: 'Name',
	remove: 'Remove this zone',
	height: 'At least so tall',
	dwell: 'There for at least',
	keys: 'Drag the corners; the small marks between them make new ones. With keys: Tab to a corner, arrows to move it, Delete to take it out.',
	full: 'That is as much as the box takes.',
	notAllowed: 'Only an owner may draw zones.',
	failed: 'It could not be saved.',
};

/** @param {number} place @param {import('./zones/shape.js').Zone} zone */
export const zoneName = (place, { name }) => name || `Zone ${place + 1}`;
/** @param {number} corner @param {string} zone */
export const cornerText = (corner, zone) => `Corner ${corner + 1} of ${zone}`;
/** @param {number} corner @param {string} zone */
export const betweenText = (corner, zone) => `A new corner behind corner ${corner + 1} of ${zone}`;
/** @param {number} percent */
export const heightText = (percent) => (percent ? `${percent} % of the picture` : 'any height');
/** @param {number} seconds */
export const dwellText = (seconds) => (seconds === 0 ? 'a moment' : seconds < 60 ? `${seconds} s` : `${seconds / 60} min`);
/** @param {number} seq */
export const savedZones = (seq) => `Saved. It counts from now on, and stands in the log as entry ${seq}.`;
