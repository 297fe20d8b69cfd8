// Claims: a process that dies at any change it makes to the disk leaves a run that is resumed to the very same bytes,
// and a full disk at any write keeps the last checkpoint. The disk below is the real one behind a counter: at a chosen
// change it does half of it and then refuses everything, as for a killed process; or it says once that it is full.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UserError } from "../errors/index.ts";
import type { NamedArrays } from "./checkpoints.ts";
import { checkpointSteps } from "./checkpoints.ts";
import { createRun } from "./claim.ts";
import { listRuns } from "./list.ts";
import type { Processes } from "./process-identity.ts";
import type { Recipe, RecipeSchema } from "./recipe.ts";
import { openRun, type Run } from "./run.ts";

/** What happens at the coming changes to the disk, counted from 1. */
const disk = vi.hoisted(() => ({ changes: 0, dieAt: 0, fullAt: 0, isDead: false, wasFull: false }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const killed = () => new Error("killed");
  type Work = (...args: unknown[]) => unknown;

  /**
   * Does the work, unless this is the change at which the disk is full or the process dies; then it does half of it.
   */
  const change = async (args: unknown[], whole: Work, half?: Work, isWrite = false): Promise<unknown> => {
    if (disk.isDead) throw killed();
    disk.changes++;
    if (isWrite && disk.changes === disk.fullAt) {
      disk.wasFull = true;
      await half?.(...args);
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    }
    if (disk.changes !== disk.dieAt) return whole(...args);
    disk.isDead = true;
    await half?.(...args);
    throw killed();
  };
  const call =
    (name: string): Work =>
    (...args) =>
      Reflect.apply(Reflect.get(real, name), real, args);
  const look =
    (name: string): Work =>
    async (...args) => {
      if (disk.isDead) throw killed();
      return call(name)(...args);
    };
  const halfRemoved: Work = async (path) => {
    const [first] = await real.readdir(String(path)).catch(() => []);
    if (first !== undefined) await real.rm(join(String(path), first), { recursive: true });
  };
  const halfWritten: Work = (path, text, options) =>
    call("writeFile")(path, String(text).slice(0, String(text).length / 2), options);

  const handle = (file: unknown): unknown =>
    new Proxy(Object(file), {
      get(target, name) {
        const method: Work = (...args) => Reflect.apply(Reflect.get(target, name), target, args);
        const half: Work = (bytes, offset, length) =>
          Reflect.apply(Reflect.get(target, name), target, [bytes, offset, Math.floor(Number(length) / 2)]);
        if (name === "write") return (...args: unknown[]) => change(args, method, half, true);
        if (name === "sync") return async () => undefined; // slow, and no kill can tell
        if (name === "truncate") return (...args: unknown[]) => change(args, method);
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? method : value;
      },
    });
  const wrapped: [string, Work][] = [
    ...["mkdir", "mkdtemp", "rename", "rmdir", "unlink", "truncate"].map((name): [string, Work] => [
      name,
      (...args) => change(args, call(name)),
    ]),
    ...["readdir", "readFile", "stat"].map((name): [string, Work] => [name, look(name)]),
    ["rm", (...args) => change(args, call("rm"), halfRemoved)],
    ["writeFile", (...args) => change(args, call("writeFile"), halfWritten, true)],
    ["open", async (...args) => handle(await (args[1] === "r" ? look("open")(...args) : change(args, call("open"))))],
  ];
  return { ...real, ...Object.fromEntries(wrapped) };
});

let runs: string;

beforeEach(async () => {
  reset({});
  runs = await mkdtemp(join(tmpdir(), "jepa-crash-"));
});

afterEach(async () => {
  reset({});
  await rm(runs, { recursive: true, force: true });
});

function reset({ dieAt = 0, fullAt = 0 }: { dieAt?: number; fullAt?: number }): void {
  Object.assign(disk, { changes: 0, dieAt, fullAt, isDead: false, wasFull: false });
}

const steps = 5;
const recipe: Recipe = {
  objective: "ijepa",
  data: { source: "cifar10", crop: 32, scale: [0.3, 1], flip: false, workers: 0 },
  model: { width: 8, depth: 1, heads: 1, patch: 8, mlpRatio: 4 },
  optimizer: { lr: 1, startLr: 0, finalLr: 0, warmup: 0, weightDecay: [0, 0], betas: [0.9, 0.99], eps: 1e-8 },
  training: { steps, batch: 4, checkpointEvery: 2, keep: 1, logEvery: 1 },
  seed: 0,
};
const schema: RecipeSchema = {
  objectives: ["ijepa"],
  formOf: () => {
    throw new Error("not asked for here");
  },
  parse: () => recipe,
};

/** A process that is the only one alive. */
function onlyProcess(pid: number): Processes {
  return {
    self: async () => ({ pid, started: "", host: "", boot: "", space: "" }),
    fateOf: async (holder) => (holder.pid === pid ? "running" : "dead"),
  };
}

function zeros(name: string): NamedArrays {
  return new Map([[name, { shape: [3], data: new Float32Array(3) }]]);
}

/** Begins the run or goes on with it, and trains it to the end: each step changes every number by what the step is. */
async function live(pid: number): Promise<void> {
  const isThere = (await readdir(runs)).includes("demo");
  const run = isThere ? await openRun(schema, join(runs, "demo"), onlyProcess(pid)) : await begin(pid);
  try {
    await train(run);
    await run.close({ outcome: "finished" });
  } catch (error) {
    await run.close({ outcome: "failed", reason: String(error) });
    throw error;
  }
}

