// Claims: a search gives what comparing every row in plain loops gives; groups are the connected parts of the pairs
// above the bound, whatever the size of a block.

import { beforeAll, expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { openNodeRuntime, type Runtime } from "../runtime/index.ts";
import { type DuplicateGroup, duplicatePictures, openSearch } from "./similar-pictures.ts";
import { unitRows } from "./unit-rows.ts";

const width = 6;
let runtime: Runtime;

beforeAll(async () => {
  runtime = await openNodeRuntime({ device: "cpu", threads: 1 });
});

function madeUp(count: number, seed = 0) {
  const random = randomStream(seed, "vectors");
  const values = Float32Array.from({ length: count * width }, () => random.integer(2001) - 1000);
  return indexOf(unitRows(values, width));
}

function indexOf(vectors: Float32Array) {
  const pictures = Array.from({ length: vectors.length / width }, (_, i) => ({ path: `${i}`, size: 1, changed: 1 }));
  return { folder: "index", model: { name: "m", fingerprint: "f", width, input: "i" }, pictures, vectors };
}

const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const rowOf = (vectors: Float32Array, row: number) => vectors.subarray(row * width, (row + 1) * width);

test("the nearest are those of plain loops, most similar first, for queries of any length", async () => {
  const index = madeUp(300);
  const search = await openSearch(runtime, index, { top: 7 });
  for (const seed of [1, 2, 3]) {
    const query = rowOf(madeUp(1, seed).vectors, 0);
    const all = index.pictures.map(({ path }, row) => ({
      path,
      similarity: product(query, rowOf(index.vectors, row)),
    }));
    const expected = all.sort((a, b) => b.similarity - a.similarity).slice(0, 7);
    const found = await search.nearest(query.map((value) => 40 * value));
    expect(found.map(({ path }) => path)).toEqual(expected.map(({ path }) => path));
    // float32 sums of six products in another order
    for (const [rank, { similarity }] of found.entries()) expect(similarity).toBeCloseTo(expected[rank].similarity, 6);
  }
  await search.close();
});

test("more hits than pictures are all pictures; of equal ones the earlier comes first", async () => {
  const vectors = new Float32Array(3 * width);
  for (const row of [0, 1, 2]) vectors[row * width] = 1;
  const search = await openSearch(runtime, indexOf(vectors), { top: 12 });
  const found = await search.nearest(rowOf(vectors, 0));
  expect(found).toEqual(["0", "1", "2"].map((path) => ({ path, similarity: 1 })));
  await search.close();
});

test("an empty index is told, with what to do", async () => {
  const empty = indexOf(new Float32Array(0));
  await expect(openSearch(runtime, empty, { top: 1 })).rejects.toThrow(/with pictures.*empty.*jepa index/);
  await expect(duplicatePictures(runtime, empty, { atLeast: 0.9 })).rejects.toThrow(/empty/);
});

const members = (groups: readonly DuplicateGroup[]) => groups.map((group) => group.map(({ path }) => Number(path)));

/** Rows that pairs above the bound lead to, from each row that no earlier one led to. */
function connectedParts(vectors: Float32Array, atLeast: number): number[][] {
  const rows = Array.from({ length: vectors.length / width }, (_, row) => row);
  const parts: number[][] = [];
  for (const row of rows) {
    if (parts.flat().includes(row)) continue;
    const part = new Set([row]);
    for (const a of part)
      for (const b of rows) if (product(rowOf(vectors, a), rowOf(vectors, b)) >= atLeast) part.add(b);
    parts.push([...part].sort((a, b) => a - b));
  }
  return parts.filter(({ length }) => length > 1);
}

test.each([1, 2, 7, 16, 1000])("groups are the connected parts, in blocks of %i", async (block) => {
  const index = madeUp(40);
  const atLeast = 0.8;
  const groups = await duplicatePictures(runtime, index, { atLeast, block });
  const found = members(groups);
  expect(found.length).toBeGreaterThan(2);
  const expected = connectedParts(index.vectors, atLeast);
  expect([...found].sort((a, b) => a[0] - b[0])).toEqual(expected);
  for (const { similarity } of groups.flat()) expect(similarity).toBeGreaterThanOrEqual(atLeast);
  expect(found).toEqual(members(await duplicatePictures(runtime, index, { atLeast })));
});

test("a chain is one group, told by its members' nearest", async () => {
  const angles = [0, 0.1, 0.2, 2];
  const vectors = new Float32Array(angles.length * width);
  for (const [row, angle] of angles.entries()) vectors.set([Math.cos(angle), Math.sin(angle)], row * width);
  const [group, ...others] = await duplicatePictures(runtime, indexOf(vectors), { atLeast: Math.cos(0.15) });
  expect(others).toEqual([]);
  expect(group.map(({ path }) => path)).toEqual(["0", "1", "2"]);
  for (const { similarity } of group) expect(similarity).toBeCloseTo(Math.cos(0.1), 6);
});

test("a vector without a direction is refused", () => {
  expect(() => unitRows(new Float32Array(width), width)).toThrow(/all zero/);
  expect(() => unitRows(new Float32Array(width).fill(Number.NaN), width)).toThrow(/finite/);
});
