import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSafetensors } from "../files/index.ts";
import { type OpenedModel, openDirectory } from "../hub/index.ts";
import { openNodeRuntime, type Runtime } from "../runtime/index.ts";
import { type Encoder, openEncoder } from "./encoder.ts";
import { patchViews } from "./patch-views.ts";

const golden = fileURLToPath(new URL("../../test/goldens/hf-ijepa-tiny/", import.meta.url));
const picture = {
  pixels: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * i * 7 + i) % 251),
  width: 32,
  height: 32,
};
let runtime: Runtime;
let model: OpenedModel;
let encoder: Encoder;

beforeAll(async () => {
  runtime = await openNodeRuntime({ threads: 1 });
  model = await openDirectory(join(golden, "model"), "tiny");
  encoder = openEncoder(runtime, model);
});
afterAll(() => encoder.close());

test("the picture, the features and the grid are those that embed gives", async () => {
  const views = await patchViews(encoder, picture);
  expect(views.picture).toEqual({ pixels: picture.pixels, width: 32, height: 32 });
  expect(views.grid).toEqual({ rows: 4, columns: 4 });
  expect(views.coordinates).toHaveLength(16 * 3);
  expect([views.similarity, views.attention]).toEqual([undefined, undefined]);
  const shares = Array.from(views.share);
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(1);
});

test("similarity is the cosine of the patches that embed gives, 1 at the patch itself", async () => {
  const [{ patches }] = await encoder.embed([picture]);
  const { similarity } = await patchViews(encoder, picture, { features: "whole", patch: { row: 1, column: 2 } });
  const row = (i: number) => Array.from(patches.subarray(i * encoder.width, (i + 1) * encoder.width));
  const product = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const [chosen, other] = [row(6), row(13)];
  const cosine = product(chosen, other) / Math.sqrt(product(chosen, chosen) * product(other, other));
  expect(similarity?.values[13]).toBeCloseTo(cosine, 6);
  expect(similarity?.values[6]).toBeCloseTo(1, 6);
});

test("what is looked at is what the patches have beyond those of a plain picture of the mean colour", async () => {
  const means = [0, 1, 2].map((channel) => {
    const own = picture.pixels.filter((_, at) => at % 3 === channel);
    return Math.round(own.reduce((sum, value) => sum + value, 0) / own.length);
  });
  const plain = { ...picture, pixels: picture.pixels.map((_, at) => means[at % 3]) };
  const [own, others] = await encoder.embed([picture, plain]);
  const { similarity, taken } = await patchViews(encoder, picture, { patch: { row: 1, column: 2 } });
  const row = (i: number) =>
    Array.from(
      { length: encoder.width },
      (_, j) => own.patches[i * encoder.width + j] - others.patches[i * encoder.width + j],
    );
  const product = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const [chosen, other] = [row(6), row(13)];
  const cosine = product(chosen, other) / Math.sqrt(product(chosen, chosen) * product(other, other));
  expect(similarity?.values[13]).toBeCloseTo(cosine, 5);
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(1);
  expect((await patchViews(encoder, picture, { features: "whole" })).taken).toBeUndefined();
});

// The golden's pixels are normal numbers, and an encoder takes bytes: rounded to 256 steps of their range they move a
// weight by up to 1e-3. That the weights themselves agree to 1e-6 is in test/parity/huggingface-ijepa.ts, which feeds
// the pixels unrounded.
test("attention of a block agrees with transformers' on the golden's pixels, as near as bytes come", async () => {
  const { tensors } = await readSafetensors(join(golden, "io.safetensors"));
  const pixels = Float32Array.from(tensors.get("pixel_values")?.data ?? [], Number).subarray(0, 3 * 32 * 32);
  const [low, high] = [Math.min(...pixels), Math.max(...pixels)];
  const deviation = high - low;
  const bytes = Uint8Array.from({ length: pixels.length }, (_, i) => {
    return Math.round((255 * (pixels[(i % 3) * 1024 + Math.floor(i / 3)] - low)) / deviation);
  });
  const statistics = { mean: Array(3).fill(-low / deviation), deviation: Array(3).fill(1 / deviation) };
  const stretched = { ...model, preprocessing: { ...model.preprocessing, pixels: statistics } };
  const own = openEncoder(runtime, stretched);
  for (const block of [1, 2, 3]) {
    const expected = Float32Array.from(tensors.get(`attentions.${block - 1}`)?.data ?? [], Number);
    const options = { patch: { row: 2, column: 1 }, attention: block };
    const { attention } = await patchViews(own, { ...picture, pixels: bytes }, options);
    expect([attention?.block, attention?.heads.length]).toEqual([block, 4]);
    for (const [head, map] of (attention?.heads ?? []).entries()) {
      const row = expected.subarray((head * 16 + 9) * 16, (head * 16 + 10) * 16);
      expect(Math.max(...map.map((value, i) => Math.abs(value - row[i])))).toBeLessThan(2e-3);
    }
  }
  await own.close();
});

test("attention on average is the mean over all patches, and every map adds up to 1", async () => {
  const { attention } = await patchViews(encoder, picture, { attention: "last" });
  expect([attention?.block, attention?.from]).toEqual([3, undefined]);
  const rows = await Promise.all(
    Array.from({ length: 16 }, (_, i) =>
      patchViews(encoder, picture, { attention: 3, patch: { row: Math.floor(i / 4), column: i % 4 } }),
    ),
  );
  const mean = rows.reduce((sum, row) => sum + (row.attention?.mean[5] ?? 0), 0) / 16;
  expect(attention?.mean[5]).toBeCloseTo(mean, 6);
  for (const map of [attention?.mean, ...(attention?.heads ?? [])]) {
    expect(map?.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
  }
});

test("a larger size gives more patches", async () => {
  const finer = openEncoder(runtime, model, { size: { height: 48, width: 64 } });
  const { grid, picture: seen, similarity } = await patchViews(finer, picture, { patch: { row: 5, column: 7 } });
  expect([grid, seen.width, seen.height]).toEqual([{ rows: 6, columns: 8 }, 64, 48]);
  expect(similarity?.values).toHaveLength(48);
  await finer.close();
});

test("patches and blocks that there are not, and files that are no pictures, are refused", async () => {
  const refused = (options: object) => patchViews(encoder, picture, options);
  await expect(refused({ patch: { row: 0, column: 4 } })).rejects.toThrow("a row from 0 to 3 and a column from 0 to 3");
  await expect(refused({ patch: { row: 0.5, column: 0 } })).rejects.toThrow("received 0.5,0");
  await expect(refused({ attention: 4 })).rejects.toThrow("a block from 1 to 3");
  const folder = await mkdtemp(join(tmpdir(), "jepa-show-"));
  await writeFile(join(folder, "no.jpg"), "text");
  await expect(patchViews(encoder, join(folder, "no.jpg"))).rejects.toMatchObject({ exitCode: 2 });
  await rm(folder, { recursive: true });
  const few = openEncoder(runtime, model, { size: { height: 16, width: 16 } });
  await expect(patchViews(few, picture)).rejects.toThrow("more than 4 patches");
});
