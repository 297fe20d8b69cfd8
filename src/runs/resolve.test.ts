import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { objectives } from "../objectives/index.ts";
import { type RecipeSchema, recipeSchema } from "./recipe.ts";
import { assign, type RecipeInputs, readRecipeFile, resolveRecipe } from "./resolve.ts";

const schema: RecipeSchema = recipeSchema(objectives);

const preset = {
  name: "demo",
  values: {
    objective: "ijepa",
    predictor: { width: 64, depth: 2 },
    masks: { kind: "fixed", contextTokens: 20 },
    data: { source: "cifar10", crop: 32 },
    model: { width: 128, depth: 4, heads: 4, patch: 4 },
    optimizer: { clip: 3 },
    training: { steps: 100, batch: 128 },
  },
};

const resolved = (inputs: Omit<RecipeInputs, "preset"> = {}) => resolveRecipe(schema, { preset, ...inputs });

/** The value of a field and the label of its source. */
function field(path: string, inputs: Omit<RecipeInputs, "preset">): [unknown, string | undefined] {
  const found = resolved(inputs).fields.find((one) => one.path === path);
  return [found?.value, found?.source.label];
}

describe("the value of a field", () => {
  const file = { path: "mine.json", values: { training: { steps: 200 }, seed: 5 } };
  const environment = { JEPA_SET: "training.steps=300; seed=6" };

  it("comes from the flag, else the environment, else the file, else the preset, else the default", () => {
    const assignments = ["training.steps=400"];
    expect(field("training.steps", { file, environment, assignments })).toEqual([400, "--set"]);
    expect(field("training.steps", { file, environment })).toEqual([300, "JEPA_SET"]);
    expect(field("training.steps", { file })).toEqual([200, 'file "mine.json"']);
    expect(field("training.steps", {})).toEqual([100, 'preset "demo"']);
    expect(field("training.keep", { file, environment, assignments })).toEqual([3, "default"]);
  });

  it("leaves its neighbours to whom they came from", () => {
    expect(field("training.batch", { file, environment })).toEqual([128, 'preset "demo"']);
  });

  it("is the last one where a flag is given twice", () => {
    expect(field("seed", { assignments: ["seed=1", "seed=2"] })).toEqual([2, "--set"]);
  });

  it("may be absent, and is listed all the same", () => {
    expect(field("training.microBatch", {})).toEqual([undefined, "default"]);
  });

  it("is taken away by null where it may be absent, and is null where it may be that", () => {
    expect(field("optimizer.clip", {})).toEqual([3, 'preset "demo"']);
    expect(field("optimizer.clip", { assignments: ["optimizer.clip=null"] })).toEqual([undefined, "--set"]);
    expect(field("teacher", { assignments: ["teacher=null"] })).toEqual([null, "--set"]);
    expect(() => resolved({ assignments: ["seed=null"] })).toThrow(
      /"seed" \(--set\): expected a number, received null/,
    );
  });

  it("does not depend on the order of flags for different fields", () => {
    const assignments = [
      "seed=3",
      "masks.kind=multi-block",
      "masks.minKeep=4",
      "model.depth=2",
      "teacher.momentum=[0.9,1]",
    ];
    const recipe = resolved({ assignments }).recipe;
    fc.assert(
      fc.property(fc.shuffledSubarray(assignments, { minLength: assignments.length }), (shuffled) => {
        expect(resolved({ assignments: shuffled }).recipe).toEqual(recipe);
      }),
      { numRuns: 10 }, // each checks the masks by simulation
    );
  });

  it("of another kind takes none of the fields of the kind below it", () => {
    const { recipe, fields } = resolved({ assignments: ["masks.kind=multi-block", "masks.minKeep=4"] });
    expect(recipe.masks).toMatchObject({ kind: "multi-block", minKeep: 4 });
    expect(fields.map(({ path }) => path)).not.toContain("masks.contextTokens");
  });

  it("of another kind is a default again, even where both kinds have the field", () => {
    const file = { path: "mine.json", values: { masks: { targets: 2 } } };
    expect(field("masks.targets", { file })).toEqual([2, 'file "mine.json"']);
    const assignments = ["masks.kind=multi-block", "masks.minKeep=4"];
    expect(field("masks.targets", { file, assignments })).toEqual([4, "default"]);
  });

  it("is a word in a field of words, even if it looks like a number", () => {
    expect(field("data.source", { assignments: ["data.source=2024"] })).toEqual(["2024", "--set"]);
  });

  it("has the description of its schema", () => {
    expect(resolved().fields.find(({ path }) => path === "training.batch")?.description).toBe("pictures a step");
  });
});

