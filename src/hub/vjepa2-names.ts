// The names of V-JEPA 2's networks: encoder and predictor of the official checkpoints, and its attentive classifier.

import { type NameRule, type NameTable, nameTable, weightAndBias } from "./name-table.ts";

/** A transformer block with the parts' names that both worlds share. */
function block(official: string, huggingface: string): NameRule[] {
  const [query, key, value] = ["query", "key", "value"].map((part) => `${huggingface}.attention.${part}`);
  return [
    ...weightAndBias(`${official}.attn.qkv`, query, key, value),
    ...weightAndBias(`${official}.attn.proj`, `${huggingface}.attention.proj`),
    ...["norm1", "norm2", "mlp.fc1", "mlp.fc2"].flatMap((part) =>
      weightAndBias(`${official}.${part}`, `${huggingface}.${part}`),
    ),
  ];
}

/** Norms and perceptron of a block of the pooler. */
function poolerBlock(official: string, huggingface: string): NameRule[] {
  return [
    ...weightAndBias(`${official}.norm1`, `${huggingface}.layer_norm1`),
    ...weightAndBias(`${official}.norm2`, `${huggingface}.layer_norm2`),
    ...weightAndBias(`${official}.mlp.fc1`, `${huggingface}.mlp.fc1`),
    ...weightAndBias(`${official}.mlp.fc2`, `${huggingface}.mlp.fc2`),
  ];
}

const cross = "pooler.cross_attention_layer.cross_attn";
const own = "pooler.self_attention_layers.{i}.self_attn";

/** V-JEPA 2 in transformers' `VJEPA2Model` and `VJEPA2ForVideoClassification` (there without the prefix `vjepa2.`). */
export const vjepa2Names: NameTable = nameTable([
  ...weightAndBias("encoder.patch_embed.proj", "encoder.embeddings.patch_embeddings.proj"),
  ...block("encoder.blocks.{i}", "encoder.layer.{i}"),
  ...weightAndBias("encoder.norm", "encoder.layernorm"),
  ...weightAndBias("predictor.predictor_embed", "predictor.embeddings.predictor_embeddings"),
  { official: "predictor.mask_tokens.{i}", huggingface: ["predictor.embeddings.mask_tokens"], stacked: true },
  ...block("predictor.predictor_blocks.{i}", "predictor.layer.{i}"),
  ...weightAndBias("predictor.predictor_norm", "predictor.layernorm"),
  ...weightAndBias("predictor.predictor_proj", "predictor.proj"),
  { official: "pooler.query_tokens", huggingface: ["pooler.query_tokens"] },
  ...poolerBlock("pooler.cross_attention_block", "pooler.cross_attention_layer"),
  ...weightAndBias("pooler.cross_attention_block.xattn.q", `${cross}.q_proj`),
  ...weightAndBias("pooler.cross_attention_block.xattn.kv", `${cross}.k_proj`, `${cross}.v_proj`),
  ...poolerBlock("pooler.blocks.{i}", "pooler.self_attention_layers.{i}"),
  ...weightAndBias("pooler.blocks.{i}.attn.qkv", `${own}.q_proj`, `${own}.k_proj`, `${own}.v_proj`),
  ...weightAndBias("pooler.blocks.{i}.attn.proj", `${own}.out_proj`),
  ...weightAndBias("linear", "classifier"),
]);
