// Claims: what is fitted is a stationary point of mean cross entropy + penalty / 2 |W|^2, worked out here in
// float64, for narrow and wide features, few and many rows; fits may start anywhere; a signal stops them.

import { expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { openNodeRuntime } from "../runtime/index.ts";
import { type LogisticFit, openLogistic, type TrainingRows } from "./logistic.ts";

const classes = 3;
const runtime = await openNodeRuntime({ threads: 1 });

/** Noisy rows of three classes; neighbouring columns are alike, which makes plain gradient steps slow. */
function drawRows(rows: number, width: number): TrainingRows {
  const stream = randomStream(7, "rows", rows, width);
  const labels = Int32Array.from({ length: rows }, () => stream.integer(classes));
  const features = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    let walk = 0;
    for (let j = 0; j < width; j++) {
      walk = 0.9 * walk + 0.4 * stream.normal();
      features[row * width + j] = walk + (j % classes === labels[row] ? 0.4 : 0);
    }
  }
  return { features, width, labels };
}

/** The largest entry of the objective's gradient, and its value. */
function worked({ weights, bias }: LogisticFit, { features, width, labels }: TrainingRows, penalty: number) {
  const gradient = weights.map((value) => penalty * value);
  const biasGradient = new Float64Array(classes);
  let value = weights.reduce((sum, weight) => sum + (penalty / 2) * weight ** 2, 0);
  for (let row = 0; row < labels.length; row++) {
    const x = features.subarray(row * width, (row + 1) * width);
    const scores = Array.from(bias, (b, c) => x.reduce((sum, feature, j) => sum + feature * weights[c * width + j], b));
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    value += (Math.log(total) - scores[labels[row]]) / labels.length;
    for (let c = 0; c < classes; c++) {
      const error = (Math.exp(scores[c]) / total - (c === labels[row] ? 1 : 0)) / labels.length;
      biasGradient[c] += error;
      for (let j = 0; j < width; j++) gradient[c * width + j] += error * x[j];
    }
  }
  return { value, steepest: Math.max(...gradient.map(Math.abs), ...biasGradient.map(Math.abs)) };
}

test.each([
  { rows: 60, width: 5, penalty: 1e-3 },
  { rows: 1500, width: 7, penalty: 1e-2 },
  { rows: 90, width: 1100, penalty: 1e-1 },
])("$rows rows of width $width at penalty $penalty end at a stationary point", async ({ rows, width, penalty }) => {
  const drawn = drawRows(rows, width);
  const problem = await openLogistic(runtime, drawn, { classes, tolerance: 1e-10 });
  const fit = await problem.fit(penalty);
  await problem.close();
  const { value, steepest } = worked(fit, drawn, penalty);
  // Sums of float32 products: 1e-7 relative, features of order 1.
  expect(steepest).toBeLessThan(1e-4);
  expect(Math.abs(fit.objective / value - 1)).toBeLessThan(1e-6);
});

test("fits at one penalty after another are the fits from zero", async () => {
  const drawn = drawRows(80, 6);
  const problem = await openLogistic(runtime, drawn, { classes, tolerance: 1e-10 });
  const fresh = await problem.fit(0.01);
  const continued = await problem.fit(0.01, await problem.fit(1));
  await problem.close();
  for (const [i, weight] of fresh.weights.entries()) expect(continued.weights[i]).toBeCloseTo(weight, 3);
});

test("stops when the signal asks", async () => {
  const problem = await openLogistic(runtime, drawRows(40, 3), { classes, signal: AbortSignal.abort() });
  await expect(problem.fit(1)).rejects.toThrow("interrupted");
  await problem.close();
});
