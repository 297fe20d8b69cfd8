// One batch of augmented pictures, as a pure function of (plan, step): the same bytes in whichever thread it is made.

import { randomStream } from "../random/index.ts";
import { randomResizedBox } from "./crops.ts";
import { stepOrder } from "./order.ts";
import { type PictureSource, type PixelReader, sizeOf } from "./pixels.ts";
import { mirror } from "./resample.ts";

/** Everything that the pictures of every step follow from; plain data, so that a worker thread can be given it. */
export interface BatchPlan {
  readonly source: PictureSource;
  /** Pictures a step. */
  readonly batch: number;
  /** Side of the squares in pixels. */
  readonly crop: number;
  /** Least and most share of a picture's area that a crop takes. */
  readonly scale: readonly [number, number];
  /** Whether half of the pictures are mirrored. */
  readonly flip: boolean;
  readonly seed: number;
}

/** The pictures of a step, images [batch, crop, crop, 3] uint8, and their indices [batch] in the data set. */
export interface StepPictures {
  readonly images: Uint8Array<ArrayBuffer>;
  readonly indices: Int32Array<ArrayBuffer>;
}

/**
 * Makes the batches of a plan. The order of pictures is drawn from (seed, "order", epoch), the crop and mirroring
 * of each from (seed, "augment", epoch, index), so nothing depends on which steps were made before, or where.
 *
 * @returns a function from steps to their pictures; it throws CorruptFile where a picture cannot be read
 */
export function batchMaker(plan: BatchPlan, reader: PixelReader): (step: number) => Promise<StepPictures> {
  const { source, batch, crop, scale, flip, seed } = plan;
  const orderOf = stepOrder(source.widths.length, batch, seed);
  const squareBytes = crop * crop * 3;

  async function augment(index: number, epoch: number, into: Uint8Array): Promise<void> {
    const random = randomStream(seed, "augment", epoch, index);
    const { width, height } = sizeOf(source, index);
    await reader.square(index, randomResizedBox(random, width, height, scale), crop, into);
    if (flip && random.uniform() < 0.5) mirror(into, crop);
  }

  return async (step) => {
    const { epoch, indices } = orderOf(step);
    const images = new Uint8Array(batch * squareBytes);
    const made = Array.from(indices, (index, place) => {
      return augment(index, epoch, images.subarray(place * squareBytes, (place + 1) * squareBytes));
    });
    await Promise.all(made);
    return { images, indices };
  };
}
