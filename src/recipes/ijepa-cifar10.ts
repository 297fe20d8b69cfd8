// I-JEPA on CIFAR-10 for an hour on two cores: the demo's choices with a larger
// network, and probes on the way. Its result is in docs/results/ijepa-cifar10.md.

import type { RecipeInput } from "../runs/index.ts";
import { demo } from "./demo.ts";

export const ijepaCifar10: RecipeInput = {
  ...demo,
  model: { width: 192, depth: 6, heads: 3, patch: 4 },
  predictor: { width: 96, depth: 3 },
  masks: { kind: "fixed", contextTokens: 28, targets: 4, targetTokens: 9 },
  teacher: { momentum: [0.995, 1] },
  training: { steps: 4200, batch: 128, checkpointEvery: 210, probeEvery: 420 },
};
