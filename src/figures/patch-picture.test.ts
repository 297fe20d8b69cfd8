import sharp from "sharp";
import { expect, test } from "vitest";
import { drawingPng, embedded } from "./drawing.ts";
import { serialise } from "./markup.ts";
import { type PatchFigure, patchPicture } from "./patch-picture.ts";

const grid = { rows: 2, columns: 3 };
const map = (first: number) => Float32Array.of(first, 0.1, 0.2, 0.3, 0.05, 0.15);
const figure: PatchFigure = {
  name: "dog.jpg",
  model: "demo",
  picture: { pixels: new Uint8Array(12 * 8 * 3).fill(99), width: 12, height: 8 },
  grid,
  coordinates: Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)),
  share: [0.4, 0.2, 0.1],
};
const patch = { row: 1, column: 0 };
const whole: PatchFigure = {
  ...figure,
  similarity: { patch, values: Float32Array.of(-0.25, 0.5, 0.25, 1, 0, 0.75) },
  attention: { block: 7, from: patch, mean: map(0.2), heads: [map(0.1), map(0.3)] },
};
const written = (drawn: PatchFigure) => serialise(embedded(patchPicture(drawn)));

test("the explained variance is in the title, over the colours and as a sum of its parts", () => {
  expect(patchPicture(figure).title).toBe("dog.jpg, seen by demo: three directions hold 70% of the patches' variance");
  expect(written(figure)).toContain("components: 70% (40 + 20 + 10)");
});

test("a picture, its colours and nothing else without a patch and a block", () => {
  expect(written(figure).match(/<image /g)).toHaveLength(2);
  expect(patchPicture(figure).caption).not.toMatch(/Similarity|Attention/);
});

test("similarity, the mean of the heads and each head have panels, two scales and the patch outlined on each of them", () => {
  const text = written(whole);
  expect(text.match(/<image /g)).toHaveLength(6);
  for (const name of [
    "similarity to row 1, column 0",
    "block 7, mean of 2",
    "head 1",
    "head 2",
    "cosine",
    "attention",
  ]) {
    expect(text).toContain(`>${name}</text>`);
  }
  expect(text.match(/stroke="#ffffff"/g)).toHaveLength(5);
});

test("the scale of similarity spans the other patches and leaves the chosen one's 1 out", () => {
  const ticks = [...written(whole).matchAll(/>(-?\d\.\d\d)</g)].map(([, tick]) => Number(tick));
  expect(ticks.length).toBeGreaterThanOrEqual(2);
  expect(Math.max(...ticks)).toBeLessThanOrEqual(0.75);
});

test("panels keep the picture's aspect", () => {
  const [, width, height] = /<image [^>]*width="([\d.]+)" height="([\d.]+)"/.exec(written(figure)) ?? [];
  expect(Number(width) / Number(height)).toBeCloseTo(1.5, 2);
});

test("the table holds every number", () => {
  const { table } = patchPicture(whole);
  expect(table?.columns).toHaveLength(2 + 3 + 1 + 3);
  expect(table?.rows).toHaveLength(6);
  expect(table?.rows[3].slice(0, 2)).toEqual(["1", "0"]);
});

test("it becomes a PNG of twice its size", async () => {
  const { width, height, format } = await sharp(await drawingPng(patchPicture(whole))).metadata();
  expect(format).toBe("png");
  expect(width).toBe(2000);
  expect(height).toBeGreaterThan(600);
});
