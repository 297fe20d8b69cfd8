// How many pictures are computed at once. A matrix product whose result leaves the cache loses half its
// speed, so the widest activation of a micro-batch should stay in it; smaller ones pay more calls for
// nothing. The choice changes results by rounding only, is made once, and is written down in the run.

import { cachedElements } from "../runtime/index.ts";

export interface ActivationSizes {
  readonly batch: number;
  /**
   * Tokens of a picture that the student computes, predictor included, times their width: its widest block's output.
   */
  readonly elementsPerPicture: number;
}

/** The largest divisor of the batch whose activations stay in the cache; 1 when none does. */
export function chooseMicroBatch({ batch, elementsPerPicture }: ActivationSizes): number {
  const divisors = Array.from({ length: batch }, (_, i) => i + 1).filter((size) => batch % size === 0);
  return divisors.findLast((size) => size * elementsPerPicture <= cachedElements) ?? 1;
}
