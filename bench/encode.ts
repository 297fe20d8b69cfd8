// How many pictures a second does an encoder embed? From ready tensors, or from JPEG files with decoding and resizing
// included; ours beside transformers.js (running the file that our export writes) and PyTorch, each in a process of its
// own, in turn.

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { openEncoder } from "../src/embedding/index.ts";
import { exportDirectory, exportOnnx, openModel } from "../src/hub/index.ts";
import { randomStream } from "../src/random/index.ts";
import { openNodeRuntime } from "../src/runtime/index.ts";
import { lastLine } from "./against.ts";
import { median } from "./median.ts";
import { measureRoof } from "./roof.ts";

export type EncodeSource = "tensors" | "files";
export type EncodePeer = "transformersjs" | "pytorch";

export interface EncodeOptions {
  readonly model: string;
  readonly batch: number;
  readonly from: EncodeSource;
  readonly against: readonly EncodePeer[];
  readonly threads: number;
}

/** What one participant measured in its own process. */
export interface EncodeMeasure {
  readonly imagesPerSecond: number;
  /** GFLOPS of a 2048^3 product before and after, the larger; ours alone. */
  readonly roof?: number;
}

const rounds = 3;
const filesOfBench = 32;

/** Times each participant in turn, and compares the medians of the rounds. */
export async function benchEncode(options: EncodeOptions): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), "jepa-encode-"));
  try {
    await prepare(folder, options);
    const runs = Array.from({ length: rounds }, () => ({
      ours: participant("ours", options.from, folder, options),
      tensors: options.from === "files" ? participant("ours", "tensors", folder, options) : undefined,
      transformersjs: options.against.includes("transformersjs")
        ? participant("transformersjs", options.from, folder, options)
        : undefined,
      pytorch: options.against.includes("pytorch") && options.from === "tensors" ? pytorch(options) : undefined,
    }));
    return figuresOf(options, runs);
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Round {
  readonly ours: EncodeMeasure;
  readonly tensors: EncodeMeasure | undefined;
  readonly transformersjs: EncodeMeasure | undefined;
  readonly pytorch: EncodeMeasure | undefined;
}

function figuresOf({ model, batch, from }: EncodeOptions, runs: readonly Round[]): Record<string, unknown> {
  const imagesPerSecond = median(runs.map(({ ours }) => ours.imagesPerSecond));
  const ratios = Object.fromEntries(
    (["transformersjs", "pytorch"] as const).flatMap((peer) => {
      const values = runs.flatMap((round) => {
        const theirs = round[peer];
        return theirs === undefined ? [] : [round.ours.imagesPerSecond / theirs.imagesPerSecond];
      });
      return values.length === 0 ? [] : [[peer, median(values)]];
    }),
  );
  const peers = Object.fromEntries(
    (["transformersjs", "pytorch"] as const).flatMap((peer) => {
      const rates = runs.flatMap((round) => round[peer]?.imagesPerSecond ?? []);
      return rates.length === 0 ? [] : [[peer, median(rates)]];
    }),
  );
  const own =
    from === "files"
      ? { encoderImagesPerSecond: median(runs.flatMap(({ tensors }) => tensors?.imagesPerSecond ?? [])) }
      : { share: median(runs.map(({ ours }) => (ours.imagesPerSecond * gflopsOf(model)) / (ours.roof ?? Number.NaN))) };
  return { model, batch, from, imagesPerSecond, ...own, ratios, peers };
}

/** Work of a picture in units of 10^9, as bench/peers/infer.py counts: matrix products only. */
function gflopsOf(model: string): number {
  const [width, depth, tokens] = model === "small" ? [384, 12, 196] : [768, 12, 196];
  return (depth * (24 * tokens * width ** 2 + 4 * tokens ** 2 * width) + 2 * tokens * width * 768) / 1e9;
}

async function prepare(folder: string, { model, against, from }: EncodeOptions): Promise<void> {
  const opened = await openModel(`random:${model}`, { runsFolder: folder, download: { environment: {} } });
  await exportDirectory(opened, join(folder, "directory"));
  if (against.includes("transformersjs")) await exportOnnx(opened, join(folder, "onnx"));
  if (from === "files") await writePictures(join(folder, "pictures"));
}

/** JPEG files of 500 x 375 at quality 90: smooth colours with some noise, about as large as photographs are. */
async function writePictures(folder: string): Promise<void> {
  const { mkdir } = await import("node:fs/promises");
  await mkdir(folder);
  const [width, height] = [500, 375];
  for (let picture = 0; picture < filesOfBench; picture++) {
    const random = randomStream(picture, "bench pictures");
    const waves = [0, 1, 2].map(() => [random.uniform() / 20, random.uniform() / 20, random.uniform() * 6]);
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const [u, v, phase] = waves[i % 3];
      const at = Math.floor(i / 3);
      return 110 + 90 * Math.sin(u * (at % width) + v * Math.floor(at / width) + phase) + random.integer(40);
    });
    const image = sharp(pixels, { raw: { width, height, channels: 3 } });
    await image.jpeg({ quality: 90 }).toFile(join(folder, `${picture}.jpg`));
  }
}

