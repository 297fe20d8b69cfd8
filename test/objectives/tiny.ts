// Small recipes of every objective, for the suite that all of them must pass. An objective without one fails the suite.

import { type Method, objectives } from "../../src/objectives/index.ts";
import type { Recipe, RecipeInput } from "../../src/runs/index.ts";
import { trainingRecipes } from "../../src/training/index.ts";

const sizes = {
  data: { source: "cifar10", crop: 32 },
  model: { width: 16, depth: 2, heads: 2, patch: 4 },
  training: { steps: 10, batch: 4 },
  seed: 3,
};

/** Variants of each objective that must all behave. */
export const variants: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>> = {
  ijepa: {
    "fixed masks": {
      predictor: { width: 8, depth: 1 },
      masks: { kind: "fixed", contextTokens: 4, targets: 2, targetTokens: 4 },
    },
    "targets normalised over the batch": {
      predictor: { width: 8, depth: 1 },
      masks: { kind: "fixed", contextTokens: 4, targets: 2, targetTokens: 4 },
      targetNormalisation: "batch",
    },
    "targets normalised by position": {
      predictor: { width: 8, depth: 1 },
      masks: { kind: "fixed", contextTokens: 4, targets: 2, targetTokens: 4 },
      targetNormalisation: "position",
    },
    "masks of varying length": {
      predictor: { width: 8, depth: 1 },
      masks: { kind: "multi-block", targets: 2, minKeep: 2, placement: "whole-grid", truncation: "none" },
      loss: "l2",
    },
    "no teacher": {
      predictor: { width: 8, depth: 1 },
      masks: { kind: "fixed", contextTokens: 4, targets: 2, targetTokens: 4 },
      teacher: null,
    },
    "two contexts": {
      predictor: { width: 8, depth: 1 },
      masks: {
        kind: "multi-block",
        contexts: 2,
        targets: 2,
        minKeep: 2,
        placement: "whole-grid",
        truncation: "random",
      },
      loss: "l1",
    },
  },
};

export function tinyRecipe(objective: string, own: Readonly<Record<string, unknown>>): Recipe {
  const values: RecipeInput = { objective, ...sizes, ...own };
  return trainingRecipes.parse(values);
}

export function bound(recipe: Recipe): Method {
  return objectives[recipe.objective].bind(recipe);
}
