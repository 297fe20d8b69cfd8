// A model written as a directory in Hugging Face's layout, which transformers reads: config.json, model.safetensors
// under its names, preprocessor_config.json and a card. The directory appears whole, by one rename.

import { join } from "node:path";
import { replaceFile, replaceFolderBy, requireFree, type TensorSource, writeSafetensorsFrom } from "../files/index.ts";
import { configText } from "./encoder-config.ts";
import { headedPrefix } from "./encoder-entries.ts";
import { type ExportedHead, headFor } from "./exported-head.ts";
import { ijepaNames } from "./ijepa-names.ts";
import { readLocated } from "./located.ts";
import { type CardFigures, cardText } from "./model-card.ts";
import type { OpenedModel } from "./opened-model.ts";
import { preprocessingText } from "./preprocessing.ts";
import { toFloat16 } from "./smaller-weights.ts";

export interface ExportOptions {
  /** float32 when absent; float16 takes half the room, and rounds. */
  readonly precision?: "float32" | "float16" | undefined;
  /** For the card. */
  readonly figures?: CardFigures | undefined;
  /** The classification head that goes along; the model's own when absent, where it has one. */
  readonly head?: ExportedHead | undefined;
}

/**
 * Writes a model directory.
 *
 * @param to a path where nothing is yet
 * @throws UserError where something is there (exit code 2), or the disk is full (1); nothing is left behind then
 */
export async function exportDirectory(
  model: OpenedModel,
  to: string,
  { precision = "float32", figures, head: given }: ExportOptions = {},
): Promise<void> {
  const head = await headFor(model, given);
  const tensors = [
    ...encoderTensors(model, precision, head === undefined ? "" : headedPrefix),
    ...headTensors(head, precision),
  ];
  await appearingFolder(to, async (folder) => {
    await writeSafetensorsFrom(join(folder, "model.safetensors"), tensors, { format: "pt" });
    await replaceFile(join(folder, "config.json"), configText(model.sizes, { dtype: precision, labels: head?.labels }));
    await replaceFile(join(folder, "preprocessor_config.json"), preprocessingText(model.preprocessing));
    await replaceFile(join(folder, "README.md"), cardText(model, { figures, labels: head?.labels }));
  });
}

/** Fills a folder under another name beside its place, then renames it. */
export async function appearingFolder(to: string, fill: (folder: string) => Promise<void>): Promise<void> {
  await requireFree("--to", to);
  await replaceFolderBy(to, fill);
}

type Precision = NonNullable<ExportOptions["precision"]>;

function encoderTensors({ parameters }: OpenedModel, precision: Precision, prefix: string): [string, TensorSource][] {
  return [...parameters].flatMap(([official, located]) => {
    const { names } = ijepaNames.heldAs(official);
    const shape = located.shape.with(0, located.shape[0] / names.length);
    const count = shape.reduce((product, size) => product * size, 1);
    return names.map((name, part): [string, TensorSource] => {
      const read = async () => (await readLocated(located)).subarray(part * count, (part + 1) * count);
      return [`${prefix}${name}`, tensorOf(shape, precision, read)];
    });
  });
}

function headTensors(head: ExportedHead | undefined, precision: Precision): [string, TensorSource][] {
  if (head === undefined) return [];
  const { labels, weight, bias } = head;
  return [
    ["classifier.weight", tensorOf([labels.length, weight.length / labels.length], precision, async () => weight)],
    ["classifier.bias", tensorOf([labels.length], precision, async () => bias)],
  ];
}

function tensorOf(shape: readonly number[], precision: Precision, read: () => Promise<Float32Array>): TensorSource {
  const count = shape.reduce((product, size) => product * size, 1);
  if (precision === "float32") return { dtype: "F32", shape, byteLength: 4 * count, read };
  return { dtype: "F16", shape, byteLength: 2 * count, read: async () => toFloat16(await read()) };
}
