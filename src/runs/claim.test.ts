import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UserError } from "../errors/index.ts";
import { objectives } from "../objectives/index.ts";
import type { NamedArrays } from "./checkpoints.ts";
import { type Claim, checkName, createRun } from "./claim.ts";
import { findRun, listRuns } from "./list.ts";
import { checkRunName, numberedName } from "./names.ts";
import type { Processes } from "./process-identity.ts";
import { type Recipe, type RecipeSchema, recipeSchema } from "./recipe.ts";
import { openRun, type Run } from "./run.ts";

// Flushing to the disk waits for whatever else the machine is writing.
vi.setConfig({ testTimeout: 120_000 });

const schema: RecipeSchema = recipeSchema(objectives);

function recipeOf(steps: number): Recipe {
  return schema.parse({
    objective: "ijepa",
    predictor: { width: 8, depth: 1 },
    masks: { kind: "fixed" },
    data: { source: "cifar10", crop: 32 },
    model: { width: 8, depth: 1, heads: 2, patch: 4 },
    training: { steps, batch: 4, keep: 2 },
  });
}

let runs: string;
/** Ids of the processes that are alive. */
let alive: Set<number>;
/** Milliseconds that pass from one new run to the next. */
let clock = 0;

beforeEach(async () => {
  runs = join(await mkdtemp(join(tmpdir(), "jepa claim ")), "runs");
  alive = new Set([1, 2, 3]);
});

afterEach(async () => {
  await rm(join(runs, ".."), { recursive: true, force: true });
});

function processOf(pid: number): Processes {
  return {
    self: async () => ({ pid, started: "1", host: "here", boot: "b", space: "s" }),
    fateOf: async (holder) => (alive.has(holder.pid) ? "running" : "dead"),
  };
}

function claim(name: string | undefined, steps = 4, pid = 1): Promise<Claim> {
  const execution = { microBatch: 2, threads: 1 };
  const created = new Date(Date.UTC(2026, 0, 1) + clock++).toISOString();
  const command = ["jepa", "pretrain", "demo"];
  const origin = { recipeName: "demo", created, command, sources: {}, execution, versions: {} };
  return createRun({ runsFolder: runs, name, recipe: recipeOf(steps), origin }, processOf(pid));
}

async function created(name: string | undefined, steps = 4, pid = 1): Promise<Run> {
  const made = await claim(name, steps, pid);
  if (made.outcome === "finished") throw new Error("expected a new run");
  return made.run;
}

function weights(): { model: NamedArrays; optimizer: NamedArrays } {
  const array = (name: string): NamedArrays => new Map([[name, { shape: [1], data: new Float32Array(1) }]]);
  return { model: array("encoder.weight"), optimizer: array("exp_avg.weight") };
}

/** Trains a run up to a step, with a checkpoint there. */
async function train(run: Run, step: number): Promise<void> {
  await run.restore(weights());
  await run.log({ step: step - 1, loss: 0.5 });
  await run.save({ step, weights: weights(), monitor: null, versions: {} });
}

