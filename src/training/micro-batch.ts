// How many pictures are computed at once. As many as keep the widest activation in the cache, since a matrix product
// whose result leaves it may lose half its speed; but enough that a product has rows worth the reading of its weights
// and the adding to their gradient. Measured on two cores: ViT-B/16 gains 3% from 784 rows to 1,568, and 32 x 32
// pictures in 64 patches 0 to 6% from 2,048 rows to 4,096, as busy as the machine is. The choice changes results by
// rounding only, is made once, and is written down in the run.

import { largestDivisor } from "../runs/index.ts";
import { cachedElements } from "../runtime/index.ts";

/** Rows up to which more were worth their memory, at widths of 192 to 768. */
const enoughRows = 2_048;

export interface BatchSizes {
  readonly batch: number;
  /** Patches of a picture. */
  readonly tokens: number;
  /**
   * Tokens of a picture that the student computes, predictor included, times their width: its widest block's output.
   */
  readonly elementsPerPicture: number;
}

/** The largest divisor of the batch that fits the cache or has no more rows than enough; 1 where not even one picture does. */
export function chooseMicroBatch({ batch, tokens, elementsPerPicture }: BatchSizes): number {
  const most = Math.max(cachedElements / elementsPerPicture, enoughRows / tokens);
  return largestDivisor(batch, most);
}

/**
 * How many pictures of a micro-batch the teacher sees at once: it adds to no gradient, so more rows than enough only
 * take its passes out of the cache (a teacher of width 192 is 3 to 6% faster at 2,048 rows than at 4,096; of widths 384
 * and 768, at 1,568 as fast as at half of them). The whole micro-batch where its divisors leave far fewer rows. It
 * follows from what a run has written down, so that a run goes on to the same bits.
 */
export function chooseTeacherBatch({ microBatch, tokens }: { microBatch: number; tokens: number }): number {
  const part = largestDivisor(microBatch, enoughRows / tokens);
  return 2 * part * tokens > enoughRows ? part : microBatch;
}
