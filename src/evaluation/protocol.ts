// The evaluation of an encoder: weighted kNN and linear probes on frozen features, with the floors in the same table: the same
// methods on raw pixels and on the untrained encoder, chosen and fitted by the same code, and the commonest class.

import type { Runtime } from "../runtime/index.ts";
import { rankMe } from "../spectra/index.ts";
import { extractFeatures, type Features, type FrozenEncoder } from "./features.ts";
import { type Figure, figureOf } from "./intervals.ts";
import { fitLinearProbe, heldOutShare, predictClasses, probePenalties } from "./linear-probe.ts";
import { classifyByNeighbours, neighbourDefaults, type Rows } from "./neighbours.ts";
import { chooseSplits, type Split, type SplitOptions, type Splits } from "./splits.ts";
import type { Evaluation, Floors, ProtocolFigures } from "./table.ts";

export interface EvaluateOptions extends SplitOptions {
  readonly model: string;
  readonly trained: FrozenEncoder;
  readonly untrained: FrozenEncoder;
  readonly onProgress?: ((stage: string, done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the figures were measured: written beside them, since a figure without its protocol cannot be compared. */
export interface Protocol {
  /** Which pictures were drawn, where not all were, and their order. */
  readonly seed: number;
  readonly features: string;
  readonly knn: { readonly k: number; readonly temperature: number; readonly similarity: string };
  readonly linear: {
    readonly model: string;
    readonly heldOut: number;
    readonly penalties: readonly number[];
    readonly chosen: {
      readonly trained: LinearPenalties;
      readonly untrained: LinearPenalties;
      readonly pixels: number;
    };
  };
  /** Side of the pictures whose pixels are the floor. */
  readonly pixels: { readonly side: number };
  readonly rank: { readonly pictures: number };
}

/** The penalty that was chosen for each probe of one encoder. */
export interface LinearPenalties {
  readonly linear: number;
  readonly linearLast4: number;
}

/** An evaluation with how it was measured. */
export interface MeasuredEvaluation extends Evaluation {
  readonly protocol: Protocol;
}

/**
 * Scores an encoder against its floors.
 *
 * @throws UserError when the pictures have no labels; Interrupted when the signal asks
 */
export async function evaluate(runtime: Runtime, options: EvaluateOptions): Promise<MeasuredEvaluation> {
  const splits = chooseSplits(options);
  const trained = await scoreEncoder(runtime, options, "trained encoder", options.trained, splits);
  const untrained = await scoreEncoder(runtime, options, "untrained encoder", options.untrained, splits);
  const pixels = await scorePixels(runtime, options, splits);
  const floors: Floors = { pixels: pixels.figures, untrained: untrained.figures, majority: majority(splits) };
  const [train, test] = [splits.train.labels.length, splits.test.labels.length];
  return {
    model: options.model,
    data: options.train.name.replace(/ train$/, ""),
    samples: { train, test },
    floors,
    results: trained.figures,
    rank: { trained: trained.rank, untrained: untrained.rank, width: options.trained.width },
    protocol: protocolOf(options, test, {
      trained: trained.penalties,
      untrained: untrained.penalties,
      pixels: pixels.penalty,
    }),
  };
}

/** Rows that the rank is computed on; more change its value little. */
const rankRows = 2_000;
/** Pixels of larger pictures would be features by the hundred thousand: they are compared at this side. */
const largestPixelSide = 32;

function protocolOf(
  { seed, trained }: EvaluateOptions,
  testPictures: number,
  chosen: Protocol["linear"]["chosen"],
): Protocol {
  return {
    seed,
    features: "average of the patches: last layer after the final norm; last four blocks before it, concatenated",
    knn: { ...neighbourDefaults, similarity: "cosine" },
    linear: {
      model: "multinomial logistic regression on standardised features, mean cross entropy + penalty / 2 * |W|^2",
      heldOut: heldOutShare,
      penalties: probePenalties,
      chosen,
    },
    pixels: { side: pixelSide(trained) },
    rank: { pictures: Math.min(rankRows, testPictures) },
  };
}

function pixelSide({ crop }: FrozenEncoder): number {
  return Math.min(crop, largestPixelSide);
}

interface EncoderScores {
  readonly figures: ProtocolFigures;
  readonly penalties: LinearPenalties;
  readonly rank: number;
}

async function scoreEncoder(
  runtime: Runtime,
  options: EvaluateOptions,
  stage: string,
  encoder: FrozenEncoder,
  splits: Splits,
): Promise<EncoderScores> {
  const train = await features(runtime, options, `${stage}: features of training pictures`, encoder, splits.train);
  const test = await features(runtime, options, `${stage}: features of test pictures`, encoder, splits.test);
  const last = { train: train.last, test: test.last, width: train.width };
  const lastFour = { train: train.lastFour, test: test.lastFour, width: train.lastFourWidth };
  const knn = await knnFigure(runtime, options, `${stage}: nearest neighbours`, last, splits);
  const linear = await linearScore(runtime, options, `${stage}: linear probe`, last, splits);
  const four = await linearScore(runtime, options, `${stage}: linear probe of four layers`, lastFour, splits);
  return {
    figures: { knn, linear: linear.figure, linearLast4: four.figure },
    penalties: { linear: linear.penalty, linearLast4: four.penalty },
    rank: rankMe(test.last.subarray(0, rankRows * test.width), test.width),
  };
}

function features(
  runtime: Runtime,
  { onProgress, signal }: EvaluateOptions,
  stage: string,
  encoder: FrozenEncoder,
  { pictures, indices }: Split,
): Promise<Features> {
  const tell = (done: number) => onProgress?.(stage, done, indices.length);
  return extractFeatures(runtime, encoder, pictures, { indices, onProgress: tell, signal });
}

async function scorePixels(runtime: Runtime, options: EvaluateOptions, splits: Splits) {
  const side = pixelSide(options.trained);
  const rows = {
    train: await pixelRows(splits.train, side),
    test: await pixelRows(splits.test, side),
    width: side ** 2 * 3,
  };
  const knn = await knnFigure(runtime, options, "raw pixels: nearest neighbours", rows, splits);
  const linear = await linearScore(runtime, options, "raw pixels: linear probe", rows, splits);
  return { figures: { knn, linear: linear.figure }, penalty: linear.penalty };
}

async function pixelRows({ pictures, indices }: Split, side: number): Promise<Uint8Array> {
  const bytes = side ** 2 * 3;
  const rows = new Uint8Array(indices.length * bytes);
  for (const [place, index] of indices.entries()) rows.set(await pictures.picture(index, side), place * bytes);
  return rows;
}

/** Features of both parts, [pictures, width]. */
interface RowsOfBoth {
  readonly train: Rows;
  readonly test: Rows;
  readonly width: number;
}

async function knnFigure(
  runtime: Runtime,
  { onProgress, signal }: EvaluateOptions,
  stage: string,
  { train, test, width }: RowsOfBoth,
  splits: Splits,
): Promise<Figure> {
  const known = { features: train, width, labels: splits.train.labels };
  const tell = (done: number, of: number) => onProgress?.(stage, done, of);
  const guesses = await classifyByNeighbours(runtime, known, test, splits.classes, { onProgress: tell, signal });
  return figureOf(guesses, splits.test.labels);
}

async function linearScore(
  runtime: Runtime,
  { onProgress, signal }: EvaluateOptions,
  stage: string,
  { train, test, width }: RowsOfBoth,
  splits: Splits,
): Promise<{ readonly figure: Figure; readonly penalty: number }> {
  const probe = await fitLinearProbe(
    runtime,
    { features: train, width, labels: splits.train.labels },
    { classes: splits.classes, onProgress: (done, of) => onProgress?.(stage, done, of), signal },
  );
  return { figure: figureOf(predictClasses(probe, test), splits.test.labels), penalty: probe.penalty };
}

function majority({ train, test, classes }: Splits): Figure {
  const counts = new Int32Array(classes);
  for (const label of train.labels) counts[label]++;
  const commonest = counts.indexOf(Math.max(...counts));
  return figureOf(new Int32Array(test.labels.length).fill(commonest), test.labels);
}
