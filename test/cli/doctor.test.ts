// `jepa doctor` as a process: the score card's point 16.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../../bin/jepa.js", import.meta.url));

test("jepa doctor --json --offline looks at this machine and finds the engine working", () => {
  const words = [launcher, "doctor", "--json", "--offline"];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  const report: { checks: { name: string; state: string }[] } = JSON.parse(stdout);
  expect(report).toMatchObject({ version: 1, healthy: true });
  expect(report.checks.find(({ name }) => name === "engine")?.state).toBe("pass");
});
