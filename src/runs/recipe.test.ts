import { describe, expect, it } from "vitest";
import { z } from "zod";
import { UserError } from "../errors/index.ts";
import { objectives } from "../objectives/index.ts";
import { type RecipeSchema, recipeSchema } from "./recipe.ts";

const schema: RecipeSchema = recipeSchema(objectives);

/** A complete recipe for an 8 x 8 grid, with what `change` puts in the place of its fields. */
function valid(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    objective: "ijepa",
    predictor: { width: 64, depth: 2 },
    masks: { kind: "fixed" },
    data: { source: "cifar10", crop: 32 },
    model: { width: 128, depth: 4, heads: 4, patch: 4 },
    training: { steps: 100, batch: 128 },
    ...change,
  };
}

const model = { width: 128, depth: 4, heads: 4, patch: 4 };

describe("a recipe", () => {
  it("has the published settings as defaults", () => {
    const recipe = schema.parse(valid());
    expect(recipe.optimizer).toEqual({
      lr: 1e-3,
      startLr: 2e-4,
      finalLr: 1e-6,
      warmup: 40 / 300,
      weightDecay: [0.04, 0.4],
      betas: [0.9, 0.999],
      eps: 1e-8,
    });
    expect(recipe).toMatchObject({
      loss: "smooth_l1",
      targetNormalisation: "layer",
      teacher: { momentum: [0.996, 1] },
    });
    expect(recipe).toMatchObject({ seed: 0, training: { logEvery: 10, keep: 3 }, model: { mlpRatio: 4 } });
  });

  it("stays the same when it is written as JSON and read again", () => {
    const recipe = schema.parse(valid({ teacher: null, optimizer: { clip: 3 } }));
    expect(schema.parse(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe);
  });

  it("may have no teacher", () => {
    expect(schema.parse(valid({ teacher: null })).teacher).toBeNull();
  });

  it("may be computed in one micro-batch", () => {
    const { training } = schema.parse(valid({ training: { steps: 1, batch: 8, microBatch: 8 } }));
    expect(training.microBatch).toBe(8);
  });

  it("takes the fields of its objective and no others", () => {
    const two = recipeSchema({ ...objectives, other: { options: z.strictObject({ views: z.int().default(2) }) } });
    const { data, training } = valid();
    expect(two.parse({ objective: "other", data, model, training }).views).toBe(2);
    expect(() => two.parse(valid({ objective: "other" }))).toThrow(
      /^recipe field "predictor": expected a field of recipes/,
    );
  });

  it("is checked by its objective once its fields are right", () => {
    const check = () => {
      throw new UserError({ where: "here", expected: "a", received: "b", remedy: "c" });
    };
    const { data, training } = valid();
    const checking = recipeSchema({ strict: { options: z.strictObject({}), check } });
    expect(() => checking.parse({ objective: "strict", data, model, training })).toThrow(
      "here: expected a, received b: c",
    );
  });
});

describe("a faulty recipe", () => {
  const inWords = (values: unknown): string => {
    try {
      schema.parse(values);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect(error).toMatchObject({ exitCode: 2 });
      if (error instanceof Error) return error.message;
    }
    return "no fault";
  };

  it.each<[string, unknown, string]>([
    [
      "an unknown field, a slip in its name",
      valid({ training: { step: 100, batch: 1 } }),
      'recipe field "training.steps": expected a number, received nothing: add it (optimizer steps) (also wrong: training.step)',
    ],
    [
      "a seed for which two things hold that must not",
      valid({ seed: -1e17 }),
      'recipe field "seed": expected a number of at least -9007199254740991, received -100000000000000000: give it such a value (seed of all random streams)',
    ],
    [
      "an unknown field, right name in the wrong place",
      valid({ momentum: [0.9, 1] }),
      'recipe field "momentum": expected a field of recipes, received [0.9,1]: did you mean "teacher.momentum"?',
    ],
    [
      "an unknown field like none",
      valid({ zebra: 1 }),
      'recipe field "zebra": expected a field of recipes, received 1: leave it out, or see "jepa recipes" for all fields',
    ],
    [
      "a field of another kind",
      valid({ masks: { kind: "fixed", minKeep: 4 } }),
      'recipe field "masks.minKeep": expected a field of "masks", received 4: leave it out, or choose the kind of "masks" that has it',
    ],
    [
      "a word for a number",
      valid({ model: { ...model, depth: "12" } }),
      'recipe field "model.depth": expected a number, received "12": give it such a value (transformer blocks)',
    ],
    [
      "a fraction for a count",
      valid({ model: { ...model, depth: 1.5 } }),
      'recipe field "model.depth": expected a whole number, received 1.5: give it such a value (transformer blocks)',
    ],
    [
      "a number out of range",
      valid({ optimizer: { betas: [0.9, 1] } }),
      `recipe field "optimizer.betas.1": expected a number of less than 1, received 1: give it such a value (AdamW's decay of the first and second moment)`,
    ],
    [
      "a list that is too short",
      valid({ teacher: { momentum: [0.9] } }),
      `recipe field "teacher.momentum": expected a list of at least 2 values, received [0.9]: give it such a value (the teacher's share of itself at the first and the last step, along a line)`,
    ],
    [
      "a word that is not among the choices",
      valid({ loss: "smoothl1" }),
      'recipe field "loss": expected one of "smooth_l1", "l2", "l1", received "smoothl1": did you mean "smooth_l1"?',
    ],
    [
      "a kind that there is not",
      valid({ masks: { kind: "fixd" } }),
      'recipe field "masks.kind": expected one of "multi-block", "fixed", received "fixd": did you mean "fixed"?',
    ],
    [
      "an objective that there is not",
      valid({ objective: "i-jepa" }),
      'recipe field "objective": expected one of "ijepa", received "i-jepa": did you mean "ijepa"?',
    ],
    [
      "no objective",
      {},
      'recipe field "objective": expected one of "ijepa", received nothing: name the method to train by',
    ],
    [
      "a list",
      [],
      'recipe: expected an object with fields, received []: write { "objective": ..., "data": ..., ... } or the name of a recipe ("jepa recipes" lists them)',
    ],
    [
      "a crop that does not hold whole patches",
      valid({ data: { source: "cifar10", crop: 225 }, model: { ...model, patch: 16 } }),
      'recipe field "data.crop": expected a multiple of the patch size 16 (model.patch), received 225: use 224 or 240',
    ],
    [
      "a crop smaller than a patch",
      valid({ model: { ...model, patch: 64 } }),
      'recipe field "data.crop": expected a multiple of the patch size 64 (model.patch), received 32: use 64',
    ],
    [
      "a width that cannot be divided",
      valid({ model: { ...model, heads: 6 } }),
      'recipe field "model.width": expected a multiple of 4 (position tables) and of the 6 heads (model.heads), received 128: use 120 or 132',
    ],
    [
      "a predictor's width that cannot be divided by the encoder's heads",
      valid({ predictor: { width: 66, depth: 1 } }),
      'recipe field "predictor.width": expected a multiple of 4 (position tables) and of the 4 heads (model.heads), received 66: use 64 or 68',
    ],
    [
      "a micro-batch larger than the batch",
      valid({ training: { steps: 1, batch: 8, microBatch: 16 } }),
      'recipe field "training.microBatch": expected a divisor of the batch of 8, received 16: use 8, or leave it out to have it chosen',
    ],
    [
      "a micro-batch that does not divide the batch",
      valid({ training: { steps: 1, batch: 8, microBatch: 3 } }),
      'recipe field "training.microBatch": expected a divisor of the batch of 8, received 3: use 2, or leave it out to have it chosen',
    ],
    [
      "more patches than can be attended to",
      valid({ data: { source: "cifar10", crop: 4096 }, model: { ...model, patch: 4 } }),
      'recipe field "data.crop": expected at most 16384 patches of a picture, received 1048576 of 4 x 4 pixels in 4096 x 4096: make data.crop smaller or model.patch larger',
    ],
    [
      "an MLP without a hidden unit",
      valid({ model: { ...model, mlpRatio: 0.001 } }),
      'recipe field "model.mlpRatio": expected at least 1 / 128, one hidden unit for a width of 128, received 0.001: leave it out for the official 4',
    ],
  ])("with %s is told", (_, values, message) => {
    expect(inWords(values)).toBe(message);
  });

  it("is refused where no mask fits its grid", () => {
    expect(inWords(valid({ masks: { kind: "multi-block" } }))).toContain("masks.minKeep");
  });

  it("cannot be smuggled past by a field named __proto__", () => {
    expect(inWords(JSON.parse('{"objective":"ijepa","__proto__":{"seed":1}}'))).toContain("__proto__");
  });

  it("names the source of the field where it is known", () => {
    expect(() => schema.parse(valid({ seed: -1 }), (path) => `given for ${path}`)).toThrow(
      'recipe field "seed" (given for seed): expected a number of at least 0, received -1',
    );
  });
});
