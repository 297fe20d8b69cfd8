// Parity of whole training steps: loss, gradient norm, weights, teacher and both moments after AdamW and
// EMA, through the very programs that training runs, in micro-batches of one and of the whole batch.

import { openNodeRuntime } from "../../src/runtime/index.ts";
import { Stepper } from "../../src/training/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, largestDifference, relativeDifference, worstOf } from "./comparison.ts";
import type { Fixture } from "./fixture.ts";
import { choicesOf, floats, openMethod, picturesOf, type Settings, settingsFile } from "./ijepa-fixture.ts";
import { takePictures } from "./ijepa-pictures.ts";

const lossTolerance = 1e-6;
const parameterTolerance = 1e-5;
const teacherTolerance = 1e-6;
/** Of a moment's largest entry: as its gradients. */
const momentTolerance = 2e-5;

function stepsIn(microBatch: "one" | "whole"): ParityCheck {
  return {
    fixture: "meta-ijepa",
    name: `training steps, micro-batch of ${microBatch}`,
    compare: async (fixture) => {
      const settings = await fixture.json("meta.json", settingsFile);
      return trainAndCompare(fixture, settings, microBatch === "one" ? 1 : settings.config.batch_size);
    },
  };
}

export const ijepaSteps: readonly ParityCheck[] = [stepsIn("one"), stepsIn("whole")];

async function trainAndCompare(fixture: Fixture, settings: Settings, microBatch: number): Promise<Comparison[]> {
  const { method, book, state } = await openMethod(fixture, settings);
  const { config, steps } = settings;
  const runtime = await openNodeRuntime({ threads: 2 });
  const { betas, eps } = config.optimization;
  const stepper = new Stepper(runtime, method, book, state, {
    batch: config.batch_size,
    microBatch,
    adam: { betas, eps },
    pictureType: "f32",
  });
  const comparisons: Comparison[] = [];
  let largestRate = 0;
  for (const { step, loss, lr, weight_decay, momentum, grad_norm } of steps) {
    const whole = await choicesOf(fixture, "inputs.safetensors", `step${step}.`, config.embed_dim);
    const choices = {
      forPictures: (from: number, to: number) => takePictures(whole, config.batch_size, from, to),
      described: {},
    };
    const pictures = await picturesOf(fixture, "inputs.safetensors", `step${step}.images`);
    const result = await stepper.run(pictures, choices, { step, rate: lr, decay: weight_decay, momentum });
    largestRate = Math.max(largestRate, lr);
    comparisons.push(
      { name: `step ${step}: loss`, difference: Math.abs(result.loss - loss), tolerance: lossTolerance },
      {
        name: `step ${step}: gradient norm, relative`,
        difference: Math.abs(result.gradientNorm / grad_norm - 1),
        tolerance: 1e-5,
      },
    );
    // Weights are kept after the first and the last step, moments after the last: without those the check fails.
    const [isFirst, isLast] = [step === steps[0].step, step === steps[steps.length - 1].step];
    const after = `params_after_step${step}.safetensors`;
    if (isFirst || isLast || (await holds(fixture, after))) {
      comparisons.push(...(await weights(fixture, after, state.model, 3 * largestRate)));
    }
    const moments = `optimizer_after_step${step}.safetensors`;
    if (isLast || (await holds(fixture, moments))) {
      comparisons.push(await momentsOf(fixture, moments, state.optimizer));
    }
  }
  await stepper.close();
  return comparisons.map((comparison) => ({ ...comparison, name: `${comparison.name}, micro-batch ${microBatch}` }));
}

async function holds(fixture: Fixture, file: string): Promise<boolean> {
  return fixture.names(file).then(
    () => true,
    () => false,
  );
}

type Views = ReadonlyMap<string, { readonly data: Float32Array }>;

async function weights(fixture: Fixture, file: string, model: Views, keyBias: number): Promise<Comparison[]> {
  const compared = await Promise.all(
    [...model].map(async ([name, { data }]) => {
      const expected = await floats(fixture, file, name);
      const tolerance = name.startsWith("target_encoder.") ? teacherTolerance : parameterTolerance;
      if (!name.endsWith("attn.qkv.bias") || name.startsWith("target_encoder."))
        return [{ name, difference: largestDifference(data, expected), tolerance }];
      const third = data.length / 3;
      const part = (i: number) =>
        largestDifference(data.subarray(i * third, (i + 1) * third), expected.subarray(i * third, (i + 1) * third));
      return [0, 1, 2].map((i) => ({
        name: `${name} ${["queries", "keys", "values"][i]}`,
        difference: part(i),
        tolerance: i === 1 ? keyBias : tolerance,
      }));
    }),
  );
  const names = new Set(await fixture.names(file));
  const missing = [...names]
    .filter((name) => !model.has(name))
    .map((name) => ({ name, difference: Number.POSITIVE_INFINITY, tolerance: 0 }));
  return [worstOf(file.replace(".safetensors", ": weights and teacher"), [...compared.flat(), ...missing])];
}

async function momentsOf(fixture: Fixture, file: string, optimizer: Views): Promise<Comparison> {
  const compared = await Promise.all(
    [...optimizer].map(async ([name, { data }]) => {
      const expected = await floats(fixture, file, name);
      if (!name.endsWith("attn.qkv.bias"))
        return [{ name, difference: relativeDifference(data, expected), tolerance: momentTolerance }];
      const third = data.length / 3;
      return [0, 2].map((i) => ({
        name,
        difference: relativeDifference(
          data.subarray(i * third, (i + 1) * third),
          expected.subarray(i * third, (i + 1) * third),
        ),
        tolerance: momentTolerance,
      }));
    }),
  );
  return worstOf(file.replace(".safetensors", ": moments, relative"), compared.flat());
}
