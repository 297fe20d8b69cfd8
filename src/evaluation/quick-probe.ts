// A quick look at a training encoder: a linear probe of its frozen features, fitted on
// some training pictures and scored on others. The test set stays out of it, so that a
// checkpoint chosen by such a figure can still be judged on the test set.

import type { Pictures } from "../data/index.ts";
import { randomStream } from "../random/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { extractFeatures, type FrozenEncoder } from "./features.ts";
import { figureOf } from "./intervals.ts";
import { fitLinearProbe, predictClasses } from "./linear-probe.ts";
import { labelledPart, requireLabels } from "./splits.ts";

export interface QuickProbeOptions {
  /** Decides which pictures are drawn; the same for all probes of a run. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** Most pictures that a quick probe is fitted on, and scored on. */
export const quickProbeSamples: { readonly fitted: number; readonly scored: number } = { fitted: 5_000, scored: 2_000 };

/**
 * Accuracy of a linear probe on the encoder's last layer, 0..1.
 *
 * @param pictures training pictures, un-augmented; unlabelled ones are left out
 * @throws UserError where there are fewer than two classes, or no labels; Interrupted when the signal asks
 */
export async function quickProbe(
  runtime: Runtime,
  encoder: FrozenEncoder,
  pictures: Pictures,
  { seed, signal }: QuickProbeOptions,
): Promise<number> {
  const classes = requireLabels(pictures);
  const { fitted, scored } = quickProbeSamples;
  const { indices, labels } = labelledPart(pictures, fitted + scored, randomStream(seed, "quick probe"));
  const from = Math.floor((indices.length * fitted) / (fitted + scored));
  const { last, width } = await extractFeatures(runtime, encoder, pictures, { indices, signal });
  const known = { features: last.subarray(0, from * width), width, labels: labels.subarray(0, from) };
  const probe = await fitLinearProbe(runtime, known, { classes, signal });
  const guesses = predictClasses(probe, last.subarray(from * width));
  return figureOf(guesses, labels.subarray(from)).accuracy;
}
