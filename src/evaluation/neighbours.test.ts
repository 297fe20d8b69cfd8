// Claims: neighbours are by angle, whatever the length of the rows; votes are weighted by exp(similarity /
// temperature); searching part by part finds what one search over all rows finds, the earlier of equal rows first.

import { expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { openNodeRuntime } from "../runtime/index.ts";
import { classifyByNeighbours, nearestRows } from "./neighbours.ts";

const runtime = await openNodeRuntime({ threads: 1 });

/** Rows at these angles from the first axis, in degrees, of these lengths. */
function atAngles(...rows: readonly (readonly [degrees: number, length: number])[]): Float32Array {
  return Float32Array.from(
    rows.flatMap(([degrees, length]) => {
      const angle = (degrees * Math.PI) / 180;
      return [length * Math.cos(angle), length * Math.sin(angle)];
    }),
  );
}

test("the nearest rows are those of the smallest angle, with its cosine as similarity", async () => {
  const features = atAngles([90, 1], [10, 100], [-25, 0.01], [60, 1]);
  const { places, similarities } = await nearestRows(runtime, { features, width: 2 }, atAngles([0, 7]), 3);
  expect([...places]).toEqual([1, 2, 3]);
  for (const [i, degrees] of [10, 25, 60].entries()) {
    expect(similarities[i]).toBeCloseTo(Math.cos((degrees * Math.PI) / 180), 6);
  }
});

test("one near neighbour outvotes two far ones when the temperature is low, and not when it is high", async () => {
  const train = { features: atAngles([5, 1], [40, 1], [-40, 1]), width: 2, labels: Int32Array.of(0, 1, 1) };
  const vote = (temperature: number) =>
    classifyByNeighbours(runtime, train, atAngles([0, 1]), 2, { k: 3, temperature });
  // cos 5 - cos 40 = 0.230: exp(0.230 / T) is 26 at 0.07 and 1.26 at 1, against two votes.
  expect([...(await vote(0.07))]).toEqual([0]);
  expect([...(await vote(1))]).toEqual([1]);
});

test("k is at most the number of rows", async () => {
  const train = { features: atAngles([0, 1], [90, 1]), width: 2, labels: Int32Array.of(1, 0) };
  expect([...(await classifyByNeighbours(runtime, train, atAngles([10, 1], [80, 1]), 2))]).toEqual([1, 0]);
});

test("more rows than are searched at once give the neighbours of one search over all", async () => {
  const [rows, width, k] = [10_500, 3, 5];
  const stream = randomStream(2, "rows");
  const features = Float32Array.from({ length: rows * width }, () => stream.normal());
  features.set(features.subarray(0, width), (rows - 1) * width); // the last row is the first again
  const queries = features.slice(0, 70 * width);
  const told: number[] = [];
  const onProgress = (done: number, of: number) => told.push(done / of);
  const { places } = await nearestRows(runtime, { features, width }, queries, k, { onProgress });
  expect(told.at(-1)).toBe(1);
  for (const query of [0, 1, 69]) {
    const cosine = (row: number) => {
      const [a, b] = [queries.subarray(query * width), features.subarray(row * width)];
      const dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
      return dot / Math.hypot(a[0], a[1], a[2]) / Math.hypot(b[0], b[1], b[2]);
    };
    const all = Array.from({ length: rows }, (_, row) => ({ row, near: cosine(row) }));
    const nearest = all.sort((a, b) => b.near - a.near || a.row - b.row).slice(0, k);
    expect([...places.subarray(query * k, (query + 1) * k)]).toEqual(nearest.map(({ row }) => row));
  }
});

test("stops when the signal asks", async () => {
  const features = atAngles([0, 1]);
  const search = nearestRows(runtime, { features, width: 2 }, features, 1, { signal: AbortSignal.abort() });
  await expect(search).rejects.toThrow("interrupted");
});
