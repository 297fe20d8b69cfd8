// Parts of files that may be larger than memory.

import { type FileHandle, open } from "node:fs/promises";
import { diskFault } from "./disk.ts";
import { largestTransfer } from "./replace.ts";

/**
 * Opens a file, lets `use` read from it, and closes it.
 *
 * @throws what `use` throws; UserError where the file cannot be read
 */
export async function withOpenFile<Result>(path: string, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  try {
    const file = await open(path, "r");
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw diskFault(path, error);
  }
}

/**
 * Reads from `offset` on until `into` is full or the file ends, however many calls that takes; gives how many bytes
 * came.
 */
export async function readUpTo(file: FileHandle, into: Uint8Array, offset: number): Promise<number> {
  let done = 0;
  while (done < into.byteLength) {
    const length = Math.min(into.byteLength - done, largestTransfer);
    const { bytesRead } = await file.read(into, done, length, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
