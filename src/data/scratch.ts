// A folder to work in, inside the cache, that is gone afterwards. A process that was killed leaves its own behind;
// the name tells machine and process, so that the next one here finds it dead and takes it away.

import { mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../errors/index.ts";
import { diskFault, isAlive, isCode, makeFolders } from "../files/index.ts";

const mark = ".work-";

/**
 * Runs `work` with an empty folder inside `parent` (made where needed), and removes it whatever happens. Where `work`
 * fails, `parent` and the folders above it that were made for it go too, unless something else lies in them.
 *
 * @throws UserError where the disk is full (exit code 1) or `parent` cannot be written; else what `work` throws
 */
export async function inScratchFolder<Result>(
  parent: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  let made: string | undefined;
  try {
    made = await makeFolders(parent);
    await removeAbandoned(parent);
    const folder = await mkdtemp(join(parent, `${mark}${encodeURIComponent(hostname())}-${process.pid}-`));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    if (made !== undefined) await removeEmpty(resolve(parent), resolve(made));
    if (isCode(error, "ENOSPC", "EDQUOT")) throw fullCache(parent, error);
    throw isCode(error, "EACCES", "EPERM", "EROFS") ? forbiddenCache(parent, error) : diskFault(parent, error);
  }
}

/** Removes a folder and those above it up to `last`, as far as they are empty. */
async function removeEmpty(folder: string, last: string): Promise<void> {
  try {
    await rmdir(folder);
    if (folder !== last && folder !== dirname(folder)) await removeEmpty(dirname(folder), last);
  } catch {
    // Somebody else works in it.
  }
}

function forbiddenCache(where: string, cause: unknown): UserError {
  const fault = {
    where,
    expected: "permission to write the cache",
    received: "none",
    remedy: "set JEPA_CACHE to a folder of yours",
  };
  return new UserError(fault, { exitCode: isCode(cause, "EROFS") ? 1 : 2, cause });
}

function fullCache(where: string, cause: unknown): UserError {
  const fault = {
    where,
    expected: "room on the disk for the cache",
    received: "a full disk",
    remedy: "free some space, or set JEPA_CACHE to a folder on another disk",
  };
  return new UserError(fault, { exitCode: 1, cause });
}

async function removeAbandoned(parent: string): Promise<void> {
  const mine = `${mark}${encodeURIComponent(hostname())}-`;
  for (const name of await readdir(parent)) {
    if (!name.startsWith(mine)) continue;
    const owner = Number(name.slice(mine.length).split("-")[0]);
    if (!isAlive(owner)) await rm(join(parent, name), { recursive: true, force: true });
  }
}
