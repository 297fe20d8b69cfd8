// A trained head as a folder that has everything needed to use it: head.safetensors (`weight` [classes, width], `bias`
// [classes], for pooled features as the encoder gives them), head.json (classes, temperature, which model and how it is
// opened, how good the head is and how that was measured) and the reliability diagram. The folder appears whole, by one
// rename.

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CorruptFile, UserError } from "../errors/index.ts";
import { count, type Drawing, drawingPng, reliabilityDiagram } from "../figures/index.ts";
import { diskFault, isCode, readSafetensors, replaceFile, replaceFolderBy, writeSafetensors } from "../files/index.ts";
import type { ProbeFigures } from "./cross-validation.ts";
import type { LinearProbe } from "./linear-probe.ts";

/** Turns pooled features into probabilities: softmax((weights x + bias) / temperature). */
export interface Classifier {
  readonly classes: readonly string[];
  /** [classes, width] */
  readonly weights: Float32Array;
  /** [classes] */
  readonly bias: Float32Array;
  readonly temperature: number;
}

/** The model whose features a head was fitted on, and how it is opened again. */
export interface HeadModel {
  readonly name: string;
  /** What `openModel` is given. */
  readonly source: string;
  readonly encoder?: "target" | "context" | undefined;
  readonly normalise?: "half" | undefined;
  readonly heads?: number | undefined;
  readonly fingerprint: string;
  /** Pixels that pictures are resized to. */
  readonly size: { readonly height: number; readonly width: number };
}

/** A classifier with what is known of it. */
export interface ClassifierHead extends Classifier {
  readonly model: HeadModel;
  /** Pictures of each class that it was fitted on. */
  readonly pictures: readonly number[];
  readonly figures: ProbeFigures;
  readonly penalty: number;
  readonly folds: number;
  readonly seed: number;
}

const [weightsFile, aboutFile, diagramFile] = ["head.safetensors", "head.json", "reliability.png"];

/** A probe's weights and bias for features as they are, not standardised. */
export function foldedProbe({ weights, bias, mean, deviation }: LinearProbe): Pick<Classifier, "weights" | "bias"> {
  const width = mean.length;
  const folded = Float32Array.from(weights, (weight, at) => weight / deviation[at % width]);
  const shifted = Float32Array.from(bias, (own, c) => {
    let sum = own;
    for (let j = 0; j < width; j++) sum -= (weights[c * width + j] / deviation[j]) * mean[j];
    return sum;
  });
  return { weights: folded, bias: shifted };
}

/**
 * Makes sure that a head can be written at a path, before any work is done for it.
 *
 * @param force whether an earlier head is replaced
 * @throws UserError where something is there that may not be replaced
 */
export async function requireHeadPlace(to: string, force: boolean): Promise<void> {
  if ((await stat(to).catch(() => undefined)) === undefined) return;
  const names = await readdir(to).catch(() => undefined);
  const isHead = names?.includes(aboutFile) && names.every((name) => ownFiles.includes(name));
  if (isHead && force) return;
  throw new UserError({
    where: "--to",
    expected: "a path where nothing is yet",
    received: `${to}, which exists${isHead ? "" : " and is not a head alone"}`,
    remedy: isHead ? "give another path, or add --force to replace it" : "give another path",
  });
}

/**
 * Writes a head and its reliability diagram.
 *
 * @throws UserError as `requireHeadPlace`; where the disk is full (exit code 1). Nothing is left behind then
 */
export async function writeHead(
  head: ClassifierHead,
  { to, force }: { readonly to: string; readonly force: boolean },
): Promise<void> {
  const { weights, bias, ...about } = head;
  const [classes, width] = [bias.length, weights.length / bias.length];
  const diagram = await drawingPng(diagramOf(head));
  await requireHeadPlace(to, force);
  await replaceFolderBy(to, async (folder) => {
    await writeSafetensors(join(folder, weightsFile), [
      ["weight", { dtype: "F32", shape: [classes, width], data: weights }],
      ["bias", { dtype: "F32", shape: [classes], data: bias }],
    ]);
    await replaceFile(join(folder, aboutFile), `${JSON.stringify({ format, ...about }, undefined, 2)}\n`);
    await replaceFile(join(folder, diagramFile), diagram);
  });
}

/**
 * Reads a head.
 *
 * @returns undefined where the path is no folder with a head
 * @throws CorruptFile where it is damaged
 */
export async function readHead(folder: string): Promise<ClassifierHead | undefined> {
  const path = join(folder, aboutFile);
  try {
    const { format: _, ...about } = headForm.parse(JSON.parse(await readFile(path, "utf8")));
    return { ...about, ...(await readWeights(join(folder, weightsFile), about.classes.length)) };
  } catch (error) {
    if (isCode(error, "ENOENT", "ENOTDIR")) return undefined;
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw diskFault(path, error);
    const received = error instanceof SyntaxError ? error.message : z.prettifyError(error);
    throw new CorruptFile({ where: path, expected: `a head (${format})`, received, remedy }, { cause: error });
  }
}

function diagramOf({ figures, model, pictures, folds }: ClassifierHead): Drawing {
  const total = count(pictures.reduce((sum, own) => sum + own, 0));
  const caption = `${model.name}, ${total} pictures, each judged by probes that had not seen it (${folds} folds). A dot on the diagonal is as often right as it says; large dots are many predictions.`;
  return reliabilityDiagram({ name: "reliability", caption, ...figures.reliability });
}

async function readWeights(path: string, classes: number): Promise<Pick<Classifier, "weights" | "bias">> {
  const { tensors } = await readSafetensors(path);
  const [weight, bias] = [tensors.get("weight"), tensors.get("bias")];
  const [rows, width] = weight?.shape ?? [];
  const fits = weight?.shape.length === 2 && rows === classes && width > 0 && String(bias?.shape) === String(classes);
  if (fits && weight.data instanceof Float32Array && bias?.data instanceof Float32Array) {
    return { weights: weight.data, bias: bias.data };
  }
  throw new CorruptFile({
    where: path,
    expected: `float32 weight [${classes}, width] and bias [${classes}]`,
    received: [...tensors].map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape.join(", ")}]`).join(", "),
    remedy,
  });
}

const format = "jepa-head-1";
const ownFiles: readonly string[] = [weightsFile, aboutFile, diagramFile];
const remedy = 'make it again with "jepa classify train", or copy it again';

const share = z.number().min(0).max(1);
const whole = z.int().min(0);
const figure = z.object({ accuracy: share, interval: z.tuple([share, share]) });
const bin = z.object({ from: share, to: share, count: whole, confidence: share, accuracy: share });
const reliability = z.object({ error: share, bins: z.array(bin) });

const headForm: z.ZodType<Omit<ClassifierHead, "weights" | "bias"> & { readonly format: typeof format }> = z.object({
  format: z.literal(format),
  classes: z.array(z.string()).min(2),
  temperature: z.number().positive(),
  model: z.object({
    name: z.string(),
    source: z.string(),
    encoder: z.enum(["target", "context"]).optional(),
    normalise: z.literal("half").optional(),
    heads: whole.optional(),
    fingerprint: z.string(),
    size: z.object({ height: whole, width: whole }),
  }),
  pictures: z.array(whole),
  figures: z.object({
    accuracy: figure,
    majority: figure,
    crossEntropy: z.object({ before: z.number(), after: z.number() }),
    reliability: z.object({ before: reliability, after: reliability }),
  }),
  penalty: z.number().positive(),
  folds: whole,
  seed: z.number(),
});
