// A run as a model: its recipe tells the sizes, its checkpoint holds the numbers under our own names.

import { join } from "node:path";
import { UserError } from "../errors/index.ts";
import { checkTensors, readSafetensorsHeader } from "../files/index.ts";
import { imageNetPixels } from "../nn/index.ts";
import { objectives } from "../objectives/index.ts";
import { checkpointFolder, checkpointSteps, checkSum, readRecipe, recipeSchema } from "../runs/index.ts";
import type { EncoderSizes } from "./encoder-config.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { encoderDeclarations, type OpenedModel } from "./opened-model.ts";
import type { Preprocessing } from "./preprocessing.ts";

/** Of the official networks, and so of ours. */
const epsilon = 1e-6;

/**
 * Opens the last checkpoint of a run.
 *
 * @param encoder which of its two; the target where there is one, which is what the paper evaluates
 * @throws UserError where there is no checkpoint or no such encoder; CorruptFile where the checkpoint is damaged
 */
export async function openRunModel(folder: string, name: string, encoder: "target" | "context"): Promise<OpenedModel> {
  const recipe = recipeSchema(objectives).parse(await readRecipe(folder), () => join(folder, "recipe.json"));
  const { teacher } = objectives[recipe.objective].bind(recipe);
  const which = teacher === null ? "context" : encoder;
  const scope = which === "target" ? teacher?.scope : (teacher?.follows ?? "encoder");
  const step = (await checkpointSteps(folder)).at(-1);
  if (step === undefined) throw untrained(name);
  const { mlpRatio, ...model } = recipe.model;
  const side = recipe.data.crop / model.patch;
  const sizes: EncoderSizes = { ...model, ratio: mlpRatio, epsilon, grid: { rows: side, columns: side } };
  const path = join(checkpointFolder(folder, step), "model.safetensors");
  const { entries } = await readSafetensorsHeader(path);
  const shapes = encoderDeclarations(sizes);
  const wanted = new Map([...shapes].map(([official, declared]) => [`${scope}.${official}`, declared]));
  const remedy = `"jepa resume ${name}" tells how to mend it`;
  checkTensors(path, entries, wanted, { of: "this run's encoder", extra: "ignored", remedy });
  await checkSum(folder, step, "model", remedy);
  const parameters = new Map(
    entries.flatMap(({ name: stored, dtype, shape, offset, byteLength }) => {
      const official = wanted.has(stored) ? stored.slice(`${scope}.`.length) : undefined;
      return official === undefined ? [] : [[official, { shape, pieces: [{ path, dtype, offset, byteLength }] }]];
    }),
  );
  const size = { height: recipe.data.crop, width: recipe.data.crop };
  const preprocessing: Preprocessing = { size, part: "square", pixels: imageNetPixels };
  const steps = step === recipe.training.steps ? `${step} steps` : `${step} of ${recipe.training.steps} steps`;
  return {
    name,
    family: "I-JEPA",
    kind: `run (${objectives[recipe.objective].title}, ${steps}, trained on ${recipe.data.source})`,
    sizes,
    encoder: which,
    run: { folder, step, scope: scope ?? "" },
    preprocessing,
    parameters,
    notices: [],
    fingerprint: await fingerprintOf(sizes, preprocessing, parameters),
  };
}

function untrained(name: string): UserError {
  return new UserError({
    where: `run "${name}"`,
    expected: "a checkpoint",
    received: "none",
    remedy: `"jepa resume ${name}" goes on training and writes one (Ctrl-C saves too)`,
  });
}
