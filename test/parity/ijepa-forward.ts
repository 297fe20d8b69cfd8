// Parity of I-JEPA's forward pass, loss and every gradient with the official code, tensor by
// tensor in the order of computation, so that the first line that differs names the fault.

import { encode, patchesOf, projectPatches } from "../../src/nn/index.ts";
import { openNodeRuntime, type Values } from "../../src/runtime/index.ts";
import { add, gradients, type Tensor } from "../../src/tensor/index.ts";
import { lossInputs, traceFeatures } from "../../src/training/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, largestDifference, relativeDifference, worstOf } from "./comparison.ts";
import type { Fixture } from "./fixture.ts";
import { choicesOf, floats, openMethod, picturesOf, type Settings, settingsFile } from "./ijepa-fixture.ts";

const forwardTolerance = 2e-5;
const lossTolerance = 1e-6;
const gradientTolerance = 2e-5;
/** The true gradient of a key's bias is zero: what is stored is rounding noise. */
const keyBiasTolerance = 1e-8;

export const ijepaForward: ParityCheck = {
  fixture: "meta-ijepa",
  name: "forward pass, loss and gradients",
  compare: async (fixture) => {
    const settings = await fixture.json("meta.json", settingsFile);
    const file = "step1.safetensors";
    const { values, names } = await run(fixture, settings, "inputs.safetensors", "step1.", true);
    const forward = ["patch_embed", "target_full", "target_norm", "h", "context", "z"];
    return [
      ...(await compareAll(fixture, file, values, forward, forwardTolerance)),
      ...(await compareAll(fixture, file, values, ["loss"], lossTolerance)),
      await gradientsOf(fixture, file, values, "z and context", ["grad.z", "grad.context"]),
      await gradientsOf(
        fixture,
        file,
        values,
        "predictor",
        names.filter((name) => name.startsWith("grad.predictor.")),
      ),
      await gradientsOf(
        fixture,
        file,
        values,
        "encoder",
        names.filter((name) => name.startsWith("grad.encoder.")),
      ),
    ];
  },
};

export const ijepaTwoContexts: ParityCheck = {
  fixture: "meta-ijepa",
  name: "two context masks",
  compare: async (fixture) => {
    const settings = await fixture.json("meta.json", settingsFile);
    const file = "two_context_masks.safetensors";
    const { values } = await run(fixture, settings, file, "", false);
    return [
      ...(await compareAll(fixture, file, values, ["h", "context", "z", "encoder_unmasked"], forwardTolerance)),
      ...(await compareAll(fixture, file, values, ["loss"], lossTolerance)),
    ];
  },
};

/** Runs everything in one program; results under the fixture's names. */
async function run(fixture: Fixture, settings: Settings, file: string, prefix: string, withGradients: boolean) {
  const { method, book, state } = await openMethod(fixture, settings);
  const { config } = settings;
  const batch = config.batch_size;
  const choices = await choicesOf(fixture, file, prefix, config.embed_dim);
  const pictures = await picturesOf(fixture, file, `${prefix}images`);
  const inputs = lossInputs(method, batch, choices, "f32");
  const targetFull = traceFeatures(method, book, batch, "f32").features;
  const targetNorm = method.targets(targetFull);
  const tensors = method.predictions(book.root, { ...inputs, targets: targetNorm });
  const { context, guess, target } = tensors;
  const loss = Object.values(method.terms(tensors, inputs.choices)).reduce((a, b) => add(a, b));
  const seen = patchesOf(inputs.pictures, config.patch_size);
  const encoder = book.root.at("encoder");
  const side = config.img_size / config.patch_size;
  const sizes = {
    width: config.embed_dim,
    depth: config.depth,
    heads: config.num_heads,
    patch: config.patch_size,
    ratio: config.mlp_ratio,
  };
  const outputs: Record<string, Tensor> = {
    patch_embed: projectPatches(encoder.at("patch_embed.proj"), seen, {
      width: config.embed_dim,
      patch: config.patch_size,
    }),
    encoder_unmasked: encode(encoder, seen, { ...sizes, grid: { rows: side, columns: side } }),
    target_full: targetFull,
    target_norm: targetNorm,
    h: target,
    context,
    z: guess,
    loss,
  };
  const leaves = [...book.leaves.values()].filter(({ name }) => state.layout.entries.has(name));
  if (withGradients) Object.assign(outputs, slopes(loss, outputs, leaves));
  const runtime = await openNodeRuntime({ threads: 2 });
  const program = await runtime.compile(outputs);
  const gradientsByName = new Map<string, Float32Array>();
  const drawn = Object.fromEntries(Object.entries(choices).map(([name, choice]) => [name, choice.values]));
  const results = await program.run({ ...state.feeds, ...drawn, pictures });
  await program.release();
  for (const { feed, name, offset } of withGradients ? leaves : []) {
    const whole = gradientsByName.get(name) ?? new Float32Array(state.layout.entries.get(name)?.length ?? 0);
    whole.set(Float32Array.from(results[`leaf ${feed}`], Number), offset);
    gradientsByName.set(name, whole);
  }
  const values: Record<string, Values> = {
    ...results,
    ...Object.fromEntries([...gradientsByName].map(([name, data]) => [`grad.${name}`, data])),
  };
  return { values, names: (await fixture.names("step1.safetensors")).filter((name) => name.startsWith("grad.")) };
}

function slopes(
  loss: Tensor,
  { z, context }: Record<string, Tensor>,
  leaves: { tensor: Tensor; feed: string }[],
): Record<string, Tensor> {
  const [dz, dcontext, ...rest] = gradients(loss, [z, context, ...leaves.map(({ tensor }) => tensor)]);
  return {
    "grad.z": dz,
    "grad.context": dcontext,
    ...Object.fromEntries(leaves.map(({ feed }, i) => [`leaf ${feed}`, rest[i]])),
  };
}

async function compareAll(
  fixture: Fixture,
  file: string,
  values: Record<string, Values>,
  names: string[],
  tolerance: number,
): Promise<Comparison[]> {
  return Promise.all(
    names.map(async (name) => ({
      name: file.replace(".safetensors", `: ${name}`),
      difference: largestDifference(Float32Array.from(values[name], Number), await floats(fixture, file, name)),
      tolerance,
    })),
  );
}

async function gradientsOf(
  fixture: Fixture,
  file: string,
  values: Record<string, Values>,
  group: string,
  names: string[],
): Promise<Comparison> {
  const comparisons = await Promise.all(
    names.map(async (name) => {
      const expected = await floats(fixture, file, name);
      const ours = values[name] === undefined ? new Float32Array(0) : Float32Array.from(values[name], Number);
      if (!name.endsWith("attn.qkv.bias"))
        return [{ name, difference: relativeDifference(ours, expected), tolerance: gradientTolerance }];
      const third = expected.length / 3;
      const [query, key, value] = [0, 1, 2].map(
        (i) => [ours.subarray(i * third, (i + 1) * third), expected.subarray(i * third, (i + 1) * third)] as const,
      );
      return [
        { name: `${name} (queries)`, difference: relativeDifference(...query), tolerance: gradientTolerance },
        { name: `${name} (keys, absolute)`, difference: largestDifference(...key), tolerance: keyBiasTolerance },
        { name: `${name} (values)`, difference: relativeDifference(...value), tolerance: gradientTolerance },
      ];
    }),
  );
  return worstOf(`step1: gradients of ${group}, relative`, comparisons.flat());
}
