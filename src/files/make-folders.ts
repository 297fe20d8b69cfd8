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
    await mkdir(place);
    return place;
  } catch (error) {
    if (errorCode(error) === "EEXIST" && (await stat(place)).isDirectory()) return undefined;
    if (errorCode(error) !== "ENOENT" || dirname(place) === place) throw error;
    const made = await makeFolders(dirname(place));
    if (made === undefined) throw error;
    await makeFolders(place); // another process may have made it meanwhile
    return made;
  }
}
