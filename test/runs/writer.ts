// A training run without the training: begins or resumes the run "killed" in the folder given,
// writes metrics and checkpoints as a trainer does, and ends. Started as a process of its own by
// kill.test.ts, which kills it. A second argument makes it wait, in milliseconds, after its
// first line of metrics, so that it can be killed before its first checkpoint.

import { readdir } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { createRun, findRun, type NamedArrays, openRun, type Recipe, type Run } from "../../src/runs/index.ts";
import { schema } from "./schema.ts";

const [runsFolder = "runs", wait = "0"] = process.argv.slice(2);
const run = (await readdir(runsFolder)).includes("killed") ? await resume() : await begin();
await train(run);
await run.close({ outcome: "finished" });

async function begin(): Promise<Run> {
  const recipe: Recipe = schema.parse({
    objective: "none",
    data: { source: "cifar10", crop: 32 },
    model: { width: 8, depth: 1, heads: 2, patch: 4 },
    training: { steps: 20, batch: 8, checkpointEvery: 2, keep: 2 },
    seed: 7,
  });
  const execution = { microBatch: 4, threads: 1 };
  const created = "2026-01-01T00:00:00Z"; // the same for each run, so that their files can be compared
  const origin = { recipeName: "test", created, command: ["jepa", "pretrain"], sources: {}, execution, versions: {} };
  const claim = await createRun({ runsFolder, name: "killed", recipe, origin });
  if (claim.outcome === "finished") throw new Error("a finished run is not begun again");
  return claim.run;
}

async function resume(): Promise<Run> {
  return openRun(schema, (await findRun(runsFolder, "killed")).folder);
}

async function train(run: Run): Promise<void> {
  const weights = { model: zeros(["encoder.weight", "target_encoder.weight"]), optimizer: zeros(["exp_avg.weight"]) };
  const state = await run.restore(weights);
  let sum = Number(state?.monitor ?? 0);
  const { steps, checkpointEvery } = run.recipe.training;
  for (let step = state?.step ?? 0; step < steps; step++) {
    await pause(5);
    for (const { data } of [...weights.model.values(), ...weights.optimizer.values()]) {
      for (let index = 0; index < data.length; index++) data[index] = (data[index] ?? 0) * 1.01 + step + index / 7;
    }
    sum += Math.sin(step);
    await run.log({ step, loss: sum, targetStd: sum / 3 });
    if (step === 0) await pause(Number(wait));
    const done = step + 1;
    const figure = Math.sin(done * 1.7); // goes up and down, so that the best is somewhere in between
    if (done % checkpointEvery === 0 || done === steps) {
      await run.save({ step: done, weights, monitor: sum, versions: {}, figure });
    }
  }
}

function zeros(names: readonly string[]): NamedArrays {
  const rows = 256;
  return new Map(names.map((name) => [name, { shape: [rows, rows], data: new Float32Array(rows * rows) }]));
}
