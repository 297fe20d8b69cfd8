// What the cache holds of a model, without the network: the commit that a revision is known by, and which of the files
// that a model needs are missing there.

import { join } from "node:path";
import { cachedCommit, type ModelCache, sizeOf, snapshotFolder } from "./hub-cache.ts";
import { modelFiles, weightFiles } from "./weight-files.ts";

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
