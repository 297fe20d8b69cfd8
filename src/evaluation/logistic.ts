// Multinomial logistic regression on rows of features, by L-BFGS on all rows at once:
//   minimise over W, b   mean cross entropy(X W' + b)  +  penalty / 2 * |W|^2
// Correlated features curve this function a million times more in some directions than in others, and L-BFGS alone
// then stops far from the minimum, the farther the lighter the penalty; so it is told the curvature (`curvature.ts`).

import { Interrupted } from "../errors/index.ts";
import type { Program, Runtime } from "../runtime/index.ts";
import { crossEntropy, gradients, input, linear, mul, oneHot, type Tensor } from "../tensor/index.ts";
import { type Curvature, measureCurvature } from "./curvature.ts";
import { type MinimiseOptions, minimise, type Objective } from "./lbfgs.ts";

/** Class scores of a row x are weights x + bias. */
export interface LogisticFit {
  /** [classes, width] */
  readonly weights: Float64Array;
  /** [classes] */
  readonly bias: Float64Array;
  /** Mean cross entropy and penalty. */
  readonly objective: number;
  readonly iterations: number;
}

/** A training set that is fitted at one penalty after another. */
export interface LogisticProblem {
  /** Fits at a penalty, from an earlier fit or from zero. Throws Interrupted when the signal asks. */
  fit(penalty: number, start?: LogisticFit): Promise<LogisticFit>;
  close(): Promise<void>;
}

export interface LogisticOptions {
  readonly classes: number;
  /** When a fit is good enough; see `MinimiseOptions`. */
  readonly tolerance?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rows [rows, width] and their classes [rows]. */
export interface TrainingRows {
  readonly features: Float32Array;
  readonly width: number;
  readonly labels: Int32Array;
}

const mostIterations = 200;

/** Opens a training set for fitting. */
export async function openLogistic(
  runtime: Runtime,
  rows: TrainingRows,
  { classes, tolerance = 2e-5, signal }: LogisticOptions,
): Promise<LogisticProblem> {
  const { width } = rows;
  const blocks = blocksOf(rows);
  const curvature = await measureCurvature(runtime, blocks, { rows: blocks[0].labels.length, width, classes });
  const program = await runtime.compile(traceBlock(blocks[0].labels.length, width, classes));
  return {
    async fit(penalty, start) {
      const objective = objectiveOf(program, blocks, { classes, width, penalty, signal });
      const from = new Float64Array(classes * (width + 1));
      if (start !== undefined) from.set([...start.weights, ...start.bias]);
      const precondition = preconditioner(curvature, { classes, width, penalty });
      const { x, value, iterations } = await minimise(objective, from, {
        iterations: mostIterations,
        tolerance,
        precondition,
      });
      const split = classes * width;
      return { weights: x.subarray(0, split), bias: x.subarray(split), objective: value, iterations };
    },
    close: () => program.release(),
  };
}

/** Opens a training set for some work, and closes it however that ends. */
export async function withLogistic<Result>(
  runtime: Runtime,
  rows: TrainingRows,
  options: LogisticOptions,
  work: (problem: LogisticProblem) => Promise<Result>,
): Promise<Result> {
  const problem = await openLogistic(runtime, rows, options);
  try {
    return await work(problem);
  } finally {
    await problem.close();
  }
}

/** Rows at once in the program; the last block is filled with rows of weight zero. */
const rowsAtOnce = 1_024;

interface Block {
  readonly features: Float32Array;
  readonly labels: Int32Array;
  /** Each row's share of the mean, [rows, 1]. */
  readonly share: Float32Array;
}

/** The last block reaches back into the one before it, and gives the rows that were there already no weight. */
function blocksOf({ features, width, labels }: TrainingRows): Block[] {
  const total = labels.length;
  const rows = Math.min(rowsAtOnce, total);
  return Array.from({ length: Math.ceil(total / rows) }, (_, i) => {
    const start = Math.min(i * rows, total - rows);
    const repeated = i * rows - start;
    return {
      features: features.subarray(start * width, (start + rows) * width),
      labels: labels.subarray(start, start + rows),
      share: Float32Array.from({ length: rows }, (_, row) => (row < repeated ? 0 : 1 / total)),
    };
  });
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

interface Penalised {
  readonly classes: number;
  readonly width: number;
  readonly penalty: number;
  readonly signal?: AbortSignal | undefined;
}

/** Value and gradient of weights and bias, one after the other in `x`; sums over blocks are kept in float64. */
function objectiveOf(
  program: Program,
  blocks: readonly Block[],
  { classes, width, penalty, signal }: Penalised,
): Objective {
  const split = classes * width;
  const weights = new Float32Array(split);
  const bias = new Float32Array(classes);
  const [weightSlope, biasSlope] = [new Float32Array(split), new Float32Array(classes)];
  return async (x, gradient) => {
    if (signal?.aborted) throw new Interrupted();
    weights.set(x.subarray(0, split));
    bias.set(x.subarray(split));
    let value = 0;
    gradient.fill(0, split);
    for (let i = 0; i < split; i++) {
      value += (penalty / 2) * x[i] * x[i];
      gradient[i] = penalty * x[i];
    }
    for (const block of blocks) {
      const results = await program.run({ ...block, weights, bias }, { weightSlope, biasSlope });
      value += Number(results.value[0]);
      for (let i = 0; i < split; i++) gradient[i] += weightSlope[i];
      for (let i = 0; i < classes; i++) gradient[split + i] += biasSlope[i];
    }
    return value;
  };
}

/** The curvature of all classes together; the bias, of mean zero features, curves by 1 / classes. */
function preconditioner(
  curvature: Curvature,
  { classes, width, penalty }: Penalised,
): NonNullable<MinimiseOptions["precondition"]> {
  const multiply = curvature(penalty);
  return (vector) => {
    for (let c = 0; c < classes; c++) multiply(vector.subarray(c * width, (c + 1) * width));
    for (let i = classes * width; i < vector.length; i++) vector[i] *= classes;
  };
}
