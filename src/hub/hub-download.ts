// A model of the Hugging Face hub as a folder: what the cache shared with Python's client lacks is fetched, the rest is
// used as it is. A revision is looked up anew each time, so that a branch that moved is noticed; without a network the
// cache decides.

import { dirname, join } from "node:path";
import type { OnProgress } from "../data/index.ts";
import { CorruptFile, Interrupted, UserError } from "../errors/index.ts";
import type { Environment } from "../files/index.ts";
import { type CachedModel, cachedModel } from "./cached-model.ts";
import { mostTextBytes } from "./directory-text.ts";
import { fetchBlob } from "./hub-blob.ts";
import {
  blobPath,
  type ModelCache,
  makeFolder,
  modelCache,
  showFile,
  sizeOf,
  snapshotFolder,
  writeRef,
} from "./hub-cache.ts";
import { type Asked, LinkFailure, unreachable } from "./hub-faults.ts";
import { type RemoteFile, readCommit, readFiles } from "./hub-info.ts";
import { isCommit, requireRepository, requireRevision, usualRevision } from "./hub-name.ts";
import { type HubLink, type Patience, usualPatience } from "./hub-requests.ts";
import { hubSettings } from "./hub-settings.ts";
import { modelFiles, shardsIn } from "./weight-files.ts";

/** How to get a model. */
export interface DownloadOptions {
  /** Says where the hub and its cache are, and who asks (`hub-settings.ts`). */
  readonly environment: Environment;
  /** Branch, tag or commit; `main` where none is given. */
  readonly revision?: string | undefined;
  /** Use only what the cache holds; so does HF_HUB_OFFLINE=1. */
  readonly offline?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how much of each fetched file is there. */
  readonly onProgress?: OnProgress | undefined;
  /** Told in a sentence that the hub could not be reached and the cache is used. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly patience?: Patience | undefined;
  /** Given the folder once config.json is there, before weights are fetched; what it throws ends the download. */
  readonly onConfig?: ((folder: string) => Promise<void>) | undefined;
}

/** A model in the cache. */
export interface DownloadedModel {
  /** Path of the folder that holds config.json and the weights. */
  readonly folder: string;
  readonly commit: string;
}

/**
 * Makes sure that a model's files lie in the hub's cache, and gives their folder.
 *
 * @param repository `owner/name`
 * @throws UserError where name, revision or right are wrong (exit code 2), or network or disk fail (1: what came is
 *   kept, and the next call goes on there); CorruptFile where the server sends other bytes than it announced, or the
 *   shard index leads out of the repository; Interrupted where `signal` asks
 */
export async function downloadModel(repository: string, options: DownloadOptions): Promise<DownloadedModel> {
  const { revision = usualRevision, environment, offline, signal, patience = usualPatience } = options;
  requireRepository(repository);
  requireRevision(revision);
  if (signal?.aborted) throw new Interrupted();
  const settings = await hubSettings(environment);
  const cache = modelCache(settings.cache, repository);
  const link: HubLink = { asked: { ...settings, repository, revision }, patience, signal };
  if (offline || settings.offline) return keptModel(link.asked, cache);
  const whole = await usableCopy(cache, revision);
  if (whole !== undefined && isCommit(revision)) return whole;
  return newestModel(link, cache, whole, options);
}

async function keptModel(asked: Asked, cache: ModelCache): Promise<DownloadedModel> {
  const kept = await cachedModel(cache, asked.revision);
  if (kept?.missing.length !== 0) throw notCached(kept, asked, cache);
  return { folder: kept.folder, commit: kept.commit };
}

/** The whole model that the cache has; one whose index is damaged is none, as the hub may have a better one. */
async function usableCopy(cache: ModelCache, revision: string): Promise<DownloadedModel | undefined> {
  const kept = await cachedModel(cache, revision).catch((error: unknown) => {
    if (error instanceof CorruptFile) return undefined;
    throw error;
  });
  return kept?.missing.length === 0 ? { folder: kept.folder, commit: kept.commit } : undefined;
}

/**
 * The model as the hub has it now, or the one that the cache has whole, with a notice, where the hub cannot be reached.
 */
async function newestModel(
  link: HubLink,
  cache: ModelCache,
  whole: DownloadedModel | undefined,
  { onProgress, onNotice, onConfig }: DownloadOptions,
): Promise<DownloadedModel> {
  const { asked } = link;
  try {
    const commit = await readCommit(whole === undefined ? link : hurried(link));
    return await fetchModel({ link, cache, commit, onProgress, onConfig });
  } catch (error) {
    if (!(error instanceof LinkFailure)) throw error;
    if (whole === undefined)
      throw unreachable(asked, error, "connect to the network and try again, or use a local folder");
    const model = `hf:${asked.repository} at ${whole.commit.slice(0, 12)}`;
    onNotice?.(`${asked.endpoint} cannot be reached (${error.message}): using ${model} from the cache`);
    return whole;
  }
}

