// The names of I-JEPA's encoder, which here have no scope: `blocks.0.norm1.weight`.

import { type NameTable, nameTable, weightAndBias } from "./name-table.ts";

const attention = "encoder.layer.{i}.attention.attention";

/** I-JEPA's encoder in transformers' `IJepaModel`. */
export const ijepaNames: NameTable = nameTable([
  { official: "pos_embed", huggingface: ["embeddings.position_embeddings"] },
  ...weightAndBias("patch_embed.proj", "embeddings.patch_embeddings.projection"),
  ...weightAndBias("blocks.{i}.norm1", "encoder.layer.{i}.layernorm_before"),
  ...weightAndBias("blocks.{i}.attn.qkv", `${attention}.query`, `${attention}.key`, `${attention}.value`),
  ...weightAndBias("blocks.{i}.attn.proj", "encoder.layer.{i}.attention.output.dense"),
  ...weightAndBias("blocks.{i}.norm2", "encoder.layer.{i}.layernorm_after"),
  ...weightAndBias("blocks.{i}.mlp.fc1", "encoder.layer.{i}.intermediate.dense"),
  ...weightAndBias("blocks.{i}.mlp.fc2", "encoder.layer.{i}.output.dense"),
  ...weightAndBias("norm", "layernorm"),
]);
