// A part: the bytes of a blob that came so far. It waits as `<etag>.incomplete`, where Python's client leaves its own
// too, and whoever goes on with it first renames it to a name that only this process uses, so that two never write the
// same file. A killed process leaves its part under that name; another takes it over once it sees that nobody writes
// there any more.

import { randomUUID } from "node:crypto";
import { rename, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { diskFault, errorCode } from "../files/index.ts";
import { discard, namesIn, sizeOf } from "./hub-cache.ts";

/**
 * Takes the longest part of a blob that nobody writes.
 *
 * @param blob  path that the whole will have
 * @param locks where Python's client shows that it is at work, by `<etag>.lock`
 * @returns path for this process alone; no file is there where no part was free
 */
export async function claimPart(blob: string, locks: string): Promise<string> {
  const own = `${blob}.${host()}.${process.pid}.${randomUUID()}${ending}`;
  for (const part of await freeParts(blob, locks)) {
    if (await renamed(part, own)) return own;
  }
  return own;
}

/** Leaves a part for whoever goes on with it; under its own name where another waits already. */
export async function leavePart(part: string, blob: string): Promise<void> {
  const size = await sizeOf(part);
  if (size === 0) await discard(part);
  if (!size || (await sizeOf(blob + ending)) !== undefined) return;
  await renamed(part, blob + ending);
}

/** Removes parts that nobody needs, now that the blob is whole. */
export async function sweepParts(blob: string, locks: string): Promise<void> {
  for (const part of await freeParts(blob, locks)) await discard(part);
}

const ending = ".incomplete";
/**
 * Milliseconds without a write after which a part that may be someone's counts as left: longer than any silence we
 * bear.
 */
const abandonedAfter = 120_000;

async function freeParts(blob: string, locks: string): Promise<string[]> {
  const etag = basename(blob);
  const parts: { path: string; size: number }[] = [];
  for (const name of await namesIn(dirname(blob))) {
    if (!name.startsWith(`${etag}.`) || !name.endsWith(ending)) continue;
    const path = join(dirname(blob), name);
    const found = await stat(path).catch(() => undefined); // taken meanwhile
    if (found === undefined) continue;
    const isIdle = Date.now() - found.mtimeMs > abandonedAfter;
    if (isIdle || !(await mayBeWritten(name, etag, locks))) parts.push({ path, size: found.size });
  }
  return parts.sort((a, b) => b.size - a.size).map(({ path }) => path);
}

async function mayBeWritten(name: string, etag: string, locks: string): Promise<boolean> {
  if (name === etag + ending) return (await sizeOf(join(locks, `${etag}.lock`))) !== undefined;
  const [, machine, pid] = name.split(".");
  return machine !== host() || isAlive(Number(pid));
}

/** Whether a process lives; one of another user does too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

function host(): string {
  return hostname()
    .replace(/[^\w-]/g, "-")
    .slice(0, 64);
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw diskFault(from, error);
  }
}
