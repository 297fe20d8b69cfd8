// Stratified folds: every class is spread over the folds as evenly as can be, in an order that the seed alone decides,
// so that what is fitted without a fold has seen every class of two or more rows.

import { permutation, randomStream } from "../random/index.ts";

/**
 * Deals rows out to folds, class by class, each class where the last one stopped: folds differ by one row at most, and
 * so do a class's rows in them.
 *
 * @param labels [rows], class indices
 * @returns [rows], the fold of each row
 */
export function stratifiedFolds(labels: Int32Array, folds: number, seed: number): Int32Array {
  const order = permutation(randomStream(seed, "folds"), labels.length);
  const byClass = [...order].sort((a, b) => labels[a] - labels[b]); // stable: rows of a class stay in random order
  const fold = new Int32Array(labels.length);
  for (const [turn, row] of byClass.entries()) fold[row] = turn % folds;
  return fold;
}
