// Claims: whoever asks for a step is told that a program cannot be compiled; closing afterwards gives back the others
// and adds no error of its own.

import { expect, test } from "vitest";
import { randomStream } from "../../src/random/index.ts";
import { openNodeRuntime, type Runtime } from "../../src/runtime/index.ts";
import { createModelState, declaredBy, Stepper } from "../../src/training/index.ts";
import { bound, tinyRecipe, variants } from "../objectives/tiny.ts";

test("a program that cannot be compiled fails its step, and the stepper closes in silence", async () => {
  const recipe = tinyRecipe("ijepa", variants.ijepa["fixed masks"]);
  const method = bound(recipe);
  const book = declaredBy(method);
  const real = await openNodeRuntime({ threads: 1 });
  let [compiled, released] = [0, 0];
  const runtime: Runtime = {
    ...real,
    async compile(outputs) {
      if (Object.keys(outputs).some((name) => name.startsWith("gradient "))) throw new Error("no memory for gradients");
      const program = await real.compile(outputs);
      compiled++;
      return {
        ...program,
        release: async () => {
          released++;
          await program.release();
        },
      };
    },
  };
  const state = createModelState(method, book, 0, 64);
  const stepper = new Stepper(runtime, method, book, state, {
    batch: 4,
    microBatch: 4,
    adam: { betas: [0.9, 0.999], eps: 1e-8 },
  });
  const choices = method.choices((name) => randomStream(0, name), 4);
  const pictures = new Uint8Array(4 * method.crop ** 2 * 3);
  const step = stepper.run(pictures, choices, { step: 1, rate: 1e-3, decay: 0, momentum: 1 });
  await expect(step).rejects.toThrow("no memory for gradients");
  await stepper.close();
  expect([compiled, released]).toEqual([2, 2]);
});
