// What every objective must hold to, whatever its paper: a finite loss, no gradient into
// the teacher, the same numbers for the same seed, and for every micro-batch size the
// same numbers to rounding. (float32 sums in another order: 1e-5 relative.)

import { beforeAll, describe, expect, test } from "vitest";
import { type Method, objectives } from "../../src/objectives/index.ts";
import { randomStream } from "../../src/random/index.ts";
import type { Recipe } from "../../src/runs/index.ts";
import { openNodeRuntime, type Program, type Runtime } from "../../src/runtime/index.ts";
import { gradients, interpret, reachableNodes, type Tensor } from "../../src/tensor/index.ts";
import {
  type ChoiceShapes,
  createModelState,
  declaredBy,
  Stepper,
  traceFeatures,
  traceLoss,
} from "../../src/training/index.ts";
import { bound, tinyRecipe, variants } from "./tiny.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openNodeRuntime({ threads: 2 });
});

test("every objective has variants here", () => {
  expect(Object.keys(variants)).toEqual(Object.keys(objectives));
});

const all = Object.entries(variants).flatMap(([objective, own]) =>
  Object.entries(own).map(([variant, fields]) => [`${objective}, ${variant}`, tinyRecipe(objective, fields)] as const),
);

describe.each(all)("%s", (_, recipe) => {
  test("has a finite loss, the same for the same seed", async () => {
    const first = await train(recipe, 4, 6);
    const again = await train(recipe, 4, 6);
    expect(first.losses.every(Number.isFinite)).toBe(true);
    expect(again.losses).toEqual(first.losses);
    expect(again.parameters).toEqual(first.parameters);
  });

  test("gives the same numbers to rounding in every micro-batch", async () => {
    const whole = await train(recipe, 4, 2);
    for (const microBatch of [1, 2]) {
      const parts = await train(recipe, microBatch, 2);
      expect(largest(parts.losses, whole.losses)).toBeLessThan(1e-5 * whole.losses[0]);
      expect(largest(parts.gradients, whole.gradients)).toBeLessThan(1e-5 * Math.max(...whole.gradients.map(Math.abs)));
    }
  });

  // Collapse is not learning, though its loss falls as well.
  test.skipIf(bound(recipe).teacher === null)(
    "learns: with the same pictures and choices at every step the loss falls",
    async () => {
      const { losses } = await train(recipe, 4, 12, () => 0);
      expect(losses[losses.length - 1]).toBeLessThan(losses[0]);
    },
  );

  test("draws choices of the usual shapes in all but a few steps", () => {
    const method = bound(recipe);
    const usual = method.usualChoices(2).map(shapesOf);
    const steps = Array.from({ length: 100 }, (_, step) =>
      method.choices((name) => randomStream(recipe.seed, name, step), recipe.training.batch).forPictures(0, 2),
    );
    expect(steps.filter((choices) => usual.includes(shapesOf(choices))).length).toBeGreaterThanOrEqual(95);
  });

  test("sends no gradient into the teacher, or has none", () => {
    const method = bound(recipe);
    const { teacher } = method;
    const namesIn = (outputs: Readonly<Record<string, Tensor>>) =>
      reachableNodes(Object.values(outputs)).flatMap((node) => (node.kind === "input" ? [node.name] : []));
    const trained = namesIn(traceLoss(method, declaredBy(method), 2));
    // Without a teacher the targets are made by parameters that the loss itself trains.
    if (teacher === null)
      expect(trained).toEqual(expect.arrayContaining(namesIn(traceFeatures(method, declaredBy(method), 2))));
    else expect(trained.filter((name) => name.startsWith(`${teacher.scope}.`))).toEqual([]);
  });
});

test("padding is exact: what it holds changes neither loss nor gradients", () => {
  const recipe = tinyRecipe("ijepa", variants.ijepa["masks of varying length"]);
  const method = bound(recipe);
  const book = declaredBy(method);
  const state = createModelState(method, book, 1, 64);
  const choices = method.choices((name) => randomStream(5, name), 2).forPictures(0, 2);
  const loss = Object.values(traceLoss(method, book, 2, choices))[0];
  const leaves = [...book.leaves.values()].filter(({ name }) => state.layout.entries.has(name));
  const slopes = gradients(
    loss,
    leaves.map(({ tensor }) => tensor),
  );
  const outputs = [loss, ...slopes];
  const values = {
    ...state.feeds,
    ...Object.fromEntries(Object.entries(choices).map(([name, choice]) => [name, choice.values])),
    pictures: Array.from({ length: 2 * 32 * 32 * 3 }, (_, i) => (i * 37) % 256),
    targets: Array.from({ length: 2 * 64 * 16 }, (_, i) => Math.sin(i)),
  };
  const before = interpret(outputs, values);
  // What padding holds must not matter: other patches there, the same numbers.
  const moved = { ...values, contextTokens: movedPadding(choices.contextTokens.values, choices.contextMask.values) };
  expect(moved.contextTokens).not.toEqual([...choices.contextTokens.values]);
  const after = interpret(outputs, moved);
  for (const [i, expected] of before.entries()) expect(largest(after[i], expected)).toBeLessThan(1e-12);
});

