// Writing the page of a run from what lies in its folder and in the cache.

import { type Command, command } from "../command.ts";
import { runArgument, runsFlag } from "../runs-folder.ts";
import { deviceFlag, threadsFlag } from "../training-flags.ts";

/** `jepa report`: a page that shows a run. */
export const report: Command = command({
  name: "report",
  group: "look",
  summary: "Write a page that shows a run: curves, masks, scores",
  description:
    "Writes report.html, one file that needs no network and no script, and its figures as PNG into the run's folder. Works for a run that goes on, stopped or failed.",
  arguments: [runArgument],
  examples: [
    { line: "jepa report", comment: "of the newest run" },
    { line: "jepa report demo --json", comment: "the paths as JSON" },
  ],
  flags: {
    runs: runsFlag,
    device: deviceFlag,
    threads: threadsFlag,
  },
  load: async () => ({
    ...(await import("../../evaluation/index.ts")),
    ...(await import("../../runs/index.ts")),
    ...(await import("../../training/index.ts")),
    ...(await import("../evaluation-world.ts")),
    ...(await import("../engine-means.ts")),
  }),
  run: async (library, { words: [name], flags }, terminal) => {
    const run = await library.findRun(flags.runs, name);
    const { page, figures, notices } = await library.reportRun(run, {
      // A report fetches no data set: what is not in the cache is left out.
      environment: { ...terminal.environment, npm_config_offline: "true" },
      signal: terminal.signal,
      onProgress: library.progressOn(terminal),
      openRuntime: () => library.openEngine(flags),
      collapse: { limits: library.collapseLimits, warning: library.collapseWarning },
    });
    for (const { level, text, remedy } of notices) {
      const told = remedy === undefined ? text : `${text} ${remedy}`;
      if (level === "note") terminal.notice(told);
      else terminal.warning(told);
    }
    terminal.result({ json: { run: run.name, page, figures, notices }, text: () => [page, ...figures].join("\n") });
    return 0;
  },
});