describe("a new run", () => {
  it("appears with its recipe, which can be given again, and its origin", async () => {
    const run = await created("mine");
    expect(await readdir(runs)).toEqual(["mine"]);
    expect((await readdir(run.folder)).sort()).toEqual(["checkpoints", "lock", "origin.json", "recipe.json"]);
    expect(schema.parse(JSON.parse(await readFile(join(run.folder, "recipe.json"), "utf8")))).toEqual(recipeOf(4));
    expect(run.origin).toMatchObject({ format: 1, recipeName: "demo", execution: { microBatch: 2, threads: 1 } });
  });

  it("is numbered after its recipe where it has no name, also when many are made at once", async () => {
    const made = await Promise.all([1, 2, 3].map((pid) => created(undefined, 4, pid)));
    expect(made.map(({ name }) => name).sort()).toEqual(["demo-1", "demo-2", "demo-3"]);
    await rm(join(runs, "demo-2"), { recursive: true });
    expect((await created(undefined)).name).toBe("demo-4");
  });

  it("takes an empty folder for a free name", async () => {
    await mkdir(join(runs, "mine"), { recursive: true });
    expect((await created("mine")).name).toBe("mine");
  });

  it("of one name is made by one process only", async () => {
    const tries = await Promise.allSettled([1, 2, 3].map((pid) => claim("mine", 4, pid)));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await readdir(runs)).sort()).toEqual(["mine"]);
  });

  it("sweeps away what a process killed while making one left, and nothing of one that is alive", async () => {
    await created("mine", 4, 1);
    for (const [name, pid] of [
      ["dead", 9],
      ["alive", 2],
    ] as const) {
      await mkdir(join(runs, `.creating-${name}`, "lock", "1"), { recursive: true });
      const holder = JSON.stringify(await processOf(pid).self());
      await writeFile(join(runs, `.creating-${name}`, "lock", "1", "holder.json"), holder);
    }
    await created("other", 4, 3);
    expect((await readdir(runs)).sort()).toEqual([".creating-alive", "mine", "other"]);
  });
});

describe("a name that is taken", () => {
  const refusal = async (steps = 4): Promise<string> => {
    const failed = claim("mine", steps, 2);
    await expect(failed).rejects.toMatchObject({ exitCode: 2 });
    return failed.then(
      () => "",
      (error: unknown) => (error instanceof UserError ? error.message : String(error)),
    );
  };

  it("by a finished run of the same recipe is told as such, and nothing is made", async () => {
    const run = await created("mine");
    await train(run, 4);
    await run.close({ outcome: "finished" });
    expect(await claim("mine", 4, 2)).toEqual({ outcome: "finished", name: "mine", folder: join(runs, "mine") });
    expect(await checkName({ runsFolder: runs, name: "mine", recipe: recipeOf(4) }, processOf(2))).toBe("finished");
    expect(await readdir(runs)).toEqual(["mine"]);
  });

  it("by an unfinished run is refused with the command that resumes it", async () => {
    const run = await created("mine");
    await train(run, 3);
    await run.close({ outcome: "stopped" });
    expect(await refusal()).toBe(
      '--name mine: expected a free name, received a run of this recipe that is stopped at step 3 of 4: go on with it: "jepa resume mine"',
    );
  });

  it("by a run that is at work is refused", async () => {
    await created("mine");
    expect(await refusal()).toMatch(/is running at step 0 of 4: wait for it, or choose another name$/);
  });

  it("by another recipe is refused with what differs, even if that is finished", async () => {
    const run = await created("mine");
    await train(run, 4);
    await run.close({ outcome: "finished" });
    expect(await refusal(5)).toBe(
      "--name mine: expected a free name, or a run of the same recipe, received a run of another recipe: choose another name; what differs: training.steps 4 -> 5",
    );
  });

  it("by what is no run is refused and left alone", async () => {
    await mkdir(join(runs, "mine"), { recursive: true });
    await writeFile(join(runs, "mine", "thesis.txt"), "dear");
    expect(await refusal()).toMatch(/received ".*mine", which is not a run: choose another name, or move it away$/);
    expect(await readdir(join(runs, "mine"))).toEqual(["thesis.txt"]);
  });
});

describe("names", () => {
  it.each(["demo", "demo-2", "Größe_1.5", "7"])("may be %s", (name) => {
    expect(() => checkRunName(name)).not.toThrow();
  });

  it.each(["", ".", "..", ".hidden", "a/b", "a\\b", "a b", "a\n", "-x", "x.", "a".repeat(101)])(
    "may not be %j",
    (name) => {
      expect(() => checkRunName(name)).toThrow(/^--name: expected up to 100 letters, digits/);
    },
  );

  it("are made of any words, with one more than the highest number in use", () => {
    expect(numberedName("my recipe (2).json", ["my-recipe-2-.json-3"])).toBe("my-recipe-2-.json-4");
    expect(numberedName("demo", ["demo", "demo-2", "demo-10", "demo-x", "demo-01", "other-77"])).toBe("demo-11");
    expect(numberedName("///", [])).toBe("run-1");
  });
});

