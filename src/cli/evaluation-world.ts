// What evaluating and reporting are given by the command line:
// the environment, the signal, a way to tell how far they are.
import type { EvaluateRunOptions } from "../evaluation/index.ts";
import { count } from "../figures/index.ts";
import { dataProgress } from "./data-progress.ts";
import { versionsKept } from "./engine-means.ts";
import type { Terminal } from "./terminal.ts";

/** The surroundings of an evaluation, taken from the terminal. */
export function evaluationWorld(
  terminal: Terminal,
): Pick<EvaluateRunOptions, "environment" | "signal" | "onData" | "onProgress" | "measured" | "versions"> {
  return {
    environment: terminal.environment,
    signal: terminal.signal,
    onData: dataProgress(terminal),
    onProgress: progressOn(terminal),
    measured: terminal.moment,
    versions: versionsKept(),
  };
}

/** Shows stages of the work as progress. */
export function progressOn(terminal: Terminal): (stage: string, done: number, of: number) => void {
  return (stage, done, of) => terminal.progress({ done, total: of, text: `${stage}  ${count(done)} of ${count(of)}` });
}
