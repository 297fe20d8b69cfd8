// How a run comes into being: a hidden folder is filled with its recipe, its origin and our
// lock, and renamed to its name. So a run's folder always holds its recipe, two processes
// cannot both make the same run, and a name in use is never written over.

import { mkdir, mkdtemp, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors/index.ts";
import { isCode, makeFolders, replaceFile } from "../files/index.ts";
import { syncFolder, writing } from "./disk-faults.ts";
import { describeDifferences, differences } from "./leaves.ts";
import { runNames, summarise } from "./list.ts";
import { acquireLock, isAbandoned } from "./lock.ts";
import { checkRunName, numberedName } from "./names.ts";
import { type RunOrigin, readRecipe } from "./origin.ts";
import { type Processes, systemProcesses } from "./process-identity.ts";
import type { Recipe } from "./recipe.ts";
import { type Run, runOf } from "./run.ts";

/** A run to be made. */
export interface RunRequest {
  /** Folder of all runs; made where it is missing. */
  readonly runsFolder: string;
  /** The name asked for; undefined for the recipe's name and the next number. */
  readonly name: string | undefined;
  readonly recipe: Recipe;
  readonly origin: Omit<RunOrigin, "format">;
}

/**
 * What became of a request: a new run, held by this process,
 * or one of the same recipe and name that is already finished.
 */
export type Claim =
  | { readonly outcome: "created"; readonly run: Run }
  | { readonly outcome: "finished"; readonly name: string; readonly folder: string };

/**
 * Whether a run of this name may be made, to be asked before any long work.
 *
 * @returns "finished" where a run of the same recipe is there and done
 * @throws UserError (exit code 2) where the name is not one, or is taken by an unfinished
 *   run or by another recipe: with the command that resumes it, or with what differs
 */
export async function checkName(
  { runsFolder, name, recipe }: Pick<RunRequest, "runsFolder" | "name" | "recipe">,
  processes: Processes = systemProcesses,
): Promise<"free" | "finished"> {
  if (name === undefined) return "free";
  checkRunName(name);
  const entries = await readdir(join(runsFolder, name)).catch((error: unknown) =>
    isCode(error, "ENOENT") ? [] : ["?"],
  );
  if (entries.length === 0) return "free";
  const where = `--name ${name}`;
  const summary = await summarise(runsFolder, name, processes);
  if (summary === undefined) {
    const fault = { where, expected: "a free name", received: `"${join(runsFolder, name)}", which is not a run` };
    throw new UserError({ ...fault, remedy: "choose another name, or move it away" });
  }
  const unequal = differences(await readRecipe(summary.folder), recipe);
  if (unequal.length > 0) {
    const fault = { where, expected: "a free name, or a run of the same recipe", received: "a run of another recipe" };
    throw new UserError({ ...fault, remedy: `choose another name; what differs: ${describeDifferences(unequal)}` });
  }
  if (summary.status === "finished") return "finished";
  const received = `a run of this recipe that is ${summary.status} at step ${summary.step} of ${summary.steps}`;
  const remedy =
    summary.status === "running" ? "wait for it, or choose another name" : `go on with it: "jepa resume ${name}"`;
  throw new UserError({ where, expected: "a free name", received, remedy });
}

/**
 * Makes a run, which this process then holds; or tells that the very run asked for is there and finished.
 *
 * @throws UserError as `checkName` does; with exit code 1 where the disk is full
 */
export async function createRun(request: RunRequest, processes: Processes = systemProcesses): Promise<Claim> {
  const { runsFolder, name } = request;
  if ((await checkName(request, processes)) === "finished" && name !== undefined) {
    return { outcome: "finished", name, folder: join(runsFolder, name) };
  }
  return writing(
    `folder "${runsFolder}"`,
    async () => "no run was made",
    async () => {
      await makeFolders(runsFolder);
      await sweepUnborn(runsFolder, processes);
      const unborn = await mkdtemp(join(runsFolder, unbornPrefix));
      try {
        return await bear(unborn, request, processes);
      } catch (error) {
        await rm(unborn, { recursive: true, force: true }).catch(() => undefined); // the first fault is the one to tell
        throw error;
      }
    },
  );
}

const unbornPrefix = ".creating-";

async function bear(unborn: string, request: RunRequest, processes: Processes): Promise<Claim> {
  const { runsFolder, recipe } = request;
  const origin: RunOrigin = { format: 1, ...request.origin };
  const lock = await acquireLock(unborn, processes);
  await mkdir(join(unborn, "checkpoints"));
  await replaceFile(join(unborn, "origin.json"), jsonText(origin));
  await replaceFile(join(unborn, "recipe.json"), jsonText(recipe));
  for (;;) {
    const name = request.name ?? numberedName(origin.recipeName, await runNames(runsFolder));
    const folder = join(runsFolder, name);
    if (await renamedTo(unborn, folder)) {
      await syncFolder(runsFolder);
      return { outcome: "created", run: runOf({ folder, recipe, origin, lock }) };
    }
    // Another process was quicker: for an unnamed run the next number, for a named one its verdict.
    if ((await checkName(request, processes)) === "finished") {
      await rm(unborn, { recursive: true, force: true });
      return { outcome: "finished", name, folder };
    }
  }
}

async function renamedTo(unborn: string, folder: string): Promise<boolean> {
  try {
    await rmdir(folder).catch(() => undefined); // an empty folder is a free name; Windows would not rename over it
    await rename(unborn, folder);
    return true;
  } catch (error) {
    const isTaken = await stat(folder).then(
      () => true,
      () => false,
    );
    if (isTaken && isCode(error, "ENOTEMPTY", "EEXIST", "ENOTDIR", "EPERM", "EACCES")) return false;
    throw error;
  }
}

/** Removes what processes killed while making a run left behind. */
async function sweepUnborn(runsFolder: string, processes: Processes): Promise<void> {
  for (const name of await readdir(runsFolder)) {
    const folder = join(runsFolder, name);
    if (!name.startsWith(unbornPrefix) || !(await isAbandoned(folder, processes))) continue;
    await rm(folder, { recursive: true, force: true });
  }
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
