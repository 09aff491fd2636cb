// GStreamer's webrtcbin as a WHEP viewer (gstwhep.c): its own ICE, DTLS, SRTP and decoders.

import { GstPeer } from './gstpeer.mjs';
import { request } from './person.mjs';
import { Relay } from './relay.mjs';

/** One viewer at one camera; `auth` is a token. */
export class View extends GstPeer {
	/** @param {{video?: string, audio?: string, frames?: number, link?: {rate_bps?: number}}} options link: through a Relay */
	static async open(ward, camera, auth, options = {}) {
		const view = new View();
		try {
			await view.start(ward, camera, auth, options);
		} catch (error) {
			await view.close();
			throw error;
		}
		return view;
	}

	async start(ward, camera, auth, { video = 'h264', audio = 'none', frames = 25, link }) {
		let offer = await this.offer('gstwhep', video, audio, String(frames));
		if (link) // or else both would find the way around it
			offer = offer.split('\r\n').filter((line) => !line.startsWith('a=candidate:')).join('\r\n');
		const answer = await request(ward, 'POST', `/whep/${encodeURIComponent(camera)}`, { auth, body: offer,
			headers: { 'content-type': 'application/sdp' } });
		if (answer.status !== 201)
			throw new Error(`WHEP: ${answer.status} ${answer.text}`);
		this.relay = link && await Relay.start(answer.text, link.rate_bps);
		this.session = answer.headers.get('ward-session');
		this.sid = /sid=([0-9a-f]+)/.exec(this.session)[1];
		this.location = answer.headers.get('location');
		this.accept(this.relay?.answer ?? answer.text);
	}

	/** What was decoded, once it is enough or time is up. */
	async result() {
		const code = await this.ended;
		return { ...JSON.parse(this.out.slice(this.out.lastIndexOf('{'))), code, session: this.session };
	}

	/** The sizes of the pictures that were decoded, in their order. */
	get sizes() {
		return [...this.out.matchAll(/^size (\S+)$/gm)].map(([, size]) => size);
	}

	async close() {
		await super.close();
		this.relay?.close();
	}
}

/** Watches until `frames` pictures are decoded and sound is heard; gives what gstwhep counted. */
export async function watch(ward, camera, auth, options = {}) {
	const view = await View.open(ward, camera, auth, options);
	try {
		const result = await view.result();
		await request(ward, 'DELETE', view.location, { auth });
		return result;
	} finally {
		await view.close();
	}
}