test("gradient programs of unusual choices take turns with the usual ones, to the same numbers", async () => {
  const recipe = tinyRecipe("ijepa", variants.ijepa["masks of varying length"]);
  const method = bound(recipe);
  const expected = await train(recipe, 2, 8);
  let compiled = 0;
  const living = new Set<Program>();
  const most: number[] = [];
  const atOnce = new Set<number>();
  const counted = (program: Program): Program => {
    compiled += 1;
    living.add(program);
    const gradientPrograms = [...living].filter(({ outputs }) =>
      outputs.some(({ name }) => name.startsWith("gradient ")),
    );
    most.push(gradientPrograms.length);
    for (const { inputs } of gradientPrograms) {
      for (const { name, shape } of inputs) if (name === "pictures") atOnce.add(shape[0]);
    }
    return {
      ...program,
      async release() {
        living.delete(program);
        await program.release();
      },
    };
  };
  const engine: Runtime = {
    ...runtime,
    compile: async (outputs, options) => counted(await runtime.compile(outputs, options)),
    compileTogether: async (graphs, options) => (await runtime.compileTogether(graphs, options)).map(counted),
  };
  const oneUsual = withOneUsual(method);
  const { losses } = await train(recipe, 2, 8, (step) => step, { method: oneUsual, engine });
  expect(largest(losses, expected.losses)).toBeLessThan(1e-5 * expected.losses[0]);
  expect(compiled).toBeGreaterThan(6); // five of the fixed stages, and more than one of gradients
  expect(Math.max(...most)).toBe(1);
  expect(atOnce).toEqual(new Set([2, 1])); // the unusual ones are of half as many pictures
  expect(living.size).toBe(0);
});

test.each([1, 2, 4])("unusual choices give the same gradients, in micro-batches of %d", async (microBatch) => {
  const recipe = tinyRecipe("ijepa", variants.ijepa["masks of varying length"]);
  const method = bound(recipe);
  const oneUsual = withOneUsual(method);
  const isUnusual = (step: number) => {
    const drawn = method.choices((name) => randomStream(recipe.seed, name, step), 4).forPictures(0, 1);
    return shapesOf(drawn) !== shapesOf(oneUsual.usualChoices(1)[0]);
  };
  const step = Array.from({ length: 20 }, (_, i) => i).find(isUnusual);
  expect(step).toBeDefined();
  const usual = await train(recipe, microBatch, 1, () => step ?? 0);
  const unusual = await train(recipe, microBatch, 1, () => step ?? 0, { method: oneUsual });
  const most = Math.max(...usual.gradients.map(Math.abs));
  expect(largest(unusual.gradients, usual.gradients)).toBeLessThan(1e-5 * most);
});

/** A method to which all choices but those of one shape are unusual. */
function withOneUsual(method: Method): Method {
  return { ...method, usualChoices: (pictures) => method.usualChoices(pictures).slice(0, 1) };
}

function shapesOf(choices: ChoiceShapes): string {
  return Object.entries(choices)
    .map(([name, { shape }]) => `${name} ${shape}`)
    .join();
}

/** Padded places point at another patch. */
function movedPadding(indices: ArrayLike<number>, mask: ArrayLike<number>): number[] {
  return Array.from(indices, (index, at) => (mask[at] === 0 ? index : 7));
}

async function train(
  recipe: Recipe,
  microBatch: number,
  steps: number,
  drawnAt = (step: number) => step,
  { method = bound(recipe), engine = runtime } = {},
) {
  const book = declaredBy(method);
  const state = createModelState(method, book, recipe.seed, 256);
  const { batch } = recipe.training;
  const stepper = new Stepper(engine, method, book, state, {
    batch,
    microBatch,
    adam: { betas: [0.9, 0.999], eps: 1e-8 },
  });
  const random = randomStream(recipe.seed, "pictures");
  const pictures = Uint8Array.from({ length: batch * method.crop ** 2 * 3 }, () => random.integer(256));
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const choices = method.choices((name) => randomStream(recipe.seed, name, drawnAt(step)), batch);
    losses.push(
      (await stepper.run(pictures, choices, { step: step + 1, rate: 1e-3, decay: 0.04, momentum: 0.99 })).loss,
    );
  }
  await stepper.close();
  return { losses, gradients: state.gradients.slice(), parameters: state.parameters.slice() };
}

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(b).reduce((worst, value, i) => Math.max(worst, Math.abs(a[i] - value)), 0);
}
