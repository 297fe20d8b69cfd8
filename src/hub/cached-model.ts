// What the cache holds of a model, without the network: the commit that a revision is known by, and which of the files
// that a model needs are missing there.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { diskFault } from "../files/index.ts";
import { cachedCommit, type ModelCache, sizeOf, snapshotFolder } from "./hub-cache.ts";
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

/** A snapshot in the cache. */
export interface CachedModel {
  /** Path of the snapshot's folder. */
  readonly folder: string;
  readonly commit: string;
  /** Needed files that are not there; none where the model can be used. */
  readonly missing: readonly string[];
}

/**
 * Looks a revision up in the cache.
 *
 * @returns undefined where the cache does not know the revision
 * @throws CorruptFile where its shard index is none, or leads elsewhere
 */
export async function cachedModel(cache: ModelCache, revision: string): Promise<CachedModel | undefined> {
  const commit = await cachedCommit(cache, revision);
  if (commit === undefined) return undefined;
  const folder = snapshotFolder(cache, commit);
  const needed = [modelFiles.config, ...(await weightFiles(folder))];
  const sizes = await Promise.all(needed.map((name) => sizeOf(join(folder, name))));
  return { folder, commit, missing: needed.filter((_, file) => sizes[file] === undefined) };
}

/**
 * The shards that a snapshot's index names.
 *
 * @throws CorruptFile where it is no index, or leads elsewhere
 */
export async function shardsIn(folder: string): Promise<readonly string[]> {
  const path = join(folder, modelFiles.index);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw diskFault(path, error);
  });
  return shardNames(path, text);
}

async function weightFiles(folder: string): Promise<readonly string[]> {
  const { weights, index } = modelFiles;
  const isWhole = (await sizeOf(join(folder, weights))) !== undefined;
  const isSharded = !isWhole && (await sizeOf(join(folder, index))) !== undefined;
  return isSharded ? shardsIn(folder) : [weights];
}
