// The door of the recipes: named, complete configurations, one file an experiment, values only.

import type { RecipeInput } from "../runs/index.ts";
import { collapse } from "./collapse.ts";
import { demo } from "./demo.ts";
import { ijepaCifar10 } from "./ijepa-cifar10.ts";

export { type FolderRecipe, recipeForFolder } from "./folder.ts";

/** A recipe by name, and what it is for. */
export interface NamedRecipe {
  readonly name: string;
  readonly summary: string;
  readonly values: RecipeInput;
}

/** Every named recipe. */
export const recipes: readonly NamedRecipe[] = [
  { name: "demo", summary: "a small I-JEPA on CIFAR-10, minutes on two cores", values: demo },
  { name: "ijepa-cifar10", summary: "I-JEPA on CIFAR-10, an hour on two cores", values: ijepaCifar10 },
  { name: "collapse", summary: "what happens without teacher and stop-gradient", values: collapse },
];
