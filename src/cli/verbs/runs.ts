// Listing runs: how far each is and how it ended.

import type { RunSummary } from "../../runs/index.ts";
import { type Command, command } from "../command.ts";
import { runsFlag } from "../runs-folder.ts";
import { type Column, tableText } from "../table.ts";

const columns: readonly Column[] = [
  { heading: "run" },
  { heading: "state" },
  { heading: "step", align: "right" },
  { heading: "of", align: "right" },
  { heading: "loss", align: "right" },
  { heading: "recipe" },
  { heading: "begun" },
];

/** `jepa runs`: the runs there are, newest first. */
export const runs: Command = command({
  name: "runs",
  group: "look",
  summary: "List the runs, newest first",
  arguments: [{ name: "run", describe: "only these runs; - reads names from standard input", need: "many" }],
  examples: [
    { line: "jepa runs", comment: "name, state, step, loss" },
    { line: "jepa runs demo --json", comment: "everything known of one run" },
  ],
  flags: { runs: runsFlag },
  load: () => import("../../runs/index.ts"),
  run: async ({ findRun, listRuns }, { words, flags: { runs: folder } }, terminal) => {
    const found =
      words.length === 0 ? await listRuns(folder) : await Promise.all(words.map((name) => findRun(folder, name)));
    if (found.length === 0) terminal.notice(`no runs in ${folder}: begin one with "jepa pretrain demo"`);
    for (const { name, reason } of found) if (reason !== undefined) terminal.notice(`${name}: ${reason}`);
    terminal.result({
      json: { folder, runs: found },
      text: () =>
        terminal.manner.quiet ? found.map(({ name }) => name).join("\n") : tableText(columns, found.map(rowOf)),
    });
    return 0;
  },
});

function rowOf({ name, status, step, steps, recipeName, created, last }: RunSummary): string[] {
  const loss = typeof last?.loss === "number" ? last.loss.toPrecision(4) : "";
  const reached = Math.max(step, last?.step ?? 0);
  const begun = new Date(created).toISOString().slice(0, 16).replace("T", " ");
  return [name, status, String(reached), steps === undefined ? "" : String(steps), loss, recipeName ?? "", begun];
}
