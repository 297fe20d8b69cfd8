// The pictures of an evaluation: labelled ones, in an order that the seed alone
// decides. Probes rely on that order being random, since they hold out its end.

import { dataSetNames, type Pictures } from "../data/index.ts";
import { UserError } from "../errors/index.ts";
import { permutation, type RandomStream, randomStream } from "../random/index.ts";

export interface SplitOptions {
  readonly train: Pictures;
  readonly test: Pictures;
  /** Most pictures of each part; all when absent. */
  readonly most?: { readonly train: number; readonly test: number } | undefined;
  readonly seed: number;
}

/** Labelled pictures of one part of a data set, in random order. */
export interface Split {
  readonly pictures: Pictures;
  readonly indices: Int32Array;
  readonly labels: Int32Array;
}

/** What probes are fitted on and what they are tested on. */
export interface Splits {
  readonly train: Split;
  readonly test: Split;
  readonly classes: number;
}

/**
 * Draws the labelled pictures of both parts: all of them, or at most as many as asked for; the same for the same seed.
 *
 * @throws UserError where there are fewer than two classes, or no labels
 */
export function chooseSplits({ train: trainPictures, test: testPictures, most, seed }: SplitOptions): Splits {
  const train = labelledPart(trainPictures, most?.train, randomStream(seed, "evaluation", "train"));
  const test = labelledPart(testPictures, most?.test, randomStream(seed, "evaluation", "test"));
  const classes = requireLabels(trainPictures);
  if (test.labels.length === 0) throw withoutLabels(testPictures);
  return { train, test, classes };
}

/** How many classes labelled pictures have. Throws UserError where there are fewer than two, or no labels. */
export function requireLabels(pictures: Pictures): number {
  const classes = pictures.classes?.length ?? 0;
  const isLabelled = Array.from({ length: pictures.size }, (_, index) => pictures.label(index)).some(
    (label) => label !== undefined,
  );
  if (classes < 2 || !isLabelled) throw withoutLabels(pictures);
  return classes;
}

/** Labelled pictures in random order, at most `most`; unlabelled ones are left out. */
export function labelledPart(pictures: Pictures, most: number | undefined, random: RandomStream): Split {
  const order = permutation(random, pictures.size).filter((index) => pictures.label(index) !== undefined);
  const indices = order.subarray(0, Math.min(order.length, most ?? order.length));
  return { pictures, indices, labels: indices.map((index) => pictures.label(index) ?? -1) };
}

function withoutLabels({ name, classes, notice }: Pictures): UserError {
  return new UserError({
    where: name,
    expected: "labelled pictures of two or more classes",
    received:
      classes?.length === 1 ? `one class (${classes[0]})` : `no labels${notice === undefined ? "" : ` (${notice})`}`,
    remedy: `put the pictures of each class into a folder of its own, or evaluate on others with --data ${dataSetNames[0]}`,
  });
}
