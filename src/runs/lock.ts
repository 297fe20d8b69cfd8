// One process per run. A lock is a numbered folder, lock/<generation>/holder.json, put in place whole by
// one rename, which fails where that number exists. Who holds the highest number holds the run; it is free
// once it is released or its holder is dead. Numbers only grow and the highest is never deleted, so two
// processes that both find a dead lock cannot both replace it: the second rename fails, or finds a higher
// number beside it and gives way. Folders, because not every disk knows hard links.

import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors/index.ts";
import { isCode, makeFolders } from "../files/index.ts";
import type { Processes, ProcessFate, ProcessIdentity } from "./process-identity.ts";

/** How the last process to work on a run left it. */
export interface Ending {
  readonly outcome: "finished" | "stopped" | "failed";
  /** Why, in a sentence, where there is more to say than the outcome. */
  readonly reason?: string | undefined;
}

/** The right to write in a run's folder; it holds wherever that folder is moved. */
export interface Lock {
  readonly generation: number;
}

/** What a run's lock tells to a reader; `holder` only where a process may still be at work. */
export interface LockState {
  readonly holder?: ProcessIdentity;
  readonly ending?: Ending;
}

const lockFolderName = "lock";
const claimPrefix = ".claim-";

/**
 * Takes the lock of the run in `runFolder`, replacing one that was released or whose holder is dead.
 * Throws UserError (exit code 2) that says who holds it where that process lives, or cannot be seen from this machine.
 *
 * @param where what the folder is to a person
 */
export async function acquireLock(
  runFolder: string,
  processes: Processes,
  where = `run "${basename(runFolder)}"`,
): Promise<Lock> {
  const folder = join(runFolder, lockFolderName);
  const own = await processes.self();
  for (;;) {
    await makeFolders(folder); // in every round: who held it before may have taken it away
    const last = await lastGeneration(folder);
    if (last > 0) await refuseIfHeld(runFolder, last, processes, where);
    const mine = last + 1;
    // Each return to the top means that another process was quicker: look at what it did.
    if (!(await putInPlace(folder, mine, own))) continue;
    if ((await lastGeneration(folder)) !== mine) {
      await rm(join(folder, String(mine)), { recursive: true, force: true });
      continue;
    }
    await sweep(folder, mine);
    return { generation: mine };
  }
}

/** Gives a run free and notes how it was left; a second call does nothing. */
export async function releaseLock(runFolder: string, { generation }: Lock, ending: Ending): Promise<void> {
  const path = join(runFolder, lockFolderName, String(generation), "ending.json");
  await writeFile(path, `${JSON.stringify(ending)}\n`, { flag: "wx" }).catch((error: unknown) => {
    // On a full disk the note is lost, not the lock: the process ends and is then recognised as dead.
    if (!isCode(error, "EEXIST", "ENOSPC", "EDQUOT", "ENOENT")) throw error;
  });
}

/** Whether a folder holds a lock that nobody holds any more; false where there is none (yet). */
export async function isAbandoned(runFolder: string, processes: Processes): Promise<boolean> {
  const last = await lastGeneration(join(runFolder, lockFolderName));
  return last > 0 && (await readLock(runFolder, processes)).holder === undefined;
}

/** Reads a run's lock without taking it. */
export async function readLock(runFolder: string, processes: Processes): Promise<LockState> {
  const folder = join(runFolder, lockFolderName);
  const last = await lastGeneration(folder);
  if (last === 0) return {};
  const ending = await readEnding(join(folder, String(last)));
  if (ending !== undefined) return { ending };
  const holder = await readHolder(join(folder, String(last)));
  return holder !== undefined && (await processes.fateOf(holder)) !== "dead" ? { holder } : {};
}

async function lastGeneration(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  return Math.max(0, ...names.filter((name) => /^\d+$/.test(name)).map(Number));
}

async function refuseIfHeld(runFolder: string, generation: number, processes: Processes, where: string): Promise<void> {
  const place = join(runFolder, lockFolderName, String(generation));
  if ((await readEnding(place)) !== undefined) return;
  const holder = await readHolder(place);
  if (holder === undefined) return;
  const fate = await processes.fateOf(holder);
  if (fate !== "dead") throw heldBy(runFolder, holder, fate, where);
}

function heldBy(runFolder: string, holder: ProcessIdentity, fate: ProcessFate, where: string): UserError {
  const remedy =
    fate === "running"
      ? "wait until it ends or stop it, then try again"
      : `stop it there; where it is surely gone, delete the folder "${join(runFolder, lockFolderName)}"`;
  return new UserError({
    where,
    expected: "no other process at work on it",
    received: `process ${holder.pid} on ${holder.host}${fate === "elsewhere" ? ", which cannot be seen from here" : ""}`,
    remedy,
  });
}

async function putInPlace(folder: string, generation: number, own: ProcessIdentity): Promise<boolean> {
  let claim: string | undefined;
  try {
    claim = await mkdtemp(join(folder, claimPrefix));
    await writeFile(join(claim, "holder.json"), `${JSON.stringify(own)}\n`);
    await rename(claim, join(folder, String(generation)));
    return true;
  } catch (error) {
    if (claim !== undefined) await rm(claim, { recursive: true, force: true });
    // The number is taken, or a new holder swept our claim away. Windows says EPERM where a folder is in the way.
    if (isCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) return false;
    if (isCode(error, "EPERM") && (await lastGeneration(folder)) >= generation) return false;
    throw error;
  }
}

/** Removes what earlier holders and failed claims left; whoever loses a claim here looks again and finds us. */
async function sweep(folder: string, mine: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(claimPrefix) || Number(name) < mine)
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

const identityForm = z.object({
  pid: z.int(),
  started: z.string(),
  host: z.string(),
  boot: z.string(),
  space: z.string(),
});
const endingForm = z.object({
  outcome: z.enum(["finished", "stopped", "failed"]),
  reason: z.string().optional(),
});

// A holder's file is put in place whole, so one that cannot be
// read belongs to nobody alive (a power failure may empty it).
async function readHolder(place: string): Promise<ProcessIdentity | undefined> {
  return parsed(identityForm, await readFile(join(place, "holder.json"), "utf8").catch(() => ""));
}

async function readEnding(place: string): Promise<Ending | undefined> {
  const text = await readFile(join(place, "ending.json"), "utf8").catch(() => undefined);
  // A note cut short by a full disk still says that its writer had let go.
  return text === undefined ? undefined : (parsed(endingForm, text) ?? { outcome: "stopped" });
}

function parsed<T>(form: z.ZodType<T>, text: string): T | undefined {
  try {
    return form.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
