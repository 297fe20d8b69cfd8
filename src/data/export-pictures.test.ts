// Claims: every picture is where its class and index say, with the very pixels of the data set; a target that exists is
// refused; an interrupted export leaves nothing.

import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Interrupted, UserError } from "../errors/index.ts";
import { exportPictures } from "./export-pictures.ts";
import type { DataProgress } from "./progress.ts";
import { writeManifest, writePixels } from "./records.ts";

const side = 32;
const labels = { train: [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], test: [0, 1] };

/** Pixels of a picture: each differs from every other. */
const pixelsOf = (split: string, index: number) =>
  Uint8Array.from({ length: side * side * 3 }, (_, at) => (at * 7 + index * 31 + split.length) % 256);

let home: string;
let to: string;
let environment: Record<string, string>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "jepa export "));
  to = join(home, "out", "cifar");
  environment = { JEPA_CACHE: join(home, "cache") };
  const kept = join(home, "cache", "cifar10");
  await mkdir(kept, { recursive: true });
  for (const split of ["train", "test"] as const) {
    const blocks = labels[split].map((_, i) => ({ pixels: pixelsOf(split, i), count: 1, width: side, height: side }));
    const written = await writePixels(kept, split, blocks);
    const about = { labels: labels[split], classes: ["cat", "dog"], paths: null, skipped: [] };
    await writeManifest(kept, split, { format: "jepa-records-1", ...written, ...about });
  }
});
afterEach(() => rm(home, { recursive: true, force: true }));

test("both parts are written by class and index, pixel for pixel, and the way is told", async () => {
  const told: DataProgress[] = [];
  const written = await exportPictures("cifar10", to, { environment, progress: (report) => told.push(report) });
  expect(written).toEqual({ folder: to, pictures: { train: 11, test: 2 }, classes: ["cat", "dog"] });
  expect((await readdir(join(to, "train", "cat"))).toSorted()).toEqual([
    "01.png",
    "03.png",
    "05.png",
    "07.png",
    "09.png",
  ]);
  expect(await readdir(join(to, "test", "dog"))).toEqual(["1.png"]);
  for (const [split, path, index] of [
    ["train", "dog/10.png", 10],
    ["test", "cat/0.png", 0],
  ] as const) {
    const { data, info } = await sharp(join(to, split, path))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([side, side, 3]);
    expect(new Uint8Array(data)).toEqual(pixelsOf(split, index));
  }
  expect(told.at(-1)).toEqual({ stage: "write", subject: "cifar10 test", done: 2, total: 2, unit: "pictures" });
});

test("what exists is refused, and so is a data set that there is not", async () => {
  await mkdir(to, { recursive: true });
  await expect(exportPictures("cifar10", to, { environment })).rejects.toThrow("a path where nothing is yet");
  await expect(exportPictures("cifar100", `${to}-2`, { environment })).rejects.toThrow("did you mean cifar10?");
});

test("an export that is stopped leaves nothing behind", async () => {
  const stopped = exportPictures("cifar10", to, { environment, signal: AbortSignal.abort() });
  await expect(stopped).rejects.toThrow(Interrupted);
  expect(await readdir(join(home, "out")).catch(() => [])).toEqual([]);
});

test("a place that cannot be written is a fault of the path", async () => {
  const below = join(home, "cache", "cifar10", "train.json", "x");
  await expect(exportPictures("cifar10", below, { environment })).rejects.toThrow(UserError);
});
