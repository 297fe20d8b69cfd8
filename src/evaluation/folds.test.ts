// Claims: folds and the classes in them differ by one row at most; the seed alone decides; without a fold every class
// is still there.

import { expect, test } from "vitest";
import { stratifiedFolds } from "./folds.ts";

const labels = Int32Array.from({ length: 103 }, (_, row) => (row < 60 ? 0 : row < 101 ? 1 : 2));

test("every fold has its share of every class", () => {
  const fold = stratifiedFolds(labels, 5, 0);
  const counts = (of: (row: number) => boolean) =>
    [0, 1, 2, 3, 4].map((each) => fold.filter((own, row) => own === each && of(row)).length);
  expect(counts(() => true).toSorted()).toEqual([20, 20, 21, 21, 21]);
  expect(counts((row) => labels[row] === 0)).toEqual([12, 12, 12, 12, 12]);
  expect(counts((row) => labels[row] === 1).toSorted()).toEqual([8, 8, 8, 8, 9]);
});

test("a class of two rows lies in two folds", () => {
  for (let seed = 0; seed < 20; seed++) {
    const fold = stratifiedFolds(labels, 5, seed);
    expect(fold[101]).not.toBe(fold[102]);
  }
});

test("the same seed gives the same folds, another seed others", () => {
  expect(stratifiedFolds(labels, 5, 3)).toEqual(stratifiedFolds(labels, 5, 3));
  expect(stratifiedFolds(labels, 5, 3)).not.toEqual(stratifiedFolds(labels, 5, 4));
});
