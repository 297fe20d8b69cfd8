// Claims: what can be told from colours is told; an untrained encoder scored as its own
// floor gets the floor's figures to the last digit; the commonest class is that of the
// training pictures; the same seed gives the same evaluation; labels are required.

import { expect, test } from "vitest";
import { openNodeRuntime } from "../runtime/index.ts";
import { colouredPictures, smallEncoder } from "./protocol.fixture.ts";
import { type EvaluateOptions, evaluate } from "./protocol.ts";

const runtime = await openNodeRuntime({ threads: 1 });
const options: EvaluateOptions = {
  model: "small",
  trained: smallEncoder(0),
  untrained: smallEncoder(0),
  train: colouredPictures("colours train", 100),
  test: colouredPictures("colours test", 40),
  seed: 0,
};

const stages = new Map<string, number>();
const onProgress = (stage: string, done: number, of: number) => stages.set(stage, done / of);
const { results, floors, samples, data, rank, protocol } = await evaluate(runtime, { ...options, onProgress });

test("colours are told apart by every method, far above the commonest class", () => {
  expect({ samples, data }).toEqual({ samples: { train: 100, test: 40 }, data: "colours" });
  for (const figure of [...Object.values(results), ...Object.values(floors.pixels)]) {
    expect(figure.accuracy).toBeGreaterThan(0.9);
  }
  // 34 of 100 training pictures are of class 0, and 14 of 40 test pictures.
  expect(floors.majority.accuracy).toBe(14 / 40);
});

test("floors are measured as results are: an encoder is its own floor exactly", () => {
  expect(floors.untrained).toEqual(results);
  expect(rank.trained).toBe(rank.untrained);
  expect(protocol.linear.chosen.untrained).toEqual(protocol.linear.chosen.trained);
});

test("the same seed gives the same evaluation, and a subset has the size asked for", async () => {
  const most = { train: 30, test: 12 };
  const first = await evaluate(runtime, { ...options, most });
  expect(first.samples).toEqual(most);
  expect(await evaluate(runtime, { ...options, most })).toEqual(first);
});

test("every stage tells its progress to the end", () => {
  expect([...stages.keys()]).toEqual([
    "trained encoder: features of training pictures",
    "trained encoder: features of test pictures",
    "trained encoder: nearest neighbours",
    "trained encoder: linear probe",
    "trained encoder: linear probe of four layers",
    "untrained encoder: features of training pictures",
    "untrained encoder: features of test pictures",
    "untrained encoder: nearest neighbours",
    "untrained encoder: linear probe",
    "untrained encoder: linear probe of four layers",
    "raw pixels: training pictures",
    "raw pixels: test pictures",
    "raw pixels: nearest neighbours",
    "raw pixels: linear probe",
  ]);
  expect([...stages.values()].every((share) => share === 1)).toBe(true);
});

test.each([
  ["training", { train: colouredPictures("heap", 10, null) }],
  ["test", { test: colouredPictures("heap", 10, null) }],
])("%s pictures without labels are refused with what to do", async (_, parts) => {
  await expect(evaluate(runtime, { ...options, ...parts })).rejects.toThrow(/heap: expected labelled .*--data cifar10/);
});
