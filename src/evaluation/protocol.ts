// The evaluation of an encoder: weighted kNN and linear probes on frozen features, with the floors in the same table: the same
// probes on raw pixels and on the untrained encoder, and the commonest class. Every figure with its interval.

import type { Pictures } from "../data/index.ts";
import { UserError } from "../errors/index.ts";
import { permutation, randomStream } from "../random/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { extractFeatures, type Features, type FrozenEncoder } from "./features.ts";
import { accuracyFigure, type Figure } from "./intervals.ts";
import { fitLinearProbe, predictClasses } from "./logistic.ts";
import { classifyByNeighbours, type Rows } from "./neighbours.ts";
import { rankMe } from "./spectrum.ts";
import type { Evaluation, ProtocolFigures } from "./table.ts";

export interface EvaluateOptions {
  readonly model: string;
  readonly trained: FrozenEncoder;
  readonly untrained: FrozenEncoder;
  readonly train: Pictures;
  readonly test: Pictures;
  /** Most pictures of each part; all when absent. */
  readonly most?: { readonly train: number; readonly test: number } | undefined;
  readonly seed: number;
  readonly onProgress?: ((stage: string, done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Split {
  readonly pictures: Pictures;
  readonly indices: Int32Array;
  readonly labels: Int32Array;
}

/**
 * Scores an encoder against its floors.
 *
 * @throws UserError when the pictures have no labels; Interrupted when the signal asks
 */
export async function evaluate(runtime: Runtime, options: EvaluateOptions): Promise<Evaluation> {
  const { train: trainPictures, test: testPictures, most, seed } = options;
  const classes = trainPictures.classes?.length;
  if (classes === undefined || classes < 2) throw withoutLabels(trainPictures);
  const train = chosen(trainPictures, most?.train, randomStream(seed, "evaluation", "train"));
  const test = chosen(testPictures, most?.test, randomStream(seed, "evaluation", "test"));
  const splits = { train, test, classes };
  const encoded = async (stage: string, encoder: FrozenEncoder) => ({
    train: await features(runtime, options, `${stage}, training pictures`, encoder, train),
    test: await features(runtime, options, `${stage}, test pictures`, encoder, test),
  });
  const trained = await encoded("trained encoder", options.trained);
  const results = await probes(runtime, options, "trained", trained, splits);
  const untrained = await encoded("untrained encoder", options.untrained);
  const floor = await probes(runtime, options, "untrained", untrained, splits);
  const pixels = await pixelFloor(runtime, options, splits);
  return {
    model: options.model,
    data: trainPictures.name.replace(/ train$/, ""),
    samples: { train: train.labels.length, test: test.labels.length },
    floors: { pixels, untrained: floor, majority: majority(train.labels, test.labels, classes) },
    results,
    rank: { trained: rankOf(trained.test), untrained: rankOf(untrained.test), width: options.trained.width },
  };
}

interface Splits {
  readonly train: Split;
  readonly test: Split;
  readonly classes: number;
}

async function probes(
  runtime: Runtime,
  options: EvaluateOptions,
  stage: string,
  encoded: { readonly train: Features; readonly test: Features },
  splits: Splits,
): Promise<ProtocolFigures> {
  const { train, test } = encoded;
  const last = { train: train.last, test: test.last, width: train.width };
  const lastFour = { train: train.lastFour, test: test.lastFour, width: train.lastFourWidth };
  return {
    knn: await knnFigure(runtime, last, splits),
    linear: await linearFigure(runtime, options, `${stage}: linear probe`, last, splits),
    linearLast4: await linearFigure(runtime, options, `${stage}: linear probe, last four layers`, lastFour, splits),
  };
}

interface RowsOfBoth {
  readonly train: Rows;
  readonly test: Rows;
  readonly width: number;
}

async function knnFigure(runtime: Runtime, { train, test, width }: RowsOfBoth, splits: Splits): Promise<Figure> {
  const { labels } = splits.train;
  const guesses = await classifyByNeighbours(runtime, { features: train, width, labels }, test, splits.classes);
  return figureOf(guesses, splits.test.labels);
}

async function linearFigure(
  runtime: Runtime,
  options: EvaluateOptions,
  stage: string,
  { train, test, width }: RowsOfBoth,
  { train: { labels }, test: { labels: truth }, classes }: Splits,
): Promise<Figure> {
  const onProgress = (done: number, of: number) => options.onProgress?.(stage, done, of);
  const probe = await fitLinearProbe(runtime, { features: train, width, labels }, { classes, onProgress });
  return figureOf(predictClasses(probe, test), truth);
}

async function pixelFloor(runtime: Runtime, options: EvaluateOptions, splits: Splits) {
  const { crop } = options.trained;
  const rows = {
    train: await pixelRows(splits.train, crop),
    test: await pixelRows(splits.test, crop),
    width: crop ** 2 * 3,
  };
  return {
    knn: await knnFigure(runtime, rows, splits),
    linear: await linearFigure(runtime, options, "raw pixels: linear probe", rows, splits),
  };
}

async function pixelRows({ pictures, indices }: Split, crop: number): Promise<Uint8Array> {
  const rows = new Uint8Array(indices.length * crop ** 2 * 3);
  for (const [place, index] of indices.entries()) rows.set(await pictures.picture(index, crop), place * crop ** 2 * 3);
  return rows;
}

function features(
  runtime: Runtime,
  options: EvaluateOptions,
  stage: string,
  encoder: FrozenEncoder,
  { pictures, indices }: Split,
): Promise<Features> {
  const onProgress = (done: number) => options.onProgress?.(stage, done, indices.length);
  return extractFeatures(runtime, encoder, pictures, { indices, onProgress, signal: options.signal });
}

/** Labelled pictures in random order, at most `most`; unlabelled ones are left out. */
function chosen(pictures: Pictures, most: number | undefined, random: Parameters<typeof permutation>[0]): Split {
  const order = permutation(random, pictures.size).filter((index) => pictures.label(index) !== undefined);
  const indices = order.subarray(0, Math.min(order.length, most ?? order.length));
  return { pictures, indices, labels: indices.map((index) => pictures.label(index) ?? -1) };
}

function majority(train: Int32Array, test: Int32Array, classes: number): Figure {
  const counts = new Int32Array(classes);
  for (const label of train) counts[label]++;
  const commonest = counts.indexOf(Math.max(...counts));
  return figureOf(new Int32Array(test.length).fill(commonest), test);
}

function figureOf(guesses: Int32Array, truth: Int32Array): Figure {
  return accuracyFigure(guesses.filter((guess, i) => guess === truth[i]).length, truth.length);
}

/** Rows that the rank is computed on; more change its value little. */
const rankRows = 2_000;

function rankOf({ last, width }: Features): number {
  return rankMe(last.subarray(0, rankRows * width), width);
}

function withoutLabels({ name }: Pictures): UserError {
  return new UserError({
    where: name,
    expected: "labelled pictures of two or more classes",
    received: "no labels",
    remedy: "put the pictures of each class into a folder of its own, or evaluate on cifar10 with --data cifar10",
  });
}
