// Beginning a run and going on with one: the same training, after different checks.
// Everything that can be refused is refused before the run's folder exists.

import { type OnProgress, openPictures, type Pictures, requireBatch } from "../data/index.ts";
import { Interrupted, UserError } from "../errors/index.ts";
import { requireLabels } from "../evaluation/index.ts";
import type { Environment } from "../files/index.ts";
import { type Method, objectives } from "../objectives/index.ts";
import {
  type Claim,
  checkName,
  createRun,
  type Ending,
  type Execution,
  openRun,
  type Recipe,
  type RecipeSchema,
  type Run,
  recipeSchema,
} from "../runs/index.ts";
import { type Device, openNodeRuntime, type Runtime } from "../runtime/index.ts";
import { requireRoom } from "./machine-limits.ts";
import { chooseMicroBatch } from "./micro-batch.ts";
import { needsOf } from "./plan.ts";
import { type PretrainOptions, pretrain } from "./pretrain.ts";

/** Recipes of all the objectives there are. */
export const trainingRecipes: RecipeSchema = recipeSchema(objectives);

/** What training needs from its surroundings. */
export interface TrainingWorld
  extends Pick<PretrainOptions, "signal" | "onStep" | "onWarning" | "now" | "peakBytes" | "versions"> {
  readonly environment: Environment;
  readonly onData?: OnProgress | undefined;
  readonly device?: Device | undefined;
  /** Threads of the engine where the recipe names none. */
  readonly threads: number;
  /** Told the run's name and folder, and at which step it begins to work. */
  readonly onRun?: ((run: Run) => void) | undefined;
}

export interface BeginRequest {
  readonly runsFolder: string;
  readonly name: string | undefined;
  readonly recipe: Recipe;
  readonly recipeName: string;
  readonly sources: Readonly<Record<string, string>>;
  /** The command that makes such a run again. */
  readonly command: readonly string[];
  /** Now, in ISO 8601. */
  readonly created: string;
}

export type Begun = { readonly outcome: "trained" | "finished"; readonly name: string; readonly folder: string };

/**
 * Makes a run and trains it to the end.
 *
 * @returns outcome "finished" where a finished run of this name and recipe is there already: nothing is done then
 * @throws UserError as `checkName` and `createRun`; Interrupted after saving when the signal asks
 */
export async function beginRun(request: BeginRequest, world: TrainingWorld): Promise<Begun> {
  const { recipe, runsFolder, name } = request;
  if ((await checkName(request)) === "finished" && name !== undefined) {
    return { outcome: "finished", name, folder: `${runsFolder}/${name}` };
  }
  const method = objectives[recipe.objective].bind(recipe);
  const execution = executionOf(method, recipe, world.threads);
  await requireRoom(needsOf(method, recipe, execution.microBatch), runsFolder, world.onWarning);
  const pictures = await openData(recipe, world);
  try {
    requireBatch(pictures, recipe.training.batch);
    if (recipe.training.probeEvery !== undefined) requireLabels(pictures);
    const runtime = await openRuntime(execution, world); // refused before the run exists where the device is not there
    const { recipeName, created, command, sources } = request;
    const { fingerprint: dataFingerprint } = pictures;
    const origin = { recipeName, created, command, sources, execution, dataFingerprint, versions: world.versions };
    const claim: Claim = await createRun({ runsFolder, name, recipe, origin });
    if (claim.outcome === "finished") return claim;
    const { run } = claim;
    return await holding(run, () => train(run, { ...world, method, pictures, runtime }));
  } finally {
    await pictures.close();
  }
}

/** Goes on with a run where its last checkpoint left it. Throws as `openRun` and `beginRun`. */
export async function resumeRun(folder: string, world: TrainingWorld): Promise<Begun> {
  const run = await openRun(trainingRecipes, folder);
  return holding(run, async () => {
    const pictures = await openData(run.recipe, world);
    try {
      requireSameData(run, pictures);
      const method = objectives[run.recipe.objective].bind(run.recipe);
      const runtime = await openRuntime(run.origin.execution, world);
      return await train(run, { ...world, method, pictures, runtime });
    } finally {
      await pictures.close();
    }
  });
}

/** Throws UserError where the data set is no longer the one that the run began with. */
function requireSameData({ name: run, origin }: Run, { name, fingerprint }: Pictures): void {
  const { dataFingerprint = fingerprint } = origin;
  if (dataFingerprint === fingerprint) return;
  throw new UserError({
    where: `run "${run}"`,
    expected: `the pictures that it began with in ${name}`,
    received: "others: some were added, removed, renamed or replaced by ones of another size",
    remedy: "put them back, or begin a new run on what is there now",
  });
}

function openRuntime({ threads }: Execution, { device }: TrainingWorld): Promise<Runtime> {
  return openNodeRuntime({ device, threads });
}

/** Micro-batch and threads: chosen once, written down in the run. */
export function executionOf({ tokens, widest }: Method, { training }: Recipe, threads: number): Execution {
  const { batch, microBatch, threads: wanted } = training;
  return {
    microBatch: microBatch ?? chooseMicroBatch({ batch, tokens, elementsPerPicture: widest }),
    threads: wanted ?? threads,
  };
}

async function openData({ data }: Recipe, { environment, onData, signal }: TrainingWorld) {
  return openPictures(data.source, { split: "train", environment, progress: onData, signal });
}

async function train(run: Run, options: PretrainOptions & Pick<TrainingWorld, "onRun">): Promise<Begun> {
  options.onRun?.(run);
  await pretrain(run, options);
  return { outcome: "trained", name: run.name, folder: run.folder };
}

/** Works on a run that this process holds, and gives it free with a note on how it ended. */
async function holding(run: Run, work: () => Promise<Begun>): Promise<Begun> {
  try {
    const begun = await work();
    await run.close({ outcome: "finished" });
    return begun;
  } catch (error) {
    await run.close(endingOf(error));
    throw error;
  }
}

function endingOf(error: unknown): Ending {
  if (error instanceof Interrupted) return { outcome: "stopped" };
  return { outcome: "failed", reason: error instanceof Error ? error.message : String(error) };
}