function participant(
  who: "ours" | "transformersjs",
  from: EncodeSource,
  folder: string,
  options: EncodeOptions,
): EncodeMeasure {
  const { batch, threads } = options;
  return lastLine<EncodeMeasure>(process.execPath, [
    ...process.execArgv,
    fileURLToPath(new URL("main.ts", import.meta.url)),
    "encode",
    ...["--participant", who, "--from", from, "--folder", folder],
    ...["--batch", String(batch), "--threads", String(threads)],
  ]);
}

function pytorch({ model, batch, threads }: EncodeOptions): EncodeMeasure {
  const script = fileURLToPath(new URL("peers/infer.py", import.meta.url));
  const words = ["--model", `vit_${model}`, "--batch", String(batch), "--threads", String(threads)];
  const figures = lastLine<{ readonly images_per_s: number }>(process.env.JEPA_PYTHON ?? "python3", [script, ...words]);
  return { imagesPerSecond: figures.images_per_s };
}

export interface ParticipantOptions {
  readonly who: string;
  readonly from: EncodeSource;
  readonly folder: string;
  readonly batch: number;
  readonly threads: number;
}

/** One participant, in a process of its own. */
export async function runParticipant(options: ParticipantOptions): Promise<EncodeMeasure> {
  if (options.who === "ours") return encodeOurs(options);
  // Where it is asked for only: loading it takes 130 MB.
  const { encodeWithTransformers } = await import("./encode-transformersjs.ts");
  return encodeWithTransformers(options);
}

async function encodeOurs({ folder, from, batch, threads }: ParticipantOptions): Promise<EncodeMeasure> {
  const runtime = await openNodeRuntime({ threads });
  const directory = join(folder, "directory");
  const model = await openModel(directory, { runsFolder: folder, download: { environment: {} } });
  const before = from === "tensors" ? await measureRoof(runtime) : undefined;
  const encoder = openEncoder(runtime, model);
  const pictures = from === "files" ? await picturePaths(folder) : readyPictures(batch);
  const imagesPerSecond = await rateOf(pictures.length, batch, async (from) => {
    await encoder.embed(pictures.slice(from, from + batch));
  });
  await encoder.close();
  return before === undefined
    ? { imagesPerSecond }
    : { imagesPerSecond, roof: Math.max(before, await measureRoof(runtime)) };
}

/** Pictures of the model's size, in memory. */
function readyPictures(count: number): { pixels: Uint8Array; width: number; height: number }[] {
  const random = randomStream(0, "ready pictures");
  return Array.from({ length: count }, () => {
    return { pixels: Uint8Array.from({ length: 224 * 224 * 3 }, () => random.integer(256)), width: 224, height: 224 };
  });
}

export async function picturePaths(folder: string): Promise<string[]> {
  const place = join(folder, "pictures");
  return (await readdir(place)).sort().map((name) => join(place, name));
}

/** Pictures a second: the median of several seconds' batches, after two that are not counted. */
export async function rateOf(pictures: number, batch: number, work: (from: number) => Promise<void>): Promise<number> {
  const seconds: number[] = [];
  const begin = performance.now();
  for (let round = -2; round < 5 || performance.now() - begin < 4000; round++) {
    const from = (Math.max(0, round) * batch) % Math.max(1, pictures - batch + 1);
    const start = performance.now();
    await work(from);
    if (round >= 0) seconds.push((performance.now() - start) / 1000);
  }
  return batch / median(seconds);
}
