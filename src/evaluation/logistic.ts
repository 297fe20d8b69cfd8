// Linear probe: multinomial logistic regression on standardised frozen features, by L-BFGS on the whole training set:
//   minimise  mean cross entropy(X W' + b)  +  penalty / 2 * |W|^2
// The penalty is chosen on a held-out tenth of the training rows, from strong to light, each starting at the last one's solution.

import type { Program, Runtime } from "../runtime/index.ts";
import { crossEntropy, gradients, input, linear, mul, oneHot, type Tensor } from "../tensor/index.ts";
import { type Evaluated, minimise } from "./lbfgs.ts";
import type { LabelledRows, Rows } from "./neighbours.ts";

/** A fitted probe: class scores of a row x are weights ((x - mean) / deviation) + bias. */
export interface LinearProbe {
  /** [classes, width] */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  readonly penalty: number;
}

const penalties = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5];
const heldOutShare = 0.1;
const stopping = { iterations: 300, tolerance: 1e-5 };

export interface ProbeOptions {
  readonly classes: number;
  readonly onProgress?: ((fitted: number, of: number) => void) | undefined;
}

/** Fits a probe; rows are in random order (the last tenth is held out to choose the penalty). */
export async function fitLinearProbe(
  runtime: Runtime,
  train: LabelledRows,
  { classes, onProgress }: ProbeOptions,
): Promise<LinearProbe> {
  const { mean, deviation } = columnStatistics(train.features, train.width);
  const scaled = standardised(train.features, mean, deviation);
  const rows = train.labels.length;
  const fitted = Math.max(1, rows - Math.floor(rows * heldOutShare));
  const part = await openProblem(runtime, { ...train, features: scaled }, 0, fitted, classes);
  let solution: Float64Array = new Float64Array(classes * (train.width + 1));
  let best = { penalty: penalties[0], accuracy: -1, solution };
  for (const [i, penalty] of penalties.entries()) {
    solution = (await minimise((x) => part.evaluate(x, penalty), solution, stopping)).x;
    const accuracy = accuracyOf(
      scoresOf(solution, scaled, train.width, classes, fitted),
      train.labels.subarray(fitted),
      classes,
    );
    if (accuracy > best.accuracy) best = { penalty, accuracy, solution };
    onProgress?.(i + 1, penalties.length + 1);
    if (accuracy < best.accuracy - 0.01) break;
  }
  await part.close();
  const whole = await openProblem(runtime, { ...train, features: scaled }, 0, rows, classes);
  const { x } = await minimise((at) => whole.evaluate(at, best.penalty), best.solution, stopping);
  await whole.close();
  onProgress?.(penalties.length + 1, penalties.length + 1);
  const split = classes * train.width;
  return {
    weights: Float32Array.from(x.subarray(0, split)),
    bias: Float32Array.from(x.subarray(split)),
    mean,
    deviation,
    penalty: best.penalty,
  };
}

/** Most probable class of each row of `features` [rows, width]. */
export function predictClasses(probe: LinearProbe, features: Rows): Int32Array {
  const classes = probe.bias.length;
  const width = probe.mean.length;
  const solution = Float64Array.from([...probe.weights, ...probe.bias]);
  return bestClasses(
    scoresOf(solution, standardised(features, probe.mean, probe.deviation), width, classes, 0),
    classes,
  );
}

/** Rows at once in the program: a block of features and its scores stay in the cache. */
const rowsAtOnce = 2_048;

interface Problem {
  evaluate(x: Float64Array, penalty: number): Promise<Evaluated>;
  close(): Promise<void>;
}

