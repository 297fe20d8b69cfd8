// What a report says of a run in words: what ran, on what, for how long, with which settings, and how to run it again.

import { basename } from "node:path";
import { namedDataSet } from "../data/index.ts";
import { shellWord } from "../errors/index.ts";
import { count, type RunFacts, type Setting } from "../figures/index.ts";
import { objectives } from "../objectives/index.ts";
import {
  type MetricsLine,
  type Recipe,
  type RunOrigin,
  type RunSummary,
  recipeSchema,
  resolveRecipe,
} from "../runs/index.ts";
import { minutesOf } from "./run-curves.ts";

/** What was read of a run. */
export interface ReadRun {
  readonly summary: RunSummary;
  readonly recipe: Recipe;
  readonly origin: RunOrigin;
  readonly lines: readonly MetricsLine[];
}

/**
 * The facts at the head of a report.
 *
 * @param trainingPictures how many there were; undefined where the data is gone
 */
export function factsOf({ summary, recipe, origin, lines }: ReadRun, trainingPictures: number | undefined): RunFacts {
  const { name, status, step } = summary;
  const pictures = trainingPictures === undefined ? "" : ` (${count(trainingPictures)} training pictures)`;
  return {
    name,
    recipe: origin.recipeName,
    method: objectives[recipe.objective].title,
    data: `${dataName(recipe.data.source)}${pictures}`,
    seed: recipe.seed,
    state: status,
    step: Math.max(step, lines.at(-1)?.step ?? 0),
    steps: recipe.training.steps,
    minutes: minutesOf(lines, recipe.training.batch),
    machine: machineOf(origin, lines),
    software: softwareOf(origin),
    commands: {
      rerun: origin.command.map(shellWord).join(" "),
      resume: `jepa resume ${shellWord(name)}`,
      evaluate: `jepa eval ${shellWord(name)}`,
    },
  };
}

/** A data set as people call it; of a folder, its own name. */
export function dataName(source: string): string {
  return namedDataSet(source)?.title ?? basename(source);
}

/** Every field of the recipe with its value and where that came from. */
export function settingsOf({ recipe, origin }: ReadRun): Setting[] {
  const { fields } = resolveRecipe(recipeSchema(objectives), { preset: { name: origin.recipeName, values: recipe } });
  return fields.map(({ path, value }) => ({
    field: path,
    value: value === undefined ? "none" : JSON.stringify(value),
    source: origin.sources[path] ?? "default",
  }));
}

/** Only what the run itself wrote down: the page may be made on another machine. */
function machineOf({ execution, versions }: RunOrigin, lines: readonly MetricsLine[]): string {
  const peak = lines.at(-1)?.peakBytes;
  const memory = typeof peak === "number" ? [`peak memory ${(peak / 1e9).toFixed(2)} GB`] : [];
  const platform = versions.platform === undefined ? [] : [versions.platform];
  return [...platform, `${execution.threads} threads`, ...memory].join(", ");
}

function softwareOf({ versions }: RunOrigin): string {
  const { jepa = "unknown", commit, engine = "unknown", node = "unknown" } = versions;
  const made = commit === undefined || commit === "unknown" ? "" : ` (commit ${commit})`;
  return `jepa ${jepa}${made}, onnxruntime ${engine}, Node ${node}`;
}
