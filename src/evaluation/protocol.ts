// The evaluation of an encoder: weighted kNN and linear probes on frozen features,
// with the floors in the same table: the same methods on raw pixels and on the
// untrained encoder, chosen and fitted by the same code, and the commonest class.

import { Interrupted } from "../errors/index.ts";
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
  const { onProgress, signal } = options;
  const splits = chooseSplits(options);
  const scoring: Scoring = { runtime, splits, onProgress, signal };
  const trained = await scoreEncoder(scoring, "trained encoder", options.trained);
  const untrained = await scoreEncoder(scoring, "untrained encoder", options.untrained);
  const pixels = await scorePixels(scoring, pixelSide(options.trained));
  const floors: Floors = { pixels: pixels.figures, untrained: untrained.figures, majority: majority(splits) };
  const [train, test] = [splits.train.labels.length, splits.test.labels.length];
  return {
    model: options.model,
    data: options.train.dataSet,
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

/** What every score of one evaluation is made with. */
interface Scoring extends Pick<EvaluateOptions, "onProgress" | "signal"> {
  readonly runtime: Runtime;
  readonly splits: Splits;
}

interface EncoderScores {
  readonly figures: ProtocolFigures;
  readonly penalties: LinearPenalties;
  readonly rank: number;
}

async function scoreEncoder(scoring: Scoring, stage: string, encoder: FrozenEncoder): Promise<EncoderScores> {
  const { splits } = scoring;
  const train = await features(scoring, `${stage}: features of training pictures`, encoder, splits.train);
  const test = await features(scoring, `${stage}: features of test pictures`, encoder, splits.test);
  const last = { train: train.last, test: test.last, width: train.width };
  const lastFour = { train: train.lastFour, test: test.lastFour, width: train.lastFourWidth };
  const knn = await knnFigure(scoring, `${stage}: nearest neighbours`, last);
  const linear = await linearScore(scoring, `${stage}: linear probe`, last);
  const four = await linearScore(scoring, `${stage}: linear probe of four layers`, lastFour);
  return {
    figures: { knn, linear: linear.figure, linearLast4: four.figure },
    penalties: { linear: linear.penalty, linearLast4: four.penalty },
    rank: rankMe(test.last.subarray(0, rankRows * test.width), test.width),
  };
}

function features(
  { runtime, onProgress, signal }: Scoring,
  stage: string,
  encoder: FrozenEncoder,
  { pictures, indices }: Split,
): Promise<Features> {
  const tell = (done: number) => onProgress?.(stage, done, indices.length);
  return extractFeatures(runtime, encoder, pictures, { indices, onProgress: tell, signal });
}

async function scorePixels(scoring: Scoring, side: number) {
  const { train, test } = scoring.splits;
  const rows = {
    train: await pixelRows(scoring, "raw pixels: training pictures", train, side),
    test: await pixelRows(scoring, "raw pixels: test pictures", test, side),
    width: side ** 2 * 3,
  };
  const knn = await knnFigure(scoring, "raw pixels: nearest neighbours", rows);
  const linear = await linearScore(scoring, "raw pixels: linear probe", rows);
  return { figures: { knn, linear: linear.figure }, penalty: linear.penalty };
}

/** Pictures that are read at once. */
const readAtOnce = 64;

async function pixelRows(
  { onProgress, signal }: Scoring,
  stage: string,
  { pictures, indices }: Split,
  side: number,
): Promise<Uint8Array> {
  const bytes = side ** 2 * 3;
  const rows = new Uint8Array(indices.length * bytes);
  for (let from = 0; from < indices.length; from += readAtOnce) {
    if (signal?.aborted) throw new Interrupted();
    const part = indices.subarray(from, from + readAtOnce);
    const read = await Promise.all(Array.from(part, (index) => pictures.picture(index, side)));
    for (const [place, picture] of read.entries()) rows.set(picture, (from + place) * bytes);
    onProgress?.(stage, from + part.length, indices.length);
  }
  return rows;
}

/** Features of both parts, [pictures, width]. */
interface RowsOfBoth {
  readonly train: Rows;
  readonly test: Rows;
  readonly width: number;
}

async function knnFigure(
  { runtime, splits, onProgress, signal }: Scoring,
  stage: string,
  { train, test, width }: RowsOfBoth,
): Promise<Figure> {
  const known = { features: train, width, labels: splits.train.labels };
  const tell = (done: number, of: number) => onProgress?.(stage, done, of);
  const guesses = await classifyByNeighbours(runtime, known, test, splits.classes, { onProgress: tell, signal });
  return figureOf(guesses, splits.test.labels);
}

async function linearScore(
  { runtime, splits, onProgress, signal }: Scoring,
  stage: string,
  { train, test, width }: RowsOfBoth,
): Promise<{ readonly figure: Figure; readonly penalty: number }> {
  const known = { features: train, width, labels: splits.train.labels };
  const tell = (done: number, of: number) => onProgress?.(stage, done, of);
  const probe = await fitLinearProbe(runtime, known, { classes: splits.classes, onProgress: tell, signal });
  return { figure: figureOf(predictClasses(probe, test), splits.test.labels), penalty: probe.penalty };
}

function majority({ train, test, classes }: Splits): Figure {
  const counts = new Int32Array(classes);
  for (const label of train.labels) counts[label]++;
  const commonest = counts.indexOf(Math.max(...counts));
  return figureOf(new Int32Array(test.labels.length).fill(commonest), test.labels);
}
