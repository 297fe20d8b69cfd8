// Linear probe: multinomial logistic regression on standardised frozen features. The
// penalty is chosen on a held-out tenth of the training rows, from strong to light, each
// fit starting at the last one's solution; then all rows are fitted with the best.

import type { Runtime } from "../runtime/index.ts";
import { type LogisticFit, type LogisticProblem, withLogistic } from "./logistic.ts";
import type { LabelledRows, Rows } from "./neighbours.ts";
import { type Scaling, scaled, scalingOf } from "./standardise.ts";

/** A fitted probe: class scores of a row x are weights ((x - mean) / deviation) + bias. */
export interface LinearProbe extends Scaling, Pick<LogisticFit, "weights" | "bias"> {
  readonly penalty: number;
}

/** Penalties tried, strong to light. Below the last, features in float32 say nothing more. */
export const probePenalties: readonly number[] = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7];

/** Share of the training rows on which the penalty is chosen. */
export const heldOutShare = 0.1;

export interface ProbeOptions {
  readonly classes: number;
  readonly onProgress?: ((fitted: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fits a probe. Rows must be in random order: the last tenth is held out to choose the penalty (with
 * fewer than ten rows none is, and the strongest is taken). Throws Interrupted when the signal asks.
 */
export async function fitLinearProbe(
  runtime: Runtime,
  { features, width, labels }: LabelledRows,
  { classes, onProgress, signal }: ProbeOptions,
): Promise<LinearProbe> {
  const scaling = scalingOf(features, width);
  const rows = { features: scaled(features, scaling), width, labels };
  const chosen = await choosePenalty(runtime, rows, { classes, onProgress, signal });
  const { weights, bias } = await withLogistic(runtime, rows, { classes, signal }, (whole) =>
    whole.fit(chosen.penalty, chosen.fit),
  );
  onProgress?.(probePenalties.length + 1, probePenalties.length + 1);
  return { weights, bias, ...scaling, penalty: chosen.penalty };
}

/** Most probable class of each row of `features` [rows, width]. */
export function predictClasses({ weights, bias, mean, deviation }: LinearProbe, features: Rows): Int32Array {
  const width = mean.length;
  const row = new Float64Array(width);
  return Int32Array.from({ length: features.length / width }, (_, at) => {
    for (let j = 0; j < width; j++) row[j] = (features[at * width + j] - mean[j]) / deviation[j];
    return likeliest(row, { weights, bias });
  });
}

interface Choice {
  readonly penalty: number;
  readonly fit: LogisticFit;
}

async function choosePenalty(
  runtime: Runtime,
  { features, width, labels }: LabelledRows & { readonly features: Float32Array },
  { classes, onProgress, signal }: ProbeOptions,
): Promise<Choice> {
  const fitted = labels.length - Math.floor(labels.length * heldOutShare);
  const part = { features: features.subarray(0, fitted * width), width, labels: labels.subarray(0, fitted) };
  const held = { features: features.subarray(fitted * width), width, labels: labels.subarray(fitted) };
  const tell = (tried: number) => onProgress?.(tried, probePenalties.length + 1);
  return withLogistic(runtime, part, { classes, signal }, (problem) => bestPenalty(problem, held, tell));
}

async function bestPenalty(
  problem: LogisticProblem,
  held: LabelledRows,
  onTried: (tried: number) => void,
): Promise<Choice> {
  let best: (Choice & { readonly accuracy: number }) | undefined;
  let fit: LogisticFit | undefined;
  for (const [i, penalty] of probePenalties.entries()) {
    fit = await problem.fit(penalty, fit);
    onTried(i + 1);
    const accuracy = accuracyOf(fit, held);
    if (best === undefined || accuracy > best.accuracy) best = { penalty, fit, accuracy };
    if (best.accuracy === 1 || hasFallen(accuracy, best.accuracy, held.labels.length)) break;
  }
  if (best === undefined) throw new Error("internal: no penalty was tried");
  return best;
}

/** Whether an accuracy lies two standard errors below the best: lighter penalties then only fit noise. */
function hasFallen(accuracy: number, best: number, rows: number): boolean {
  return rows === 0 || best - accuracy > 2 * Math.sqrt((best * (1 - best)) / rows);
}

function accuracyOf(fit: LogisticFit, { features, width, labels }: LabelledRows): number {
  let right = 0;
  for (let row = 0; row < labels.length; row++) {
    if (likeliest(features.subarray(row * width, (row + 1) * width), fit) === labels[row]) right++;
  }
  return labels.length === 0 ? 0 : right / labels.length;
}

/** The class with the highest score for one scaled row [width]. */
function likeliest(row: ArrayLike<number>, { weights, bias }: Pick<LogisticFit, "weights" | "bias">): number {
  const width = row.length;
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < bias.length; c++) {
    let score = bias[c];
    for (let j = 0; j < width; j++) score += weights[c * width + j] * row[j];
    if (score > highest) [best, highest] = [c, score];
  }
  return best;
}