describe("the list of runs", () => {
  it("is empty where there is no folder", async () => {
    expect(await listRuns(join(runs, "nowhere"))).toEqual([]);
  });

  it("tells of each run its status, step and last metrics, newest first", async () => {
    const finished = await created("finished", 4);
    await train(finished, 4);
    await finished.close({ outcome: "finished" });
    const stopped = await created("stopped", 9);
    await train(stopped, 3);
    await stopped.close({ outcome: "stopped" });
    const failed = await created("failed", 9);
    await failed.close({ outcome: "failed", reason: "NaN at step 2" });
    const killed = await created("killed", 9, 3);
    await train(killed, 5);
    alive.delete(3);
    await created("running", 9, 2);
    await mkdir(join(runs, "no-run"));

    const list = await listRuns(runs, processOf(1));
    expect(
      list.map(({ name, status, step, steps, last, reason }) => [name, status, step, steps, last?.step, reason]),
    ).toEqual([
      ["running", "running", 0, 9, undefined, undefined],
      ["killed", "stopped", 5, 9, 4, undefined],
      ["failed", "failed", 0, 9, undefined, "NaN at step 2"],
      ["stopped", "stopped", 3, 9, 2, undefined],
      ["finished", "finished", 4, 4, 3, undefined],
    ]);
  });

  it("tells of a run that cannot be read why", async () => {
    const run = await created("mine");
    await writeFile(join(run.folder, "origin.json"), "{");
    const [broken] = await listRuns(runs, processOf(1));
    expect(broken).toMatchObject({ name: "mine", status: "failed" });
    expect(broken?.reason).toMatch(/origin.json: expected the origin of a run/);
  });

  it.each([
    ["recipe.json", "a link to itself", (path: string) => symlink(path, path), /leads back to itself/],
    ["origin.json", "a link to itself", (path: string) => symlink(path, path), /leads back to itself/],
    ["recipe.json", "a folder", (path: string) => mkdir(path), /received a folder/],
    ["origin.json", "a folder", (path: string) => mkdir(path), /received a folder/],
    ["recipe.json", "far too deep", (path: string) => writeFile(path, "[".repeat(9e3) + "]".repeat(9e3)), /100 levels/],
  ])("tells of a run whose %s is %s why, beside the others", async (file, _, make, reason) => {
    await created("good");
    const { folder } = await created("odd");
    await rm(join(folder, file));
    await make(join(folder, file));
    const list = await listRuns(runs, processOf(1));
    expect(list.map(({ name }) => name).sort()).toEqual(["good", "odd"]);
    expect(list.find(({ name }) => name === "odd")).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(reason),
    });
    expect((await findRun(runs, "good", processOf(1))).name).toBe("good");
    await expect(openRun(schema, folder, processOf(2))).rejects.toMatchObject({ exitCode: 2 });
  });

  it("finds a run by its name, the newest without one, and else says what there is", async () => {
    await expect(findRun(runs, undefined, processOf(1))).rejects.toThrow(
      /^run: expected a run in the folder ".*runs", received none there: begin one with "jepa pretrain demo" or "jepa pretrain <folder of pictures>", or give its folder with --runs$/,
    );
    await created("first");
    await created("second");
    expect((await findRun(runs, "first", processOf(1))).name).toBe("first");
    expect((await findRun(runs, undefined, processOf(1))).name).toBe("second");
    await expect(findRun(runs, "frist", processOf(1))).rejects.toThrow(
      /^run "frist": expected a run in the folder ".*", received no run of this name: did you mean "first"\?$/,
    );
  });
});