async function begin(pid: number): Promise<Run> {
  const origin = {
    recipeName: "demo",
    created: "2026-01-01T00:00:00Z",
    command: [],
    sources: {},
    execution: { microBatch: 2, threads: 1 },
    versions: {},
  };
  const claim = await createRun({ runsFolder: runs, name: "demo", recipe, origin }, onlyProcess(pid));
  if (claim.outcome !== "created") throw new Error("expected a new run");
  return claim.run;
}

async function train(run: Run): Promise<void> {
  const weights = { model: zeros("encoder.weight"), optimizer: zeros("exp_avg.weight") };
  const state = await run.restore(weights);
  let sum = Number(state?.monitor ?? 0);
  for (let step = state?.step ?? 0; step < steps; step++) {
    for (const { data } of [...weights.model.values(), ...weights.optimizer.values()]) {
      data.forEach((value, index) => {
        data[index] = value * 1.1 + step + index;
      });
    }
    sum += step / 3;
    await run.log({ step, loss: sum });
    const done = step + 1;
    const figure = done === 2 ? 0.9 : 0.1; // step 2 is and stays the best
    if (done % 2 === 0 || done === steps) await run.save({ step: done, weights, monitor: sum, versions: {}, figure });
  }
}

/** Every file below the runs' folder but the lock's, by its path. */
async function content(folder: string, path = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isFile()) found[below] = await readFile(join(folder, below), "latin1");
    else if (entry.name !== "lock") Object.assign(found, await content(folder, below));
  }
  return found;
}

/** What an uninterrupted run leaves, and the number of changes it makes to the disk. */
async function uninterrupted(): Promise<{ files: Record<string, string>; changes: number }> {
  reset({});
  await live(1);
  const { changes } = disk;
  const files = await content(runs);
  await rm(runs, { recursive: true });
  runs = await mkdtemp(join(tmpdir(), "jepa-crash-"));
  return { files, changes };
}

describe("a run whose process dies", () => {
  it("leaves what it should where nothing happens", async () => {
    const { files } = await uninterrupted();
    expect(Object.keys(files).sort()).toEqual([
      ...["model.safetensors", "optimizer.safetensors", "state.json"].map((file) => `demo/checkpoints/step-2/${file}`),
      ...["model.safetensors", "optimizer.safetensors", "state.json"].map((file) => `demo/checkpoints/step-5/${file}`),
      "demo/metrics.jsonl",
      "demo/origin.json",
      "demo/recipe.json",
    ]);
  });

  it("is resumed to the same bytes, whichever change it dies in", async () => {
    const { files, changes } = await uninterrupted();
    for (let dieAt = 1; dieAt <= changes; dieAt++) {
      reset({ dieAt });
      await expect(live(1)).rejects.toThrow();
      reset({});
      await live(2);
      expect(await content(runs), `killed in change ${dieAt} of ${changes}`).toEqual(files);
      await rm(runs, { recursive: true });
      runs = await mkdtemp(join(tmpdir(), "jepa-crash-"));
    }
  });

  it("is resumed to the same bytes after dying again and again", async () => {
    const { files, changes } = await uninterrupted();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: changes }), { minLength: 2, maxLength: 5 }),
        async (deaths) => {
          runs = await mkdtemp(join(tmpdir(), "jepa-crash-"));
          for (const [index, dieAt] of deaths.entries()) {
            reset({ dieAt });
            await live(index + 1).catch(() => undefined); // it may also get to the end first
          }
          reset({});
          await live(99);
          expect(await content(runs)).toEqual(files);
          await rm(runs, { recursive: true });
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("a full disk", () => {
  it("takes no part of a line of metrics", async () => {
    const run = await begin(1);
    await run.restore({ model: zeros("encoder.weight"), optimizer: zeros("exp_avg.weight") });
    await run.log({ step: 0 });
    reset({ fullAt: 1 });
    await expect(run.log({ step: 1 })).rejects.toMatchObject({ exitCode: 1 });
    expect(disk.wasFull).toBe(true);
    await run.log({ step: 2 });
    expect(await readFile(join(run.folder, "metrics.jsonl"), "utf8")).toBe('{"step":0}\n{"step":2}\n');
  });

  it("keeps the last checkpoint, leaves no part of the next, says how to go on, and the run ends the same", async () => {
    const { files, changes } = await uninterrupted();
    let full = 0;
    for (let fullAt = 1; fullAt <= changes; fullAt++) {
      reset({ fullAt });
      const failure: unknown = await live(1).then(
        () => undefined,
        (error: unknown) => error,
      );
      const { wasFull } = disk;
      reset({});
      if (wasFull && failure !== undefined) {
        full++;
        expect(failure).toBeInstanceOf(UserError);
        expect(failure).toMatchObject({ exitCode: 1, received: "a full disk" });
        expect(Object.keys(await content(runs)).filter((path) => path.includes("/."))).toEqual([]);
        const step = (await checkpointSteps(join(runs, "demo"))).at(-1);
        if (step !== undefined) expect(String(failure)).toContain(`"jepa resume demo" goes on from step ${step}`);
        else expect(String(failure)).toMatch(/no run was made|"jepa resume demo" begins at step 0 again/);
        expect((await listRuns(runs, onlyProcess(2))).map(({ status }) => status)).toEqual(
          String(failure).includes("no run was made") ? [] : ["failed"],
        );
        await live(2);
      }
      expect(await content(runs), `full at change ${fullAt} of ${changes}`).toEqual(files);
      await rm(runs, { recursive: true });
      runs = await mkdtemp(join(tmpdir(), "jepa-crash-"));
    }
    expect(full).toBeGreaterThan(20);
  });
});
