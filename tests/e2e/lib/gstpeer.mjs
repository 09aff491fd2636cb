// A WebRTC peer around GStreamer's webrtcbin (gstpeer.c): it prints its offer and reads the answer, HTTP is ours.

import { spawn } from 'node:child_process';
import path from 'node:path';

import { build } from './ward.mjs';

export class GstPeer {
	/** Starts it; gives its offer. */
	async offer(program, ...args) {
		this.out = this.err = '';
		this.child = spawn(path.join(build, 'tests/e2e', program), args, { stdio: ['pipe', 'pipe', 'pipe'] });
		const offered = new Promise((resolve) => this.child.stdout.on('data', (data) => {
			this.out += data;
			if (this.out.includes('\n.\n'))
				resolve(this.out.slice(0, this.out.indexOf('\n.\n') + 1));
		}));
		this.child.stderr.on('data', (data) => { this.err += data; });
		this.ended = new Promise((resolve) => this.child.on('exit', resolve));
		return Promise.race([offered, this.ended.then((code) => { throw new Error(`${program} ended (${code}): ${this.err}`); })]);
	}

	accept(answer) {
		this.child.stdin.end(`${answer}.\n`);
	}

	async close() {
		this.child.kill('SIGKILL');
		await this.ended;
	}
}
