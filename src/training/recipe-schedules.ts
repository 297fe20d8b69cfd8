// The values of a step that a recipe prescribes: learning rate, weight decay, teacher's momentum.

import { cosine, linear, warmupCosine } from "../optim/index.ts";
import type { Recipe } from "../runs/index.ts";
import type { Schedules } from "./step.ts";

/** Schedules of a step, counted from 1. */
export function schedulesAt(recipe: Recipe, momentum: readonly [number, number] | undefined, step: number): Schedules {
  const { steps } = recipe.training;
  const { lr, startLr, finalLr, warmup, weightDecay } = recipe.optimizer;
  const rate = { start: startLr, peak: lr, final: finalLr, warmup: Math.floor(warmup * steps), steps };
  return {
    step,
    rate: warmupCosine(rate, step),
    decay: cosine({ start: weightDecay[0], final: weightDecay[1], steps }, step),
    momentum: momentum === undefined ? 0 : linear({ start: momentum[0], final: momentum[1], steps }, step),
  };
}