/** Value and gradient over rows `from` to `to`, block by block; the last block is filled with rows of weight zero. */
async function openProblem(
  runtime: Runtime,
  { features, width, labels }: LabelledRows & { readonly features: Float32Array },
  from: number,
  to: number,
  classes: number,
): Promise<Problem> {
  const blockRows = Math.min(rowsAtOnce, to - from);
  const program = await runtime.compile(traceBlock(blockRows, width, classes));
  const split = classes * width;
  const blocks = Array.from({ length: Math.ceil((to - from) / blockRows) }, (_, i) => {
    const end = Math.min(to, from + (i + 1) * blockRows);
    const start = end - blockRows;
    const fresh = from + i * blockRows - start;
    const share = Float32Array.from({ length: blockRows }, (_, row) => (row < fresh ? 0 : 1 / (to - from)));
    return { features: features.subarray(start * width, end * width), labels: labels.subarray(start, end), share };
  });
  return {
    async evaluate(x, penalty) {
      const weights = Float32Array.from(x.subarray(0, split));
      const bias = Float32Array.from(x.subarray(split));
      const gradient = x.map((value, i) => (i < split ? penalty * value : 0));
      let value = 0;
      for (let i = 0; i < split; i++) value += (penalty / 2) * x[i] ** 2;
      for (const block of blocks) value += await addBlock(program, { ...block, weights, bias }, gradient, split);
      return { value, gradient };
    },
    close: () => program.release(),
  };
}

async function addBlock(
  program: Program,
  feeds: Record<string, Float32Array | Int32Array>,
  gradient: Float64Array,
  split: number,
): Promise<number> {
  const { value, weightSlope, biasSlope } = await program.run(feeds);
  for (let i = 0; i < split; i++) gradient[i] += Number(weightSlope[i]);
  for (let i = 0; i < biasSlope.length; i++) gradient[split + i] += Number(biasSlope[i]);
  return Number(value[0]);
}

function traceBlock(rows: number, width: number, classes: number): Record<string, Tensor> {
  const weights = input("weights", [classes, width]);
  const bias = input("bias", [classes]);
  const logits = linear(input("features", [rows, width]), weights, bias);
  const targets = mul(oneHot(input("labels", [rows], "i32"), classes), input("share", [rows, 1]));
  const value = mul(crossEntropy(logits, targets), rows);
  const [weightSlope, biasSlope] = gradients(value, [weights, bias]);
  return { value, weightSlope, biasSlope };
}

/** Class scores [rows, classes] of standardised rows from row `from` on; the solution is [weights, bias]. */
function scoresOf(
  solution: Float64Array,
  scaled: Float32Array,
  width: number,
  classes: number,
  from: number,
): Float64Array {
  const rows = scaled.length / width - from;
  const scores = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const start = (from + row) * width;
    for (let c = 0; c < classes; c++) {
      let score = solution[classes * width + c];
      for (let j = 0; j < width; j++) score += solution[c * width + j] * scaled[start + j];
      scores[row * classes + c] = score;
    }
  }
  return scores;
}

function bestClasses(scores: Float64Array, classes: number): Int32Array {
  return Int32Array.from({ length: scores.length / classes }, (_, row) => {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(Math.max(...own));
  });
}

function accuracyOf(scores: Float64Array, labels: Int32Array, classes: number): number {
  if (labels.length === 0) return 0;
  return bestClasses(scores, classes).filter((guess, row) => guess === labels[row]).length / labels.length;
}

function columnStatistics(features: Rows, width: number): { mean: Float64Array; deviation: Float64Array } {
  const rows = features.length / width;
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let i = 0; i < features.length; i++) mean[i % width] += features[i] / rows;
  for (let i = 0; i < features.length; i++) squares[i % width] += (features[i] - mean[i % width]) ** 2 / rows;
  // A feature that never changes tells nothing: it stays at zero.
  return { mean, deviation: squares.map((square) => (square > 0 ? Math.sqrt(square) : 1)) };
}

function standardised(features: Rows, mean: Float64Array, deviation: Float64Array): Float32Array {
  const width = mean.length;
  const scaled = new Float32Array(features.length);
  for (let i = 0; i < features.length; i++) scaled[i] = (features[i] - mean[i % width]) / deviation[i % width];
  return scaled;
}
