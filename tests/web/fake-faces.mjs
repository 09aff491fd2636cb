// The fake box's faces: whom it knows, whom nobody has named, and what was sent in.

import { Refusal } from './refusal.mjs';

const PICTURE_MAX = 45000;

/** Only an owner may ask. */
function asOwner(ward, context) {
	const me = ward.device(context);
	if (me.role !== 'owner')
		throw new Refusal(403, 'not-allowed');
	return me;
}

function record(ward, me, kind, reason, what) {
	const seq = ward.log.add(kind, { why: me.role, reason }, { acct: me.user, device: me.name, ...(what ? { what } : {}) });
	ward.sign();
	return seq;
}

function faceOf(ward, id) {
	const face = ward.faces.find((one) => one.id === Number(id));
	if (!face)
		throw new Refusal(404, 'not-found');
	return face;
}

/** The face of that name, or a new one, which somebody must have consented to. */
function named(ward, { name, consent }, face) {
	const known = ward.faces.find((one) => one.name === name);
	if (!known && !consent)
		throw new Refusal(400, 'bad-request');
	if (known && face && known !== face) {
		known.prints += face.prints;
		ward.faces = ward.faces.filter((one) => one !== face);
	}
	const to = known ?? face ?? ward.addFace({});
	return Object.assign(to, known ? {} : { name, consent, named: Date.now() * 1000 });
}

export const faceRoutes = [
	['GET', /^\/api\/v1\/faces$/, function (context) {
		asOwner(this, context);
		return { faces: [...this.faces].sort((a, b) => Number(a.name === null) - Number(b.name === null)), looks: this.looks };
	}],
	['POST', /^\/api\/v1\/faces$/, function (context) {
		const me = asOwner(this, context);
		const body = JSON.parse(context.body);
		const picture = Buffer.from(body.picture, 'base64');
		if (!this.looks)
			throw new Refusal(503, 'busy');
		if (picture.length > PICTURE_MAX)
			throw new Refusal(400, 'bad-request');
		this.pictures.push(picture);
		if (this.faceFault)
			throw new Refusal(422, this.faceFault);
		const face = named(this, body);
		face.prints++;
		return { id: face.id, seq: record(this, me, 'config', 'face-named', `faces: ${body.name} is known by a picture that was sent in`) };
	}],
	['PATCH', /^\/api\/v1\/faces\/(\d+)$/, function (context, id) {
		const me = asOwner(this, context);
		const body = JSON.parse(context.body);
		const face = named(this, body, faceOf(this, id));
		return { id: face.id, seq: record(this, me, 'config', 'face-named', `faces: ${body.name} is known by what cameras saw`) };
	}],
	['DELETE', /^\/api\/v1\/faces\/(\d+)$/, function (context, id) {
		const me = asOwner(this, context);
		const face = faceOf(this, id);
		this.faces = this.faces.filter((one) => one !== face);
		return { id: face.id, seq: record(this, me, 'erase', 'face') };
	}],
	['POST', /^\/api\/v1\/cameras\/[^/]+\/events\/(\d+)\/wrong$/, function (context, id) {
		const me = asOwner(this, context);
		const event = [...this.recordings.values()].flatMap(({ events = [] }) => events).find((one) => one.id === Number(id) && one.face);
		if (!event)
			throw new Refusal(404, 'not-found');
		const seq = record(this, me, 'config', 'face-wrong', `faces: event ${id} was not ${event.face.name}`);
		const other = this.addFace({ event: event.id });
		event.face = { id: other.id, name: null };
		return { id: other.id, seq };
	}],
];
