// What `jepa graph` draws: a recipe, however it is given, or the
// recipe of a run with the micro-batch that the run computes at once.
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Method, objectives } from "../objectives/index.ts";
import { recipes } from "../recipes/index.ts";
import { readOrigin } from "../runs/index.ts";
import { executionOf } from "../training/index.ts";
import { type GivenRecipe, givenRecipe } from "./given-recipe.ts";
import type { Terminal } from "./terminal.ts";

/** A recipe to draw. */
export interface GraphSubject extends Pick<GivenRecipe, "name" | "recipe"> {
  /** The recipe's objective, bound to it. */
  readonly method: Method;
  readonly microBatch: number;
}

/** Finds what a word names: a recipe, a file or folder, else a run. Throws UserError where it is none of them. */
export async function graphSubject(
  word: string,
  { set, runs }: { readonly set: readonly string[]; readonly runs: string },
  terminal: Terminal,
): Promise<GraphSubject> {
  const folder = join(runs, word);
  const isThere = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;
  const isRun =
    !recipes.some(({ name }) => name === word) &&
    !(await isThere(word)) &&
    (await isThere(join(folder, "recipe.json")));
  const given = await givenRecipe(isRun ? join(folder, "recipe.json") : word, set, terminal);
  const method = objectives[given.recipe.objective].bind(given.recipe);
  const chosen = executionOf(method, given.recipe, availableParallelism()).microBatch;
  const microBatch = isRun && set.length === 0 ? (await readOrigin(folder)).execution.microBatch : chosen;
  return { ...given, name: isRun ? word : given.name, method, microBatch };
}
