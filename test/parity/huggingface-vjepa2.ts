// V-JEPA 2 as transformers stores it: every tensor of the files is found in the parameters under their official names,
// at its place.

import { openVideoDirectory, readLocated } from "../../src/hub/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, largestDifference } from "./comparison.ts";
import type { Fixture } from "./fixture.ts";
import { floats } from "./ijepa-fixture.ts";

const fixtureName = "hf-vjepa2-tiny";
/** Weights are read as they are. */
const exact = 0;

export const huggingfaceVjepa2: readonly ParityCheck[] = ["model", "classifier"].map((folder) => ({
  fixture: fixtureName,
  name: `${folder}: names and tensors`,
  compare: (fixture) => storedLines(fixture, folder),
}));

/** Scopes of the official code, and what each is called in the files. */
const scopes: Readonly<Record<string, RegExp>> = {
  encoder: /^(vjepa2\.)?encoder\./,
  predictor: /^(vjepa2\.)?predictor\./,
  pooler: /^pooler\./,
  linear: /^classifier\./,
};

/**
 * A line a network: its numbers in the order of the files' names, and ours by the names that these are in the papers'
 * code.
 */
async function storedLines(fixture: Fixture, folder: string): Promise<Comparison[]> {
  const { parameters } = await openVideoDirectory(fixture.path(folder), folder);
  const file = `${folder}/model.safetensors`;
  const names = await fixture.names(file);
  const lines: Comparison[] = [];
  let told = 0;
  for (const [scope, pattern] of Object.entries(scopes)) {
    const stored = names.filter((name) => pattern.test(name));
    const own = [...parameters].filter(([name]) => name.startsWith(`${scope}.`));
    if (stored.length === 0 && own.length === 0) continue;
    told += stored.length;
    const seen = new Map<string, Float32Array>();
    for (const [name, located] of own) seen.set(name, await readLocated(located));
    const taken = new Map<string, number>();
    let difference = 0;
    for (const name of stored) {
      const theirs = await floats(fixture, file, name);
      const ours = partOf(seen, taken, officialParts(name, theirs.length, seen));
      difference = Math.max(difference, largestDifference(ours, theirs));
    }
    // What no tensor of the files accounts for is a difference as well.
    const whole = [...seen].every(([name, values]) => taken.get(name) === values.length);
    const found = whole ? difference : Number.POSITIVE_INFINITY;
    lines.push({ name: `${folder} ${scope}, ${stored.length} tensors`, difference: found, tolerance: exact });
  }
  if (told !== names.length) throw new Error(`${names.length - told} tensors of ${file} are of no network`);
  return lines;
}

interface Part {
  readonly name: string;
  readonly from: number;
  readonly count: number;
}

/**
 * Where a stored tensor lies, told of its name alone: the projections of one attention follow each other as q, k, v.
 */
function officialParts(stored: string, count: number, ours: ReadonlyMap<string, Float32Array>): Part[] {
  const name = stored
    .replace(/^vjepa2\./, "")
    .replace("classifier.", "linear.")
    .replace("embeddings.patch_embeddings.", "patch_embed.")
    .replace("embeddings.predictor_embeddings", "predictor_embed")
    .replace("self_attention_layers", "blocks")
    .replace("cross_attention_layer", "cross_attention_block")
    .replace("layer_norm", "norm")
    .replace(/^encoder\.layer\./, "encoder.blocks.")
    .replace(/^predictor\.layer\./, "predictor.predictor_blocks.")
    .replace("encoder.layernorm", "encoder.norm")
    .replace("predictor.layernorm", "predictor.predictor_norm")
    .replace("predictor.proj", "predictor.predictor_proj")
    .replace(/(attention|self_attn)\.(out_)?proj\./, "attn.proj.")
    .replace("cross_attn.q_proj", "xattn.q");
  if (name === "predictor.embeddings.mask_tokens") {
    const tokens = [...ours.keys()].filter((other) => other.startsWith("predictor.mask_tokens."));
    return tokens.map((token) => ({ name: token, from: 0, count: count / tokens.length }));
  }
  const [, scope, which, part] =
    /^(.*)\.(?:attention|self_attn|cross_attn)\.(q|k|v)\w*\.(weight|bias)$/.exec(name) ?? [];
  if (scope === undefined) return [{ name, from: 0, count }];
  if (name.includes("cross_attn")) {
    return [{ name: `${scope}.xattn.kv.${part}`, from: ["k", "v"].indexOf(which) * count, count }];
  }
  return [{ name: `${scope}.attn.qkv.${part}`, from: ["q", "k", "v"].indexOf(which) * count, count }];
}

function partOf(ours: ReadonlyMap<string, Float32Array>, taken: Map<string, number>, parts: readonly Part[]): number[] {
  return parts.flatMap(({ name, from, count }) => {
    taken.set(name, (taken.get(name) ?? 0) + count);
    return [...(ours.get(name)?.subarray(from, from + count) ?? [])];
  });
}
