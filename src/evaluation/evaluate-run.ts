// `jepa eval` as a function: a run's encoder scored on labelled pictures, the result written into the run's folder.

import { openPictures, type Pictures } from "../data/index.ts";
import type { Environment } from "../files/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { type EvaluationRecord, requireWritable, writeEvaluation } from "./evaluation-file.ts";
import { type EvaluateOptions, evaluate } from "./protocol.ts";
import { type CheckpointChoice, readEncoders, readRunRecipe } from "./run-encoders.ts";

/** Pictures that a quick evaluation is limited to. */
export const quickSamples: { readonly train: number; readonly test: number } = { train: 10_000, test: 10_000 };

export interface EvaluateRunOptions extends Pick<EvaluateOptions, "onProgress" | "signal"> {
  readonly checkpoint: CheckpointChoice;
  /** On `quickSamples` pictures instead of all. */
  readonly quick: boolean;
  /** Labelled pictures to evaluate on; the run's own where absent. */
  readonly data?: string | undefined;
  readonly environment: Environment;
  readonly onData?: Parameters<typeof openPictures>[1]["progress"];
  /** Now, in ISO 8601. */
  readonly measured: string;
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Evaluates a run and writes evaluation.json into its folder.
 *
 * @throws UserError where there is no checkpoint, no such data, or no labels, or the folder
 *   cannot be written; CorruptFile; Interrupted when the signal asks: then nothing is written
 */
export async function evaluateRun(
  runtime: Runtime,
  { name, folder }: { readonly name: string; readonly folder: string },
  options: EvaluateRunOptions,
): Promise<{ readonly record: EvaluationRecord; readonly path: string }> {
  const { checkpoint, quick, data, measured, versions, onProgress, signal } = options;
  await requireWritable(folder);
  const recipe = await readRunRecipe(folder);
  const { step, scope, trained, untrained } = await readEncoders(folder, recipe, checkpoint);
  const evaluation = await onPictures(data ?? recipe.data.source, options, (train, test) => {
    const most = quick ? quickSamples : undefined;
    const encoders = { model: name, trained, untrained };
    return evaluate(runtime, { ...encoders, train, test, most, seed: recipe.seed, onProgress, signal });
  });
  const about = {
    format: 1,
    checkpoint: { step, steps: recipe.training.steps, encoder: scope },
    quick,
    measured,
    versions,
  } as const;
  const record: EvaluationRecord = { ...about, ...evaluation };
  return { record, path: await writeEvaluation(folder, record) };
}

/** Opens both parts of a data set for some work, and closes them however it ends. */
async function onPictures<Result>(
  source: string,
  { environment, onData, signal }: EvaluateRunOptions,
  work: (train: Pictures, test: Pictures) => Promise<Result>,
): Promise<Result> {
  const open = (split: "train" | "test") => openPictures(source, { split, environment, progress: onData, signal });
  const train = await open("train");
  try {
    const test = await open("test");
    try {
      return await work(train, test);
    } finally {
      await test.close();
    }
  } finally {
    await train.close();
  }
}
