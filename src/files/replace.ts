// Files that appear whole or not at all: written under another name beside their place, flushed to the disk, then
// renamed. A process killed in between leaves the old file untouched and a hidden `.name.<id>.partial` beside it.

import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { beside } from "./beside.ts";
import { diskFault, isCode } from "./disk.ts";

/**
 * Makes `content` the whole content of the file, so that a reader sees the old file or the new one, never a part.
 * The folder must exist. Of several writers the last to finish wins.
 *
 * @throws UserError where the disk is full (exit code 1) or the path cannot be written
 */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  await replaceFileBy(path, (file) => writeWhole(file, bytes));
}

/**
 * As `replaceFile`, for content that is written piece by piece.
 * If `write` throws, the old file stays and nothing else is left behind.
 *
 * @param write receives the open file and need not close it
 */
export async function replaceFileBy(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const partial = beside(path, "partial");
  try {
    const file = await open(partial, "wx");
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await unlink(partial).catch(() => undefined); // it may never have been made
    throw diskFault(path, error);
  }
  await syncFolder(dirname(path));
}

/** Writes all bytes at the file's current position, however many calls that takes. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.byteLength - done, largestTransfer));
    done += bytesWritten;
  }
}

/** Bytes that one system call may move: Linux stops short of 2^31. */
export const largestTransfer: number = 2 ** 30;

// A rename is durable only when the folder that holds the name
// has been flushed; some systems cannot open a folder for that.
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!isCode(error, "EPERM", "EISDIR", "EINVAL", "EACCES")) throw diskFault(path, error);
  }
}
