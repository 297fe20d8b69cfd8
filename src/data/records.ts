// Decoded pictures kept on disk: `name.u8` holds their bytes one after another (RGB, rows from the top), `name.json`
// says how many of which size, their labels and what was left out, with SHA-256 sums of the bytes and of itself. The
// bytes are put in place first and the manifest last, so a data set is there exactly when its manifest is.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CorruptFile } from "../errors/index.ts";
import { diskFault, errorCode, replaceFile, writeWhole } from "../files/index.ts";
import type { RecordSource } from "./pixels.ts";

/** Pictures of one size that follow one another: pixels [count, height, width, 3]. */
export interface RecordBlock {
  readonly pixels: Uint8Array;
  readonly count: number;
  readonly width: number;
  readonly height: number;
}

/** What `name.json` says of a data set. */
export interface Manifest {
  readonly format: "jepa-records-1";
  /** Runs of pictures of one size: [how many, width, height]. */
  readonly sizes: [number, number, number][];
  readonly labels: number[] | null;
  readonly classes: string[] | null;
  /** Where the pictures are, if their pixels are not kept. */
  readonly paths: string[] | null;
  readonly skipped: { path: string; reason: string }[];
  /** What the bytes are; null where pictures are decoded from their files each time. */
  readonly pixels: { bytes: number; sha256: string } | null;
}

const count = z.int().min(0);

const manifestForm: z.ZodType<Manifest> = z.strictObject({
  format: z.literal("jepa-records-1"),
  sizes: z.array(z.tuple([count, z.int().min(1), z.int().min(1)])),
  labels: z.array(count).nullable(),
  classes: z.array(z.string()).nullable(),
  paths: z.array(z.string()).nullable(),
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  pixels: z.strictObject({ bytes: count, sha256: z.string() }).nullable(),
});

const fileForm = z.strictObject({ manifest: z.unknown(), checksum: z.string() });

/** What writing the pixels tells for the manifest. */
export interface WrittenPixels {
  readonly sizes: Manifest["sizes"];
  readonly pixels: NonNullable<Manifest["pixels"]>;
}

/**
 * Writes the pixels of a data set to `name.u8` in `folder`, which nobody else looks at yet.
 *
 * @throws the error of the operating system (a full disk), or what the blocks throw
 */
export async function writePixels(
  folder: string,
  name: string,
  blocks: AsyncIterable<RecordBlock> | Iterable<RecordBlock>,
): Promise<WrittenPixels> {
  const sizes: Manifest["sizes"] = [];
  const hash = createHash("sha256");
  let bytes = 0;
  const file = await open(join(folder, `${name}.u8`), "wx");
  try {
    for await (const block of blocks) {
      const last = sizes.at(-1);
      if (last?.[1] === block.width && last[2] === block.height) last[0] += block.count;
      else sizes.push([block.count, block.width, block.height]);
      hash.update(block.pixels);
      bytes += block.pixels.byteLength;
      await writeWhole(file, block.pixels);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sizes, pixels: { bytes, sha256: hash.digest("hex") } };
}

/** Writes `name.json` in `folder`; the file appears whole or not at all. */
export async function writeManifest(folder: string, name: string, manifest: Manifest): Promise<void> {
  const checksum = sumOf(manifest);
  await replaceFile(join(folder, `${name}.json`), JSON.stringify({ manifest, checksum }));
}

/**
 * Moves a data set, bytes first, from one folder to another of the same file system; what was there before is replaced.
 */
export async function moveRecords(from: string, to: string, name: string): Promise<void> {
  await rename(join(from, `${name}.u8`), join(to, `${name}.u8`));
  await rename(join(from, `${name}.json`), join(to, `${name}.json`));
}

/**
 * Reads and checks a manifest.
 *
 * @returns undefined where there is none
 * @throws CorruptFile with the given remedy where it is damaged or of another version
 */
export async function readManifest(folder: string, name: string, remedy: string): Promise<Manifest | undefined> {
  const path = join(folder, `${name}.json`);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw diskFault(path, error);
  }
  const file = fileForm.safeParse(parseJson(text));
  const manifest = manifestForm.safeParse(file.data?.manifest);
  if (!file.success || !manifest.success) throw damaged(path, "a manifest of jepa-records-1", "something else", remedy);
  if (sumOf(file.data.manifest) !== file.data.checksum) {
    throw damaged(path, "the content that its checksum tells", "other content", remedy);
  }
  return manifest.data;
}

/**
 * Checks that `name.u8` is what its manifest says, and tells where each picture lies in it. The checksum is
 * computed for files of up to 1 GiB (a fraction of a second); of larger ones only the length is checked.
 *
 * @throws CorruptFile with the given remedy where it is missing, cut, longer or changed
 */
export async function openRecords(
  folder: string,
  name: string,
  { sizes, pixels }: WrittenPixels,
  remedy: string,
): Promise<RecordSource> {
  const path = join(folder, `${name}.u8`);
  const source = layOut(path, sizes);
  const found = await stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
  if (found !== pixels.bytes) throw damaged(path, `${pixels.bytes} bytes`, bytesIn(found), remedy);
  if (pixels.bytes <= mostChecked && (await sumOfFile(path)) !== pixels.sha256) {
    throw damaged(path, "the bytes that its checksum tells", "other bytes", remedy);
  }
  return source;
}

/** Widths and heights of the pictures of a manifest, one by one. */
export function spreadSizes(sizes: Manifest["sizes"]): { widths: Uint32Array; heights: Uint32Array } {
  const total = sizes.reduce((sum, [count]) => sum + count, 0);
  const widths = new Uint32Array(total);
  const heights = new Uint32Array(total);
  let next = 0;
  for (const [count, width, height] of sizes) {
    widths.fill(width, next, next + count);
    heights.fill(height, next, next + count);
    next += count;
  }
  return { widths, heights };
}

const mostChecked = 2 ** 30;

function layOut(path: string, sizes: Manifest["sizes"]): RecordSource {
  const { widths, heights } = spreadSizes(sizes);
  const offsets = new Float64Array(widths.length);
  let next = 0;
  for (let index = 0; index < offsets.length; index++) {
    offsets[index] = next;
    next += (widths[index] ?? 0) * (heights[index] ?? 0) * 3;
  }
  return { kind: "records", path, widths, heights, offsets };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sumOf(manifest: unknown): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}

async function sumOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest("hex");
}

function bytesIn(found: number | undefined): string {
  return found === undefined ? "no such file" : `${found} bytes`;
}

function damaged(where: string, expected: string, received: string, remedy: string): CorruptFile {
  return new CorruptFile({ where, expected, received, remedy });
}
