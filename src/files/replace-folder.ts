// Folders that appear whole or not at all: filled under another name beside their place, then renamed.
// A process killed in between leaves a hidden `.name.<id>.partial` beside the place.

import { randomUUID } from "node:crypto";
import { lstat, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../errors/index.ts";
import { diskFault, errorCode } from "./disk.ts";
import { makeFolders } from "./make-folders.ts";

/**
 * Makes what `fill` writes the whole content of the folder; what was at the path before is gone then, and stays where
 * `fill` throws. Folders above it are made where needed.
 *
 * @param fill receives the path of an empty folder
 * @throws UserError where the disk is full (exit code 1) or the path cannot be written; what `fill` throws
 */
export async function replaceFolderBy(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const place = resolve(path);
  const beside = (what: string) => join(dirname(place), `.${basename(place)}.${randomUUID()}.${what}`);
  const [partial, former] = [beside("partial"), beside("former")];
  try {
    await makeFolders(partial);
    await fill(partial);
    const moved = await movedAside(place, former);
    try {
      await rename(partial, place);
    } catch (error) {
      if (moved) await rename(former, place);
      throw error;
    }
  } catch (error) {
    await remove(partial); // it may never have been made
    throw error instanceof UserError ? error : diskFault(path, error);
  }
  await remove(former);
}

/** Throws UserError where something is at a path that a person named as a new one. */
export async function requireFree(where: string, path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined)) === undefined) return; // a link that leads nowhere is there as well
  throw new UserError({
    where,
    expected: "a path where nothing is yet",
    received: `${path}, which exists`,
    remedy: "give another path, or remove it first",
  });
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

/** Whether there was anything to move. */
async function movedAside(place: string, former: string): Promise<boolean> {
  try {
    await rename(place, former);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
