// Claims: figures are of rows that were not fitted on; labels without a relation to the features reach no more than
// chance; probabilities are better calibrated than as fitted; the same rows and seed give the same probe.

import { expect, test } from "vitest";
import { Interrupted } from "../errors/index.ts";
import { randomStream } from "../random/index.ts";
import { openNodeRuntime } from "../runtime/index.ts";
import { crossValidatedProbe } from "./cross-validation.ts";
import { predictClasses } from "./linear-probe.ts";

const runtime = await openNodeRuntime({ threads: 1 });
const width = 20;
const options = { classes: 3, folds: 5, seed: 0 };

/** Rows of noise; the first columns tell the class, where `strength` is not 0. */
function drawRows(rows: number, strength: number, seed = 2) {
  const stream = randomStream(seed, "rows");
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 3);
  const features = Float32Array.from({ length: rows * width }, (_, at) => {
    return strength * Number(at % width === labels[Math.floor(at / width)]) + stream.normal();
  });
  return { features, width, labels };
}

test("separable classes are told apart on rows that were not fitted on", async () => {
  const { figures, folds } = await crossValidatedProbe(runtime, drawRows(90, 12), options);
  expect(folds).toBe(5);
  expect(figures.accuracy.accuracy).toBeGreaterThan(0.97);
  expect(figures.majority.accuracy).toBeCloseTo(1 / 3);
});

test("labels that the features say nothing of are not told apart, and confidence stays near chance", async () => {
  let [accuracy, entropy] = [0, 0];
  for (let draw = 0; draw < 10; draw++) {
    const { figures } = await crossValidatedProbe(runtime, drawRows(150, 0, draw), options);
    accuracy += figures.accuracy.accuracy / 10;
    entropy += figures.crossEntropy.after / 10;
  }
  // 1,500 rows know a third to 0.012; three times that. ln 3 is what always saying one in three costs.
  expect(Math.abs(accuracy - 1 / 3)).toBeLessThan(0.037);
  expect(Math.abs(entropy - Math.log(3))).toBeLessThan(0.03);
});

test("calibrated probabilities cost no more than those as fitted, and the bins hold every row", async () => {
  const { figures } = await crossValidatedProbe(runtime, drawRows(300, 1), options);
  const { before, after } = figures.reliability;
  expect(figures.crossEntropy.after).toBeLessThan(figures.crossEntropy.before + 0.01);
  for (const { bins } of [before, after]) expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(300);
});

test("the same rows and seed give the same probe, which fits all rows", async () => {
  const rows = drawRows(120, 3);
  const [first, second] = [
    await crossValidatedProbe(runtime, rows, options),
    await crossValidatedProbe(runtime, rows, options),
  ];
  expect(second).toEqual(first);
  const right = predictClasses(first.probe, rows.features).filter((guess, row) => guess === rows.labels[row]).length;
  expect(right / 120).toBeGreaterThanOrEqual(first.figures.accuracy.accuracy);
});

test("two rows of each class are enough, with as many folds as rows at most", async () => {
  const told: number[] = [];
  const onProgress = (done: number, of: number) => told.push(done / of);
  const { folds } = await crossValidatedProbe(runtime, drawRows(6, 12), { ...options, folds: 10, onProgress });
  expect(folds).toBe(6);
  expect(told.at(-1)).toBe(1);
});

test("a signal stops the work", async () => {
  const work = crossValidatedProbe(runtime, drawRows(60, 1), { ...options, signal: AbortSignal.abort() });
  await expect(work).rejects.toThrow(Interrupted);
});
