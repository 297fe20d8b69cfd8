// The runs of a folder, as a list tells of them: from a few small files each, never from the whole of their metrics.

import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { nearest, UserError } from "../errors/index.ts";
import { errorCode } from "../files/index.ts";
import { checkpointSteps } from "./checkpoints.ts";
import { readLock } from "./lock.ts";
import { type MetricsLine, readLastMetrics } from "./metrics.ts";
import { readOrigin, readSteps } from "./origin.ts";
import { type Processes, systemProcesses } from "./process-identity.ts";

/** `stopped` can be resumed: it was interrupted or killed; `failed` says why in `reason`. */
export type RunStatus = "running" | "finished" | "stopped" | "failed";

/** What a list shows of a run. */
export interface RunSummary {
  readonly name: string;
  readonly folder: string;
  readonly status: RunStatus;
  /** Why it failed or cannot be read. */
  readonly reason?: string | undefined;
  /** Step of the last checkpoint, from which it would go on; 0 where there is none. */
  readonly step: number;
  /** Steps that its recipe asks for; undefined where the recipe cannot be read. */
  readonly steps?: number | undefined;
  /** Name of the recipe that was given. */
  readonly recipeName?: string | undefined;
  /** When it was created, in milliseconds since 1970; of a run that cannot be read, when its recipe was written. */
  readonly created: number;
  /** The last line of its metrics. */
  readonly last?: MetricsLine | undefined;
}

/**
 * All runs of a folder, newest first; none where there is no
 * such folder. A run that cannot be read is listed as failed.
 */
export async function listRuns(runsFolder: string, processes: Processes = systemProcesses): Promise<RunSummary[]> {
  const names = await runNames(runsFolder);
  const found = await Promise.all(names.map((name) => summarise(runsFolder, name, processes)));
  const byNumber = new Intl.Collator("en", { numeric: true });
  return found
    .filter((run) => run !== undefined)
    .sort((a, b) => b.created - a.created || byNumber.compare(b.name, a.name));
}

/**
 * The run of a name, or the newest where no name is given.
 * Throws UserError (exit code 2) with the nearest name, or the command that begins a first run.
 */
export async function findRun(
  runsFolder: string,
  name: string | undefined,
  processes: Processes = systemProcesses,
): Promise<RunSummary> {
  const runs = await listRuns(runsFolder, processes);
  const found = name === undefined ? runs[0] : runs.find((run) => run.name === name);
  if (found !== undefined) return found;
  const near = nearest(
    name ?? "",
    runs.map((run) => run.name),
  );
  const hint = near === undefined ? '"jepa runs" lists them' : `did you mean "${near}"?`;
  throw new UserError({
    where: name === undefined ? "run" : `run "${name}"`,
    expected: `a run in the folder "${runsFolder}"`,
    received: runs.length === 0 ? "none there" : "no run of this name",
    remedy:
      runs.length === 0
        ? 'begin one with "jepa pretrain demo" or "jepa pretrain <folder of pictures>", or give its folder with --runs'
        : hint,
  });
}

/** Names of the visible folders that may be runs. */
export async function runNames(runsFolder: string): Promise<string[]> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isFile() && !entry.name.startsWith(".")).map(({ name }) => name);
}

/** What a list shows of the run of a name; undefined where that is no run. */
export async function summarise(
  runsFolder: string,
  name: string,
  processes: Processes,
): Promise<RunSummary | undefined> {
  const folder = join(runsFolder, name);
  // Not followed: a link that leads nowhere, or back to itself, is a recipe that cannot be read, of a run that is
  // listed all the same.
  const recipe = await lstat(join(folder, "recipe.json")).catch(() => undefined);
  if (recipe === undefined) return undefined;
  const step = (await checkpointSteps(folder)).at(-1) ?? 0;
  const last = await readLastMetrics(join(folder, "metrics.jsonl")).catch(() => undefined); // unreadable: listed without
  const seen = { name, folder, step, last };
  try {
    const [origin, steps] = await Promise.all([readOrigin(folder), readSteps(folder)]);
    const told = { recipeName: origin.recipeName, created: Date.parse(origin.created) };
    return { ...seen, ...told, steps, ...(await statusOf(folder, { step, steps }, processes)) };
  } catch (error) {
    if (!(error instanceof UserError) && (!(error instanceof Error) || errorCode(error) === undefined)) throw error;
    return { ...seen, created: recipe.mtimeMs, status: "failed", reason: error.message };
  }
}

async function statusOf(
  folder: string,
  { step, steps }: { readonly step: number; readonly steps: number },
  processes: Processes,
): Promise<{ readonly status: RunStatus; readonly reason?: string | undefined }> {
  const { holder, ending } = await readLock(folder, processes);
  if (holder !== undefined) return { status: "running" };
  if (step >= steps) return { status: "finished" };
  return ending?.outcome === "failed" ? { status: "failed", reason: ending.reason } : { status: "stopped" };
}
