// Claims: the encoders stand side by side, each in its own basis, on the same pictures; what
// depends on position alone leaves no colour; a query is not among the pictures searched.

import { expect, test } from "vitest";
import type { Pictures } from "../data/index.ts";
import { openNodeRuntime } from "../runtime/index.ts";
import { colouredPictures, smallEncoder } from "./protocol.fixture.ts";
import { featureFigureOf, neighbourFigureOf } from "./run-features.ts";

const runtime = await openNodeRuntime({ threads: 1 });
const [trained, untrained] = [smallEncoder(1), smallEncoder(0)];
const test12 = colouredPictures("colours", 12);

test("trained and untrained maps hold three coordinates of every patch drawn, and say what they were fitted on", async () => {
  const figure = await featureFigureOf(runtime, { trained, untrained }, { test: test12, seed: 0 });
  expect(figure.encoders.map(({ name }) => name)).toEqual(["trained", "untrained"]);
  expect([figure.size, figure.grid, figure.pictures.length]).toEqual([8, { rows: 2, columns: 2 }, 8]);
  expect(figure.fittedOn).toBe(12 * 4);
  for (const { coordinates, share, positionShare } of figure.encoders) {
    expect([coordinates.length, share.length]).toEqual([8 * 4 * 3, 3]);
    expect(positionShare).toBeGreaterThan(0);
    expect(positionShare).toBeLessThan(1);
  }
});

test("pictures that are all the same have no colours left: position is taken away whole", async () => {
  const one = await test12.picture(0, 8);
  const same: Pictures = { ...test12, picture: async () => one };
  const [{ coordinates, positionShare }] = (
    await featureFigureOf(runtime, { trained, untrained }, { test: same, seed: 0 })
  ).encoders;
  // Float32 features of order 1, means in float64.
  expect(Math.max(...coordinates.map(Math.abs))).toBeLessThan(1e-5);
  expect(positionShare).toBeCloseTo(1, 6);
});

test("queries are drawn from the test pictures and searched among the others, with labels", async () => {
  const figure = await neighbourFigureOf(runtime, trained, { test: test12, seed: 0 });
  expect(figure?.rows).toHaveLength(6);
  expect(figure?.searched).toBe("6 other test pictures");
  const queries = new Set(figure?.rows.map(({ query }) => query.picture.join()));
  for (const { query, hits } of figure?.rows ?? []) {
    expect(["red", "green", "blue"]).toContain(query.label);
    expect(hits.some(({ picture }) => queries.has(picture.join()))).toBe(false);
    const similarities = hits.map(({ similarity }) => similarity);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
  }
});

test("a single picture has no neighbours", async () => {
  const single = colouredPictures("single", 1);
  expect(await neighbourFigureOf(runtime, trained, { test: single, seed: 0 })).toBeUndefined();
});
