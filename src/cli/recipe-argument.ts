// What stands where a recipe is expected: the name of a recipe, a JSON file, or a folder of pictures; then --set and JEPA_SET.
import { stat } from "node:fs/promises";
import type { RecipeFile, ResolvedRecipe } from "../runs/index.ts";
import { dataProgress } from "./data-progress.ts";
import { type Flag, texts } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** The flag `--set`. */
export const setFlag: Flag<readonly string[]> = texts("change a field of the recipe, such as training.steps=200", {
  placeholder: "path=value",
});

/** A recipe with the name of what was given. */
export interface GivenRecipe extends ResolvedRecipe {
  readonly name: string;
}

/** Resolves what was typed. Throws UserError with the nearest name where there is no such recipe, file or folder. */
export async function resolveGiven(
  given: string,
  assignments: readonly string[],
  terminal: Terminal,
): Promise<GivenRecipe> {
  const [{ recipes, recipeForFolder }, { readRecipeFile, resolveRecipe }, { trainingRecipes }] = await Promise.all([
    import("../recipes/index.ts"),
    import("../runs/index.ts"),
    import("../training/index.ts"),
  ]);
  const presetOf = (name: string) => {
    const values = recipes.find((recipe) => recipe.name === name)?.values;
    return values === undefined ? undefined : { name, values };
  };
  const { environment } = terminal;
  const preset = presetOf(given);
  if (preset !== undefined)
    return { name: given, ...resolveRecipe(trainingRecipes, { preset, environment, assignments }) };
  const about = await stat(given).catch(() => undefined);
  if (about?.isDirectory()) {
    const { openPictures } = await import("../data/index.ts");
    const progress = dataProgress(terminal);
    const pictures = await openPictures(given, { split: "train", environment, progress, signal: terminal.signal });
    const { values, said } = recipeForFolder(pictures);
    await pictures.close();
    terminal.notice(said);
    return {
      name: nameOfPath(given),
      ...resolveRecipe(trainingRecipes, { preset: { name: given, values }, environment, assignments }),
    };
  }
  if (about === undefined)
    throw await unknownRecipe(
      given,
      recipes.map(({ name }) => name),
    );
  const file: RecipeFile = await readRecipeFile(given);
  const base = file.extends === undefined ? undefined : presetOf(file.extends);
  if (file.extends !== undefined && base === undefined)
    throw await unknownRecipe(
      file.extends,
      recipes.map(({ name }) => name),
    );
  return {
    name: nameOfPath(given),
    ...resolveRecipe(trainingRecipes, { preset: base, file, environment, assignments }),
  };
}

async function unknownRecipe(received: string, names: readonly string[]) {
  const { nearest, UserError } = await import("../errors/index.ts");
  const near = nearest(received, names);
  return new UserError({
    where: "recipe",
    expected: `one of ${names.join(", ")}, a JSON file, or a folder of pictures`,
    received,
    remedy: near === undefined ? 'check the path; "jepa recipes" lists the names' : `did you mean ${near}?`,
  });
}

/** A run's name cannot hold separators: the last part of the path, without its ending. */
function nameOfPath(path: string): string {
  const last =
    path
      .replace(/[\\/]+$/, "")
      .split(/[\\/]/)
      .at(-1) ?? "";
  return (
    last
      .replace(/\.json$/, "")
      .replace(/[^\w.-]+/g, "-")
      .replace(/^[.-]+/, "") || "pictures"
  );
}
