// A run that this process works on: it holds the lock, writes the metrics and the checkpoints,
// and can go on where the last one ended. The order that makes a kill harmless: metrics reach
// the disk, then the checkpoint that counts their bytes, then old ones go.

import { basename, join } from "node:path";
import { CorruptFile } from "../errors/index.ts";
import { readState, readWeights, remedyFor } from "./checkpoint-reading.ts";
import type { BestFigure, CheckpointState, Json } from "./checkpoint-state.ts";
import {
  checkpointFolder,
  checkpointSteps,
  pruneCheckpoints,
  sweepCheckpoints,
  type Weights,
  writeCheckpoint,
} from "./checkpoints.ts";
import { writing } from "./disk-faults.ts";
import { describeDifferences, differences, fingerprint } from "./leaves.ts";
import { acquireLock, type Ending, type Lock, releaseLock } from "./lock.ts";
import { type MetricsLine, type MetricsWriter, openMetrics } from "./metrics.ts";
import { type RunOrigin, readOrigin, readRecipe } from "./origin.ts";
import { type Processes, systemProcesses } from "./process-identity.ts";
import type { Recipe, RecipeSchema } from "./recipe.ts";

/** What a checkpoint is made of. */
export interface Snapshot {
  /** Steps done. */
  readonly step: number;
  readonly weights: Weights;
  /** What the monitor carries on. */
  readonly monitor: Json;
  /** Versions of the package, the engine and Node that computed it. */
  readonly versions: Readonly<Record<string, string>>;
  /** A figure by which the best checkpoint is kept, higher is better; leave it out where none was measured. */
  readonly figure?: number | undefined;
}

/** A run's folder, to be written by this process alone until `close`. */
export interface Run {
  readonly name: string;
  readonly folder: string;
  readonly recipe: Recipe;
  readonly origin: RunOrigin;
  /**
   * Reads the last checkpoint into the arrays given and cuts the metrics back to it; to be called once, before
   * anything is written. Gives undefined, and leaves the arrays alone, where there is none: the run begins at step 0.
   *
   * @throws CorruptFile where the checkpoint is damaged or belongs to another recipe; nothing is changed then
   */
  restore(into: Weights): Promise<CheckpointState | undefined>;
  /** Appends a line to the metrics. Throws UserError with exit code 1 where the disk is full. */
  log(line: MetricsLine): Promise<void>;
  /**
   * Writes a checkpoint and removes old ones. Throws UserError with
   * exit code 1 where the disk is full; the last checkpoint stays.
   */
  save(snapshot: Snapshot): Promise<void>;
  /** Gives the run free, with a note on how it was left. */
  close(ending: Ending): Promise<void>;
}

/** The parts of a run that is held by this process. */
export interface HeldRun {
  readonly folder: string;
  readonly recipe: Recipe;
  readonly origin: RunOrigin;
  readonly lock: Lock;
}

/**
 * Takes an existing run to go on with it, and sweeps away what a killed process left unfinished.
 *
 * @throws UserError (exit code 2) where another process holds it, or
 *   its recipe is not valid; CorruptFile where its files are damaged
 */
export async function openRun(
  schema: RecipeSchema,
  folder: string,
  processes: Processes = systemProcesses,
): Promise<Run> {
  const recipe = schema.parse(await readRecipe(folder), () => join(folder, "recipe.json"));
  const origin = await readOrigin(folder);
  return writing(
    `run "${basename(folder)}"`,
    async () => "nothing was changed",
    async () => {
      const lock = await acquireLock(folder, processes);
      try {
        await sweepCheckpoints(folder);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        await releaseLock(folder, lock, { outcome: "failed", reason }).catch(() => undefined); // the first fault is the one to tell
        throw error;
      }
      return runOf({ folder, recipe, origin, lock });
    },
  );
}

/** What changes while a run is written. */
interface Writing {
  metrics?: MetricsWriter;
  best?: BestFigure | undefined;
}

/** The run whose lock this process has taken. */
export function runOf(held: HeldRun): Run {
  const { folder, recipe, origin } = held;
  const now: Writing = {};
  const kept = () => whatIsKept(folder);
  return {
    name: basename(folder),
    folder,
    recipe,
    origin,
    restore: (into) => restore(held, now, into),
    async log(line) {
      await writing(metricsPath(folder), kept, () => opened(now).append(line));
    },
    async save(snapshot) {
      const where = `checkpoint of step ${snapshot.step} of run "${basename(folder)}"`;
      await writing(where, kept, () => save(held, now, snapshot));
    },
    async close(ending) {
      await now.metrics?.close();
      await releaseLock(folder, held.lock, ending);
    },
  };
}

async function restore(held: HeldRun, now: Writing, into: Weights): Promise<CheckpointState | undefined> {
  const { folder } = held;
  if (now.metrics !== undefined) throw new Error("internal: a run is restored twice");
  const step = (await checkpointSteps(folder)).at(-1);
  if (step === undefined) {
    now.metrics = await openMetrics(metricsPath(folder), 0);
    return undefined;
  }
  const remedy = await remedyFor(folder, step, `"jepa resume ${basename(folder)}"`);
  const state = await readState(folder, step, remedy);
  checkSameRun(held, state, remedy);
  await readWeights(folder, step, into, remedy);
  now.metrics = await openMetrics(metricsPath(folder), state.metricsBytes);
  now.best = state.best;
  await pruneCheckpoints(folder, { keep: held.recipe.training.keep, best: state.best?.step }); // its writer may not have come to it
  return state;
}

async function save(held: HeldRun, now: Writing, snapshot: Snapshot): Promise<void> {
  const { folder, recipe } = held;
  const { step, figure, monitor, versions } = snapshot;
  const metrics = opened(now);
  await metrics.flush();
  const isBest = figure !== undefined && (now.best === undefined || figure > now.best.figure);
  const best = isBest ? { step, figure } : now.best;
  const written = { monitor, figure, best, versions, metricsBytes: metrics.bytes };
  await writeCheckpoint(folder, snapshot.weights, { format: 1, step, ...identityOf(held), ...written });
  now.best = best;
  await pruneCheckpoints(folder, { keep: recipe.training.keep, best: best?.step });
}

/** What tells the checkpoints of this run from those of another. */
function identityOf({ recipe, origin }: HeldRun): Pick<CheckpointState, "recipe" | "seed" | "microBatch" | "threads"> {
  return { recipe: fingerprint(recipe), seed: recipe.seed, ...origin.execution };
}

function checkSameRun(held: HeldRun, state: CheckpointState, remedy: string): void {
  const own = identityOf(held);
  const { recipe, seed, microBatch, threads } = state;
  const unequal = differences(own, { recipe, seed, microBatch, threads });
  if (unequal.length === 0) return;
  throw new CorruptFile({
    where: checkpointFolder(held.folder, state.step),
    expected: "a checkpoint of the recipe.json and origin.json beside it",
    received: `another's: ${describeDifferences(unequal)}`,
    remedy: `undo what was changed in those files; or ${remedy}`,
  });
}

function opened({ metrics }: Writing): MetricsWriter {
  if (metrics === undefined) throw new Error("internal: a run is written before it is restored");
  return metrics;
}

async function whatIsKept(folder: string): Promise<string> {
  const last = (await checkpointSteps(folder)).at(-1);
  const from = last === undefined ? "begins at step 0 again" : `goes on from step ${last}, whose checkpoint is kept`;
  return `then "jepa resume ${basename(folder)}" ${from}`;
}

function metricsPath(folder: string): string {
  return join(folder, "metrics.jsonl");
}
