// The classification head that goes out with a model, as numbers: a linear layer over the mean of the patches, which
// transformers calls `classifier` in `IJepaForImageClassification`.

import { readLocated } from "./located.ts";
import type { OpenedModel } from "./opened-model.ts";

export interface ExportedHead {
  readonly labels: readonly string[];
  /** [labels, width] */
  readonly weight: Float32Array;
  /** [labels] */
  readonly bias: Float32Array;
}

/** The head that was given, else the model's own; undefined where there is neither. */
export async function headFor(
  { head }: OpenedModel,
  given: ExportedHead | undefined,
): Promise<ExportedHead | undefined> {
  if (given !== undefined || head === undefined) return given;
  return { labels: head.labels, weight: await readLocated(head.weight), bias: await readLocated(head.bias) };
}
