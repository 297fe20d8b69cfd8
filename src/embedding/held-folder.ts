// A folder that one process at a time works in: of an index, or of an output that is not finished.

import { randomUUID } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { UserError } from "../errors/index.ts";
import { diskFault, makeFolders } from "../files/index.ts";
import { acquireLock, type Ending, type Lock, releaseLock, systemProcesses } from "../runs/index.ts";

export interface HeldFolder {
  readonly folder: string;
  /** What the folder is to a person. */
  readonly where: string;
  /** Whether it is there only as long as something in it is unfinished. */
  readonly passing: boolean;
}

/**
 * Does some work in a folder as its only process. A folder in which nothing is left is taken away where it is a passing
 * one, or was made for work that was refused.
 *
 * @throws UserError where another process is at work there; what the work throws
 */
export async function heldFolder<T>({ folder, where, passing }: HeldFolder, work: () => Promise<T>): Promise<T> {
  try {
    const made = await makeFolders(folder);
    const lock = await acquireLock(folder, systemProcesses, where);
    try {
      const result = await work();
      await leave(folder, lock, { ending: { outcome: "finished" }, remove: passing });
      return result;
    } catch (error) {
      const isMisuse = error instanceof UserError && error.exitCode === 2;
      // What was done stays, whatever stopped it: the same call goes on there.
      const remove = isMisuse && (passing || made !== undefined);
      await leave(folder, lock, { ending: { outcome: "stopped" }, remove });
      throw error;
    }
  } catch (error) {
    throw diskFault(folder, error);
  }
}

/**
 * Lets go of a folder. One that holds nothing but the lock may be removed: it is moved away first, lock and all, so that
 * whoever comes meanwhile finds it held or gone, and never takes a lock that is about to be deleted.
 */
async function leave(
  folder: string,
  lock: Lock,
  { ending, remove }: { readonly ending: Ending; readonly remove: boolean },
): Promise<void> {
  const isBare = (await readdir(folder).catch(() => [])).join() === "lock";
  if (!remove || !isBare) return releaseLock(folder, lock, ending);
  const away = `${folder}.${randomUUID()}`;
  await rename(folder, away);
  await rm(away, { recursive: true, force: true });
}
