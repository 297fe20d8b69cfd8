// What evaluating and reporting are given by the command line: the engine, the environment, the signal, a way to tell how far they are.
import { availableParallelism } from "node:os";
import type { EvaluateRunOptions } from "../evaluation/index.ts";
import { count } from "../figures/index.ts";
import { type Device, openNodeRuntime, type Runtime } from "../runtime/index.ts";
import { dataProgress } from "./data-progress.ts";
import type { Terminal } from "./terminal.ts";
import { versions } from "./version.ts";

/** Where and with how many threads to compute, as far as it was said. */
interface Means {
  readonly device?: Device | undefined;
  readonly threads?: number | undefined;
}

/** The surroundings of an evaluation, taken from the terminal. */
export function evaluationWorld(
  terminal: Terminal,
): Pick<EvaluateRunOptions, "environment" | "signal" | "onData" | "onProgress" | "measured" | "versions"> {
  const { jepa, commit, engine, node, platform } = versions();
  return {
    environment: terminal.environment,
    signal: terminal.signal,
    onData: dataProgress(terminal),
    onProgress: progressOn(terminal),
    measured: new Date().toISOString(),
    versions: { jepa, commit, engine, node, platform },
  };
}

/** Shows stages of the work as progress. */
export function progressOn(terminal: Terminal): (stage: string, done: number, of: number) => void {
  return (stage, done, of) => terminal.progress({ done, total: of, text: `${stage}  ${count(done)} of ${count(of)}` });
}

/** Opens the engine. Throws UserError where there is none, or no such device. */
export function openEngine({ device = "cpu", threads }: Means): Promise<Runtime> {
  return openNodeRuntime({ device, threads: threads ?? availableParallelism() });
}