/** Who has the model already is not kept waiting for a network that may not be there. */
function hurried(link: HubLink): HubLink {
  return { ...link, patience: { pauses: [], silence: Math.min(link.patience.silence, 10_000) } };
}

interface Download extends Pick<DownloadOptions, "onProgress" | "onConfig"> {
  readonly link: HubLink;
  readonly cache: ModelCache;
  readonly commit: string;
}

/** Fetches what a commit has of a model; the revision is noted last, so that it never leads to half a model. */
async function fetchModel(download: Download): Promise<DownloadedModel> {
  const { link, cache, commit, onConfig } = download;
  try {
    for (const file of await neededFiles(download)) {
      await obtain(download, file);
      if (file.name === modelFiles.config) await onConfig?.(snapshotFolder(cache, commit));
    }
  } catch (error) {
    if (!(error instanceof LinkFailure)) throw error;
    throw unreachable(link.asked, error, "try again: what has come is kept, and the download goes on from there");
  }
  await writeRef(cache, link.asked.revision, commit);
  return { folder: snapshotFolder(cache, commit), commit };
}

async function neededFiles(download: Download): Promise<readonly RemoteFile[]> {
  const { config, weights, index, optional } = modelFiles;
  const files = await readFiles(download.link, download.commit, [config, weights, index, ...optional]);
  const named = (name: string) => files.find((file) => file.name === name);
  const whole = named(weights);
  const parts = named(index);
  const others = files.filter(({ name }) => name !== weights && name !== index);
  if (named(config) !== undefined && whole !== undefined) return [...others, whole];
  if (named(config) !== undefined && parts !== undefined) return [...others, ...(await shardsOf(download, parts))];
  throw notAModel(download.link.asked, files);
}

/** The shards of a model, after its index was fetched and found to name nothing else. */
async function shardsOf(download: Download, index: RemoteFile): Promise<readonly RemoteFile[]> {
  const { link, cache, commit } = download;
  if (index.size > mostTextBytes) throw badShards(link.asked, `an index of at most ${mostTextBytes} bytes`, index.size);
  await obtain(download, index);
  const names = await shardsIn(snapshotFolder(cache, commit));
  const files = await readFiles(link, commit, names);
  const absent = names.find((name) => !files.some((file) => file.name === name));
  if (absent !== undefined) throw badShards(link.asked, `${absent}, which its index names`, "no such file");
  return files;
}

async function obtain({ link, cache, commit, onProgress }: Download, file: RemoteFile): Promise<void> {
  const { asked } = link;
  const pointer = join(snapshotFolder(cache, commit), file.name);
  if ((await sizeOf(pointer)) === file.size) return;
  const blob = blobPath(cache, file.etag);
  if ((await sizeOf(blob)) !== file.size) {
    await makeFolder(dirname(blob));
    const subject = `${asked.repository} ${file.name}`;
    await fetchBlob({
      link,
      address: `${asked.endpoint}/${asked.repository}/resolve/${commit}/${encodeURIComponent(file.name)}`,
      file,
      blob,
      locks: cache.locks,
      onBytes: (done) => onProgress?.({ stage: "fetch", subject, done, total: file.size, unit: "bytes" }),
    });
  }
  await showFile(pointer, blob);
}

function notCached(kept: CachedModel | undefined, asked: Asked, cache: ModelCache): UserError {
  const received = kept === undefined ? "nothing of this revision" : `a copy without ${kept.missing.join(", ")}`;
  return new UserError(
    {
      where: `hf:${asked.repository}@${asked.revision}`,
      expected: `the model in the cache ${cache.folder}, as the network is not to be used`,
      received,
      remedy: "fetch it once with a network: without --offline and HF_HUB_OFFLINE",
    },
    { exitCode: 1 },
  );
}

function notAModel({ repository, revision }: Asked, files: readonly RemoteFile[]): UserError {
  return new UserError({
    where: `hf:${repository}@${revision}`,
    expected: `a repository with ${modelFiles.config} and ${modelFiles.weights}`,
    received: files.length === 0 ? "neither" : `only ${files.map(({ name }) => name).join(", ")}`,
    remedy: "choose a model that transformers can load, with safetensors weights",
  });
}

function badShards({ repository, revision }: Asked, expected: string, received: unknown): CorruptFile {
  const where = `${modelFiles.index} of hf:${repository}@${revision}`;
  return new CorruptFile({ where, expected, received, remedy: "use another revision, and tell the model's owner" });
}
