// Where runs are kept: --runs, else JEPA_RUNS, else ./runs. Shared by every command that makes or reads a run.
import { type Flag, text } from "./flags.ts";

/** The flag `--runs`. */
export const runsFlag: Flag<string | undefined> = text("folder of the runs, ./runs by default", {
  placeholder: "folder",
  variable: "JEPA_RUNS",
});

/** Where runs are kept unless something else is said. */
export const defaultRunsFolder = "runs";
