// What opening a model is given by the command line: where runs lie, how pictures are normalised, and who is told of
// downloads.
import type { OpenModelOptions } from "../hub/index.ts";
import { dataProgress } from "./data-progress.ts";
import type { Terminal } from "./terminal.ts";

/** The flags of `model-flags.ts`, as far as a command has them. */
export interface ModelFlags {
  readonly runs: string;
  readonly encoder?: "target" | "context" | undefined;
  readonly normalise?: "half" | undefined;
  readonly heads?: number | undefined;
}

/** Options of `openModel`, from flags and terminal. */
export function modelOptions({ runs, ...flags }: ModelFlags, terminal: Terminal): OpenModelOptions {
  const { encoder, normalise, heads } = flags;
  return {
    runsFolder: runs,
    encoder,
    normalise,
    heads,
    download: {
      environment: terminal.environment,
      offline: terminal.manner.offline ? true : undefined,
      signal: terminal.signal,
      onProgress: dataProgress(terminal),
      onNotice: (notice) => terminal.notice(notice),
    },
  };
}
