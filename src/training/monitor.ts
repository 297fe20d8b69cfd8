// The collapse monitor. A joint-embedding method can cheat by giving every patch the same representation; the loss
// then falls nicely and says nothing. What betrays it: the spread of the targets over patches (per dimension), and the
// effective number of directions of the teacher's features (RankMe, Garrido et al. 2023, arXiv 2210.02885).

import type { Health } from "../evaluation/index.ts";
import { rankMe, standardDeviations } from "../spectra/index.ts";

/** Rows that the rank is measured on: enough to tell collapse, few enough to cost milliseconds. */
const rankRows = 128;
const deviationRows = 2_048;

/** Below these the monitor speaks of collapse. */
export const collapseLimits: Readonly<Health> = { targetStd: 0.25, rank: 4 };

/**
 * Measures the targets and features of one batch.
 *
 * @param features [rows, width], the teacher's, before normalisation
 * @param targets [rows, width], after it
 */
export function measureHealth(features: Float32Array, targets: Float32Array, width: number): Health {
  const deviations = standardDeviations(someRows(targets, width, deviationRows), width);
  return {
    targetStd: deviations.reduce((sum, deviation) => sum + deviation, 0) / width,
    rank: rankMe(someRows(features, width, rankRows), width),
  };
}

/** A sentence when representations have collapsed, and what usually cures it; undefined while they are well. */
export function collapseWarning({ targetStd, rank }: Health): string | undefined {
  if (targetStd >= collapseLimits.targetStd && rank >= collapseLimits.rank) return undefined;
  const seen =
    targetStd < collapseLimits.targetStd
      ? `targets hardly differ between patches (deviation ${targetStd.toFixed(3)}, healthy above ${collapseLimits.targetStd})`
      : `features use ${rank.toFixed(1)} directions (healthy above ${collapseLimits.rank})`;
  return (
    `representations are collapsing: ${seen}. What usually cures it: keep a teacher whose momentum is near 1 (teacher.momentum), ` +
    'normalise targets over the batch (targetNormalisation "batch"), or lower optimizer.lr'
  );
}

/** Rows spread evenly over the batch, so that every picture has its share. */
function someRows(values: Float32Array, width: number, most: number): Float32Array {
  const rows = values.length / width;
  if (rows <= most) return values;
  const chosen = new Float32Array(most * width);
  for (let i = 0; i < most; i++) {
    const row = Math.floor((i * rows) / most);
    chosen.set(values.subarray(row * width, (row + 1) * width), i * width);
  }
  return chosen;
}
