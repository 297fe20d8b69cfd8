// What a run will cost, before it is begun: parameters, operations, memory, time. Time is from the machine's own rate
// for a product of the cache's size, memory from the state and the widest activations; both are estimates and say so.

import { Interrupted } from "../errors/index.ts";
import type { ParameterBook } from "../nn/index.ts";
import type { Method } from "../objectives/index.ts";
import { randomStream } from "../random/index.ts";
import type { Recipe, TrainingOptions } from "../runs/index.ts";
import { type Runtime, withProgram } from "../runtime/index.ts";
import { add, elements, flopsOf, gradients, input, matmul } from "../tensor/index.ts";
import { createModelState, declaredBy, studentParameters } from "./model-state.ts";
import { traceFeatures, traceLoss } from "./programs.ts";
import { schedulesAt } from "./recipe-schedules.ts";
import { Stepper } from "./step.ts";

/** What a run takes of memory and disk. */
export interface TrainingNeeds {
  /** Trained parameters, the teacher's not counted. */
  readonly parameters: number;
  readonly parametersByScope: Readonly<Record<string, number>>;
  readonly memoryBytes: number;
  readonly checkpointBytes: number;
  /** Everything that lies in the run's folder at its fullest, pictures of a report aside. */
  readonly diskBytes: number;
}

/** What a run takes, its time included. */
export interface TrainingPlan extends TrainingNeeds {
  readonly microBatch: number;
  readonly tokens: number;
  readonly flopsPerStep: number;
  readonly secondsPerStep: number;
}

/** Share of the machine's rate for plain products that a whole step reaches. */
const shareOfRate = 0.6;
/** Node, the engine's code and a batch or two of pictures. */
const baseBytes = 250e6;
/** Checkpoints beside the last ones: the best, and the one that is being written. */
const besideTheLast = 2;
/** Activations that are alive at the height of a backward pass, per block and picture, in widths of a token. */
const livingWidths = 34;

/** A step whose time is asked for. */
export interface PlannedStep {
  readonly method: Method;
  readonly book: ParameterBook;
  readonly recipe: Recipe;
  readonly microBatch: number;
  readonly flops: number;
}

/** Tells how many seconds a step takes. */
export type StepTimer = (step: PlannedStep) => Promise<number>;

/** What a plan is made for. */
export interface PlanOptions {
  readonly microBatch: number;
  /** `estimatedSeconds`, or `measuredSeconds`. */
  readonly secondsPerStep: StepTimer;
}

/** Works the plan out. Throws what the timer throws. */
export async function planTraining(
  method: Method,
  recipe: Recipe,
  { microBatch, secondsPerStep }: PlanOptions,
): Promise<TrainingPlan> {
  const book = declaredBy(method);
  const features = Object.values(traceFeatures(method, book, 1));
  const loss = Object.values(traceLoss(method, book, 1)).reduce((a, b) => add(a, b));
  const leaves = [...book.leaves.values()].map(({ tensor }) => tensor);
  const flopsPerStep = recipe.training.batch * (flopsOf(features) + flopsOf([loss, ...gradients(loss, leaves)]));
  return {
    ...needsOf(method, recipe, microBatch, book),
    microBatch,
    tokens: method.tokens,
    flopsPerStep,
    secondsPerStep: await secondsPerStep({ method, book, recipe, microBatch, flops: flopsPerStep }),
  };
}

/** What a run needs, from its sizes alone. */
export function needsOf(
  method: Method,
  { model: { depth }, training }: Recipe,
  microBatch: number,
  book: ParameterBook = declaredBy(method),
): TrainingNeeds {
  const byScope: Record<string, number> = {};
  for (const { name, shape } of studentParameters(method, book)) {
    const [scope] = name.split(".");
    byScope[scope] = (byScope[scope] ?? 0) + elements(shape);
  }
  const parameters = Object.values(byScope).reduce((sum, count) => sum + count, 0);
  const taught = method.teacher === null ? 0 : (byScope[method.teacher.follows] ?? 0);
  const activations = microBatch * method.widest * (depth + 2) * livingWidths;
  const wholeBatch = training.batch * (2 * 4 * method.tokens * method.width + 3 * method.crop ** 2);
  const checkpointBytes = 4 * (3 * parameters + taught);
  return {
    parameters,
    parametersByScope: byScope,
    memoryBytes: baseBytes + 4 * (4 * parameters + taught + activations) + wholeBatch,
    checkpointBytes,
    diskBytes: (Math.min(training.keep, checkpointsOf(training)) + besideTheLast) * checkpointBytes,
  };
}

/** How many checkpoints a run writes that is not stopped in between. */
function checkpointsOf({ steps, checkpointEvery, probeEvery }: TrainingOptions): number {
  const probes = probeEvery === undefined ? 0 : Math.ceil(steps / probeEvery);
  return Math.min(steps, Math.ceil(steps / checkpointEvery) + probes);
}

/** Tells a step's time from the machine's rate for plain products, which is measured for a fraction of a second. */
export function estimatedSeconds(runtime: Runtime): StepTimer {
  return async ({ flops }) => flops / (shareOfRate * (await rateOf(runtime)));
}

/**
 * Tells a step's time by real steps on made-up pictures: the
 * faster of two, after one that compiles and first touches memory. Throws Interrupted when the signal asks.
 */
export function measuredSeconds(runtime: Runtime, signal?: AbortSignal): StepTimer {
  return async ({ method, book, recipe, microBatch }) => {
    const { seed, optimizer, training } = recipe;
    const { batch } = training;
    const state = createModelState(method, book, seed);
    const { clip } = optimizer;
    const stepper = new Stepper(runtime, method, book, state, { batch, microBatch, adam: optimizer, clip });
    const random = randomStream(seed, "made-up pictures");
    const pictures = Uint8Array.from({ length: batch * method.crop ** 2 * 3 }, () => random.integer(256));
    const seconds: number[] = [];
    try {
      for (let step = 1; step <= 3; step++) {
        if (signal?.aborted) throw new Interrupted();
        const start = performance.now();
        const choices = method.choices((name) => randomStream(seed, name, step), batch);
        await stepper.run(pictures, choices, schedulesAt(recipe, method.teacher?.momentum, step));
        seconds.push((performance.now() - start) / 1000);
      }
    } finally {
      await stepper.close();
    }
    return Math.min(...seconds.slice(1));
  };
}

/** Floating-point operations a second in a product that fits the cache. */
async function rateOf(runtime: Runtime): Promise<number> {
  const size = 768;
  const [a, b, y] = [1, 2, 3].map((value) => new Float32Array(size * size).fill(value));
  const product = { y: matmul(input("a", [size, size]), input("b", [size, size])) };
  let best = Number.POSITIVE_INFINITY;
  await withProgram(runtime, product, async (program) => {
    for (let round = 0; round < 8; round++) {
      const start = performance.now();
      await program.run({ a, b }, { y });
      best = Math.min(best, performance.now() - start);
    }
  });
  return (2 * size ** 3) / (best / 1000);
}
