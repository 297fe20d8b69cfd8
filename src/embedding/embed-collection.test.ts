// A collection's vectors: the same in every format, going on after a stop, and never over something that is there.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { readNpy } from "../files/index.ts";
import { openDirectory } from "../hub/index.ts";
import { openNodeRuntime } from "../runtime/index.ts";
import { collect } from "./collection.ts";
import { type EmbedCollectionOptions, embedCollection } from "./embed-collection.ts";
import { type Encoder, openEncoder } from "./encoder.ts";

const goldens = fileURLToPath(new URL("../../test/goldens/hf-ijepa-tiny/", import.meta.url));
let folder = "";
let encoder: Encoder;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa-embed-"));
  for (let picture = 0; picture < 70; picture++) {
    const pixels = Uint8Array.from({ length: 40 * 36 * 3 }, (_, i) => (i * (picture + 3)) % 256);
    const image = sharp(pixels, { raw: { width: 40, height: 36, channels: 3 } });
    await image.png().toFile(join(folder, `${picture}.png`));
  }
  await writeFile(join(folder, "5 broken.png"), "no picture");
  encoder = openEncoder(await openNodeRuntime({ threads: 1 }), await openDirectory(join(goldens, "model"), "tiny"));
});
afterAll(async () => {
  await encoder.close();
  await rm(folder, { recursive: true, force: true });
});

async function embed(name: string, options: Partial<EmbedCollectionOptions> = {}) {
  const { pictures } = await collect([folder], {});
  const output = join(folder, name);
  return embedCollection(encoder, pictures, { output, layer: "last", tokens: "pooled", force: false, ...options });
}

const list = z.object({
  paths: z.array(z.string()),
  skipped: z.array(z.object({ path: z.string(), skipped: z.string() })),
  model: z.object({ fingerprint: z.string() }),
});
const listOf = async (output: string) => list.parse(JSON.parse(await readFile(`${output}.json`, "utf8")));

test("a closed encoder says so, after what was begun", async () => {
  const other = openEncoder(await openNodeRuntime({ threads: 1 }), await openDirectory(join(goldens, "model"), "tiny"));
  const begun = other.embed([join(folder, "0.png")]);
  await begun;
  await other.close();
  await expect(other.embed([join(folder, "0.png")])).rejects.toThrow("a call after close()");
});

test.each([
  [{ pixels: new Uint8Array(11), width: 2, height: 2 }, "received 11 bytes for 2 x 2 pixels"],
  [{ pixels: new Uint8Array(12), width: 2, height: Number.NaN }, "received another Object"],
])("what is no picture is told (%#)", async (picture, message) => {
  await expect(encoder.embed([picture])).rejects.toThrow(message);
});

test("neither a list of other vectors nor a folder is written over", async () => {
  const output = join(folder, "listed.npy");
  await writeFile(`${output}.json`, "mine");
  const options = { output, layer: "last", tokens: "pooled", force: false } as const;
  const pictures = [{ path: "0.png", open: async () => join(folder, "0.png") }];
  await expect(embedCollection(encoder, pictures, options)).rejects.toThrow("listed.npy.json, which exists");
  expect(await readFile(`${output}.json`, "utf8")).toBe("mine");
  const place = { ...options, output: join(folder, "place.npy"), force: true };
  await mkdir(place.output);
  await expect(embedCollection(encoder, pictures, place)).rejects.toThrow("place.npy, which exists");
  expect(await readdir(folder)).not.toContain(".place.npy.unfinished");
});

test("embeds that are asked for at once give what they give one after the other", async () => {
  const paths = [0, 1, 2, 3, 4].map((picture) => join(folder, `${picture}.png`));
  const parts = [paths.slice(0, 1), paths.slice(1, 3), paths.slice(3, 4), paths];
  const alone: Float32Array[][] = [];
  for (const part of parts) alone.push((await encoder.embed(part)).map(({ patches }) => patches));
  const together = await Promise.all(parts.map((part) => encoder.embed(part)));
  expect(together.map((part) => part.map(({ patches }) => patches))).toEqual(alone);
});

test("rows come in byte order, broken pictures are left out and told, and all formats hold the same", async () => {
  const { output, rows, shape, skipped } = await embed("v.npy");
  expect([rows, shape]).toEqual([70, [70, 48]]);
  expect(skipped).toEqual([{ path: join(folder, "5 broken.png"), skipped: expect.any(String) }]);
  const { paths, model } = await listOf(output);
  expect(paths).toEqual([...paths].sort());
  expect(model.fingerprint).toBe(encoder.model.fingerprint);
  const array = await readNpy(output);
  const [single] = await encoder.embed([paths[13]]);
  const row = array.data.subarray(13 * 48, 14 * 48);
  expect(Math.max(...row.map((value, i) => Math.abs(value - single.pooled[i])))).toBeLessThan(1e-6);
  await embed("v.jsonl");
  const lines = (await readFile(join(folder, "v.jsonl"), "utf8")).trim().split("\n");
  const line = z.object({ path: z.string(), vector: z.array(z.number()) });
  const told = lines.map((text) => line.parse(JSON.parse(text)));
  expect(told.map(({ path }) => path)).toEqual(paths);
  expect(Float32Array.from(told.flatMap(({ vector }) => vector))).toEqual(array.data);
  await embed("v.parquet");
  const file = await asyncBufferFromFile(join(folder, "v.parquet"));
  const table = (await parquetReadObjects({ file })).map((each) => line.parse(each));
  expect(table).toEqual(told);
});