describe("resuming", () => {
  it("gives back the step and the monitor's state, and cuts the metrics to what the checkpoint counted", async () => {
    const run = await created("mine", 9);
    await run.restore(weights());
    await run.log({ step: 0 });
    await run.save({ step: 1, weights: weights(), monitor: { mean: [0.25] }, versions: { jepa: "1" }, figure: 0.5 });
    await run.log({ step: 1 });
    await run.close({ outcome: "stopped" });

    const again = await openRun(schema, run.folder, processOf(2));
    expect(again.recipe).toEqual(run.recipe);
    expect(await again.restore(weights())).toMatchObject({
      step: 1,
      monitor: { mean: [0.25] },
      seed: 0,
      microBatch: 2,
      threads: 1,
      versions: { jepa: "1" },
      best: { step: 1, figure: 0.5 },
    });
    expect(await readFile(join(run.folder, "metrics.jsonl"), "utf8")).toBe('{"step":0}\n');
  });

  it("is refused while another process is at work", async () => {
    const run = await created("mine");
    await expect(openRun(schema, run.folder, processOf(2))).rejects.toThrow(
      /^run "mine": expected no other process at work on it, received process 1 on here: wait until it ends or stop it, then try again$/,
    );
  });

  it("refuses a checkpoint of another recipe, and changes nothing", async () => {
    const run = await created("mine", 9);
    await train(run, 3);
    await run.log({ step: 3 });
    await run.close({ outcome: "stopped" });
    await writeFile(join(run.folder, "recipe.json"), JSON.stringify(recipeOf(10)));
    const again = await openRun(schema, run.folder, processOf(2));
    const refused = again.restore(weights());
    await expect(refused).rejects.toThrow(
      /expected a checkpoint of the recipe.json and origin.json beside it, received another's: recipe "/,
    );
    await expect(refused).rejects.toThrow(
      /: undo what was changed in those files; or put back a copy of it, or delete the folder/,
    );
    expect(await readFile(join(run.folder, "metrics.jsonl"), "utf8")).toBe('{"step":2,"loss":0.5}\n{"step":3}\n');
  });

  it("refuses a run where a file lies in the place of its checkpoints, and holds it no longer", async () => {
    const run = await created("mine");
    await run.close({ outcome: "stopped" });
    await rm(join(run.folder, "checkpoints"), { recursive: true });
    await writeFile(join(run.folder, "checkpoints"), "");
    for (const pid of [2, 3]) {
      const refused = openRun(schema, run.folder, processOf(pid));
      await expect(refused).rejects.toMatchObject({ exitCode: 2 });
      await expect(refused).rejects.toThrow(
        /checkpoints: expected the folder of a run's checkpoints, received something/,
      );
    }
  });

  it("refuses metrics that were damaged, before anything is written", async () => {
    const run = await created("mine", 9);
    await train(run, 3);
    await run.close({ outcome: "stopped" });
    await writeFile(join(run.folder, "metrics.jsonl"), '{"step":2,"loss"=0.5}\n');
    const again = await openRun(schema, run.folder, processOf(2));
    await expect(again.restore(weights())).rejects.toThrow(/metrics.jsonl, line 1: expected a JSON object with a step/);
  });

  it("refuses a run whose recipe is not valid any more, naming the file", async () => {
    const run = await created("mine");
    await run.close({ outcome: "stopped" });
    await writeFile(join(run.folder, "recipe.json"), JSON.stringify({ ...recipeOf(4), lr: 1 }));
    await expect(openRun(schema, run.folder, processOf(2))).rejects.toThrow(
      /recipe field "lr" \(.*recipe.json\): expected a field/,
    );
  });

  it("keeps the best checkpoint beside the last ones, also across processes", async () => {
    const run = await created("mine", 9);
    await run.restore(weights());
    const save = (at: Run, step: number, figure?: number) =>
      at.save({ step, weights: weights(), monitor: null, versions: {}, figure });
    await save(run, 1, 0.2);
    await save(run, 2, 0.8);
    await save(run, 3);
    await run.close({ outcome: "stopped" });
    const again = await openRun(schema, run.folder, processOf(2));
    await again.restore(weights());
    await save(again, 4, 0.7);
    await save(again, 5, 0.8);
    expect((await readdir(join(run.folder, "checkpoints"))).sort()).toEqual(["step-2", "step-4", "step-5"]);
  });
});
