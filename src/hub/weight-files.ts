// The files of a model directory by name, and which of them hold its weights: one, or the shards that an index names.

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { readDirectoryText } from "./directory-text.ts";
import { shardNames } from "./shard-index.ts";

/** The files of a model, as transformers names them. */
export const modelFiles = {
  config: "config.json",
  weights: "model.safetensors",
  /** Stands for the weights of a model in several files. */
  index: "model.safetensors.index.json",
  /** Fetched where the repository has them. */
  optional: ["preprocessor_config.json", "README.md"],
} as const;

/**
 * Names of the files that a folder's weights are in, or would be.
 *
 * @throws CorruptFile where its shard index is none, or leads elsewhere
 */
export async function weightFiles(folder: string): Promise<readonly string[]> {
  const { weights, index } = modelFiles;
  if (await isThere(join(folder, weights))) return [weights];
  return (await isThere(join(folder, index))) ? shardsIn(folder) : [weights];
}

/**
 * The shards that a folder's index names.
 *
 * @throws CorruptFile where it is no index, or leads elsewhere
 */
export async function shardsIn(folder: string): Promise<readonly string[]> {
  const path = join(folder, modelFiles.index);
  return shardNames(path, await readDirectoryText(path));
}

/** Whether there is something: a link that leads nowhere is none. */
async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
