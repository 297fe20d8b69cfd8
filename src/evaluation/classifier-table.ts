// What is known of a trained head, as cells for a table and sentences around it: how often it is right on pictures that
// it had not seen, and whether its probabilities mean what they say.

import { count, percent } from "../figures/index.ts";
import type { ClassifierHead } from "./classifier-head.ts";
import { distinguishable } from "./intervals.ts";

export interface ClassifierTable {
  readonly captions: readonly string[];
  readonly headings: readonly string[];
  /** The reliability of calibrated probabilities, bin by bin. */
  readonly rows: readonly (readonly string[])[];
}

/** Figures of a head: sentences, then the table of its reliability. */
export function classifierTable(
  head: Pick<ClassifierHead, "classes" | "pictures" | "figures" | "folds" | "penalty" | "temperature">,
): ClassifierTable {
  const { accuracy, majority, reliability, crossEntropy } = head.figures;
  const { before, after } = reliability;
  const total = head.pictures.reduce((sum, own) => sum + own, 0);
  const [low, high] = accuracy.interval;
  const floor = distinguishable(accuracy, majority) ? "" : ", not distinguishable from it";
  return {
    captions: [
      `accuracy ${percent(accuracy.accuracy)} (95% interval ${percent(low)} to ${percent(high)}) on pictures not fitted on: ${count(total)} of ${head.classes.length} classes, ${head.folds} folds`,
      `always the commonest class: ${percent(majority.accuracy)}${floor}`,
      `calibration error ${percent(before.error)} as fitted, ${percent(after.error)} calibrated (temperature ${head.temperature.toFixed(2)}); cross entropy ${crossEntropy.before.toFixed(3)}, ${crossEntropy.after.toFixed(3)}; penalty ${head.penalty}`,
    ],
    headings: ["probability", "pictures", "mean", "right"],
    rows: after.bins.map((bin) => [
      `${percent(bin.from, 0)} to ${percent(bin.to, 0)}`,
      count(bin.count),
      percent(bin.confidence),
      percent(bin.accuracy),
    ]),
  };
}
