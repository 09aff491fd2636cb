// Known sounds: made here, and found again in what a camera heard.

import { createSocket } from 'node:dgram';
import { writeFile } from 'node:fs/promises';

/** A WAV file of `seconds` of what `sampleAt` gives, 48 kHz, one channel. */
async function writeWav(file, seconds, sampleAt) {
	const count = 48000 * seconds;
	const data = Buffer.alloc(44 + 2 * count);
	data.write('RIFF', 0);
	data.writeUInt32LE(36 + 2 * count, 4);
	data.write('WAVEfmt ', 8);
	data.writeUInt32LE(16, 16);
	data.writeUInt16LE(1, 20);
	data.writeUInt16LE(1, 22);
	data.writeUInt32LE(48000, 24);
	data.writeUInt32LE(96000, 28);
	data.writeUInt16LE(2, 32);
	data.writeUInt16LE(16, 34);
	data.write('data', 36);
	data.writeUInt32LE(2 * count, 40);
	for (let i = 0; i < count; i++)
		data.writeInt16LE(Math.round(sampleAt(i)), 44 + 2 * i);
	await writeFile(file, data);
}

export const writeTone = (file, hz, { seconds = 10, amplitude = 8000 } = {}) =>
	writeWav(file, seconds, (i) => amplitude * Math.sin(2 * Math.PI * hz * i / 48000));

/** Noise that swells and ebbs like speech, but never ends: the same each time, and nowhere like itself. */
export const writeNoise = (file, { seconds = 10, amplitude = 8000 } = {}) => {
	let state = 1;
	return writeWav(file, seconds, (i) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return amplitude * (0.6 + 0.4 * Math.sin(2 * Math.PI * 3 * i / 48000)) * (state / 2 ** 31 - 1);
	});
};

/** Hears what a gstcam's speaker plays, sent on as s16le over UDP. */
export class Ear {
	static async open() {
		const ear = new Ear();
		ear.parts = [];
		ear.socket = createSocket('udp4');
		ear.socket.on('message', (data) => ear.parts.push(data));
		await new Promise((resolve) => ear.socket.bind(0, '127.0.0.1', resolve));
		ear.port = ear.socket.address().port;
		return ear;
	}
	/** Samples so far. */
	get length() {
		return this.parts.reduce((sum, { length }) => sum + length, 0) >> 1;
	}
	/** Everything up to now is forgotten. */
	clear() {
		this.parts = [];
	}
	samples() {
		const data = Buffer.concat(this.parts);
		return Int16Array.from({ length: data.length >> 1 }, (_, i) => data.readInt16LE(2 * i));
	}
	close() {
		this.socket.close();
	}
}

/** Root mean square, and how much of it is a tone of `hz` (0..1). */
export function measureTone(samples, hz, rate) {
	let re = 0, im = 0, energy = 0;
	samples.forEach((sample, i) => {
		re += sample * Math.cos(2 * Math.PI * hz * i / rate);
		im += sample * Math.sin(2 * Math.PI * hz * i / rate);
		energy += sample * sample;
	});
	const tone = 2 * (re * re + im * im) / samples.length;
	return { rms: Math.sqrt(energy / samples.length), share: energy ? tone / energy : 0 };
}
