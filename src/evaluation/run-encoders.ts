// The encoders of a run: the trained one out of a checkpoint, and the untrained one that the same recipe and seed begin
// with. Evaluated is the teacher where there is one (I-JEPA, section 4: "the target encoder"), else the encoder itself.

import { basename, join } from "node:path";
import { UserError } from "../errors/index.ts";
import { initialValues } from "../nn/index.ts";
import { objectives } from "../objectives/index.ts";
import {
  checkpointSteps,
  type Recipe,
  readModel,
  readRecipe,
  readState,
  recipeSchema,
  remedyFor,
} from "../runs/index.ts";
import { elements } from "../tensor/index.ts";
import { encoderBook, encoderSizes, type FrozenEncoder, frozenEncoder } from "./features.ts";

/** Which checkpoint of a run: the last, the best by the run's own probes, or that of a step. */
export type CheckpointChoice = "last" | "best" | number;

/** A run's encoder after and before training. */
export interface RunEncoders {
  /** Steps that the trained one was trained for. */
  readonly step: number;
  /** Its scope in the checkpoint: `target_encoder`, or `encoder` without a teacher. */
  readonly scope: string;
  readonly trained: FrozenEncoder;
  readonly untrained: FrozenEncoder;
}

/** The recipe of a run, checked. Throws UserError where it is not valid, CorruptFile where it is damaged. */
export async function readRunRecipe(folder: string): Promise<Recipe> {
  return recipeSchema(objectives).parse(await readRecipe(folder), () => join(folder, "recipe.json"));
}

/**
 * Reads the encoders of a run.
 *
 * @throws UserError where there is no such checkpoint; CorruptFile
 *   where it is damaged or of other sizes than the recipe's
 */
export async function readEncoders(folder: string, recipe: Recipe, choice: CheckpointChoice): Promise<RunEncoders> {
  const step = await stepOf(folder, choice);
  const scope = objectives[recipe.objective].bind(recipe).teacher?.scope ?? "encoder";
  const declared = [...encoderBook(encoderSizes(recipe)).declarations.values()].map((declaration) => {
    return { ...declaration, name: `${scope}.${declaration.name}` };
  });
  const trained = new Map(
    declared.map(({ name, shape }) => [name, { shape, data: new Float32Array(elements(shape)) }]),
  );
  const untrained = new Map(
    declared.map((parameter) => [
      parameter.name,
      { shape: parameter.shape, data: initialValues(parameter, recipe.seed) },
    ]),
  );
  await readModel(folder, step, trained, await remedyFor(folder, step, `"jepa resume ${basename(folder)}"`));
  const [after, before] = [trained, untrained].map((weights) => frozenEncoder(recipe, scope, weights));
  return { step, scope, trained: after, untrained: before };
}

async function stepOf(folder: string, choice: CheckpointChoice): Promise<number> {
  const steps = await checkpointSteps(folder);
  const last = steps.at(-1);
  const name = basename(folder);
  if (last === undefined) {
    throw new UserError({
      where: `run "${name}"`,
      expected: "a checkpoint",
      received: "none",
      remedy: `"jepa resume ${name}" goes on training and writes one (Ctrl-C saves too)`,
    });
  }
  if (choice === "last") return last;
  if (choice === "best") return bestStep(folder, last);
  if (steps.includes(choice)) return choice;
  throw new UserError({
    where: `run "${name}"`,
    expected: `the checkpoint of step ${steps.join(", ")}`,
    received: choice,
    remedy: "name one of these, or last",
  });
}

async function bestStep(folder: string, last: number): Promise<number> {
  const name = basename(folder);
  const { best } = await readState(folder, last, await remedyFor(folder, last, `"jepa resume ${name}"`));
  if (best !== undefined) return best.step;
  throw new UserError({
    where: `run "${name}"`,
    expected: "a best checkpoint",
    received: "a run that probed nothing while it trained",
    remedy: "use the last one, or set training.probeEvery in a new run",
  });
}
