// A folder that one process at a time works in: of an index, or of an output that is not finished.

import { randomUUID } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
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
 * Does some work in a folder as its only process. A folder in which nothing is left is taken away: a passing one when the
 * work is done or was refused, another where it was made for work that was refused.
 *
 * @throws UserError where another process is at work there; what the work throws
 */
export async function heldFolder<T>({ folder, where, passing }: HeldFolder, work: () => Promise<T>): Promise<T> {
  const { isNew, lock } = await hold(folder, where);
  try {
    const result = await work();
    await leave(folder, lock, { outcome: "finished", remove: passing });
    return result;
  } catch (error) {
    const isMisuse = error instanceof UserError && error.exitCode === 2;
    // What was done stays, whatever stopped it: the same call goes on there.
    await leave(folder, lock, { outcome: "stopped", remove: isMisuse && (passing || isNew) });
    throw error;
  }
}

async function hold(folder: string, where: string): Promise<{ readonly isNew: boolean; readonly lock: Lock }> {
  try {
    const made = await makeFolders(folder);
    return { isNew: made !== undefined, lock: await acquireLock(folder, systemProcesses, where) };
  } catch (error) {
    throw diskFault(folder, error);
  }
}

/**
 * Lets go of a folder. One that holds nothing but the lock may be removed: it is moved away first, lock and all, so that
 * whoever comes meanwhile finds it held or gone, and never takes a lock that is about to be deleted. Never throws: what
 * the work gave or threw matters more, and a lock that cannot be released ends with its process.
 */
async function leave(
  folder: string,
  lock: Lock,
  { outcome, remove }: Pick<Ending, "outcome"> & { readonly remove: boolean },
): Promise<void> {
  const isBare = (await readdir(folder).catch(() => [])).join() === "lock";
  const away = `${resolve(folder)}.${randomUUID()}`;
  const isAway = remove && isBare && (await succeeds(rename(folder, away)));
  await succeeds(isAway ? rm(away, { recursive: true, force: true }) : releaseLock(folder, lock, { outcome }));
}

function succeeds(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
