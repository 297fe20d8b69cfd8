// Where runs are kept: --runs, else JEPA_RUNS, else ./runs. Shared by every command that makes or reads a run.
import type { Argument } from "./command.ts";
import { type Flag, text } from "./flags.ts";

/** Where runs are kept unless something else is said. */
export const defaultRunsFolder = "runs";

const folder = text("folder of the runs, ./runs by default", { placeholder: "folder", variable: "JEPA_RUNS" });

/** The flag `--runs`; `defaultRunsFolder` where nothing is said. */
export const runsFlag: Flag<string> = {
  ...folder,
  read: (given, where) => folder.read(given, where) ?? defaultRunsFolder,
};

/** A run by its name, as commands take it that work on one. */
export const runArgument: Argument = { name: "run", describe: "the newest where none is named", need: "optional" };
