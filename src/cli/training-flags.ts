// Flags shared by the commands that train or look at a recipe.
// Descriptions only: nothing of training is loaded with them.
import type { Device } from "../runtime/index.ts";
import type { Argument } from "./command.ts";
import { choice, type Flag, number, texts } from "./flags.ts";

/** A recipe, however it is given (`given-recipe.ts`). */
export function recipeArgument(need: Argument["need"]): Argument {
  return { name: "recipe", describe: "a recipe, the JSON file of one, or a folder of pictures", need };
}

/** The flag `--set`; the environment variable JEPA_SET holds assignments too, separated by semicolons. */
export const setFlag: Flag<readonly string[]> = texts(
  "change a field of the recipe, such as training.steps=200; any number of times (else JEPA_SET)",
  { placeholder: "path=value" },
);

/** The flag `--device`. */
export const deviceFlag: Flag<Device | undefined> = choice("what computes, cpu by default", ["cpu", "webgpu", "cuda"]);

/** The flag `--threads`. */
export const threadsFlag: Flag<number | undefined> = number("threads of the engine, one a core by default", {
  minimum: 1,
  maximum: 1024,
  whole: true,
});
