// Pictures by a head: the likeliest classes of each with their probabilities. A head of one's own and the head of an
// official classification checkpoint (IJepaForImageClassification: a linear layer over the mean of the patches) are one
// thing here.

import {
  type CollectedPicture,
  type EmbedPicturesOptions,
  type Encoder,
  embedPictures,
  type Outcome,
} from "../embedding/index.ts";
import { CorruptFile, UserError } from "../errors/index.ts";
import { type OpenedModel, readLocated } from "../hub/index.ts";
import type { Classifier, ClassifierHead } from "./classifier-head.ts";
import { probabilitiesOf } from "./temperature.ts";

/** A class and how probable it is, 0..1. */
export interface Guess {
  readonly class: string;
  readonly probability: number;
}

/** What a picture shows, likeliest first. */
export interface ClassifiedPicture {
  readonly path: string;
  readonly guesses: readonly Guess[];
}

export interface ClassifyOptions extends EmbedPicturesOptions {
  /** Classes told for each picture; all where there are fewer. 3 when absent. */
  readonly top?: number | undefined;
}

/** Classes told for a picture, unless something else is said. */
const usualTop = 3;

/**
 * Classifies pictures in their order; broken ones are named and left out.
 *
 * @throws UserError where no picture could be read; CorruptFile where the head is not of the encoder's width;
 *   Interrupted
 */
export async function classifyPictures(
  encoder: Encoder,
  classifier: Classifier,
  pictures: readonly CollectedPicture[],
  { top = usualTop, ...options }: ClassifyOptions = {},
): Promise<{ pictures: readonly ClassifiedPicture[]; skipped: readonly Outcome[] }> {
  const { width } = encoder;
  requireWidth(classifier, width);
  const { rows, kept, skipped } = await embedPictures(encoder, pictures, options);
  const classified = Array.from(kept, (place, at) => {
    const probabilities = classProbabilities(classifier, rows.subarray(at * width, (at + 1) * width));
    return { path: pictures[place].path, guesses: likeliest(classifier.classes, probabilities, top) };
  });
  return { pictures: classified, skipped };
}

/** Probability of each class [classes] for the pooled features [width] of one picture. */
export function classProbabilities(
  { weights, bias, temperature }: Classifier,
  features: ArrayLike<number>,
): Float64Array {
  const width = features.length;
  const scores = Float64Array.from(bias, (own, c) => {
    let score = own;
    for (let j = 0; j < width; j++) score += weights[c * width + j] * features[j];
    return score;
  });
  return probabilitiesOf(scores, temperature);
}

/** The head that a model directory brought along. Throws UserError where it has none. */
export async function officialClassifier({ name, head }: OpenedModel): Promise<Classifier> {
  if (head === undefined) throw headless(name);
  const [weights, bias] = [await readLocated(head.weight), await readLocated(head.bias)];
  return { classes: head.labels, weights, bias, temperature: 1 };
}

/** Throws UserError where the model is not the one whose features the head was fitted on. */
export function requireSameModel({ model }: Pick<ClassifierHead, "model">, opened: OpenedModel): void {
  if (opened.fingerprint === model.fingerprint) return;
  throw new UserError({
    where: "--model",
    expected: `the model that the head was trained with (${model.name}, ${model.fingerprint})`,
    received: `${opened.name}, ${opened.fingerprint}`,
    remedy: 'name that model with --model, or train a head for this one with "jepa classify train"',
  });
}

function likeliest(classes: readonly string[], probabilities: Float64Array, top: number): Guess[] {
  const order = Array.from(classes.keys()).sort((a, b) => probabilities[b] - probabilities[a]);
  return order.slice(0, top).map((at) => ({ class: classes[at], probability: probabilities[at] }));
}

function requireWidth({ weights, bias }: Classifier, width: number): void {
  if (weights.length === bias.length * width) return;
  throw new CorruptFile({
    where: "head",
    expected: `weights for features of width ${width}`,
    received: `width ${weights.length / bias.length}`,
    remedy: "use the head with the model that it was trained with",
  });
}

function headless(name: string): UserError {
  return new UserError({
    where: "--with",
    expected: 'a head that "jepa classify train" wrote, or a model with a classification head',
    received: `${name}, a model without one`,
    remedy: `train one: jepa classify train <folder of class folders> --model ${name} --to <folder>`,
  });
}
