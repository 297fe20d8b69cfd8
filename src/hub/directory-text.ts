// Texts of a model directory: config, index, card. What is absurdly large is not read.

import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { CorruptFile, UserError } from "../errors/index.ts";
import { diskFault, errorCode, readText } from "../files/index.ts";
import { directoryRemedy } from "./held-parameters.ts";

/** More than any config or card has. */
export const mostTextBytes: number = 32 * 2 ** 20;

/**
 * A text of the directory.
 *
 * @throws UserError where there is none; CorruptFile where it is absurdly large
 */
export async function readDirectoryText(path: string): Promise<string> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw missingFile(path, error);
  });
  if (size <= mostTextBytes) return readText(path);
  throw new CorruptFile({
    where: path,
    expected: `at most ${mostTextBytes} bytes`,
    received: `${size} bytes`,
    remedy: directoryRemedy,
  });
}

/** What to throw where a file of a model directory cannot be opened. */
export function missingFile(path: string, error: unknown): unknown {
  if (errorCode(error) !== "ENOENT") return diskFault(path, error);
  return new UserError({
    where: dirname(path),
    expected: `a model directory with ${basename(path)}`,
    received: "none",
    remedy: 'name a run, a directory that "jepa export" or save_pretrained wrote, or another model',
  });
}
