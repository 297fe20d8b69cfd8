// What `--dry-run` prints: what a recipe would cost on this machine, before anything is made.
import { availableParallelism } from "node:os";
import { count, duration, gigabytes, numeral } from "../figures/index.ts";
import { objectives } from "../objectives/index.ts";
import type { Recipe } from "../runs/index.ts";
import { estimatedSeconds, executionOf, measuredSeconds, planTraining, type TrainingPlan } from "../training/index.ts";
import { type Means, openEngine } from "./engine-means.ts";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface PlanMeans extends Means {
  /** Whether real steps tell the time. */
  readonly measure: boolean;
}

/** Works out and prints the plan of a recipe. */
export async function tellPlan(recipe: Recipe, means: PlanMeans, terminal: Terminal): Promise<0> {
  const method = objectives[recipe.objective].bind(recipe);
  const { microBatch, threads } = executionOf(method, recipe, means.threads ?? availableParallelism());
  const runtime = await openEngine({ device: means.device, threads });
  const secondsPerStep = means.measure ? measuredSeconds(runtime, terminal.signal) : estimatedSeconds(runtime);
  const plan = await planTraining(method, recipe, { microBatch, secondsPerStep });
  const totalSeconds = plan.secondsPerStep * recipe.training.steps;
  terminal.result({
    json: { recipe, plan: { ...plan, threads, totalSeconds } },
    text: () => tableText([{ heading: "this recipe" }, { heading: "needs" }], planRows(recipe, plan, totalSeconds)),
  });
  return 0;
}

function planRows({ data, model, training }: Recipe, plan: TrainingPlan, totalSeconds: number): string[][] {
  const scopes = Object.entries(plan.parametersByScope).map(([scope, size]) => `${scope} ${count(size)}`);
  return [
    ["pictures", `${data.source}, crops of ${data.crop}, patches of ${model.patch}: ${plan.tokens} tokens`],
    ["parameters", `${count(plan.parameters)} (${scopes.join(", ")})`],
    ["steps", `${count(training.steps)} of ${training.batch} pictures, ${plan.microBatch} at once`],
    ["operations", `${numeral(plan.flopsPerStep / 1e9)} GFLOP a step`],
    ["memory", `about ${gigabytes(plan.memoryBytes)}`],
    ["disk", `${gigabytes(plan.checkpointBytes)} a checkpoint, ${gigabytes(plan.diskBytes)} at most`],
    ["time", `about ${numeral(plan.secondsPerStep, 2)} s a step, ${duration(totalSeconds / 60)} in all`],
  ];
}
