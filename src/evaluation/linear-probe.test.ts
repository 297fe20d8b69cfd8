// Claims: separable classes are told apart; neither scale nor shift nor order of the columns matters; the choice of
// the penalty is a function of the rows alone; columns that never change, and fewer than ten rows, are no trouble.

import { expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { openNodeRuntime } from "../runtime/index.ts";
import { fitLinearProbe, predictClasses, probePenalties } from "./linear-probe.ts";

const runtime = await openNodeRuntime({ threads: 1 });
const width = 4;

/** Rows around three corners, the last column constant; `spread` 0.2 separates them, 2 does not. */
function drawRows(rows: number, spread: number, seed = 1) {
  const stream = randomStream(seed, "corners");
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 3);
  const features = Float32Array.from({ length: rows * width }, (_, at) => {
    const column = at % width;
    return column === 3 ? 5 : Number(column === labels[Math.floor(at / width)]) + spread * stream.normal();
  });
  return { features, labels, width };
}

function accuracy(guesses: Int32Array, truth: Int32Array): number {
  return guesses.filter((guess, row) => guess === truth[row]).length / truth.length;
}

test("separable classes are told apart on rows never seen", async () => {
  const probe = await fitLinearProbe(runtime, drawRows(120, 0.1), { classes: 3 });
  const unseen = drawRows(60, 0.1, 2);
  expect(accuracy(predictClasses(probe, unseen.features), unseen.labels)).toBe(1);
});

test("scale and shift of the columns change no prediction", async () => {
  const train = drawRows(300, 0.8);
  const test = drawRows(300, 0.8, 2);
  const changed = (features: Float32Array) =>
    features.map((value, at) => value * [1, 1000, 0.01, 3][at % width] + [0, 500, -2, 7][at % width]);
  const plain = await fitLinearProbe(runtime, train, { classes: 3 });
  const scaled = await fitLinearProbe(runtime, { ...train, features: changed(train.features) }, { classes: 3 });
  expect(scaled.penalty).toBe(plain.penalty);
  const same = accuracy(predictClasses(scaled, changed(test.features)), predictClasses(plain, test.features));
  // Rows on the border between two classes may fall to either side by rounding.
  expect(same).toBeGreaterThan(0.99);
});

test("bytes are features as good as floats", async () => {
  const { features, labels } = drawRows(90, 0.1);
  const bytes = Uint8Array.from(features, (value) => 100 + 40 * value);
  const probe = await fitLinearProbe(runtime, { features: bytes, labels, width }, { classes: 3 });
  expect(accuracy(predictClasses(probe, bytes), labels)).toBe(1);
});

test("the same rows give the same penalty and the same weights", async () => {
  const [first, second] = [
    await fitLinearProbe(runtime, drawRows(200, 1), { classes: 3 }),
    await fitLinearProbe(runtime, drawRows(200, 1), { classes: 3 }),
  ];
  expect(second).toEqual(first);
  expect(probePenalties).toContain(first.penalty);
});

test("labels without any relation to the features get a strong penalty and progress still ends", async () => {
  const { features } = drawRows(400, 1);
  const stream = randomStream(3, "labels");
  const labels = Int32Array.from({ length: 400 }, () => stream.integer(3));
  const told: number[] = [];
  const probe = await fitLinearProbe(
    runtime,
    { features, labels, width },
    { classes: 3, onProgress: (done, of) => told.push(done / of) },
  );
  expect(probe.weights.every((weight) => Math.abs(weight) < 0.5)).toBe(true);
  expect(told.at(-1)).toBe(1);
});

test("with fewer than ten rows nothing is held out and the strongest penalty is taken", async () => {
  const probe = await fitLinearProbe(runtime, drawRows(6, 0.1), { classes: 3 });
  expect(probe.penalty).toBe(probePenalties[0]);
});
