// A plain folder of pictures becomes a recipe: sizes chosen from what is in it, and
// said. Small pictures get small patches; the grid is 14 x 14 where the pictures allow
// it (the published one), 8 x 8 with masks of fixed size where they don't.

import type { Pictures } from "../data/index.ts";
import type { RecipeInput } from "../runs/index.ts";

/** What was chosen for a folder, and a sentence that says so. */
export interface FolderRecipe {
  readonly values: RecipeInput;
  readonly said: string;
}

interface Size {
  readonly crop: number;
  readonly patch: number;
}

const sizes: readonly Size[] = [
  { crop: 112, patch: 8 },
  { crop: 64, patch: 8 },
  { crop: 32, patch: 4 },
];
/** Passes over the data, bounded by steps that a machine without a GPU takes in an evening. */
const passes = 200;
const [fewestSteps, mostSteps] = [300, 5_000];

/** Chooses a recipe for the pictures of a folder. */
export function recipeForFolder(pictures: Pictures): FolderRecipe {
  const { source, widths, heights } = { source: pictures.name, ...pictures.source };
  const shortest = Int32Array.from({ length: pictures.size }, (_, i) => Math.min(widths[i], heights[i])).sort();
  const median = shortest[pictures.size >> 1];
  const { crop, patch } = sizes.find((size) => size.crop <= median) ?? sizes[sizes.length - 1];
  const side = crop / patch;
  const batch = Math.min(32, 2 ** Math.floor(Math.log2(pictures.size)));
  const steps = Math.min(mostSteps, Math.max(fewestSteps, Math.round((passes * pictures.size) / batch)));
  const values: RecipeInput = {
    objective: "ijepa",
    data: { source, crop, flip: true },
    model: { width: 192, depth: 6, heads: 3, patch },
    predictor: { width: 96, depth: 3 },
    masks: side >= 9 ? { kind: "multi-block" } : { kind: "fixed" },
    targetNormalisation: "batch",
    teacher: { momentum: [0.99, 1] },
    training: { steps, batch, checkpointEvery: 100 },
    seed: 0,
  };
  const what = pictures.size === 1 ? "1 picture, at least" : `${pictures.size} pictures, half of them at least`;
  const said =
    `${what} ${median} pixels on ${pictures.size === 1 ? "its" : "their"} shorter side; what --set does not say is chosen for ` +
    `them: crops of ${crop}, patches of ${patch} (${side} x ${side})`;
  return { values, said };
}
