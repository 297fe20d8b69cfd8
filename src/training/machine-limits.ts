// Whether a run fits the machine, asked before anything is fetched or written.

import { statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import { UserError } from "../errors/index.ts";
import { gigabytes } from "../figures/index.ts";
import { errorCode } from "../files/index.ts";
import type { TrainingNeeds } from "./plan.ts";

/** Bytes that the machine has. */
export interface Room {
  readonly diskFree: number;
  readonly memory: number;
  readonly memoryFree: number;
}

/**
 * Refuses a run that cannot fit, and warns of one that will hardly.
 *
 * @throws UserError where the disk has no room for the run's checkpoints
 *   (exit code 1), or its memory is more than the machine has
 */
export async function requireRoom(
  needs: TrainingNeeds,
  folder: string,
  onWarning: ((text: string) => void) | undefined,
  room?: Room,
): Promise<void> {
  const { diskFree, memory, memoryFree } = room ?? (await roomAt(folder));
  const { diskBytes, checkpointBytes, memoryBytes } = needs;
  if (diskBytes > diskFree) {
    throw new UserError(
      {
        where: folder,
        expected: `${gigabytes(diskBytes)} free on its disk, for checkpoints of ${gigabytes(checkpointBytes)}`,
        received: `${gigabytes(diskFree)}`,
        remedy: "free some space, choose another folder with --runs, or keep fewer with --set training.keep=1",
      },
      { exitCode: 1 },
    );
  }
  if (memoryBytes > memory) {
    throw new UserError({
      where: "memory",
      expected: `about ${gigabytes(memoryBytes)} for these sizes`,
      received: `a machine with ${gigabytes(memory)}`,
      remedy: "choose a smaller model, or fewer pictures at once with --set training.microBatch=1",
    });
  }
  if (memoryBytes > memoryFree) {
    const [wanted, free] = [memoryBytes, memoryFree].map(gigabytes);
    onWarning?.(`training needs about ${wanted} of memory and ${free} is free: close other programs`);
  }
}

async function roomAt(folder: string): Promise<Room> {
  return { diskFree: await freeBytes(folder), memory: totalmem(), memoryFree: process.availableMemory() };
}

/** Of the disk that holds a folder, or will hold it. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const above = dirname(folder);
    if (errorCode(error) === "ENOENT" && above !== folder) return freeBytes(above);
    return Number.POSITIVE_INFINITY; // what else is wrong with the folder is said when it is made
  }
}
