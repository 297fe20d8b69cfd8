// Which pictures a step shows: every epoch goes through all of them
// in an order of its own, and drops the last, incomplete batch.

import { permutation, randomStream } from "../random/index.ts";

/** The place of a step: its epoch, and its picture indices within the data set. */
export interface StepIndices {
  readonly epoch: number;
  /** [batch] */
  readonly indices: Int32Array<ArrayBuffer>;
}

/**
 * Tells the pictures of any step, as a pure function of the seed
 * and the step; the order of the last epoch asked for is kept.
 *
 * @param size pictures in the data set; at least `batch`
 * @returns a function from steps 0, 1, 2, ... to their pictures
 */
export function stepOrder(size: number, batch: number, seed: number): (step: number) => StepIndices {
  const stepsPerEpoch = Math.floor(size / batch);
  let kept: { epoch: number; order: Int32Array } | undefined;
  return (step) => {
    const epoch = Math.floor(step / stepsPerEpoch);
    if (kept?.epoch !== epoch) kept = { epoch, order: permutation(randomStream(seed, "order", epoch), size) };
    const start = (step % stepsPerEpoch) * batch;
    return { epoch, indices: new Int32Array(kept.order.subarray(start, start + batch)) };
  };
}
