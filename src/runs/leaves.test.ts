import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeDifferences, differences, fingerprint, leaves } from "./leaves.ts";

const before = { seed: 1, training: { steps: 80, batch: 8 }, scale: [0.3, 1], teacher: null };
const after = { training: { batch: 8, steps: 100 }, scale: [0.3, 1], teacher: { momentum: [0.9, 1] }, seed: 1 };

/** The same tree with the fields of every object in the opposite order. */
function reversed(tree: unknown): unknown {
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) return tree;
  return Object.fromEntries(
    Object.entries(tree)
      .reverse()
      .map(([key, value]) => [key, reversed(value)]),
  );
}

const recipes = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,4}$/),
  fc.oneof(
    fc.integer(),
    fc.string(),
    fc.array(fc.integer()),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.float({ noNaN: true })),
  ),
);

describe("the leaves of a recipe", () => {
  it("are its fields by dotted path; a list is one value and an absent field none", () => {
    expect(leaves({ ...before, absent: undefined, empty: {} })).toEqual([
      { path: "seed", value: 1 },
      { path: "training.steps", value: 80 },
      { path: "training.batch", value: 8 },
      { path: "scale", value: [0.3, 1] },
      { path: "teacher", value: null },
      { path: "empty", value: {} },
    ]);
  });
});

describe("the differences of two recipes", () => {
  it("are named by path, in either direction of presence", () => {
    expect(describeDifferences(differences(before, after))).toBe(
      "teacher null -> none, teacher.momentum none -> [0.9,1], training.steps 80 -> 100",
    );
  });

  it("are none for the same recipe, whatever the order of its fields, and then the fingerprints agree", () => {
    fc.assert(
      fc.property(recipes, (recipe) => {
        expect(differences(recipe, reversed(recipe))).toEqual([]);
        expect(fingerprint(recipe)).toBe(fingerprint(reversed(recipe)));
      }),
    );
  });

  it("are found exactly where the fingerprints disagree", () => {
    fc.assert(
      fc.property(recipes, recipes, (one, two) => {
        expect(fingerprint(one) === fingerprint(two)).toBe(differences(one, two).length === 0);
      }),
    );
  });
});
