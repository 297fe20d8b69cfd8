// Folders that appear whole or not at all: filled under another name beside their place, then renamed.
// A process killed in between leaves hidden folders beside the place (`beside.ts`), which the next call for it finds.

import { lstat, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../errors/index.ts";
import { beside, leftBeside } from "./beside.ts";
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
  const [partial, former] = [beside(place, "partial"), beside(place, "former")];
  try {
    await sweep(place);
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

/** Takes away what killed calls left; a folder that one had moved aside and not yet replaced comes back. */
async function sweep(place: string): Promise<void> {
  for (const folder of await leftBeside(place, "partial")) await remove(folder);
  for (const folder of await leftBeside(place, "former")) {
    const isMissing = (await lstat(place).catch(() => undefined)) === undefined;
    if (isMissing) await rename(folder, place);
    else await remove(folder);
  }
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
