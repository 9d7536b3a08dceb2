/*
 * ssim.mjs JOB.json: for each pair of image files the structural similarity of their luma (Wang et
 * al. 2004; windows of 8x8, every 4 pixels), as a JSON array; null where sizes differ (the peers round them differently).
 */
import { readFile } from "node:fs/promises";
import sharp from "sharp";

const WINDOW = 8;
const STEP = 4;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

async function luma(path) {
	const { data, info } = await sharp(path).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
	return { data, width: info.width, height: info.height, channels: info.channels };
}

function windowSsim(a, b, left, top) {
	let sumA = 0, sumB = 0, sumAA = 0, sumBB = 0, sumAB = 0;
	for (let y = top; y < top + WINDOW; y++) {
		for (let x = left; x < left + WINDOW; x++) {
			const p = a.data[(y * a.width + x) * a.channels];
			const q = b.data[(y * b.width + x) * b.channels];
			sumA += p; sumB += q; sumAA += p * p; sumBB += q * q; sumAB += p * q;
		}
	}
	const n = WINDOW * WINDOW;
	const meanA = sumA / n, meanB = sumB / n;
	const varA = sumAA / n - meanA * meanA, varB = sumBB / n - meanB * meanB, both = sumAB / n - meanA * meanB;
	return ((2 * meanA * meanB + C1) * (2 * both + C2)) /
		((meanA * meanA + meanB * meanB + C1) * (varA + varB + C2));
}

async function ssim([first, second]) {
	const [a, b] = await Promise.all([luma(first), luma(second)]);
	if (a.width !== b.width || a.height !== b.height) {
		return null;
	}
	let sum = 0, count = 0;
	for (let top = 0; top + WINDOW <= a.height; top += STEP) {
		for (let left = 0; left + WINDOW <= a.width; left += STEP) {
			sum += windowSsim(a, b, left, top);
			count++;
		}
	}
	return sum / count;
}

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const values = [];
for (const pair of job.pairs) {
	values.push(await ssim(pair));
}
process.stdout.write(JSON.stringify(values));
