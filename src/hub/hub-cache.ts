// The layout of the cache that Python's huggingface_hub and this package share:
//   models--owner--name/blobs/<etag>                 the bytes, named by their checksum
//   models--owner--name/snapshots/<commit>/<file>    links to ../../blobs/<etag>
//   models--owner--name/refs/<revision>              the commit that a branch or tag was last seen at

import { randomUUID } from "node:crypto";
import { readdir, readFile, realpath, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { diskFault, isCode, makeFolders, replaceFile } from "../files/index.ts";
import { isCommit, usualRevision } from "./hub-name.ts";

/** The folders of one model in the cache; none need exist yet. */
export interface ModelCache {
  readonly folder: string;
  /** Where Python's client puts its locks for this model: `<etag>.lock`. */
  readonly locks: string;
}

/**
 * The folders of a model.
 *
 * @param hub        the cache folder of all models
 * @param repository a name that was checked
 */
export function modelCache(hub: string, repository: string): ModelCache {
  const name = `models--${repository.replaceAll("/", "--")}`;
  return { folder: join(hub, name), locks: join(hub, ".locks", name) };
}

/** Path of the bytes of one checksum. */
export function blobPath({ folder }: ModelCache, etag: string): string {
  return join(folder, "blobs", etag);
}

/** Path of the folder that shows a commit's files under their names. */
export function snapshotFolder({ folder }: ModelCache, commit: string): string {
  return join(folder, "snapshots", commit);
}

/**
 * Makes a blob appear under its name in a snapshot.
 * Where the system forbids links (Windows without developer mode) the blob itself moves there, as Python's client does
 * it.
 */
export async function showFile(pointer: string, blob: string): Promise<void> {
  try {
    if (await leadsTo(pointer, blob)) return;
    await makeFolders(dirname(pointer));
    const fresh = `${pointer}.${randomUUID()}`;
    const linked = await symlink(relative(dirname(pointer), blob), fresh).then(
      () => true,
      (error: unknown) => {
        if (isCode(error, "EPERM", "ENOTSUP", "ENOSYS")) return false;
        throw error;
      },
    );
    await rename(linked ? fresh : blob, pointer);
  } catch (error) {
    throw diskFault(pointer, error);
  }
}

/** Notes the commit that a branch or tag was seen at; a commit needs no note. */
export async function writeRef({ folder }: ModelCache, revision: string, commit: string): Promise<void> {
  if (revision === commit) return;
  const path = join(folder, "refs", revision);
  await makeFolder(dirname(path));
  await replaceFile(path, commit);
}

/**
 * The commit that the cache knows a revision by: the commit itself, the noted one, or where no client ever noted any
 * the only one that there is; undefined where the cache does not tell.
 */
export async function cachedCommit(cache: ModelCache, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const noted = await readFile(join(cache.folder, "refs", revision), "utf8").catch(() => ""); // a folder, or nothing
  if (isCommit(noted.trim())) return noted.trim();
  if (revision !== usualRevision || (await namesIn(join(cache.folder, "refs"))).length > 0) return undefined;
  const commits = (await namesIn(join(cache.folder, "snapshots"))).filter(isCommit);
  return commits.length === 1 ? commits[0] : undefined;
}

/** Bytes of a file, links followed; undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw diskFault(path, error);
  }
}

/** Makes a folder and those above it; one that is there stays. */
export async function makeFolder(path: string): Promise<void> {
  await makeFolders(path).catch((error: unknown) => {
    throw diskFault(path, error);
  });
}

/** Removes a file that may not be there. */
export async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: unknown) => {
    throw diskFault(path, error);
  });
}

/** Names in a folder; none where it does not exist. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isCode(error, "ENOENT", "ENOTDIR")) return [];
    throw diskFault(folder, error);
  });
}

async function leadsTo(pointer: string, blob: string): Promise<boolean> {
  const ends = await Promise.all([pointer, blob].map((path) => realpath(path).catch(() => undefined)));
  return ends[0] !== undefined && ends[0] === ends[1];
}
