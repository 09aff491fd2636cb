// GStreamer's webrtcbin as a WHIP talker (gstwhip.c): its own encoder, ICE, DTLS, SRTP and RTCP.

import { GstPeer } from './gstpeer.mjs';
import { request } from './person.mjs';
import { until } from './ward.mjs';

/** Says a tone at one camera; `auth` is a token. */
export class Whip extends GstPeer {
	/** @param {{hz?: number, amplitude?: number, query?: string}} options query: ?wait=1 */
	static async open(ward, camera, auth, { hz = 700, amplitude = 8000, query = '' } = {}) {
		const whip = new Whip();
		try {
			const offer = await whip.offer('gstwhip', String(hz), String(amplitude));
			const answer = await request(ward, 'POST', `/whip/${encodeURIComponent(camera)}${query}`, { auth, body: offer,
				headers: { 'content-type': 'application/sdp' } });
			if (answer.status !== 201)
				throw Object.assign(new Error(`WHIP: ${answer.status} ${answer.text}`), { status: answer.status });
			Object.assign(whip, { ward, auth, answer, location: answer.headers.get('location') });
			[, whip.sid, whip.seq] = /sid=([0-9a-f]+); seq=(\d+)/.exec(answer.headers.get('ward-session'));
			whip.accept(answer.text);
			await whip.says('connected');
		} catch (error) {
			await whip.close();
			throw error;
		}
		return whip;
	}

	/** A line of gstwhip.c. */
	says(word) {
		return until(`GStreamer says ${word}`, () => this.out.includes(`\n${word}\n`));
	}

	/** Ends the session, as a client should. */
	end() {
		return request(this.ward, 'DELETE', this.location, { auth: this.auth });
	}
}