test.each([
  ["", false],
  [" that replaces another", true],
])("one%s that was stopped goes on where it was, to the same bytes", async (_, force) => {
  const whole = await embed("whole.npy", { force });
  if (force) await embed("parts.npy", { force, layer: 1 });
  const stop = new AbortController();
  const told: [number, number][] = [];
  const onProgress = (done: number, _total: number, before: number) => {
    told.push([done, before]);
    if (told.length === 1) stop.abort();
  };
  await expect(embed("parts.npy", { force, signal: stop.signal, onProgress })).rejects.toThrow("interrupted");
  expect(await readdir(folder)).toContain(".parts.npy.unfinished");
  const rest = await embed("parts.npy", { force, onProgress });
  expect(told).toEqual([
    [64, 0],
    [71, 64],
  ]);
  expect(await readFile(rest.output)).toEqual(await readFile(whole.output));
  expect((await readdir(folder)).filter((name) => name.includes("unfinished"))).toEqual([]);
});

test("a picture that was changed after it was embedded is embedded again when the rest is", async () => {
  const pixels = new Uint8Array(30 * 30 * 3).fill(90);
  const changed = join(folder, "2.png");
  const original = await readFile(changed);
  const stop = new AbortController();
  const stopped = embed("changing.npy", { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toThrow("interrupted");
  await sharp(pixels, { raw: { width: 30, height: 30, channels: 3 } })
    .png()
    .toFile(changed);
  const before: number[] = [];
  const rest = await embed("changing.npy", { onProgress: (_done, _total, already) => before.push(already) });
  const { paths } = await listOf(rest.output);
  expect(before[0]).toBe(paths.indexOf(changed));
  const anew = await embed("changed.npy");
  const [got, expected] = [await readNpy(rest.output), await readNpy(anew.output)];
  expect(Math.max(...got.data.map((value, i) => Math.abs(value - expected.data[i])))).toBeLessThan(1e-6);
  await writeFile(changed, original);
});

test("what was done stays where the output cannot be written, and the same call goes on there", async () => {
  const output = join(folder, "late.npy");
  const inTheWay = async () => mkdir(`${output}.json`, { recursive: true });
  const making: Promise<unknown>[] = [];
  const failed = embed("late.npy", { onProgress: () => making.push(inTheWay()) });
  await expect(failed).rejects.toThrow();
  await Promise.all(making);
  await rm(`${output}.json`, { recursive: true });
  const before: number[] = [];
  await embed("late.npy", { onProgress: (_done, _total, already) => before.push(already) });
  expect(before).toEqual([]); // nothing was left to embed
});

test("where vectors cannot be replaced, the list of those that were there stays", async () => {
  const { output } = await embed("kept.npy");
  const list = await readFile(`${output}.json`, "utf8");
  const making: Promise<unknown>[] = [];
  const inTheWay = async () => {
    await rm(output, { recursive: true, force: true });
    await mkdir(join(output, "in the way"), { recursive: true });
  };
  const failed = embed("kept.npy", { force: true, layer: 1, onProgress: () => making.push(inTheWay()) });
  await expect(failed).rejects.toThrow();
  await Promise.all(making);
  expect(await readFile(`${output}.json`, "utf8")).toBe(list);
});

test("two at once do not write one output: the second is told who does", async () => {
  const seen: unknown[] = [];
  const onProgress = async () => {
    seen.push(await embed("shared.npy", { force: true }).catch((error: unknown) => error));
  };
  const settled: Promise<void>[] = [];
  await embed("shared.npy", { onProgress: () => settled.push(onProgress()) });
  await Promise.all(settled);
  expect(String(seen[0])).toContain("expected no other process at work on it");
});

test("nothing is written over, and another task's unfinished part is not taken up", async () => {
  await embed("there.npy");
  await expect(embed("there.npy")).rejects.toThrow("add --force to replace it");
  await embed("there.npy", { force: true, layer: 1 });
  const stop = new AbortController();
  await expect(embed("mine.npy", { signal: stop.signal, onProgress: () => stop.abort() })).rejects.toThrow(
    "interrupted",
  );
  await expect(embed("mine.npy", { layer: 2 })).rejects.toThrow("expected an unfinished output of the same model");
  await expect(embed("vectors.txt")).rejects.toThrow("a name that ends in .npy, .jsonl or .parquet");
  await expect(embed("p.jsonl", { tokens: "patches" })).rejects.toThrow("use .npy");
});

test("a block that the encoder does not have is refused before anything is written", async () => {
  await expect(embed("deep.npy", { layer: 9 })).rejects.toThrow("last, or a block from 1 to 3");
  expect((await readdir(folder)).filter((name) => name.includes("deep"))).toEqual([]);
});

test("every patch's vector has the shape of the grid, and their mean is the pooled one", async () => {
  const { output, shape } = await embed("patches.npy", { tokens: "patches" });
  expect(shape).toEqual([70, 16, 48]);
  const { data } = await readNpy(output);
  const pooled = (await readNpy((await embed("pooled.npy")).output)).data;
  const mean = Array.from({ length: 48 }, (_, i) => {
    return Array.from({ length: 16 }, (_, token) => data[token * 48 + i]).reduce((a, b) => a + b) / 16;
  });
  expect(Math.max(...mean.map((value, i) => Math.abs(value - pooled[i])))).toBeLessThan(1e-5);
});

test("where nothing can be read it says so and leaves nothing", async () => {
  const { pictures } = await collect([join(folder, "5 broken.png")], {});
  const options = { output: join(folder, "none.npy"), layer: "last", tokens: "pooled", force: false } as const;
  await expect(embedCollection(encoder, pictures, options)).rejects.toThrow("expected at least one that can be read");
  expect((await readdir(folder)).filter((name) => name.includes("none"))).toEqual([]);
});
