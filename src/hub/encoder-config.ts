// config.json of an I-JEPA model as transformers writes it (model_type "ijepa"), checked: what it says about the
// encoder's sizes, and the same written for an encoder of ours.

import { z } from "zod";
import { UserError } from "../errors/index.ts";
import { checkWidth, type Grid, hiddenWidth, type TransformerOptions } from "../nn/index.ts";
import { labelsOf } from "./class-labels.ts";
import { parseJson, type Refusal, soundValue } from "./sound-json.ts";

/** Sizes of an encoder: what it is traced from, and the grid that its position table is for. */
export interface EncoderSizes extends TransformerOptions {
  readonly epsilon: number;
  readonly grid: Grid;
}

/** The architecture of an encoder with a classification head. */
export const headArchitecture = "IJepaForImageClassification";

/** What a config.json tells. */
export interface EncoderConfig {
  readonly sizes: EncoderSizes;
  /** `IJepaModel`, or with a head `IJepaForImageClassification`. */
  readonly architecture: string;
  /** Names of the head's classes, by index. */
  readonly labels: readonly string[] | undefined;
}

const count = (most: number) => z.int().min(1).max(most);
const side = count(65_536);

/** Bounds far beyond any model there is, so that absurd sizes are refused before memory is given to them. */
const fields = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).min(1).optional(),
  hidden_size: count(16_384),
  num_hidden_layers: count(1_000),
  num_attention_heads: count(1_024),
  intermediate_size: count(131_072).optional(),
  hidden_act: z.string().default("gelu"),
  layer_norm_eps: z.number().positive().max(1).default(1e-12),
  image_size: z.union([side, z.tuple([side, side])]).default(224),
  patch_size: z.union([side, z.tuple([side, side])]).default(16),
  num_channels: z.literal(3).default(3),
  qkv_bias: z.literal(true).default(true),
  id2label: z.record(z.string(), z.string()).optional(),
});

/**
 * Reads the text of a config.json.
 *
 * @param where the file, for messages
 * @throws UserError where it is not JSON, of another model, or of sizes that do not fit each other
 */
export function parseConfig(text: string, where: string): EncoderConfig {
  const config = checked(text, where);
  const [height, width] = pair(config.image_size);
  const [patch, patchWidth] = pair(config.patch_size);
  require(patch === patchWidth, where, "patch_size of a square", `${patch} x ${patchWidth}`);
  require(height % patch === 0 &&
    width % patch === 0, where, `image_size that is a multiple of the patch ${patch}`, `${height} x ${width}`);
  require(config.hidden_act === "gelu", where, 'hidden_act "gelu"', config.hidden_act);
  checkWidth(`${where}: hidden_size`, config.hidden_size, config.num_attention_heads, "num_attention_heads");
  const architecture = config.architectures?.[0] ?? "IJepaModel";
  return {
    architecture,
    sizes: {
      width: config.hidden_size,
      depth: config.num_hidden_layers,
      heads: config.num_attention_heads,
      patch,
      ratio: (config.intermediate_size ?? 4 * config.hidden_size) / config.hidden_size,
      epsilon: config.layer_norm_eps,
      grid: { rows: height / patch, columns: width / patch },
    },
    labels: config.id2label && labelsOf(config.id2label),
  };
}

/** What a config.json says besides the encoder's sizes. */
export interface ConfigOptions {
  /** Of the weights; float32 when absent. */
  readonly dtype?: "float32" | "float16" | undefined;
  /** Names of the classes of a head, by index; no head when absent. */
  readonly labels?: readonly string[] | undefined;
}

/** The config.json of an encoder, as `save_pretrained` writes it. */
export function configText(
  { width, depth, heads, patch, ratio, epsilon, grid }: EncoderSizes,
  { dtype = "float32", labels }: ConfigOptions = {},
): string {
  const image = [grid.rows * patch, grid.columns * patch];
  const config = {
    architectures: [labels === undefined ? "IJepaModel" : headArchitecture],
    attention_probs_dropout_prob: 0,
    dtype,
    hidden_act: "gelu",
    hidden_dropout_prob: 0,
    hidden_size: width,
    ...(labels && { id2label: { ...labels } }),
    image_size: image[0] === image[1] ? image[0] : image,
    initializer_range: 0.02,
    intermediate_size: hiddenWidth(width, ratio),
    ...(labels && { label2id: Object.fromEntries(labels.map((label, index) => [label, index])) }),
    layer_norm_eps: epsilon,
    model_type: "ijepa",
    num_attention_heads: heads,
    num_channels: 3,
    num_hidden_layers: depth,
    patch_size: patch,
    pooler_act: "tanh",
    pooler_output_size: width,
    qkv_bias: true,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function checked(text: string, where: string): z.infer<typeof fields> {
  const refuse: Refusal = (expected, received) => refused(where, expected, received);
  const json = parseJson(text, refuse);
  const type = z.looseObject({ model_type: z.string() }).safeParse(json);
  require(type.success && type.data.model_type === "ijepa", where, 'model_type "ijepa"', type.data?.model_type);
  return soundValue(fields, json, refuse);
}

function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

function require(holds: boolean, where: string, expected: string, received: unknown): void {
  if (!holds) throw refused(where, expected, received);
}

function refused(where: string, expected: string, received: unknown): UserError {
  const remedy = "give the directory of an I-JEPA model in Hugging Face's layout";
  return new UserError({ where, expected, received, remedy });
}
