// Holds the eye's own shrinking, normalising, decoding and sorting out of doubles (src/eye/picture.c, src/proto/see/box.c) against this
// other one, written from the papers, over another build of ONNX Runtime:
//
//   npm i onnxruntime-web@1.20.1     (in any folder: ORT names its node_modules/onnxruntime-web)
//   ORT=.../node_modules/onnxruntime-web node people_reference.mjs ../build/bench/see-score ../models PICTURE...
//
// Prints for each picture how far the boxes of 0.3 and more lie apart, in pixels of the network's input, and their scores; then the worst.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [score, models, ...pictures] = process.argv.slice(2);
const ort = await import(pathToFileURL(path.join(process.env.ORT, 'dist/ort.node.min.mjs')));
const WIDTH = 416, HEIGHT = 256, BINS = 11, CLASSES = 80, SAME = 0.6, LEAST = 0.3, MARGIN = 0.05;
const MEAN = [103.53, 116.28, 123.675], DEVIATION = [57.375, 57.12, 58.395]; // blue, green, red
const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(path.join(models, 'person.onnx'))));

function read(file) {
	const [width, height] = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', file], { encoding: 'utf8' }).trim().split(',').map(Number);
	const data = execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], { maxBuffer: 1 << 30 });
	return { width, height, data };
}

/** For each place of a shorter line: which of the longer one it is made of, and how much of each (a triangle as wide as the scale). */
function weights(from, to) {
	const scale = from / to, reach = Math.max(1, scale);
	return Array.from({ length: to }, (_, at) => {
		const middle = (at + 0.5) * scale - 0.5;
		const parts = [];
		for (let i = Math.ceil(middle - reach); i <= Math.floor(middle + reach); i++)
			parts.push([Math.max(0, Math.min(from - 1, i)), Math.max(0, 1 - Math.abs(i - middle) / reach)]);
		const sum = parts.reduce((all, [, weight]) => all + weight, 0);
		return parts.map(([place, weight]) => [place, weight / sum]);
	});
}

function shrink({ width, height, data }, w, h) {
	const across = weights(width, w), down = weights(height, h);
	const wide = new Float32Array(w * height * 3), out = new Float32Array(w * h * 3);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < w; x++)
			for (const [place, weight] of across[x])
				for (let c = 0; c < 3; c++)
					wide[(y * w + x) * 3 + c] += weight * data[(y * width + place) * 3 + c];
	for (let y = 0; y < h; y++)
		for (const [place, weight] of down[y])
			for (let i = 0; i < w * 3; i++)
				out[y * w * 3 + i] += weight * wide[place * w * 3 + i];
	return out;
}

async function look(picture) {
	const scale = Math.min(WIDTH / picture.width, HEIGHT / picture.height);
	const w = Math.min(WIDTH, Math.round(picture.width * scale)), h = Math.min(HEIGHT, Math.round(picture.height * scale));
	const left = (WIDTH - w) >> 1, top = (HEIGHT - h) >> 1;
	const small = shrink(picture, w, h);
	const input = new Float32Array(3 * WIDTH * HEIGHT);
	for (let c = 0; c < 3; c++)
		for (let y = 0; y < HEIGHT; y++)
			for (let x = 0; x < WIDTH; x++) {
				const isIn = x >= left && x < left + w && y >= top && y < top + h;
				const value = isIn ? small[((y - top) * w + x - left) * 3 + 2 - c] : 114;
				input[(c * HEIGHT + y) * WIDTH + x] = (value - MEAN[c]) / DEVIATION[c];
			}
	const answer = await session.run({ input: new ort.Tensor('float32', input, [1, 3, HEIGHT, WIDTH]) });
	const clamp = (value, most) => Math.max(0, Math.min(most, value));
	const found = [];
	for (const stride of [8, 16, 32])
		for (let cell = 0, columns = WIDTH / stride; cell < columns * (HEIGHT / stride); cell++) {
			const sure = answer[`scores_${stride}`].data[cell * CLASSES];
			if (sure < LEAST - MARGIN)
				continue;
			const far = [0, 1, 2, 3].map((side) => {
				const powers = [...answer[`distances_${stride}`].data.subarray((cell * 4 + side) * BINS, (cell * 4 + side + 1) * BINS)].map(Math.exp);
				return stride * powers.reduce((all, one, i) => all + one * i, 0) / powers.reduce((all, one) => all + one, 0);
			});
			const x = (cell % columns + 0.5) * stride - left, y = (Math.floor(cell / columns) + 0.5) * stride - top;
			found.push({ box: [clamp(x - far[0], w), clamp(y - far[1], h), clamp(x + far[2], w), clamp(y + far[3], h)], sure });
		}
	const kept = [];
	for (const one of found.sort((a, b) => b.sure - a.sure))
		if (kept.every((other) => overlap(one.box, other.box) <= SAME))
			kept.push(one);
	return { kept, scale: w / picture.width, scaleY: h / picture.height };
}

function overlap(a, b) {
	const w = Math.min(a[2], b[2]) - Math.max(a[0], b[0]), h = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
	const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
	return w > 0 && h > 0 ? w * h / (area(a) + area(b) - w * h) : 0;
}

let boxes = 0, missed = 0, apart = 0, unsure = 0;
for (const file of pictures) {
	const picture = read(file);
	const { kept, scale, scaleY } = await look(picture);
	const { stdout } = spawnSync(score, [models], { input: Buffer.concat([Buffer.from(`${picture.width} ${picture.height}\n`), picture.data]), encoding: 'utf8' });
	const numbers = stdout.trim().split(/\s+/).slice(2).map(Number);
	const own = Array.from({ length: numbers.length / 5 }, (_, i) => ({ box: numbers.slice(5 * i, 5 * i + 4).map((value, side) => value * (side % 2 ? scaleY : scale)), sure: numbers[5 * i + 4] }));
	const worst = { apart: 0, unsure: 0 };
	const sure = kept.filter((one) => one.sure >= LEAST);
	for (const one of sure) {
		const [near] = own.filter((other) => overlap(one.box, other.box) > SAME).sort((a, b) => overlap(one.box, b.box) - overlap(one.box, a.box));
		if (!near) {
			missed++;
			continue;
		}
		worst.apart = Math.max(worst.apart, ...one.box.map((value, side) => Math.abs(value - near.box[side])));
		worst.unsure = Math.max(worst.unsure, Math.abs(one.sure - near.sure));
	}
	boxes += sure.length;
	// What only Ward finds, well above the least.
	missed += own.filter((one) => one.sure >= LEAST + MARGIN && !kept.some((other) => overlap(one.box, other.box) > SAME)).length;
	apart = Math.max(apart, worst.apart);
	unsure = Math.max(unsure, worst.unsure);
	console.log(`${path.basename(file)}: ${sure.length} boxes, ${worst.apart.toFixed(2)} pixels and ${worst.unsure.toFixed(3)} apart`);
}
console.log(`${pictures.length} pictures, ${boxes} boxes: at most ${apart.toFixed(2)} pixels and ${unsure.toFixed(3)} apart; ${missed} found by one alone`);
