// From the word that stands after `jepa pretrain` to a complete recipe: the name of a recipe, the file of one, or a
// plain folder of pictures, for which sizes are chosen. A folder that bears a recipe's name is meant by `./name`.
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { namedDataSet, openPictures } from "../data/index.ts";
import { nearest, UserError } from "../errors/index.ts";
import { recipeForFolder, recipes } from "../recipes/index.ts";
import { type Recipe, type RecipeInputs, type ResolvedRecipe, readRecipeFile, resolveRecipe } from "../runs/index.ts";
import { trainingRecipes } from "../training/index.ts";
import { dataProgress } from "./data-progress.ts";
import { meaning } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** A recipe as a person gave it. */
export interface GivenRecipe extends ResolvedRecipe {
  /** What a run is called after: the recipe, the file, the folder. */
  readonly name: string;
}

/**
 * Resolves what a person gave, and says what was chosen for a folder.
 *
 * @throws UserError (exit code 2) for an unknown recipe, a missing file or folder, a field that is unknown or ill-typed
 */
export async function givenRecipe(
  word: string,
  assignments: readonly string[],
  terminal: Terminal,
): Promise<GivenRecipe> {
  const { name, ...inputs } = await inputsOf(word, terminal);
  const { environment } = terminal;
  const resolved = resolveRecipe(trainingRecipes, { ...inputs, environment, assignments });
  return { ...resolved, recipe: fromAnywhere(resolved.recipe), name };
}

/** The absolute path of a folder of pictures stands in the recipe, so that a run can be resumed from any folder. */
function fromAnywhere(recipe: Recipe): Recipe {
  const { source } = recipe.data;
  if (namedDataSet(source) !== undefined) return recipe;
  return { ...recipe, data: { ...recipe.data, source: resolve(source) } };
}

interface Inputs extends Pick<RecipeInputs, "preset" | "file"> {
  readonly name: string;
}

async function inputsOf(word: string, terminal: Terminal): Promise<Inputs> {
  if (recipes.some(({ name }) => name === word)) return { name: word, preset: namedRecipe(word) };
  const found = await stat(word).catch(() => undefined);
  if (found?.isDirectory()) return inputsOfFolder(word, terminal);
  if (found === undefined && !word.endsWith(".json")) throw unknownRecipe(word);
  const file = await readRecipeFile(word);
  const name = basename(word, ".json");
  return file.extends === undefined ? { name, file } : { name, file, preset: namedRecipe(file.extends) };
}

async function inputsOfFolder(word: string, terminal: Terminal): Promise<Inputs> {
  const { environment, signal } = terminal;
  const folder = resolve(word);
  const pictures = await openPictures(folder, {
    split: "train",
    environment,
    signal,
    progress: dataProgress(terminal),
  });
  try {
    const { skipped, heldOut, notice } = pictures;
    if (skipped.length > 0) {
      const [files, are, them] = skipped.length === 1 ? ["file", "is", "it"] : ["files", "are", "them"];
      terminal.warning(
        `${skipped.length} ${files} cannot be read and ${are} left out ("jepa data show" names ${them})`,
      );
    }
    if (notice !== undefined) terminal.warning(notice);
    if (heldOut > 0) terminal.notice(`every fifth file of a class (${heldOut} in all) is held out for jepa eval`);
    const { values, said } = recipeForFolder(pictures);
    terminal.notice(said);
    const name = basename(folder);
    return { name, preset: { name, values } };
  } finally {
    await pictures.close();
  }
}

function namedRecipe(word: string): NonNullable<RecipeInputs["preset"]> {
  const found = recipes.find(({ name }) => name === word);
  if (found === undefined) throw unknownRecipe(word);
  return { name: word, values: found.values };
}

function unknownRecipe(word: string): UserError {
  const names = recipes.map(({ name }) => name);
  return new UserError({
    where: "recipe",
    expected: `a recipe (${names.join(", ")}), the file of one or a folder of pictures`,
    received: word,
    remedy: meaning(nearest(word, names), 'see the recipes with "jepa recipes"'),
  });
}
