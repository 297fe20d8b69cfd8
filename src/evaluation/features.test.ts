// Claims: pooled features are the mean of a picture's patches, and of the last four blocks; a picture's features
// do not depend on which others are encoded with it; a signal stops the work.

import { expect, test } from "vitest";
import { openNodeRuntime } from "../runtime/index.ts";
import { extractFeatures, extractPatches, tokensOf } from "./features.ts";
import { colouredPictures, smallEncoder } from "./protocol.fixture.ts";

const runtime = await openNodeRuntime({ threads: 1 });
const encoder = smallEncoder(0);
const pictures = colouredPictures("plain", 100);
const { width } = encoder;

test("the last layer's features are the mean over patches, in the order of the indices", async () => {
  const indices = Int32Array.of(7, 3);
  const { last, rows } = await extractFeatures(runtime, encoder, pictures, { indices });
  const patches = await extractPatches(runtime, encoder, pictures, { indices });
  const tokens = tokensOf(encoder);
  expect([rows, patches.length]).toEqual([2, 2 * tokens * width]);
  for (let at = 0; at < last.length; at++) {
    const [row, column] = [Math.floor(at / width), at % width];
    let sum = 0;
    for (let token = 0; token < tokens; token++) sum += patches[(row * tokens + token) * width + column];
    expect(last[at]).toBeCloseTo(sum / tokens, 5);
  }
});

test("every block gives its part of the last four layers, as many as there are", async () => {
  const indices = Int32Array.of(0);
  const partsAt = async (depth: number) => {
    const small = smallEncoder(0, depth); // its blocks hardly change what they are given, ten times as large weights do
    const strong = { ...small, weight: (name: string) => small.weight(name).map((value) => 10 * value) };
    const { lastFour } = await extractFeatures(runtime, strong, pictures, { indices });
    return Array.from({ length: lastFour.length / width }, (_, part) => [
      ...lastFour.subarray(part * width, (part + 1) * width),
    ]);
  };
  const five = await partsAt(5);
  expect([(await partsAt(1)).length, (await partsAt(3)).length, five.length]).toEqual([1, 3, 4]);
  // The blocks of an encoder are the first ones of a deeper encoder of the same seed: 2, 3, 4 and 5 are looked for
  // there.
  const blocks = [(await partsAt(2))[1], (await partsAt(3))[2], (await partsAt(4))[3], (await partsAt(6))[2]];
  for (const [part, block] of blocks.entries()) {
    const distances = five.map((other) => Math.max(...other.map((value, at) => Math.abs(value - block[at]))));
    expect(distances.findIndex((distance) => distance < 1e-4)).toBe(part); // rounding of sums of some tens
    expect(distances.filter((distance) => distance > 1e-1)).toHaveLength(3);
  }
});

test("a picture's features are the same alone and among more than are encoded at once", async () => {
  const many = await extractFeatures(runtime, encoder, pictures, {
    indices: Int32Array.from({ length: 70 }, (_, i) => i),
  });
  const alone = await extractFeatures(runtime, encoder, pictures, { indices: Int32Array.of(66) });
  for (let j = 0; j < width; j++) expect(many.last[66 * width + j]).toBeCloseTo(alone.last[j], 5);
});

test("progress reaches the number of pictures, and a signal stops the work", async () => {
  const told: number[] = [];
  const indices = Int32Array.from({ length: 66 }, (_, i) => i);
  await extractFeatures(runtime, encoder, pictures, { indices, onProgress: (done) => told.push(done) });
  expect(told).toEqual([64, 66]);
  const stopped = extractFeatures(runtime, encoder, pictures, { indices, signal: AbortSignal.abort() });
  await expect(stopped).rejects.toThrow("interrupted");
});
