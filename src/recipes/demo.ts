// The demo: a small I-JEPA that learns from CIFAR-10 in minutes on two cores. What differs from
// the paper, and why: masks of fixed size, since the reference's sampler leaves 6 to 17 context
// patches on so small a grid; targets normalised per feature over the batch, since per token
// (the official way) collapses within a minute at this size (see `collapse`).

import type { RecipeInput } from "../runs/index.ts";

export const demo: RecipeInput = {
  objective: "ijepa",
  data: { source: "cifar10", crop: 32, scale: [0.6, 1], flip: true },
  model: { width: 128, depth: 4, heads: 4, patch: 4 },
  predictor: { width: 64, depth: 2 },
  masks: { kind: "fixed", contextTokens: 24, targets: 4, targetTokens: 12 },
  targetNormalisation: "batch",
  teacher: { momentum: [0.99, 1] },
  optimizer: { lr: 1e-3, startLr: 2e-4, finalLr: 1e-6, warmup: 0.1, weightDecay: [0.04, 0.4] },
  training: { steps: 1000, batch: 64, checkpointEvery: 200 },
  seed: 0,
};
