// Checkpoints: checkpoints/step-N/{model.safetensors, optimizer.safetensors, state.json}. A
// checkpoint is written in a hidden folder beside its place, every file flushed to the disk, and
// appears by one rename; it leaves by a rename to a hidden name. So a kill at any instant leaves
// whole checkpoints and hidden folders, and the next writer sweeps those away.

import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CorruptFile } from "../errors/index.ts";
import { isCode, makeFolders, replaceFile, type StoredTensor, writeSafetensors } from "../files/index.ts";
import { type CheckpointState, type CheckpointSums, stateText } from "./checkpoint-state.ts";
import { syncFolder } from "./disk-faults.ts";

/** A tensor of the flat store: a view on its numbers, row-major. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by their official names, such as `encoder.blocks.0.attn.qkv.weight`. */
export type NamedArrays = ReadonlyMap<string, NamedArray>;

/**
 * The numbers of a training run: the model's (`encoder.*`, `predictor.*`, ...) and the optimizer's (`exp_avg.*`, ...).
 */
export interface Weights {
  readonly model: NamedArrays;
  readonly optimizer: NamedArrays;
}

/** The two files of numbers in a checkpoint, named for the two parts of the weights. */
export const checkpointParts: readonly ("model" | "optimizer")[] = ["model", "optimizer"];

/** Steps of all whole checkpoints of a run, ascending; `folder` is the run's. */
export async function checkpointSteps(folder: string): Promise<number[]> {
  const names = await readdir(join(folder, "checkpoints")).catch(() => []);
  const steps = names.flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return steps.sort((a, b) => a - b);
}

/** Folder of the checkpoint of a step. */
export function checkpointFolder(folder: string, step: number): string {
  return join(folder, "checkpoints", `step-${step}`);
}

/**
 * Writes the checkpoint of `state.step`, with the sums of its files of numbers in its state.
 * One that exists already is left as it is: the same step of the same run is the same numbers.
 *
 * @throws what the disk refuses; nothing is left behind then
 */
export async function writeCheckpoint(
  folder: string,
  weights: Weights,
  state: Omit<CheckpointState, "sha256">,
): Promise<void> {
  if ((await checkpointSteps(folder)).includes(state.step)) return;
  stateText(state); // refused before anything is written
  const unfinished = join(folder, "checkpoints", `${hidden.writing}${state.step}`);
  try {
    // Not with the folders above it: a run that somebody deleted is not begun again.
    await mkdir(unfinished).catch((error: unknown) => {
      if (!isCode(error, "EEXIST")) throw error;
    });
    const sums: Record<keyof CheckpointSums, string> = { model: "", optimizer: "" };
    for (const part of checkpointParts) {
      const sum = createHash("sha256");
      // The metadata is what other libraries ask for before they open a file of weights.
      await writeSafetensors(join(unfinished, `${part}.safetensors`), stored(weights[part]), { format: "pt" }, sum);
      sums[part] = sum.digest("hex");
    }
    await replaceFile(join(unfinished, "state.json"), stateText({ ...state, sha256: sums }));
    await rename(unfinished, checkpointFolder(folder, state.step));
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined); // the first fault is the one to tell
    throw error;
  }
  await syncFolder(join(folder, "checkpoints"));
}

function* stored(arrays: NamedArrays): Iterable<[string, StoredTensor]> {
  for (const [name, { shape, data }] of arrays) yield [name, { dtype: "F32", shape, data }];
}

/** Removes all checkpoints but the last `keep` and the best one. */
export async function pruneCheckpoints(
  folder: string,
  { keep, best }: { readonly keep: number; readonly best: number | undefined },
): Promise<void> {
  const steps = await checkpointSteps(folder);
  const old = steps.slice(0, Math.max(0, steps.length - keep)).filter((step) => step !== best);
  for (const step of old) {
    const removed = join(folder, "checkpoints", `${hidden.removing}${step}`);
    try {
      await rename(checkpointFolder(folder, step), removed);
      await rm(removed, { recursive: true, force: true });
    } catch (error) {
      // Somebody reads it, on a system where that holds a file in place: it goes at the next checkpoint.
      if (!isCode(error, "EPERM", "EBUSY", "EACCES", "ENOTEMPTY", "EEXIST")) throw error;
    }
  }
}

/**
 * Removes what a killed writer left half-written or half-removed; only for the holder of the run's lock.
 *
 * @throws CorruptFile where something else lies in the place of their folder
 */
export async function sweepCheckpoints(folder: string): Promise<void> {
  const checkpoints = join(folder, "checkpoints");
  try {
    await makeFolders(checkpoints);
  } catch (error) {
    if (!isCode(error, "EEXIST", "ENOTDIR", "ELOOP", "ENOENT")) throw error;
    const remedy = "move it away, and put back the folder where there is a copy of it";
    const received = "something else of this name";
    throw new CorruptFile({ where: checkpoints, expected: "the folder of a run's checkpoints", received, remedy });
  }
  for (const name of await readdir(checkpoints)) {
    const isLeftover = Object.values(hidden).some((prefix) => name.startsWith(prefix));
    if (isLeftover) await rm(join(checkpoints, name), { recursive: true, force: true });
  }
}

const hidden = { writing: ".writing-step-", removing: ".removing-step-" } as const;
