// A link between one viewer and Ward's media port: stamps every packet of media that passes, and can be as
// narrow as a bad phone's. Ward and the viewer each know only the relay's address.

import { createSocket } from 'node:dgram';

const QUEUE_MS_MAX = 300;
const BUFFER_BYTES = 4 << 20;

/** RFC 7983: 128 to 191 is RTP or RTCP; RTCP's packet types are 192 to 223. */
const isMedia = (packet) => packet[0] >= 128 && packet[0] < 192 && !(packet[1] >= 192 && packet[1] <= 223);

const bound = (socket, address) => new Promise((resolve) => socket.bind(0, address, resolve));

export class Relay {
	/** @param {string} answer Ward's SDP; @param {number} [rate_bps] of the way to the viewer, a queue of 300 ms before it */
	static async start(answer, rate_bps) {
		const relay = new Relay();
		const found = /^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host.*$/mi.exec(answer);
		[, relay.address] = found;
		relay.port = Number(found[2]);
		relay.rate_bps = rate_bps;
		relay.free_at = 0;
		/** When the newest packet of media came, in ms of performance.now(). */
		relay.last = -Infinity;
		relay.packets = 0;
		relay.dropped = 0;
		relay.inner = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES });
		relay.outer = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES });
		await Promise.all([bound(relay.inner, relay.address), bound(relay.outer, relay.address)]);
		relay.outer.on('message', (packet, from) => {
			relay.viewer = from;
			relay.inner.send(packet, relay.port, relay.address);
		});
		relay.inner.on('message', (packet) => relay.take(packet));
		const { port } = relay.outer.address();
		// Of Ward's candidates one is left, and it is the relay.
		relay.answer = answer.replace(/^a=candidate:.*\r\n/gm, (line) =>
			(line === `${found[0]}\r\n` ? line.replace(` ${relay.port} typ`, ` ${relay.outer.address().port} typ`) : ''));
		return relay;
	}

	take(packet) {
		const now = performance.now();
		if (isMedia(packet)) {
			this.last = now;
			this.packets++;
		}
		if (!this.rate_bps) {
			this.pass(packet);
			return;
		}
		if (this.free_at - now > QUEUE_MS_MAX) {
			this.dropped++;
			return;
		}
		this.free_at = Math.max(this.free_at, now) + (packet.length * 8000) / this.rate_bps;
		setTimeout(() => this.pass(packet), this.free_at - now);
	}

	pass(packet) {
		if (this.viewer && !this.isClosed)
			this.outer.send(packet, this.viewer.port, this.viewer.address);
	}

	close() {
		this.isClosed = true;
		this.inner.close();
		this.outer.close();
	}
}
