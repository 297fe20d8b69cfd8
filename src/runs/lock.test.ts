import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../errors/index.ts";
import { acquireLock, isAbandoned, type Lock, readLock, releaseLock } from "./lock.ts";
import type { Processes, ProcessFate } from "./process-identity.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa-lock-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A process of a small world in which `fates` says what became of each. */
function processOf(pid: number, fates: ReadonlyMap<number, ProcessFate>): Processes {
  return {
    self: async () => ({ pid, started: "1", host: "here", boot: "b", space: "s" }),
    fateOf: async (holder) => fates.get(holder.pid) ?? "dead",
  };
}

describe("the lock of a run", () => {
  it("refuses a second live process and says who holds it", async () => {
    const fates = new Map<number, ProcessFate>([[1, "running"]]);
    await acquireLock(folder, processOf(1, fates));
    const refused = acquireLock(folder, processOf(2, fates));
    await expect(refused).rejects.toBeInstanceOf(UserError);
    await expect(refused).rejects.toMatchObject({ exitCode: 2, received: "process 1 on here" });
  });

  it("refuses where the holder cannot be seen, and says which folder to delete", async () => {
    await acquireLock(folder, processOf(1, new Map()));
    await expect(acquireLock(folder, processOf(2, new Map([[1, "elsewhere"]])))).rejects.toThrow(
      /which cannot be seen from here: stop it there; where it is surely gone, delete the folder ".*lock"$/,
    );
  });

  it("is taken over from a killed process, leaving nothing of it", async () => {
    await acquireLock(folder, processOf(1, new Map()));
    expect(await acquireLock(folder, processOf(2, new Map()))).toEqual({ generation: 2 });
    expect(await readdir(join(folder, "lock"))).toEqual(["2"]);
  });

  it("is free after release, with the note of how it was left", async () => {
    const fates = new Map<number, ProcessFate>([[1, "running"]]);
    const lock = await acquireLock(folder, processOf(1, fates));
    await releaseLock(folder, lock, { outcome: "failed", reason: "NaN at step 7" });
    expect(await readLock(folder, processOf(2, fates))).toEqual({
      ending: { outcome: "failed", reason: "NaN at step 7" },
    });
    await expect(acquireLock(folder, processOf(2, fates))).resolves.toEqual({ generation: 2 });
  });

  it("keeps the first note when released twice", async () => {
    const lock = await acquireLock(folder, processOf(1, new Map()));
    await releaseLock(folder, lock, { outcome: "finished" });
    await releaseLock(folder, lock, { outcome: "failed" });
    expect(await readLock(folder, processOf(1, new Map()))).toEqual({ ending: { outcome: "finished" } });
  });

  it("is free where a power failure emptied the holder's file", async () => {
    await mkdir(join(folder, "lock", "5"), { recursive: true });
    await writeFile(join(folder, "lock", "5", "holder.json"), "");
    await expect(acquireLock(folder, processOf(1, new Map()))).resolves.toEqual({ generation: 6 });
  });

  it("is abandoned only where it was once taken and nobody holds it", async () => {
    const fates = new Map<number, ProcessFate>([[1, "running"]]);
    expect(await isAbandoned(folder, processOf(2, fates))).toBe(false);
    await acquireLock(folder, processOf(1, fates));
    expect(await isAbandoned(folder, processOf(2, fates))).toBe(false);
    expect(await isAbandoned(folder, processOf(2, new Map()))).toBe(true);
  });

  it("goes to exactly one of many processes that find it dead at the same time", async () => {
    for (let round = 0; round < 20; round++) {
      const pids = Array.from({ length: 8 }, (_, index) => 100 * (round + 1) + index);
      const fates = new Map<number, ProcessFate>(pids.map((pid) => [pid, "running"]));
      const tries = await Promise.allSettled(pids.map((pid) => acquireLock(folder, processOf(pid, fates))));
      expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const result of tries) {
        if (result.status === "rejected") expect(result.reason).toBeInstanceOf(UserError);
      }
    }
  });

  it("is not taken by a slow process whose number was used and swept away while it looked", async () => {
    const fates = new Map<number, ProcessFate>([[3, "running"]]);
    await acquireLock(folder, processOf(1, fates));
    let isFirstLook = true;
    const slow: Processes = {
      ...processOf(4, fates),
      async fateOf(holder) {
        const fate = fates.get(holder.pid) ?? "dead";
        if (isFirstLook) {
          isFirstLook = false;
          await acquireLock(folder, processOf(2, fates)); // takes number 2 and dies
          await acquireLock(folder, processOf(3, fates)); // takes number 3 and sweeps number 2 away: it is free for the slow one
        }
        return fate;
      },
    };
    await expect(acquireLock(folder, slow)).rejects.toMatchObject({ received: "process 3 on here" });
    expect(await readdir(join(folder, "lock"))).toEqual(["3"]);
  });

  it("is never held by two, whatever is taken, released and killed in whatever order", async () => {
    const action = fc.record({ pid: fc.integer({ min: 1, max: 4 }), what: fc.constantFrom("take", "release", "kill") });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(action, { maxLength: 5 }), { maxLength: 8 }), async (rounds) => {
        const place = await mkdtemp(join(folder, "run-"));
        const fates = new Map<number, ProcessFate>();
        const held = new Map<number, Lock>();
        for (const round of rounds) {
          await Promise.all(
            round.map(async ({ pid, what }) => {
              const lock = held.get(pid);
              if (what === "take" && lock === undefined) {
                fates.set(pid, "running");
                const taken = await acquireLock(place, processOf(pid, fates)).catch(() => undefined);
                if (taken !== undefined) held.set(pid, taken);
              } else if (lock !== undefined) {
                held.delete(pid);
                if (what === "kill") fates.set(pid, "dead");
                if (what === "release") await releaseLock(place, lock, { outcome: "stopped" });
              }
            }),
          );
          expect(held.size).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 40 },
    );
  });
});
