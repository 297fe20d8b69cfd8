// The training fixture of I-JEPA as our method: its settings, weights, pictures and masks, whatever their sizes.

import { z } from "zod";
import type { ParameterBook } from "../../src/nn/index.ts";
import { type Choice, type Ijepa, ijepa, maskChoices } from "../../src/objectives/index.ts";
import { createModelState, declaredBy, type ModelState } from "../../src/training/index.ts";
import type { Fixture } from "./fixture.ts";

const stepFile = z.object({
  step: z.number(),
  loss: z.number(),
  lr: z.number(),
  weight_decay: z.number(),
  momentum: z.number(),
  grad_norm: z.number(),
});
const settings = z.object({
  config: z.object({
    img_size: z.number(),
    patch_size: z.number(),
    embed_dim: z.number(),
    depth: z.number(),
    num_heads: z.number(),
    mlp_ratio: z.number(),
    predictor_embed_dim: z.number(),
    predictor_depth: z.number(),
    predictor_num_heads: z.number(),
    batch_size: z.number(),
    param_groups: z.array(z.object({ wd_excluded: z.boolean(), params: z.array(z.string()) })),
    optimization: z.object({
      betas: z.tuple([z.number(), z.number()]),
      eps: z.number(),
      ema: z.tuple([z.number(), z.number()]),
    }),
  }),
  steps: z.array(stepFile).min(1),
});
export type Settings = z.infer<typeof settings>;
export const settingsFile: z.ZodType<Settings> = settings;

/** The method of the fixture with the fixture's initial weights. */
export async function openMethod(
  fixture: Fixture,
  { config }: Settings,
): Promise<{ method: Ijepa; book: ParameterBook; state: ModelState }> {
  const method = ijepa(
    {
      predictor: {
        width: config.predictor_embed_dim,
        depth: config.predictor_depth,
        heads: config.predictor_num_heads,
      },
      masks: { kind: "fixed", contextTokens: 1, targets: 1, targetTokens: 1, aspect: [1, 1] },
      loss: "smooth_l1",
      targetNormalisation: "layer",
      teacher: { momentum: config.optimization.ema },
    },
    {
      crop: config.img_size,
      batch: config.batch_size,
      model: {
        width: config.embed_dim,
        depth: config.depth,
        heads: config.num_heads,
        patch: config.patch_size,
        mlpRatio: config.mlp_ratio,
      },
      seed: 0,
    },
  );
  const book = declaredBy(method);
  const state = createModelState(method, book, 0, 1024);
  for (const [name, { data }] of state.model) data.set(await floats(fixture, "params.safetensors", name));
  return { method, book, state };
}

/** Pictures [batch, 3, height, width] of the fixture as [batch, height, width, 3]. */
export async function picturesOf(fixture: Fixture, file: string, name: string): Promise<Float32Array> {
  const { shape } = await fixture.tensor(file, name);
  const data = await floats(fixture, file, name);
  const [_batch, channels, height, width] = shape;
  const plane = height * width;
  return Float32Array.from({ length: data.length }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / channels) % plane, at % channels];
    return data[(Math.floor(at / (channels * plane)) * channels + channel) * plane + pixel];
  });
}

/** Masks [sets, batch, tokens] of the fixture as the method's choices. */
export async function choicesOf(
  fixture: Fixture,
  file: string,
  prefix: string,
  width: number,
): Promise<Record<string, Choice>> {
  const [context, target] = await Promise.all(
    ["masks_enc", "masks_pred"].map(async (name) => {
      const { shape, data } = await fixture.tensor(file, `${prefix}${name}`);
      const [sets, batch, tokens] = shape;
      const each = batch * tokens;
      const indices = Int32Array.from({ length: data.length }, (_, at) => Number(data[at]));
      const rows = (count: number) => new Int32Array(count).fill(tokens);
      return {
        sets,
        batch,
        tokens,
        all: { indices, lengths: rows(sets * batch), tokens },
        parts: Array.from({ length: sets }, (_, i) => ({
          indices: indices.slice(i * each, (i + 1) * each),
          lengths: rows(batch),
          tokens,
        })),
      };
    }),
  );
  const masks = { context: context.all, targets: target.parts, contextDraws: 0, relaxations: 0 };
  return maskChoices(masks, { batch: context.batch, width, padded: false }, 0, context.batch);
}

export async function floats(fixture: Fixture, file: string, name: string): Promise<Float32Array> {
  const { data } = await fixture.tensor(file, name);
  return data instanceof Float32Array ? data : Float32Array.from(data, Number);
}
