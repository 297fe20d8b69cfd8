// What a person may name wherever a model is expected, and how each is opened.

import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { nearest, UserError } from "../errors/index.ts";
import { listRuns } from "../runs/index.ts";
import { openDirectory } from "./model-directory.ts";
import type { OpenedModel } from "./opened-model.ts";
import { halfPixels } from "./preprocessing.ts";
import { randomModel } from "./random-model.ts";
import { openRunModel } from "./run-model.ts";

export interface OpenModelOptions {
  /** Where runs lie that are named without a path. */
  readonly runsFolder: string;
  /** Of a run or training checkpoint; the target when absent. */
  readonly encoder?: "target" | "context" | undefined;
  /** "half": mean and deviation 0.5 instead of what the model says. */
  readonly normalise?: "half" | undefined;
}

/** In words, for help and errors. */
export const modelWords = "a run, a model directory, a .pth.tar, or random:small";

/**
 * Opens a model by its name: a run, the folder of one, a model directory, or `random:` and a size.
 *
 * @throws UserError where there is no such model; as the openers of each kind
 */
export async function openModel(source: string, options: OpenModelOptions): Promise<OpenedModel> {
  const opened = await openAny(source, options);
  if (options.normalise === undefined) return opened;
  return { ...opened, preprocessing: { ...opened.preprocessing, pixels: halfPixels } };
}

async function openAny(source: string, { runsFolder, encoder = "target" }: OpenModelOptions): Promise<OpenedModel> {
  const [, scheme, rest = ""] = /^([a-z]+):(.*)$/.exec(source) ?? [];
  if (scheme === "random") return randomModel(rest, source);
  const about = await stat(source).catch(() => undefined);
  if (about?.isDirectory()) {
    const isRun = (await stat(join(source, "recipe.json")).catch(() => undefined)) !== undefined;
    return isRun ? openRunModel(source, basename(resolve(source)), encoder) : openDirectory(source, source);
  }
  const runs = await listRuns(runsFolder);
  const run = runs.find(({ name }) => name === source);
  if (run !== undefined) return openRunModel(run.folder, run.name, encoder);
  const near = nearest(
    source,
    runs.map(({ name }) => name),
  );
  throw new UserError({
    where: "--model",
    expected: modelWords,
    received: about === undefined ? `"${source}", which is none` : `"${source}", a file of another kind`,
    remedy: near === undefined ? '"jepa runs" lists runs' : `did you mean "${near}"?`,
  });
}
