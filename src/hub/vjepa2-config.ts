// config.json of a V-JEPA 2 model as transformers writes it (model_type "vjepa2"), checked, and the parameters that it
// declares.

import { z } from "zod";
import { UserError } from "../errors/index.ts";
import { hiddenWidth } from "../nn/index.ts";
import type { Shape } from "../tensor/index.ts";
import { labelsOf } from "./class-labels.ts";
import { parseJson, type Refusal, soundValue } from "./sound-json.ts";

/** Sizes of a stack of transformer blocks. */
export interface StackSizes {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Hidden width of the perceptrons. */
  readonly hidden: number;
}

/** Sizes of V-JEPA 2's networks. */
export interface VideoSizes extends StackSizes {
  readonly patch: number;
  /** Frames of a patch. */
  readonly tubelet: number;
  readonly frames: number;
  readonly crop: number;
  readonly epsilon: number;
  readonly predictor: StackSizes & { readonly maskTokens: number };
}

/** What a config.json tells. */
export interface VideoConfig {
  readonly sizes: VideoSizes;
  /**
   * Of the attentive classifier: self-attention blocks of its pooler, and its classes; undefined where the model has
   * none.
   */
  readonly classifier: { readonly blocks: number; readonly labels: readonly string[] } | undefined;
}

const count = (most: number) => z.int().min(1).max(most);
const ratio = z.number().positive().max(64).default(4);

/** Bounds far beyond any model there is, so that absurd sizes are refused before memory is given to them. */
const fields = z.looseObject({
  model_type: z.literal("vjepa2"),
  architectures: z.array(z.string()).min(1).optional(),
  hidden_size: count(16_384).default(1024),
  num_hidden_layers: count(1_000).default(24),
  num_attention_heads: count(1_024).default(16),
  mlp_ratio: ratio,
  layer_norm_eps: z.number().positive().max(1).default(1e-6),
  patch_size: count(65_536).default(16),
  crop_size: count(65_536).default(256),
  tubelet_size: count(1_024).default(2),
  frames_per_clip: count(65_536).default(64),
  in_chans: z.literal(3).default(3),
  qkv_bias: z.literal(true).default(true),
  hidden_act: z.literal("gelu").default("gelu"),
  num_pooler_layers: count(1_000).default(3),
  pred_hidden_size: count(16_384).default(384),
  pred_num_hidden_layers: count(1_000).default(12),
  pred_num_attention_heads: count(1_024).default(12),
  pred_num_mask_tokens: count(10_000).default(10),
  pred_mlp_ratio: ratio,
  id2label: z.record(z.string(), z.string()).default({ 0: "LABEL_0", 1: "LABEL_1" }),
});

/**
 * Reads the text of a config.json; what it leaves out is as in transformers.
 *
 * @param where the file, for messages
 * @throws UserError where a field is unsound, or sizes do not fit each other
 */
export function parseVideoConfig(text: string, where: string): VideoConfig {
  const refuse: Refusal = (expected, received) => {
    const remedy = "give the directory of a V-JEPA 2 model in Hugging Face's layout";
    return new UserError({ where, expected, received, remedy });
  };
  const config = soundValue(fields, parseJson(text, refuse), refuse);
  const requireMultiple = (field: string, value: number, of: number, words: string) => {
    if (value % of !== 0) throw refuse(`${field} that is a multiple of ${words} ${of}`, value);
  };
  const stack = (width: number, depth: number, heads: number, times: number): StackSizes => {
    return { width, depth, heads, hidden: hiddenWidth(width, times) };
  };
  const { hidden_size, num_hidden_layers, num_attention_heads, mlp_ratio } = config;
  const { pred_hidden_size, pred_num_hidden_layers, pred_num_attention_heads, pred_mlp_ratio } = config;
  const predictor = stack(pred_hidden_size, pred_num_hidden_layers, pred_num_attention_heads, pred_mlp_ratio);
  requireMultiple("hidden_size", hidden_size, num_attention_heads, "num_attention_heads");
  requireMultiple("pred_hidden_size", pred_hidden_size, pred_num_attention_heads, "pred_num_attention_heads");
  requireMultiple("crop_size", config.crop_size, config.patch_size, "patch_size");
  requireMultiple("frames_per_clip", config.frames_per_clip, config.tubelet_size, "tubelet_size");
  return {
    sizes: {
      ...stack(hidden_size, num_hidden_layers, num_attention_heads, mlp_ratio),
      patch: config.patch_size,
      tubelet: config.tubelet_size,
      frames: config.frames_per_clip,
      crop: config.crop_size,
      epsilon: config.layer_norm_eps,
      predictor: { ...predictor, maskTokens: config.pred_num_mask_tokens },
    },
    classifier:
      config.architectures?.[0] === "VJEPA2ForVideoClassification"
        ? { blocks: config.num_pooler_layers, labels: labelsOf(config.id2label) }
        : undefined,
  };
}

