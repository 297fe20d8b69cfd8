// Scoring a run on labelled pictures, beside its floors; the exit code tells whether a score was reached.

import { UserError } from "../../errors/index.ts";
import type { CheckpointChoice, EvaluationRecord, EvaluationTable } from "../../evaluation/index.ts";
import { type Command, command } from "../command.ts";
import { type Flag, number, text, toggle } from "../flags.ts";
import { runArgument, runsFlag } from "../runs-folder.ts";
import { tableText } from "../table.ts";
import { deviceFlag, threadsFlag } from "../training-flags.ts";

const checkpointFlag: Flag<CheckpointChoice> = {
  describe: "last (default), best, or the step of one",
  placeholder: "which",
  variable: undefined,
  read: (given, where) => {
    const word = given.at(-1) ?? "last";
    if (word === "last" || word === "best") return word;
    if (/^\d+$/.test(word)) return Number(word);
    const remedy = "give one, such as --checkpoint 400";
    throw new UserError({ where, expected: "last, best, or a step", received: word, remedy });
  },
};

/** `jepa eval`: scores what a run has learned. */
export const evaluate: Command = command({
  name: "eval",
  group: "look",
  summary: "Score what a run has learned, against honest floors",
  description:
    "Weighted kNN and linear probes on frozen features; floors: raw pixels, the untrained encoder, the commonest class. Writes evaluation.json into the run's folder.",
  arguments: [runArgument],
  examples: [
    { line: "jepa eval demo --quick", comment: "on a part of the pictures" },
    { line: "jepa eval demo --at-least 0.5 --json", comment: "for a script: exit code 3 below" },
    { line: "jepa eval mine --data cifar10", comment: "trained without labels" },
  ],
  flags: {
    quick: toggle("on 10,000 training and 10,000 test pictures at most"),
    data: text("labelled pictures, the run's own by default", { placeholder: "name|folder" }),
    atLeast: number(
      "accuracy that the better linear probe must reach, 0 to 1",
      { minimum: 0, maximum: 1, whole: false },
      { placeholder: "accuracy" },
    ),
    checkpoint: checkpointFlag,
    runs: runsFlag,
    device: deviceFlag,
    threads: threadsFlag,
  },
  load: async () => ({
    ...(await import("../../evaluation/index.ts")),
    ...(await import("../../runs/index.ts")),
    ...(await import("../evaluation-world.ts")),
    ...(await import("../engine-means.ts")),
  }),
  run: async (library, { words: [name], flags }, terminal) => {
    const run = await library.findRun(flags.runs, name);
    const runtime = await library.openEngine(flags);
    const { quick, data, checkpoint, atLeast } = flags;
    const options = { ...library.evaluationWorld(terminal), checkpoint, quick, data };
    const { record, path } = await library.evaluateRun(runtime, run, options);
    terminal.result({
      json: { ...record, file: path },
      text: () =>
        [...checkpointLines(record, run.step), ...tableLines(library.evaluationTable(record)), path].join("\n"),
    });
    const reached = bestLinear(record);
    if (atLeast === undefined || reached >= atLeast) return 0;
    terminal.warning(`the better linear probe reached ${reached.toFixed(4)}, less than --at-least ${atLeast}`);
    return 3;
  },
});

function bestLinear({ results }: EvaluationRecord): number {
  return Math.max(results.linear.accuracy, results.linearLast4.accuracy);
}

/** Which step is measured, where it is not the run's last; `reached` is that of the last checkpoint. */
function checkpointLines({ checkpoint: { step, steps } }: EvaluationRecord, reached: number): string[] {
  if (steps === undefined || step >= steps) return [];
  return [`at step ${step} of ${steps}${reached < steps ? ": the training is not finished" : ""}`];
}

function tableLines(table: EvaluationTable): string[] {
  const columns = table.headings.map((heading) => ({ heading }));
  return [table.caption, tableText(columns, table.rows), ...table.remarks];
}
