// Going on with a run where its last checkpoint left it.

import type { RunSummary } from "../../runs/index.ts";
import { type Command, command } from "../command.ts";
import { runArgument, runsFlag } from "../runs-folder.ts";
import { deviceFlag } from "../training-flags.ts";

/** `jepa resume`: goes on with a run that was stopped. */
export const resume: Command = command({
  name: "resume",
  group: "learn",
  summary: "Go on with a run that was stopped",
  description: "The result is the same to the bit as without the stop, so nothing of the recipe can be changed here.",
  arguments: [runArgument],
  examples: [
    { line: "jepa resume", comment: "the newest that is not finished" },
    { line: "jepa resume demo", comment: "the run of this name" },
  ],
  flags: {
    runs: runsFlag,
    device: deviceFlag,
  },
  load: async () => ({
    ...(await import("../../runs/index.ts")),
    ...(await import("../../training/index.ts")),
    ...(await import("../training-world.ts")),
  }),
  run: async (library, { words: [name], flags }, terminal) => {
    const waiting = name === undefined ? (await library.listRuns(flags.runs)).find(isUnfinished) : undefined;
    const { folder, status, name: found } = waiting ?? (await library.findRun(flags.runs, name));
    if (status === "finished") library.tellEnd(terminal, { outcome: "finished", name: found, folder });
    else await library.tellOfTraining(terminal, flags, (world) => library.resumeRun(folder, world));
    return 0;
  },
});

function isUnfinished({ status }: RunSummary): boolean {
  return status === "stopped" || status === "failed";
}
