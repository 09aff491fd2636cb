// Stands between Ward and a camera, and notes what goes to the camera's speaker: the packets on the
// connection that asks for the back channel, as they pass.

import { connect, createServer } from 'node:net';

export class SpeakerTap {
	/** @param {number} port the camera's */
	static async start(port) {
		const tap = new SpeakerTap();
		tap.payload = []; // of each RTP packet
		tap.last = 0; // when the last one passed, performance.now()
		tap.lastBefore = 0; // the same, of the connection before the newest one
		tap.opened = 0; // connections to the speaker
		tap.sockets = new Set();
		tap.server = createServer((ward) => tap.#join(ward, connect(port, '127.0.0.1')));
		await new Promise((resolve) => tap.server.listen(0, '127.0.0.1', resolve));
		tap.port = tap.server.address().port;
		tap.url = `rtsp://127.0.0.1:${tap.port}/cam`;
		return tap;
	}

	#join(ward, camera) {
		let isSpeaker = false, rest = Buffer.alloc(0);
		for (const socket of [ward, camera]) {
			this.sockets.add(socket);
			socket.setNoDelay(true);
			socket.on('error', () => {});
			socket.on('close', () => {
				ward.destroy();
				camera.destroy();
				this.sockets.delete(socket);
			});
		}
		camera.on('data', (data) => ward.write(data));
		ward.on('data', (data) => {
			camera.write(data);
			if (!isSpeaker && data.includes('onvif.org/ver20/backchannel')) {
				isSpeaker = true;
				this.lastBefore = this.last;
				this.opened++;
			}
			if (isSpeaker)
				rest = this.#take(Buffer.concat([rest, data]));
		});
	}

	/** Requests end with an empty line; packets stand behind `$ channel size`. */
	#take(data) {
		for (;;) {
			if (data[0] === 0x24) {
				if (data.length < 4 || data.length < 4 + data.readUInt16BE(2))
					return data;
				const packet = data.subarray(4, 4 + data.readUInt16BE(2));
				if (data[1] % 2 === 0) {
					this.payload.push(packet.subarray(12));
					this.last = performance.now();
				}
				data = data.subarray(4 + packet.length);
			} else {
				const end = data.indexOf('\r\n\r\n');
				if (end < 0)
					return data;
				data = data.subarray(end + 4);
			}
		}
	}

	/** Bytes of sound so far. */
	get size() {
		return this.payload.reduce((sum, { length }) => sum + length, 0);
	}

	close() {
		for (const socket of this.sockets)
			socket.destroy();
		this.server.close();
	}
}