describe("a fault", () => {
  it.each([
    [
      { assignments: ["training.step=80"] },
      'recipe field "training.step" (--set): expected a field of "training", received 80: did you mean "training.steps"?',
    ],
    [
      { assignments: ["steps=80"] },
      'recipe field "steps" (--set): expected a field of recipes, received 80: did you mean "training.steps"?',
    ],
    [
      { environment: { JEPA_SET: "seed=x" } },
      'recipe field "seed" (JEPA_SET): expected a number, received "x": give it such a value (seed of all random streams)',
    ],
    [
      { file: { path: "mine.json", values: { optimiser: { lr: 1 } } } },
      'recipe field "optimiser" (file "mine.json"): expected a field of recipes, received {"lr":1}: did you mean "optimizer"?',
    ],
    [
      { file: { path: "mine.json", values: 7 } },
      'mine.json: expected a recipe: an object with fields, received 7: write { "objective": ..., "data": { ... }, ... }',
    ],
    [
      { assignments: ["__proto__.seed=1"] },
      'recipe field "__proto__" (--set): expected a field of recipes, received {"seed":1}: leave it out, or see "jepa recipes" for all fields',
    ],
    [
      { assignments: ["objective=jepa"] },
      'recipe field "objective": expected one of "ijepa", received "jepa": did you mean "ijepa"?',
    ],
  ])("%j names the field and where it was given", (inputs, message) => {
    expect(() => resolved(inputs)).toThrow(message);
  });
});

describe("assign", () => {
  it("changes one field of a recipe and leaves the recipe given alone", () => {
    const { recipe } = resolved();
    expect(assign(schema, recipe, "training.steps=7")).toEqual({
      ...recipe,
      training: { ...recipe.training, steps: 7 },
    });
    expect(recipe.training.steps).toBe(100);
  });
});

describe("a recipe's file", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "jepa-recipe-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("may stand on a named recipe", async () => {
    const path = join(folder, "mine.json");
    await writeFile(path, '{"extends": "demo", "seed": 3}');
    expect(await readRecipeFile(path)).toEqual({ path, values: { seed: 3 }, extends: "demo" });
  });

  it("may begin with a byte order mark", async () => {
    const path = join(folder, "mine.json");
    await writeFile(path, '\ufeff{"seed": 3}');
    expect((await readRecipeFile(path)).values).toEqual({ seed: 3 });
  });

  it("is refused where it is deeper than any recipe", async () => {
    const path = join(folder, "mine.json");
    for (const levels of [100, 5000]) {
      await writeFile(path, `${'{"a":'.repeat(levels)}{}${"}".repeat(levels)}`);
      await expect(readRecipeFile(path)).rejects.toThrow(
        /mine.json: expected a recipe in JSON, received more than 100 levels of lists and objects .*: use at most 100$/,
      );
    }
  });

  it("is refused where it is not UTF-8, or no file", async () => {
    const path = join(folder, "mine.json");
    await writeFile(path, Uint8Array.of(0x7b, 0xff, 0x7d));
    await expect(readRecipeFile(path)).rejects.toThrow(/mine.json: expected text in UTF-8/);
    await rm(path);
    await symlink("mine.json", path);
    await expect(readRecipeFile(path)).rejects.toThrow(/received a link that leads back to itself/);
  });

  it("is refused where it is missing, not JSON, not an object, or extends what is no name", async () => {
    const path = join(folder, "mine.json");
    await expect(readRecipeFile(path)).rejects.toThrow(/mine.json: expected an existing path, received no such file/);
    for (const [text, message] of [
      ["{,}", /mine.json: expected a recipe in JSON, received .*: correct it; JSON has no comments/],
      ["[]", /mine.json: expected a recipe: an object with fields, received \[\]/],
      ['{"extends": 1}', /mine.json, field "extends": expected the name of a recipe, received 1/],
    ] as const) {
      await writeFile(path, text);
      await expect(readRecipeFile(path)).rejects.toThrow(message);
    }
  });
});
