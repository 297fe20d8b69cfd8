// A file of any size of which only parts are read: checkpoints may be larger than memory.

import type { FileHandle } from "node:fs/promises";
import { readUpTo, withOpenFile } from "../files/index.ts";
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
  return withOpenFile(path, async (handle) => {
    const { size } = await handle.stat();
    return use({ path, byteLength: size, read: (offset, length) => range(path, handle, size, offset, length) });
  });
}

async function range(path: string, handle: FileHandle, size: number, offset: number, length: number) {
  if (offset + length > size) throw damaged(path, `a file of at least ${offset + length} bytes`, `${size} bytes`);
  const bytes = new Uint8Array(length);
  if ((await readUpTo(handle, bytes, offset)) < length) {
    throw damaged(path, `${size} bytes, as when it was opened`, "a file that became shorter");
  }
  return bytes;
}
