// Pictures as pooled vectors in memory, for what is made of them at once: a probe, a classification.

import type { CollectedPicture } from "./collection.ts";
import { unreadable } from "./embed-collection.ts";
import { embeddedParts } from "./embedded-parts.ts";
import type { Encoder } from "./encoder.ts";
import type { Outcome } from "./row-journal.ts";

export interface EmbedPicturesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many of all are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onSkipped?: ((outcome: Outcome) => void) | undefined;
}

/** Vectors of the pictures that could be read. */
export interface EmbeddedPictures {
  /** [kept, width]: the mean of the last layer's patches. */
  readonly rows: Float32Array;
  /** [kept], places in the list of pictures. */
  readonly kept: Int32Array;
  readonly skipped: readonly Outcome[];
}

/**
 * Embeds pictures in their order; broken ones are named and left out.
 *
 * @throws UserError where no picture could be read, or the model gives numbers that are not finite; Interrupted
 */
export async function embedPictures(
  encoder: Encoder,
  pictures: readonly CollectedPicture[],
  { signal, onProgress, onSkipped }: EmbedPicturesOptions = {},
): Promise<EmbeddedPictures> {
  const rows = new Float32Array(pictures.length * encoder.width);
  const kept: number[] = [];
  const skipped: Outcome[] = [];
  let done = 0;
  for await (const part of embeddedParts(encoder, pictures, { layer: "last", tokens: "pooled", signal })) {
    rows.set(part.rows, kept.length * encoder.width);
    for (const outcome of part.outcomes) {
      if (outcome.skipped === undefined) kept.push(done);
      else skipped.push(outcome);
      done += 1;
    }
    for (const outcome of part.outcomes) if (outcome.skipped !== undefined) onSkipped?.(outcome);
    onProgress?.(done, pictures.length);
  }
  if (kept.length === 0) throw unreadable(skipped);
  return { rows: rows.subarray(0, kept.length * encoder.width), kept: Int32Array.from(kept), skipped };
}
