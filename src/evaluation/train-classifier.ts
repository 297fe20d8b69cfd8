// From a folder of class folders to a head: features of all pictures by a frozen encoder, a cross-validated linear
// probe on them, probabilities calibrated on pictures that the probe had not seen.

import { join } from "node:path";
import { listClassedFiles } from "../data/index.ts";
import { type Encoder, embedPictures, type Outcome } from "../embedding/index.ts";
import { UserError } from "../errors/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { ClassifierHead } from "./classifier-head.ts";
import { foldedProbe } from "./classifier-head.ts";
import { crossValidatedProbe } from "./cross-validation.ts";

export interface TrainClassifierOptions {
  /** 5 when absent. */
  readonly folds?: number | undefined;
  /** Decides which pictures are in which fold; 0 when absent. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((stage: string, done: number, of: number) => void) | undefined;
  readonly onSkipped?: ((outcome: Outcome) => void) | undefined;
}

/** A head without the way to open its model again, which whoever opened it knows. */
export interface TrainedClassifier extends Omit<ClassifierHead, "model"> {
  readonly skipped: readonly Outcome[];
  /** "train" where the folder has parts and only this one was learned from. */
  readonly part: "train" | "whole";
}

/** Folds of a cross-validation, unless something else is said. */
const usualFolds = 5;

/**
 * Trains a classifier. The same pictures, model and seed give the same one.
 *
 * @param folder its sub-folders are the classes; of one with parts (train and test) the training part is learned from
 * @throws UserError where there are fewer than two classes, a class has fewer than two pictures that can be read, or
 *   pictures lie outside of all classes; Interrupted when the signal asks
 */
export async function trainClassifier(
  runtime: Runtime,
  encoder: Encoder,
  folder: string,
  { folds = usualFolds, seed = 0, signal, onProgress, onSkipped }: TrainClassifierOptions = {},
): Promise<TrainedClassifier> {
  const { files, part } = await listClassedFiles(folder);
  const named = files.map(({ path, className }) => {
    if (className === undefined) throw outside(folder, path);
    return { path: join(folder, path), className };
  });
  const classes = [...new Set(named.map(({ className }) => className))].sort();
  if (classes.length < 2) throw tooFewClasses(folder, classes);
  const places = new Map(classes.map((name, place) => [name, place]));
  const listed = Int32Array.from(named, ({ className }) => places.get(className) ?? 0);
  requirePictures(folder, classes, listed);
  const pictures = named.map(({ path }) => ({ path, open: async () => path }));
  const { rows, kept, skipped } = await embedPictures(encoder, pictures, {
    signal,
    onSkipped,
    onProgress: (done, total) => onProgress?.("reading pictures", done, total),
  });
  const labels = kept.map((at) => listed[at]);
  const counts = requirePictures(folder, classes, labels);
  const { probe, temperature, figures, ...chosen } = await crossValidatedProbe(
    runtime,
    { features: rows, width: encoder.width, labels },
    {
      classes: classes.length,
      folds,
      seed,
      signal,
      onProgress: (done, of) => onProgress?.("fitting probes", done, of),
    },
  );
  const { penalty } = probe;
  return {
    classes,
    ...foldedProbe(probe),
    temperature,
    pictures: counts,
    figures,
    penalty,
    folds: chosen.folds,
    seed,
    skipped,
    part,
  };
}

/** Pictures of each class. Throws UserError where one has too few to be both learned from and measured on. */
function requirePictures(where: string, classes: readonly string[], labels: Int32Array): number[] {
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label]++;
  const few = classes.flatMap((name, place) => (counts[place] < 2 ? [`${name} has ${counts[place]}`] : []));
  if (few.length === 0) return counts;
  throw new UserError({
    where,
    expected: "two or more readable pictures of every class",
    received: few.join(", "),
    remedy: "add pictures to these folders, or take the folders away",
  });
}

function tooFewClasses(where: string, classes: readonly string[]): UserError {
  const found = classes.length === 0 ? "no picture" : `one class, ${classes[0]}`;
  return new UserError({
    where,
    expected: "pictures in two or more sub-folders, one for each class",
    received: found,
    remedy: "put the pictures of each class into a folder of its own",
  });
}

function outside(where: string, path: string): UserError {
  return new UserError({
    where,
    expected: "pictures in sub-folders, one for each class",
    received: `${path}, which lies in none`,
    remedy: "move it into the folder of its class, or away",
  });
}
