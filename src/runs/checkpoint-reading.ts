// Reading checkpoints back: first everything is checked, then the numbers go straight into the arrays of the flat
// store. Checked are the sums of whole files too, where the checkpoint has them: one bit that changed on the disk is
// found. A damaged checkpoint is never passed over in silence for an older one: the message says how to do that by
// hand.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { CorruptFile, UserError } from "../errors/index.ts";
import {
  checkTensors,
  diskFault,
  readSafetensorsHeader,
  readText,
  readUpTo,
  type SafetensorsHeader,
} from "../files/index.ts";
import { type CheckpointState, parseState } from "./checkpoint-state.ts";
import { checkpointFolder, checkpointParts, checkpointSteps, type NamedArrays, type Weights } from "./checkpoints.ts";

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
  return parseState(await withRemedy(remedy, () => readText(path)), { path, step, remedy });
}

/**
 * Reads a checkpoint's numbers into the arrays given, without another copy in memory.
 * Nothing is written before both files have been found whole, and to hold exactly these tensors.
 *
 * @throws CorruptFile that lists what differs
 */
export async function readWeights(folder: string, step: number, into: Weights, remedy: string): Promise<void> {
  const reads = [];
  for (const part of checkpointParts) {
    const path = partPath(folder, step, part);
    reads.push(await checkedRead(path, into[part], { extra: "refused", remedy }));
  }
  for (const part of checkpointParts) await checkSum(folder, step, part, remedy);
  for (const read of reads) await read();
}

/**
 * Reads some tensors of a checkpoint's model, such as those of the teacher, into the arrays given.
 *
 * @throws CorruptFile where one is missing or has another shape, or the file is damaged
 */
export async function readModel(folder: string, step: number, into: NamedArrays, remedy: string): Promise<void> {
  const read = await checkedRead(partPath(folder, step, "model"), into, { extra: "ignored", remedy });
  await checkSum(folder, step, "model", remedy);
  await read();
}

type Part = (typeof checkpointParts)[number];

function partPath(folder: string, step: number, part: Part): string {
  return join(checkpointFolder(folder, step), `${part}.safetensors`);
}

/**
 * Reads a whole file of numbers through and compares its sum with the one that was kept when it was written, where one
 * was.
 *
 * @throws CorruptFile where it is another
 */
export async function checkSum(folder: string, step: number, part: Part, remedy: string): Promise<void> {
  const { sha256 } = await readState(folder, step, remedy);
  if (sha256 === undefined) return;
  const where = partPath(folder, step, part);
  const found = await sumOf(where);
  if (found === sha256[part]) return;
  const expected = `the bytes that were written (SHA-256 ${sha256[part]})`;
  throw new CorruptFile({ where, expected, received: found, remedy });
}

async function sumOf(path: string): Promise<string> {
  const sum = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) sum.update(chunk);
  } catch (error) {
    throw diskFault(path, error);
  }
  return sum.digest("hex");
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
function readHeader(path: string, remedy: string): Promise<SafetensorsHeader> {
  return withRemedy(remedy, () => readSafetensorsHeader(path));
}

/** Reads something of a checkpoint; where it is not what it should be, the fault has the remedy of a checkpoint. */
async function withRemedy<T>(remedy: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== 2) throw error;
    const { where, expected, received } = error;
    throw new CorruptFile({ where, expected, received, remedy }, { cause: error });
  }
}

async function fill(file: FileHandle, data: Float32Array, offset: number): Promise<void> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if ((await readUpTo(file, bytes, offset)) < bytes.byteLength) {
    throw new Error("internal: a checkpoint became shorter while it was read");
  }
}
