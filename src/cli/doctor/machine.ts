// What the machine has: threads, memory, disk, and programs that some commands call.
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../../files/index.ts";
import type { Check } from "./checks.ts";

const gibibyte = 2 ** 30;

/** Threads that the engine may use. */
export function checkThreads(threads: number = availableParallelism()): Check {
  const found = `${threads} ${threads === 1 ? "thread" : "threads"}`;
  if (threads > 1) return { name: "threads", state: "pass", found };
  return { name: "threads", state: "warn", found, remedy: "training takes about twice as long as on two" };
}

/** Memory: the demo needs about one gibibyte, ViT-B about four. */
export function checkMemory(total: number = totalmem(), free: number = process.availableMemory()): Check {
  const found = `${(free / gibibyte).toFixed(1)} GiB free of ${(total / gibibyte).toFixed(1)}`;
  if (free >= 2 * gibibyte) return { name: "memory", state: "pass", found };
  return { name: "memory", state: "warn", found, remedy: "close other programs before training" };
}

/** Whether `folder`, or the nearest folder above it that exists, can be written, and the room left on its disk. */
export async function checkFolder(name: string, folder: string): Promise<Check> {
  const existing = nearestExisting(folder);
  try {
    accessSync(existing, constants.W_OK);
  } catch {
    const remedy =
      name === "cache" ? "set JEPA_CACHE to a folder of yours" : "change to a folder of yours, runs are written here";
    return { name, state: "warn", found: `${folder} cannot be written`, remedy };
  }
  const { bavail, bsize } = statfsSync(existing);
  const found = `${folder}: ${((bavail * bsize) / gibibyte).toFixed(1)} GiB free`;
  if (bavail * bsize >= 2 * gibibyte) return { name, state: "pass", found };
  return { name, state: "warn", found, remedy: "free some space: a run keeps several checkpoints" };
}

/** Where fetched data is kept. */
export async function checkCache(environment: Readonly<Record<string, string | undefined>>): Promise<Check> {
  return checkFolder("cache", cacheFolder(environment));
}

/** Whether ffmpeg answers; only video would need it. */
export async function checkFfmpeg(environment: Readonly<Record<string, string | undefined>>): Promise<Check> {
  try {
    const { stdout } = await promisify(execFile)("ffmpeg", ["-version"], { env: { ...environment }, timeout: 5000 });
    return { name: "ffmpeg", state: "pass", found: stdout.split(" Copyright")[0] ?? "" };
  } catch {
    return { name: "ffmpeg", state: "warn", found: "not on the path", remedy: "only video needs it" };
  }
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}
