// Pre-training: batch, choices, step, log, checkpoint, until the recipe's steps are done. Everything that a
// resumed run needs is in the checkpoint or follows from (seed, name, step), so a killed run goes on bit for bit.

import { type Batches, openBatches, type Pictures } from "../data/index.ts";
import { Interrupted, UserError } from "../errors/index.ts";
import { type FrozenEncoder, frozenEncoder, quickProbe } from "../evaluation/index.ts";
import type { ParameterBook } from "../nn/index.ts";
import type { Method } from "../objectives/index.ts";
import { randomStream } from "../random/index.ts";
import type { CheckpointState, Recipe, Run } from "../runs/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { createModelState, declaredBy, type ModelState } from "./model-state.ts";
import { collapseWarning, measureHealth } from "./monitor.ts";
import { Progress, type Tally } from "./progress.ts";
import { schedulesAt } from "./recipe-schedules.ts";
import { Stepper, type StepResult } from "./step.ts";

/** What a step tells whoever watches. */
export interface TrainingNews {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly imagesPerSecond: number;
  /** Share of the time that training waited for pictures, 0..1. */
  readonly dataWait: number;
  readonly secondsLeft: number;
  readonly targetStd: number | undefined;
  readonly rank: number | undefined;
}

export interface PretrainOptions {
  readonly method: Method;
  readonly pictures: Pictures;
  /** With as many threads as the run's origin says. */
  readonly runtime: Runtime;
  readonly versions: Readonly<Record<string, string>>;
  /** Finishes the step, saves, and throws Interrupted. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((news: TrainingNews) => void) | undefined;
  readonly onWarning?: ((text: string) => void) | undefined;
  /** A clock in milliseconds, and peak memory in bytes. */
  readonly now: () => number;
  readonly peakBytes: () => number;
}

/**
 * Trains a run that this process holds, from its last checkpoint or from the beginning, to its last step.
 *
 * @returns the trained state
 * @throws Interrupted after saving, when the signal asks; UserError (exit code 1) when the
 *   gradient is not finite: nothing is overwritten then; whatever the disk or the data throw
 */
export async function pretrain(run: Run, options: PretrainOptions): Promise<ModelState> {
  const book = declaredBy(options.method);
  const state = createModelState(options.method, book, run.recipe.seed);
  const restored = await run.restore({ model: state.model, optimizer: state.optimizer });
  const loop = openLoop(run, options, book, state, restored);
  const { steps } = run.recipe.training;
  try {
    for (let step = restored?.step ?? 0; step < steps; step++) {
      const tally = await takeStep(loop, step);
      const stopping = await record(loop, tally);
      if (stopping && tally.step < steps) throw new Interrupted();
    }
  } finally {
    await loop.batches.close();
    await loop.stepper.close();
  }
  return state;
}

interface Loop {
  readonly run: Run;
  readonly recipe: Recipe;
  readonly options: PretrainOptions;
  readonly state: ModelState;
  readonly stepper: Stepper;
  readonly batches: Batches;
  readonly progress: Progress;
  readonly encoder: FrozenEncoder;
}

function openLoop(
  run: Run,
  options: PretrainOptions,
  book: ParameterBook,
  state: ModelState,
  restored: CheckpointState | undefined,
): Loop {
  const { recipe, origin } = run;
  const { data, training, optimizer, seed } = recipe;
  const { method, runtime, pictures, now } = options;
  const { microBatch } = origin.execution;
  const { crop, scale, flip, workers } = data;
  const { batch } = training;
  return {
    run,
    recipe,
    options,
    state,
    stepper: new Stepper(runtime, method, book, state, { batch, microBatch, adam: optimizer, clip: optimizer.clip }),
    batches: openBatches(pictures, { batch, crop, scale: [scale[0], scale[1]], flip, seed, workers }),
    progress: new Progress(training, restored, now),
    encoder: frozenEncoder(recipe, method.teacher?.scope ?? "encoder", state.model),
  };
}

/**
 * Probes, logs and saves what is due after a step. Where the run is asked to stop it saves in any case, and gives true.
 */
async function record(loop: Loop, tally: Tally): Promise<boolean> {
  const { run, recipe, options, state, progress } = loop;
  const { steps, logEvery, checkpointEvery, probeEvery } = recipe.training;
  const { step } = tally;
  const isDue = (every: number | undefined) => every !== undefined && (step % every === 0 || step === steps);
  const figure = isDue(probeEvery) ? await probe(loop) : undefined;
  if (isDue(logEvery) || figure !== undefined) await log(loop, tally, figure);
  const stopping = options.signal?.aborted === true;
  if (stopping || isDue(checkpointEvery) || figure !== undefined) {
    requireFiniteWeights(state, step);
    const weights = { model: state.model, optimizer: state.optimizer };
    await run.save({ step, weights, monitor: progress.carried, versions: options.versions, figure });
  }
  return stopping;
}

/**
 * The figure of `training.probeEvery`. It is finished even when
 * the run is asked to stop: a resumed run has the same lines.
 */
async function probe({ recipe, options, encoder, progress }: Loop): Promise<number> {
  const start = options.now();
  const accuracy = await quickProbe(options.runtime, encoder, options.pictures, { seed: recipe.seed });
  progress.paused(options.now() - start);
  return accuracy;
}

/** Takes the step of this number, counted from 0, and tells of it. */
async function takeStep({ recipe, options, stepper, batches, progress }: Loop, step: number): Promise<Tally> {
  const batch = await batches.at(step);
  const { method } = options;
  const choices = method.choices((name) => randomStream(recipe.seed, name, step), recipe.training.batch);
  const schedules = schedulesAt(recipe, method.teacher?.momentum, step + 1);
  const result = await stepper.run(batch.images, choices, schedules);
  requireFinite(result, step + 1);
  const tally = progress.add({ step: step + 1, result, schedules, choices, waitMilliseconds: batch.waitMilliseconds });
  options.onStep?.(progress.news());
  return tally;
}

async function log(
  { run, options, stepper, progress }: Loop,
  tally: Tally,
  accuracy: number | undefined,
): Promise<void> {
  const health = measureHealth(stepper.features, stepper.targets, options.method.width);
  const warning = collapseWarning(health);
  if (warning !== undefined && progress.isFirstWarning()) options.onWarning?.(`step ${tally.step}: ${warning}`);
  const probed = accuracy === undefined ? {} : { probe: accuracy };
  await run.log({ ...progress.line(), ...health, ...probed, peakBytes: options.peakBytes() });
  progress.logged(health);
}

function requireFinite({ gradientNorm, loss }: StepResult, step: number): void {
  if (Number.isFinite(gradientNorm)) return;
  throw new UserError(
    {
      where: `step ${step}`,
      expected: "a finite gradient",
      received: `a gradient norm of ${gradientNorm} (loss ${loss})`,
      remedy:
        "nothing was overwritten: lower optimizer.lr, lengthen optimizer.warmup or set optimizer.clip in a new run",
    },
    { exitCode: 1 },
  );
}

/** The gradient was finite; a rate that is far too high can still have made weights that are not. */
function requireFiniteWeights({ parameters }: ModelState, step: number): void {
  if (parameters.every(Number.isFinite)) return;
  throw new UserError(
    {
      where: `step ${step}`,
      expected: "finite weights",
      received: "weights that are not",
      remedy: "lower optimizer.lr in a new run; the last checkpoint, where there is one, is kept",
    },
    { exitCode: 1 },
  );
}
