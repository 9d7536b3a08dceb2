/*
 * peer.mjs JOB.json: runs one peer over many images and says on stdout, as JSON, what it took.
 *
 * It is copied beside the node_modules that it uses. The clock starts after node and the modules
 * are loaded: what is compared is the work, not the start of a runtime.
 */
import { readFile, writeFile } from "node:fs/promises";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
/* For a PNG a quality would mean a palette. */
const outputOptions = {
	jpeg: { quality: job.quality },
	webp: { quality: job.quality, effort: job.effort },
	png: {},
}[job.format];

async function sharpImage(sharp, path, number) {
	let bytes = 0;
	const input = sharp(await readFile(path)).autoOrient();
	for (const width of job.widths) {
		const size = { width, height: job.height, fit: "cover", withoutEnlargement: true };
		const made = await input.clone().resize(size).toFormat(job.format, outputOptions).toBuffer();
		bytes += made.length;
		if (job.folder) {
			await writeFile(`${job.folder}/${number}-${width}`, made);
		}
	}
	return bytes;
}

async function withSharp() {
	const { default: sharp } = await import("sharp");
	sharp.cache(false);
	return (path, number) => sharpImage(sharp, path, number);
}

async function withEleventy() {
	const { default: Image } = await import("@11ty/eleventy-img");
	return async (source) => {
		const made = await Image(source, {
			widths: job.widths,
			formats: [job.format],
			outputDir: job.output,
			fixOrientation: true,
			sharpJpegOptions: outputOptions,
			sharpWebpOptions: outputOptions,
			cacheOptions: { directory: job.cache, duration: "1d" },
		});
		return made[job.format].reduce((sum, one) => sum + one.size, 0);
	};
}

/* eleventy-img queues by itself; sharp is kept as busy as libuv's four threads can be. */
async function run(work, width) {
	const sources = job.sources.entries();
	let bytes = 0;
	const lane = async () => {
		for (const [number, source] of sources) {
			const made = await work(source, number);
			bytes += made;
		}
	};
	await Promise.all(Array.from({ length: width }, lane));
	return bytes;
}

const work = await (job.tool === "sharp" ? withSharp() : withEleventy());
const cpuBefore = process.cpuUsage();
const started = performance.now();
const bytes = await run(work, job.tool === "sharp" ? 4 : job.sources.length);
const seconds = (performance.now() - started) / 1000;
const cpu = process.cpuUsage(cpuBefore);
process.stdout.write(JSON.stringify({ seconds, cpu_seconds: (cpu.user + cpu.system) / 1e6, bytes }));
