// Folders above folders. Node's recursive mkdir never ends where a folder cannot be made in one that is there (under
// /proc, in a working directory that was deleted); this one says so.

import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { errorCode } from "./disk.ts";

/**
 * Makes a folder, and those above it where needed.
 *
 * @returns the first that was made; undefined where all were there
 * @throws what the system says, where one cannot be made
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  const place = resolve(path);
  try {
    return await makeOne(place);
  } catch (error) {
    if (errorCode(error) !== "ENOENT" || dirname(place) === place) throw error;
    const above = await makeFolders(dirname(place));
    const own = await makeOne(place); // in a folder that is there: what this throws is the last word
    return above ?? own;
  }
}

/** Undefined where it is there, by another process perhaps. */
async function makeOne(place: string): Promise<string | undefined> {
  try {
    await mkdir(place);
    return place;
  } catch (error) {
    if (errorCode(error) === "EEXIST" && (await stat(place)).isDirectory()) return undefined;
    throw error;
  }
}
