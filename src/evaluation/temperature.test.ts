// Claims: the temperature of scores that were drawn by their own probabilities is 1, and follows the scores' scale; few
// rows that are all right claim no certainty; the fit is the least cross entropy.

import { expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { crossEntropyAt, fitTemperature, probabilitiesOf, type ScoredRows } from "./temperature.ts";

const classes = 4;

/** Scores whose classes are drawn by softmax(scores), then multiplied. */
function drawScores(rows: number, times = 1): ScoredRows {
  const stream = randomStream(1, "scores");
  const scores = Float64Array.from({ length: rows * classes }, () => 2 * stream.normal());
  const labels = Int32Array.from({ length: rows }, (_, row) => {
    let left = stream.uniform();
    const shares = probabilitiesOf(scores.subarray(row * classes, (row + 1) * classes), 1);
    const drawn = shares.findIndex((share) => {
      left -= share;
      return left < 0;
    });
    return drawn < 0 ? classes - 1 : drawn;
  });
  return { scores: scores.map((score) => times * score), labels, classes };
}

test("scores that tell the truth have temperature 1, scores n times as large temperature n", () => {
  // 20,000 draws know the temperature to about one in a hundred.
  expect(fitTemperature(drawScores(20_000))).toBeCloseTo(1, 1);
  for (const times of [0.1, 5, 40]) {
    expect(fitTemperature(drawScores(5_000, times)) / fitTemperature(drawScores(5_000))).toBeCloseTo(times, 5);
  }
});

test("no temperature near the fitted one gives less cross entropy", () => {
  // The smoothing of the targets moves the least by far less than the step that is tried here.
  const rows = drawScores(2_000, 3);
  const temperature = fitTemperature(rows);
  for (const factor of [0.95, 1.05]) {
    expect(crossEntropyAt(rows, factor * temperature)).toBeGreaterThan(crossEntropyAt(rows, temperature));
  }
});

test("four rows that are all told apart are given no certainty", () => {
  const scores = Float64Array.of(9, 0, 0, 9, 9, 0, 0, 9);
  const temperature = fitTemperature({ scores, labels: Int32Array.of(0, 1, 0, 1), classes: 2 });
  // The smoothed target: (4 right + 1/2) of 5.
  expect(probabilitiesOf([9, 0], temperature)[0]).toBeCloseTo(0.9, 6);
});

test("scores that say nothing or are always wrong end at a finite temperature", () => {
  const labels = Int32Array.of(0, 1);
  expect(Number.isFinite(fitTemperature({ scores: new Float64Array(4), labels, classes: 2 }))).toBe(true);
  const wrong = fitTemperature({ scores: Float64Array.of(0, 9, 9, 0), labels, classes: 2 });
  expect(probabilitiesOf([0, 9], wrong)[1]).toBeLessThan(0.51);
});

test("probabilities of large scores add up to 1", () => {
  expect(Array.from(probabilitiesOf([1000, 999, -1000], 1))).toEqual([
    expect.closeTo(0.7311, 4),
    expect.closeTo(0.2689, 4),
    0,
  ]);
});
