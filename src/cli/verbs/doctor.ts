// Checking a machine: what is there, what is missing, how to mend it.

import { type Command, command } from "../command.ts";
import { tableText } from "../table.ts";

/** `jepa doctor`: what this machine has and lacks. */
export const doctor: Command = command({
  name: "doctor",
  group: "machine",
  summary: "Check this machine and say what to mend",
  description:
    "Looks at versions, engine, threads, memory and disk. Opens no connection. Exit code 3 where a line fails.",
  arguments: [],
  examples: [
    { line: "jepa doctor", comment: "one line a check, with its remedy" },
    { line: "jepa doctor --json", comment: "the same for a report" },
  ],
  flags: {},
  load: () => import("../doctor/checks.ts"),
  run: async ({ examine }, _, terminal) => {
    const checks = await examine(terminal.environment);
    const failed = checks.some(({ state }) => state === "fail");
    const columns = [{ heading: "check" }, { heading: "state" }, { heading: "found" }];
    const rows = checks.map(({ name, state, found, remedy }) => [
      name,
      state,
      remedy === undefined ? found : `${found}: ${remedy}`,
    ]);
    terminal.result({ json: { healthy: !failed, checks }, text: () => tableText(columns, rows) });
    return failed ? 3 : 0;
  },
});
