// A file of any size of which only parts are read: checkpoints may be larger than memory.

import { type FileHandle, open } from "node:fs/promises";
import { diskFault } from "../files/index.ts";
import { damaged } from "./checkpoint-faults.ts";

/** A file that is open for reading parts of it. */
export interface RangedFile {
  readonly path: string;
  readonly byteLength: number;
  /**
   * The bytes from `offset` on, in a buffer of their own.
   *
   * @throws CorruptFile, before memory is given, where the file ends earlier
   */
  readonly read: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens a file, lets `use` read from it, and closes it.
 *
 * @throws what `use` throws; UserError where the file cannot be read
 */
export async function withRangedFile<Result>(
  path: string,
  use: (file: RangedFile) => Promise<Result>,
): Promise<Result> {
  try {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      return await use({ path, byteLength: size, read: (offset, length) => range(path, handle, size, offset, length) });
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw diskFault(path, error);
  }
}

// Linux moves at most 2^31 bytes at a time.
const largestTransfer = 2 ** 30;

async function range(path: string, handle: FileHandle, size: number, offset: number, length: number) {
  if (offset + length > size) throw damaged(path, `a file of at least ${offset + length} bytes`, `${size} bytes`);
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const wanted = Math.min(length - done, largestTransfer);
    const { bytesRead } = await handle.read(bytes, done, wanted, offset + done);
    if (bytesRead === 0) throw damaged(path, `${size} bytes, as when it was opened`, "a file that became shorter");
    done += bytesRead;
  }
  return bytes;
}
