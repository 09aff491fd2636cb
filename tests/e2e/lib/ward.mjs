// Starts the real Ward in a directory and on ports of its own, and ends every process of it by number.

import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { createServer, Server } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const build = path.resolve(process.env.WARD_BUILD ?? path.join(root, 'build'));
/** The ward command. */
export const command = path.join(build, 'src/tools/ward');
// What never ends fails so late that a box full of other work does not: success waits for nothing.
const START_MS_MAX = 60000;
const STOP_MS_MAX = 20000;
const LINES_MAX = 5000;

/** Waits until `holds` gives something true, looking often; gives it back. */
export async function until(what, holds, limit_ms = 40000) {
	const deadline = Date.now() + limit_ms;
	for (;;) {
		const found = await holds();
		if (found)
			return found;
		if (Date.now() > deadline)
			throw new Error(`not within ${limit_ms} ms: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/**
 * A limit of time that Ward promises, as it can be asked for now: while several want each CPU (the load over the last minute),
 * that many times later. It is `ms` on a box that does nothing else; three times that under sanitizers.
 */
export function promised(ms) {
	return ms * Math.max(1, loadavg()[0] / cpus().length) * (process.env.WARD_SANITIZED ? 3 : 1);
}

/** True if nobody has that port, for TCP and for UDP. */
async function isFree(port) {
	for (const socket of [createServer(), createSocket('udp4')]) {
		const bound = await new Promise((resolve) => {
			socket.once('error', () => resolve(false)).once('listening', () => resolve(true));
			socket instanceof Server ? socket.listen(port) : socket.bind(port);
		});
		if (!bound)
			return false;
		await new Promise((resolve) => socket.close(resolve));
	}
	return true;
}

/** A port below those that the kernel hands out by itself: no connection of somebody else's gets it in between. */
export async function freePort() {
	for (;;) {
		const port = randomInt(10000, 30000);
		if (await isFree(port))
			return port;
	}
}

/** A process whose output is kept, and which is ended by its own number. */
export class Process {
	constructor(file, args, options) {
		this.lines = [];
		this.child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
		for (const stream of [this.child.stdout, this.child.stderr]) {
			let begun = ''; // a line may come in parts
			const add = (/** @type {string[]} */ lines) => {
				this.lines.push(...lines);
				this.lines.splice(0, this.lines.length - LINES_MAX);
			};
			stream.setEncoding('utf8');
			stream.on('data', (data) => {
				const lines = (begun + data).split('\n');
				begun = lines.pop();
				add(lines);
			});
			stream.on('end', () => begun && add([begun]));
		}
		this.ended = new Promise((resolve) => this.child.on('exit', (code, signal) => {
			this.code = code ?? signal;
			resolve(this.code);
		}));
	}
	said(pattern) {
		return this.lines.find((line) => pattern.test(line));
	}
	async stop(signal = 'SIGTERM') {
		if (this.code === undefined)
			this.child.kill(signal);
		const limit = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS_MAX);
		await this.ended;
		clearTimeout(limit);
		return this.code;
	}
}

/** The gst-rtsp-server camera with a counter in its pictures (gstcam.c). */
export async function startCamera(args = [], port = 0) {
	port ||= await freePort();
	const file = process.env.WARD_GSTCAM ?? path.join(build, 'tests/e2e/gstcam');
	const camera = new Process(file, ['--port', String(port), ...args]);
	await until('the camera is ready', () => {
		if (camera.code !== undefined)
			throw new Error(`gstcam ended: ${camera.lines.join('\n')}`);
		return camera.said(/^ready/);
	});
	camera.port = port;
	camera.url = `rtsp://127.0.0.1:${port}/cam`;
	return camera;
}

export class Ward {
	/**
	 * @param {{config?: string, demo?: boolean, folder?: string, environment?: object, around?: string[], inside?: (pid: number) => string[]}} options
	 *   config: the text of ward.yml; around: a command that becomes Ward; inside: one that brings the ward command to it
	 */
	static async start(options = {}) {
		const ward = new Ward();
		ward.folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'ward-e2e-')));
		ward.state = path.join(ward.folder, 'state');
		[ward.https, ward.http, ward.media] = [await freePort(), await freePort(), await freePort()];
		ward.options = options;
		try {
			await ward.run();
		} catch (error) {
			// A failed start must leave nothing running.
			await ward.stop();
			throw error;
		}
		return ward;
	}

	/** Starts it (again), in the same directory and on the same ports. */
	async run(...more) {
		const args = ['run', '--state', this.state, ...more];
		if (this.options.demo)
			args.push('--demo');
		if (this.options.config !== undefined) {
			await writeFile(path.join(this.folder, 'ward.yml'), this.options.config);
			args.push('--config', path.join(this.folder, 'ward.yml'));
		}
		const [file, ...rest] = [...(this.options.around ?? []), command, ...args];
		this.process = new Process(file, rest, { env: { ...process.env,
			WARD_LISTEN_HTTPS: this.https, WARD_LISTEN_HTTP_LOOPBACK: this.http, WARD_LISTEN_MEDIA: this.media, ...this.options.environment } });
		this.url = `http://localhost:${this.http}/`;
		await until('Ward answers', async () => {
			if (this.process.code !== undefined)
				throw new Error(`Ward ended (${this.process.code}):\n${this.process.lines.join('\n')}`);
			return (await this.ward('status', '--json')).code === 0 && fetch(this.url).then((answer) => answer.ok, () => false);
		}, START_MS_MAX);
	}

	get pid() {
		return this.process.child.pid;
	}

	/** Runs the ward command against this Ward. */
	ward(...args) {
		const [file, ...rest] = [...(this.options.inside?.(this.pid) ?? []), command, ...args, '--state', this.state];
		return new Promise((resolve) => execFile(file, rest, { timeout: 60000 },
			(error, out, err) => resolve({ code: error ? (error.code ?? error.signal) : 0, out, err })));
	}

	async json(...args) {
		const { out, err } = await this.ward(...args, '--json');
		try {
			return JSON.parse(out);
		} catch {
			throw new Error(`ward ${args.join(' ')}: ${err || out}`);
		}
	}

	/** A pairing link for this computer. */
	async link(name, ...args) {
		const { out, err } = await this.ward('user', 'add', name, ...args);
		const secret = /#pair=([0-9a-f]{32})/.exec(out)?.[1];
		if (!secret)
			throw new Error(`no link: ${out} ${err}`);
		return `${this.url}#pair=${secret}`;
	}

	/** The processes that the warden has started: program name and number. */
	async processes() {
		const found = [];
		for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
			const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
			const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
			if (Number(parent) === this.pid && state !== 'Z')
				found.push({ pid: Number(pid), name: path.basename(await readlink(`/proc/${pid}/exe`).catch(() => '')) });
		}
		return found;
	}

	/** The number of the one process of that program. */
	async pidOf(name) {
		return (await this.processes()).find((one) => one.name === name)?.pid;
	}

	/** Kills it at once and waits until another runs in its place; gives the time in ms that it took. */
	async kill(name) {
		const old = await until(`${name} runs`, () => this.pidOf(name));
		process.kill(old, 'SIGKILL');
		const start = Date.now();
		await until(`${name} is back`, async () => {
			const now = await this.pidOf(name);
			return now && now !== old;
		});
		return Date.now() - start;
	}

	async stop() {
		const left = await this.processes();
		const code = await this.process.stop();
		// A child that outlived its warden would hold ports and memory: that is a fault, and not left behind.
		for (const { pid, name } of left) {
			const exe = await readlink(`/proc/${pid}/exe`).catch(() => '');
			if (path.basename(exe) === name && exe.startsWith(build))
				process.kill(pid, 'SIGKILL');
		}
		return code;
	}

	async remove() {
		await this.stop();
		await rm(this.folder, { recursive: true, force: true });
	}
}
