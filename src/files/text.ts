// Small files of text that a person may have made or moved: what is no file or no text is refused, whatever its name
// says.

import { readFile, stat } from "node:fs/promises";
import { CorruptFile, UserError } from "../errors/index.ts";
import { diskFault } from "./disk.ts";

/**
 * The text of a file, in UTF-8; a byte order mark at its start is taken away.
 *
 * @throws UserError where it cannot be read or is no file (a folder, or a pipe, which could be waited for without end);
 *   CorruptFile where it is not UTF-8
 */
export async function readText(path: string): Promise<string> {
  const bytes = await fileBytes(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const remedy = "save it as UTF-8, or put back a copy of it";
    throw new CorruptFile({ where: path, expected: "text in UTF-8", received: "other bytes", remedy }, { cause });
  }
}

async function fileBytes(path: string): Promise<Uint8Array> {
  try {
    const about = await stat(path);
    if (!about.isFile() && !about.isDirectory()) throw notAFile(path);
    return await readFile(path);
  } catch (error) {
    throw diskFault(path, error);
  }
}

function notAFile(where: string): UserError {
  const remedy = "write it to a file, and give that";
  return new UserError({ where, expected: "a file", received: "a pipe, a socket or a device", remedy });
}
