// A linear probe whose penalty and temperature are chosen by cross-validation, with figures that the choice does not
// flatter.
//
// For every fold, probes of all penalties are fitted without it (standardised by the other folds' statistics) and score
// its rows. A choice is the penalty whose scores, each at its own best temperature, make known classes most probable.
// The probe that is kept takes the choice by all rows, and is fitted on all rows. The figures score each fold by the
// choice that the other folds make.

import { Interrupted } from "../errors/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { stratifiedFolds } from "./folds.ts";
import { accuracyFigure, type Figure } from "./intervals.ts";
import { type LinearProbe, probePenalties } from "./linear-probe.ts";
import { type LogisticFit, openLogistic, type TrainingRows } from "./logistic.ts";
import { type Reliability, reliabilityOf } from "./reliability.ts";
import { scaled, scalingOf } from "./standardise.ts";
import { crossEntropyAt, fitTemperature, type ScoredRows } from "./temperature.ts";

export interface CrossValidateOptions {
  readonly classes: number;
  /** Fewer where there are fewer rows. */
  readonly folds: number;
  readonly seed: number;
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A figure of probabilities as the probe gives them, and after temperature scaling. */
export interface BeforeAndAfter<T> {
  readonly before: T;
  readonly after: T;
}

/** What was measured on rows that the probe had not seen. */
export interface ProbeFigures {
  readonly accuracy: Figure;
  /** Always answering the commonest class. */
  readonly majority: Figure;
  /** Mean cross entropy in nats. */
  readonly crossEntropy: BeforeAndAfter<number>;
  readonly reliability: BeforeAndAfter<Reliability>;
}

/** A probe fitted on all rows, and what it is worth. */
export interface CrossValidatedProbe {
  readonly probe: LinearProbe;
  readonly temperature: number;
  readonly folds: number;
  readonly figures: ProbeFigures;
}

/**
 * Fits a probe by cross-validation; the same rows and seed give the same probe.
 *
 * @param rows every class has two rows or more
 * @throws Interrupted when the signal asks
 */
export async function crossValidatedProbe(
  runtime: Runtime,
  rows: TrainingRows,
  { classes, folds: wanted, seed, onProgress, signal }: CrossValidateOptions,
): Promise<CrossValidatedProbe> {
  const { labels } = rows;
  const folds = Math.min(wanted, labels.length);
  const fold = stratifiedFolds(labels, folds, seed);
  const steps = (folds + 1) * probePenalties.length;
  const candidates = probePenalties.map(() => new Float64Array(labels.length * classes));
  let usable = candidates.length;
  for (let held = 0; held < folds; held++) {
    const begun = held * probePenalties.length;
    const options = { classes, signal, onFitted: (fits: number) => onProgress?.(begun + fits, steps) };
    usable = Math.min(usable, await scoreFold(runtime, rows, { fold, held }, candidates, options));
  }
  const scored = candidates.slice(0, usable).map((scores): ScoredRows => ({ scores, labels, classes }));
  const chosen = choose(scored);
  const probe = await fitWhole(runtime, rows, chosen.at, { classes, signal });
  onProgress?.(steps, steps);
  return { probe, temperature: chosen.temperature, folds, figures: figuresOf(scored, fold, folds) };
}

interface FitOptions {
  readonly classes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onFitted?: (fits: number) => void;
}

/**
 * Writes the scores of one fold's rows into the candidates, from strong to light; gives how many penalties were tried.
 */
async function scoreFold(
  runtime: Runtime,
  rows: TrainingRows,
  { fold, held }: { readonly fold: Int32Array; readonly held: number },
  candidates: readonly Float64Array[],
  { classes, signal, onFitted }: FitOptions,
): Promise<number> {
  const places = Int32Array.from(fold.keys());
  const unseen = places.filter((row) => fold[row] === held);
  const seen = rowsAt(
    rows,
    places.filter((row) => fold[row] !== held),
  );
  const scaling = scalingOf(seen.features, rows.width);
  const problem = await openLogistic(
    runtime,
    { ...seen, features: scaled(seen.features, scaling) },
    { classes, signal },
  );
  const { features, labels } = rowsAt(rows, unseen);
  const measured = scaled(features, scaling);
  const entropies: number[] = [];
  let fit: LogisticFit | undefined;
  try {
    while (entropies.length < candidates.length && !keepsRising(entropies)) {
      if (signal?.aborted) throw new Interrupted();
      fit = await problem.fit(probePenalties[entropies.length], fit);
      const scores = scoresOf(fit, measured, rows.width);
      const into = candidates[entropies.length];
      for (const [at, row] of unseen.entries()) {
        into.set(scores.subarray(at * classes, (at + 1) * classes), row * classes);
      }
      const scored = { scores, labels, classes };
      entropies.push(crossEntropyAt(scored, fitTemperature(scored)));
      onFitted?.(entropies.length);
    }
  } finally {
    await problem.close();
  }
  return entropies.length;
}

/** Whether the last two are each above the one before: lighter penalties then only fit noise. */
function keepsRising(values: readonly number[]): boolean {
  const [a, b, c] = values.slice(-3);
  return values.length >= 3 && c > b && b > a;
}

interface Choice {
  /** Place of the penalty. */
  readonly at: number;
  readonly temperature: number;
}

function choose(candidates: readonly ScoredRows[]): Choice {
  const tried = candidates.map((rows, at) => {
    const temperature = fitTemperature(rows);
    return { at, temperature, entropy: crossEntropyAt(rows, temperature) };
  });
  return tried.reduce((best, other) => (other.entropy < best.entropy ? other : best));
}

async function fitWhole(
  runtime: Runtime,
  { features, width, labels }: TrainingRows,
  at: number,
  { classes, signal }: FitOptions,
): Promise<LinearProbe> {
  const scaling = scalingOf(features, width);
  const problem = await openLogistic(
    runtime,
    { features: scaled(features, scaling), width, labels },
    { classes, signal },
  );
  try {
    let fit = await problem.fit(probePenalties[0]);
    for (const penalty of probePenalties.slice(1, at + 1)) fit = await problem.fit(penalty, fit);
    return { weights: fit.weights, bias: fit.bias, ...scaling, penalty: probePenalties[at] };
  } finally {
    await problem.close();
  }
}

/** Each fold's rows by the choice that the other folds make. */
function figuresOf(candidates: readonly ScoredRows[], fold: Int32Array, folds: number): ProbeFigures {
  const [{ labels, classes }] = candidates;
  const before = new Float64Array(labels.length * classes);
  const after = new Float64Array(labels.length * classes);
  for (let held = 0; held < folds; held++) {
    const others = candidates.map((rows) => scoredAt(rows, (row) => fold[row] !== held));
    const { at, temperature } = choose(others);
    const { scores } = candidates[at];
    for (let i = 0; i < scores.length; i++) {
      if (fold[Math.floor(i / classes)] !== held) continue;
      before[i] = scores[i];
      after[i] = scores[i] / temperature;
    }
  }
  const [plain, calibrated] = [before, after].map((scores): ScoredRows => ({ scores, labels, classes }));
  return {
    accuracy: accuracyFigure(rightOf(plain), labels.length),
    majority: accuracyFigure(commonest(labels, classes), labels.length),
    crossEntropy: { before: crossEntropyAt(plain, 1), after: crossEntropyAt(calibrated, 1) },
    reliability: { before: reliabilityOf(plain), after: reliabilityOf(calibrated) },
  };
}

function rightOf({ scores, labels, classes }: ScoredRows): number {
  return labels.filter((label, row) => {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(Math.max(...own)) === label;
  }).length;
}

function commonest(labels: Int32Array, classes: number): number {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]++;
  return Math.max(...counts);
}

/** Class scores [rows, classes] of scaled rows. */
function scoresOf({ weights, bias }: LogisticFit, features: Float32Array, width: number): Float64Array {
  const classes = bias.length;
  return Float64Array.from({ length: (features.length / width) * classes }, (_, at) => {
    const [row, c] = [Math.floor(at / classes), at % classes];
    let score = bias[c];
    for (let j = 0; j < width; j++) score += weights[c * width + j] * features[row * width + j];
    return score;
  });
}

function rowsAt({ features, width, labels }: TrainingRows, places: Int32Array): TrainingRows {
  const chosen = new Float32Array(places.length * width);
  for (const [at, row] of places.entries()) chosen.set(features.subarray(row * width, (row + 1) * width), at * width);
  return { features: chosen, width, labels: places.map((row) => labels[row]) };
}

function scoredAt({ scores, labels, classes }: ScoredRows, isKept: (row: number) => boolean): ScoredRows {
  return {
    scores: scores.filter((_, at) => isKept(Math.floor(at / classes))),
    labels: labels.filter((_, row) => isKept(row)),
    classes,
  };
}
