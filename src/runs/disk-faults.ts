// Faults of the disk while a run is written: the sentence of `files`, with what was kept and how to go on added to it.

import { open } from "node:fs/promises";
import { UserError } from "../errors/index.ts";
import { diskFault, errorCode, isCode } from "../files/index.ts";

/**
 * Runs work that writes to the disk; where the disk refuses, the UserError also says what that means for the run.
 *
 * @param where what was being written, the subject of the sentence
 * @param consequence gives what was kept and how to go on, the last words of the remedy
 * @throws UserError, with exit code 1 for a full or failing disk; other errors pass through
 */
export async function writing<T>(
  where: string,
  consequence: () => Promise<string>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isSystemError = errorCode(error) !== undefined || (error instanceof UserError && errorCode(error.cause));
    const fault = diskFault(where, error);
    if (!isSystemError || !(fault instanceof UserError)) throw error;
    const { expected, received, remedy, exitCode } = fault;
    const whole = `${remedy}; ${await consequence()}`;
    throw new UserError({ where, expected, received, remedy: whole }, { exitCode, cause: error });
  }
}

/** Makes renames and deletions in a folder survive a power failure, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isCode(error, "EPERM", "EISDIR", "EINVAL", "EACCES")) throw error; // systems that cannot open a folder for this
  }
}
