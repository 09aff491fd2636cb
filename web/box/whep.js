// One live view over WHEP, from the signed request to the proof. The stream is handed out only when the
// entry of this very view has been proven; whatever fails before that leaves nothing on the screen.

import { askText, sdpFingerprint, signText } from '../log/ask.js';
import { ProofError } from '../log/merkle.js';

/** @typedef {{box: import('./box.js').Box, camera: import('./box.js').Camera, verbs: string}} Wish */

const STATS_EVERY_MS = 500;
const GATHER_MS_MAX = 300;
const GOODBYE_MS_MAX = 500;

export class Whep {
	/** @param {Wish} wish @param {(why: string) => void} onLost the view is over: 'failed' or 'silent' */
	constructor({ box, camera, verbs }, onLost) {
		this.box = box;
		this.camera = camera;
		this.verbs = verbs;
		this.onLost = onLost;
		this.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
		this.stream = new MediaStream();
		this.sid = '';
		this.seq = -1;
		this.location = '';
		this.fingerprint = '';
		/** Where a microphone goes in, of those who may talk. @type {RTCRtpSender | null} */
		this.talkSender = null;
		this.isClosed = false;
		/** Bytes of picture (or sound alone) so far, when the last came, and how loud it is (0..1). */
		this.stats = { bytes: 0, at: performance.now(), level: 0 };
		/** @type {ReturnType<typeof setInterval> | undefined} */
		this.timer = undefined;
	}

	/**
	 * Resolves with the stream once it is proven and connected.
	 * @returns {Promise<MediaStream>}
	 */
	async open() {
		const { peer } = this;
		if (this.verbs.includes('view'))
			peer.addTransceiver('video', { direction: 'recvonly' });
		if (this.verbs.includes('listen'))
			peer.addTransceiver('audio', { direction: 'recvonly' });
		if (this.camera.verbs.includes('talk'))
			this.talkSender = peer.addTransceiver('audio', { direction: 'sendonly' }).sender;
		peer.ontrack = ({ track }) => this.stream.addTrack(track);
		const connected = this.#connected();
		connected.catch(() => {});
		const [nonce] = await Promise.all([this.box.link.api.nonce(), peer.setLocalDescription()]);
		const { answer, ask } = await this.#post(peer.localDescription?.sdp ?? '', nonce);
		const view = { kind: 'view.open', seq: this.seq, camera: this.camera.id, sid: this.sid, ask,
			tracks: this.verbs.includes('view') ? 'v' : 'm' };
		const [proof, answered] = await Promise.allSettled([
			this.box.link.ledger.proveView(view),
			peer.setRemoteDescription({ type: 'answer', sdp: answer }),
		]);
		if (proof.status === 'rejected')
			throw proof.reason;
		if (answered.status === 'rejected')
			throw answered.reason;
		this.#trickle();
		await connected;
		// What the entry does not let flow must not be there.
		if (this.stream.getAudioTracks().length > 0 && !proof.value.includes('m'))
			throw new ProofError('entry-tracks', { log_key: this.box.link.identity.vkey, view, tracks: proof.value });
		this.#watch();
		return this.stream;
	}

	/** @param {string} sdp @param {string} nonce */
	async #post(sdp, nonce) {
		const { api, ledger, identity } = this.box.link;
		const known = ledger.remembered;
		this.fingerprint = sdpFingerprint(sdp);
		const ask = { camera: this.camera.name, verbs: this.verbs, fingerprint: this.fingerprint, nonce,
			size: known?.size ?? 0, root: known?.root ?? '-' };
		const signature = await signText(identity.key, askText(ask));
		const response = await api.send(`/whep/${encodeURIComponent(this.camera.name)}?verbs=${this.verbs}`, {
			method: 'POST', body: sdp, headers: { 'content-type': 'application/sdp',
				'ward-ask': `nonce=${nonce}; size=${ask.size}; root=${ask.root}; signature=${signature}` } });
		const session = /sid=([0-9a-f]+); seq=(\d+)/.exec(response.headers.get('ward-session') ?? '');
		this.location = response.headers.get('location') ?? '';
		this.etag = response.headers.get('etag') ?? '';
		this.sid = session?.[1] ?? '';
		this.seq = Number(session?.[2] ?? -1);
		const answer = await response.text();
		if (this.isClosed)
			this.#end();
		return { answer, ask: { text: askText(ask), signature } };
	}

	/** Tells our addresses, so that the box can reach out as well. Nothing depends on it. */
	async #trickle() {
		const { peer } = this;
		if (peer.iceGatheringState !== 'complete')
			await new Promise((resolve) => {
				peer.addEventListener('icegatheringstatechange', () => peer.iceGatheringState === 'complete' && resolve(0));
				setTimeout(resolve, GATHER_MS_MAX);
			});
		const lines = (peer.localDescription?.sdp ?? '').split('\r\n');
		const first = (/** @type {string} */ start) => lines.find((line) => line.startsWith(start)) ?? '';
		const body = [first('a=ice-ufrag:'), first('a=ice-pwd:'), first('m='), first('a=mid:'),
			...new Set(lines.filter((line) => line.startsWith('a=candidate:'))), 'a=end-of-candidates', ''].join('\r\n');
		if (!this.isClosed)
			await this.box.link.api.send(this.location, { method: 'PATCH', body, headers: {
				'content-type': 'application/trickle-ice-sdpfrag', 'if-match': this.etag ?? '*' } }).catch(() => {});
	}

	/** @returns {Promise<void>} */
	#connected() {
		return new Promise((resolve, reject) => {
			this.peer.onconnectionstatechange = () => {
				const state = this.peer.connectionState;
				if (state === 'connected')
					resolve();
				if (state !== 'failed' && state !== 'closed')
					return;
				reject(new Error('not connected'));
				if (this.timer)
					this.onLost('failed');
			};
		});
	}

	#watch() {
		this.stats.at = performance.now();
		this.timer = setInterval(async () => {
			for (const one of (await this.peer.getStats()).values()) {
				if (one.type !== 'inbound-rtp')
					continue;
				if (one.kind === 'audio')
					this.stats.level = one.audioLevel ?? 0;
				// Whether anything comes: the picture, or sound where there is none.
				if ((one.kind === 'video') === this.verbs.includes('view') && one.bytesReceived !== this.stats.bytes)
					Object.assign(this.stats, { bytes: one.bytesReceived, at: performance.now() });
			}
			if (performance.now() - this.stats.at > 2000)
				this.onLost('silent');
		}, STATS_EVERY_MS);
	}

	/** Says goodbye to the box, unless the session is gone already. */
	async #end() {
		const { location } = this;
		this.location = '';
		if (location)
			await this.box.pairing?.api.end(location).catch(() => {});
	}

	/** @param {boolean} [isGone] the box has ended it: there is nothing to say goodbye to */
	close(isGone = false) {
		if (this.isClosed)
			return;
		this.isClosed = true;
		clearInterval(this.timer);
		this.timer = undefined;
		for (const track of this.stream.getTracks())
			track.stop();
		if (isGone)
			this.location = '';
		// The box should hear it from us before it sees the connection end, or the log says "lost".
		const limit = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS_MAX));
		Promise.race([this.#end(), limit]).finally(() => this.peer.close());
	}
}
