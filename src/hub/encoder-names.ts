// The names of I-JEPA's encoder in the two worlds: the official checkpoints (which are ours), and Hugging Face's transformers,
// by rules in one table. Query, key and value are one tensor there and three here, in this order along the first axis.

/** An official name, `{i}` for the number of a block, and what holds it at Hugging Face, one after the other. */
type Rule = readonly [official: string, huggingface: readonly string[]];

const attention = "encoder.layer.{i}.attention.attention";

const both = (official: string, ...huggingface: readonly string[]): Rule[] =>
  ["weight", "bias"].map((part) => [`${official}.${part}`, huggingface.map((name) => `${name}.${part}`)]);

const rules: readonly Rule[] = [
  ["pos_embed", ["embeddings.position_embeddings"]],
  ...both("patch_embed.proj", "embeddings.patch_embeddings.projection"),
  ...both("blocks.{i}.norm1", "encoder.layer.{i}.layernorm_before"),
  ...both("blocks.{i}.attn.qkv", `${attention}.query`, `${attention}.key`, `${attention}.value`),
  ...both("blocks.{i}.attn.proj", "encoder.layer.{i}.attention.output.dense"),
  ...both("blocks.{i}.norm2", "encoder.layer.{i}.layernorm_after"),
  ...both("blocks.{i}.mlp.fc1", "encoder.layer.{i}.intermediate.dense"),
  ...both("blocks.{i}.mlp.fc2", "encoder.layer.{i}.output.dense"),
  ...both("norm", "layernorm"),
];

const byName = new Map(rules);

/**
 * The names under which Hugging Face stores an official parameter: one, or query, key and value.
 *
 * @param official without the encoder's scope: `blocks.0.attn.qkv.weight`
 */
export function huggingfaceNames(official: string): readonly string[] {
  const [, block] = /^blocks\.(\d+)\./.exec(official) ?? [];
  const found = byName.get(block === undefined ? official : official.replace(/^blocks\.\d+/, "blocks.{i}"));
  if (found === undefined) throw new RangeError(`internal: no rule for the parameter "${official}"`);
  return found.map((name) => name.replace("{i}", block ?? ""));
}

/** The official parameter that a tensor at Hugging Face is (part of); undefined where it is none of an encoder's. */
export function officialName(huggingface: string): string | undefined {
  const [, block] = /^encoder\.layer\.(\d+)\./.exec(huggingface) ?? [];
  const general = block === undefined ? huggingface : huggingface.replace(/^encoder\.layer\.\d+/, "encoder.layer.{i}");
  const found = rules.find(([, names]) => names.includes(general));
  return found?.[0].replace("{i}", block ?? "");
}
