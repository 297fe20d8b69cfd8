// What is written beside its place before it is put there, under a hidden name that tells which process of which machine
// made it: `.name.<machine>-<process>-<id>.partial`. What killed processes left is found by these names.

import { createHash, randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { isAlive } from "./alive.ts";

/** `partial`: what is being written; `former`: what was there before, until the new is in its place. */
export type Beside = "partial" | "former";

/** A new path beside another, for one call of this process. */
export function beside(path: string, what: Beside): string {
  const id = randomUUID().slice(0, 8);
  return join(dirname(path), `.${basename(path)}.${machine()}-${process.pid}-${id}.${what}`);
}

/** Paths beside another that processes of this machine left when they were killed. */
export async function leftBeside(path: string, what: Beside): Promise<string[]> {
  const [before, after] = [`.${basename(path)}.${machine()}-`, `.${what}`];
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .filter((name) => {
      const [, pid] = /^(\d+)-[0-9a-f]{8}$/.exec(name.slice(before.length, -after.length)) ?? [];
      return pid !== undefined && !isAlive(Number(pid));
    })
    .map((name) => join(dirname(path), name));
}

/** A disk may be shared by several machines, whose process numbers mean nothing here. */
function machine(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 4);
}