/** Shapes of all parameters by official name. */
export function videoShapes({ sizes, classifier }: VideoConfig): ReadonlyMap<string, Shape> {
  const { width, patch, tubelet, predictor } = sizes;
  const mine = new Map<string, Shape>([
    ["encoder.patch_embed.proj.weight", [width, 3, tubelet, patch, patch]],
    ["encoder.patch_embed.proj.bias", [width]],
    ...stackShapes("encoder.blocks", sizes),
    ...normShapes("encoder.norm", width),
    ...denseShapes("predictor.predictor_embed", width, predictor.width),
    ...numbered(predictor.maskTokens).map((i): Named => [`predictor.mask_tokens.${i}`, [1, 1, predictor.width]]),
    ...stackShapes("predictor.predictor_blocks", predictor),
    ...normShapes("predictor.predictor_norm", predictor.width),
    ...denseShapes("predictor.predictor_proj", predictor.width, width),
  ]);
  return classifier === undefined ? mine : new Map([...mine, ...classifierShapes(sizes, classifier)]);
}

type Named = readonly [name: string, shape: Shape];

function classifierShapes(sizes: StackSizes, { blocks, labels }: NonNullable<VideoConfig["classifier"]>): Named[] {
  const { width } = sizes;
  // transformers' pooler has perceptrons of four times the width, whatever mlp_ratio says.
  const pooler = { ...sizes, hidden: 4 * width };
  const cross = "pooler.cross_attention_block";
  return [
    ["pooler.query_tokens", [1, 1, width]],
    ...normAndPerceptronShapes(cross, pooler),
    ...denseShapes(`${cross}.xattn.q`, width, width),
    ...denseShapes(`${cross}.xattn.kv`, width, 2 * width),
    ...stackShapes("pooler.blocks", { ...pooler, depth: blocks }),
    ...denseShapes("linear", width, labels.length),
  ];
}

function stackShapes(scope: string, sizes: StackSizes): Named[] {
  const { width, depth } = sizes;
  return numbered(depth).flatMap((i) => [
    ...denseShapes(`${scope}.${i}.attn.qkv`, width, 3 * width),
    ...denseShapes(`${scope}.${i}.attn.proj`, width, width),
    ...normAndPerceptronShapes(`${scope}.${i}`, sizes),
  ]);
}

function normAndPerceptronShapes(scope: string, { width, hidden }: StackSizes): Named[] {
  return [
    ...normShapes(`${scope}.norm1`, width),
    ...normShapes(`${scope}.norm2`, width),
    ...denseShapes(`${scope}.mlp.fc1`, width, hidden),
    ...denseShapes(`${scope}.mlp.fc2`, hidden, width),
  ];
}

function denseShapes(scope: string, width: number, out: number): Named[] {
  return [
    [`${scope}.weight`, [out, width]],
    [`${scope}.bias`, [out]],
  ];
}

function normShapes(scope: string, width: number): Named[] {
  return [
    [`${scope}.weight`, [width]],
    [`${scope}.bias`, [width]],
  ];
}

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
