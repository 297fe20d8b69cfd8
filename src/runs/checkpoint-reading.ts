// Reading checkpoints back: first everything is checked, then the numbers go straight
// into the arrays of the flat store. A damaged checkpoint is never passed over in
// silence for an older one: the message says how to do that by hand.

import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CorruptFile, UserError } from "../errors/index.ts";
import { checkTensors, readSafetensorsHeader, type SafetensorsHeader } from "../files/index.ts";
import { type CheckpointState, parseState } from "./checkpoint-state.ts";
import { checkpointFolder, checkpointParts, checkpointSteps, type NamedArrays, type Weights } from "./checkpoints.ts";
import { isCode } from "./disk-faults.ts";

/**
 * What to do about a damaged checkpoint, as the remedy of its fault.
 *
 * @param folder the run's
 * @param goOn the words for going on afterwards, such as `"jepa resume demo"`
 */
export async function remedyFor(folder: string, step: number, goOn: string): Promise<string> {
  const earlier = (await checkpointSteps(folder)).filter((other) => other < step).at(-1);
  const from = earlier === undefined ? "begins at step 0 again" : `goes on from step ${earlier}`;
  return `put back a copy of it, or delete the folder "${checkpointFolder(folder, step)}", then ${goOn} ${from}`;
}

/** Reads the state of a checkpoint. Throws CorruptFile where it is missing, damaged or of another format. */
export async function readState(folder: string, step: number, remedy: string): Promise<CheckpointState> {
  const path = join(checkpointFolder(folder, step), "state.json");
  try {
    return parseState(await readFile(path, "utf8"), { path, step, remedy });
  } catch (error) {
    if (!isCode(error, "ENOENT", "ENOTDIR")) throw error;
    const fault = { where: path, expected: "the state of a checkpoint", received: "no such file", remedy };
    throw new CorruptFile(fault, { cause: error });
  }
}

/**
 * Reads a checkpoint's numbers into the arrays given, without another copy in memory.
 * Nothing is written before both files have been found to hold exactly these tensors.
 *
 * @throws CorruptFile that lists what differs
 */
export async function readWeights(folder: string, step: number, into: Weights, remedy: string): Promise<void> {
  const reads = [];
  for (const part of checkpointParts) {
    const path = join(checkpointFolder(folder, step), `${part}.safetensors`);
    reads.push(await checkedRead(path, into[part], { extra: "refused", remedy }));
  }
  for (const read of reads) await read();
}

/**
 * Reads some tensors of a checkpoint's model, such as those of the teacher, into the arrays given.
 *
 * @throws CorruptFile where one is missing or has another shape
 */
export async function readModel(folder: string, step: number, into: NamedArrays, remedy: string): Promise<void> {
  const path = join(checkpointFolder(folder, step), "model.safetensors");
  const read = await checkedRead(path, into, { extra: "ignored", remedy });
  await read();
}

/** Checks a file against the arrays wanted and gives back the reading itself. */
async function checkedRead(
  path: string,
  into: NamedArrays,
  check: { readonly extra: "refused" | "ignored"; readonly remedy: string },
): Promise<() => Promise<void>> {
  const { entries } = await readHeader(path, check.remedy);
  checkTensors(path, entries, into, { of: "this recipe", ...check });
  return async () => {
    const file = await open(path, "r");
    try {
      for (const { name, offset } of entries) {
        const data = into.get(name)?.data;
        if (data !== undefined) await fill(file, data, offset);
      }
    } finally {
      await file.close();
    }
  };
}

/** As `readSafetensorsHeader`, with the remedy of a checkpoint in place of that of any file. */
async function readHeader(path: string, remedy: string): Promise<SafetensorsHeader> {
  try {
    return await readSafetensorsHeader(path);
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== 2) throw error;
    const { where, expected, received } = error;
    throw new CorruptFile({ where, expected, received, remedy }, { cause: error });
  }
}

async function fill(file: FileHandle, data: Float32Array, offset: number): Promise<void> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let done = 0;
  while (done < bytes.byteLength) {
    const length = Math.min(bytes.byteLength - done, largestTransfer);
    const { bytesRead } = await file.read(bytes, done, length, offset + done);
    if (bytesRead === 0) throw new Error("internal: a checkpoint became shorter while it was read");
    done += bytesRead;
  }
}

/** Bytes that one system call may move: Linux stops short of 2^31. */
const largestTransfer = 2 ** 30;
