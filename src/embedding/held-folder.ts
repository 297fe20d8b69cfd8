// A folder that one process at a time works in: of an index, or of an output that is not finished.

import { readdir, rm } from "node:fs/promises";
import { UserError } from "../errors/index.ts";
import { diskFault, makeFolders } from "../files/index.ts";
import { acquireLock, releaseLock, systemProcesses } from "../runs/index.ts";

/**
 * Does some work in a folder as its only process; a folder that was made for nothing is taken away again.
 *
 * @param where what the folder is to a person
 * @throws UserError where another process is at work there; what the work throws
 */
export async function heldFolder<T>(folder: string, where: string, work: () => Promise<T>): Promise<T> {
  try {
    const made = await makeFolders(folder);
    const lock = await acquireLock(folder, systemProcesses, where);
    try {
      const result = await work();
      await releaseLock(folder, lock, { outcome: "finished" });
      return result;
    } catch (error) {
      const isMisuse = error instanceof UserError && error.exitCode === 2;
      // What was done stays, whatever stopped it: the same call goes on there.
      const isBare = made !== undefined && (await readdir(folder).catch(() => [])).join() === "lock";
      if (isMisuse && isBare) await rm(folder, { recursive: true, force: true });
      else await releaseLock(folder, lock, { outcome: "stopped" });
      throw error;
    }
  } catch (error) {
    throw diskFault(folder, error);
  }
}
