// What doctor says of good and bad machines; the machine at hand is examined by the real command in test/cli.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkNode, examine } from "./checks.ts";
import { checkFfmpeg, checkFolder, checkMemory, checkThreads } from "./machine.ts";

test.each([
  ["18.20.0", "fail"],
  ["20.18.3", "fail"],
  ["20.19.0", "pass"],
  ["22.0.0", "pass"],
  ["26.10.0", "pass"],
])("node %s: %s", (version, state) => {
  expect(checkNode(version).state).toBe(state);
});

test("one thread and little free memory are warnings with a remedy", () => {
  expect(checkThreads(1)).toMatchObject({ state: "warn", remedy: expect.any(String) });
  expect(checkThreads(2).state).toBe("pass");
  expect(checkMemory(8 * 2 ** 30, 2 ** 30)).toMatchObject({ state: "warn", found: "1.0 GiB free of 8.0" });
  expect(checkMemory(8 * 2 ** 30, 2 * 2 ** 30).state).toBe("pass");
});

test("a folder that is yet to be made is judged by the one it will be made in", async () => {
  const folder = mkdtempSync(join(tmpdir(), "jepa doctor "));
  const check = await checkFolder("cache", join(folder, "a", "b"));
  expect(check).toMatchObject({ name: "cache", found: expect.stringMatching(/a.b: \d+\.\d GiB free$/) });
  rmSync(folder, { recursive: true });
});

test("a program that isn't there is a warning that says who needs it", async () => {
  expect(await checkFfmpeg({ PATH: "" })).toMatchObject({ state: "warn", remedy: "only video needs it" });
});

test("what was not looked at is not called a pass, and what failed or may fail has a remedy", async () => {
  const checks = [...(await examine(process.env)), checkMemory(4e9, 1e9), checkThreads(1)];
  expect(checks.find(({ name }) => name === "network")?.state).toBe("not looked at");
  expect(checks.filter(({ state }) => state === "warn").length).toBeGreaterThanOrEqual(2);
  for (const { state, remedy } of checks) if (state === "warn" || state === "fail") expect(remedy).toBeDefined();
});
