// I-JEPA on CIFAR-10 for an hour on two cores; its result is in docs/results/ijepa-cifar10.md.

import type { RecipeInput } from "../runs/index.ts";
import { demo } from "./demo.ts";

export const ijepaCifar10: RecipeInput = {
  ...demo,
  model: { width: 192, depth: 6, heads: 3, patch: 4 },
  predictor: { width: 96, depth: 3 },
  teacher: { momentum: [0.996, 1] },
  training: { steps: 4000, batch: 128, checkpointEvery: 250 },
};
