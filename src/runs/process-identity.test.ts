import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { type ProcessIdentity, startInStat, systemProcesses } from "./process-identity.ts";

const rest = "1 1 1 0 -1 4194304 100 0 0 0 5 6 0 0 20 0 11 0";

describe("a process's start time", () => {
  it("is field 22 of its stat line, whatever the program is called", () => {
    expect(startInStat(`42 (node) S ${rest} 778899 1 2 3`)).toBe("778899");
    expect(startInStat(`42 (a) b (c) d) R ${rest} 778899 1 2 3`)).toBe("778899");
  });

  it("is nothing for a zombie, which does no more harm", () => {
    expect(startInStat(`42 (node) Z ${rest} 778899 1 2 3`)).toBeUndefined();
  });
});

describe("the fate of a process", () => {
  it("is running for this one, by id and start time", async () => {
    expect(await systemProcesses.fateOf(await systemProcesses.self())).toBe("running");
  });

  it("is dead after SIGKILL", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const own = await systemProcesses.self();
    const pid = child.pid ?? 0;
    expect(await systemProcesses.fateOf({ ...own, pid, started: "" })).toBe("running");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await systemProcesses.fateOf({ ...own, pid, started: "" })).toBe("dead");
  });

  it("is dead where the id was given to another process since", async () => {
    const own = await systemProcesses.self();
    expect(await systemProcesses.fateOf({ ...own, started: `${own.started}0` })).toBe("dead");
  });

  it.each<[string, Partial<ProcessIdentity>, string]>([
    ["on another machine", { host: "far-away", boot: "another" }, "elsewhere"],
    ["in another container of this machine", { space: "another" }, "elsewhere"],
    ["before this machine was restarted", { boot: "earlier" }, "dead"],
  ])("is told for one %s", async (_, change, fate) => {
    expect(await systemProcesses.fateOf({ ...(await systemProcesses.self()), ...change })).toBe(fate);
  });
});
