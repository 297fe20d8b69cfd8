// A V-JEPA 2 model directory: what its networks are and where their numbers lie. No weight is read.

import { join } from "node:path";
import { locatedParameters, readCard, readEntries } from "./directory-files.ts";
import { readDirectoryText } from "./directory-text.ts";
import { fingerprintOfTensors } from "./fingerprint.ts";
import { heldParameters } from "./held-parameters.ts";
import type { LocatedTensor } from "./located.ts";
import { parseVideoConfig, type VideoSizes, videoShapes } from "./vjepa2-config.ts";
import { vjepa2Names } from "./vjepa2-names.ts";

/** A video model that was opened. */
export interface OpenedVideoModel {
  readonly family: "V-JEPA 2";
  /** For people: what was asked for. */
  readonly name: string;
  /** What it was opened from. */
  readonly kind: string;
  readonly sizes: VideoSizes;
  /** Classes of its attentive classifier, where it has one. */
  readonly labels: readonly string[] | undefined;
  /** By official name: `encoder.blocks.0.norm1.weight`, `predictor.mask_tokens.0`, `pooler.query_tokens`. */
  readonly parameters: ReadonlyMap<string, LocatedTensor>;
  readonly licence?: string | undefined;
  /** What a person should know before relying on it. */
  readonly notices: readonly string[];
  /** Tells this model from another: of its sizes and a sample of every tensor. */
  readonly fingerprint: string;
}

/**
 * Opens the directory of a `VJEPA2Model` or a `VJEPA2ForVideoClassification`.
 *
 * @throws UserError where a file is missing or a config unsound; CorruptFile where one is damaged
 */
export async function openVideoDirectory(folder: string, name: string): Promise<OpenedVideoModel> {
  const where = join(folder, "config.json");
  const config = parseVideoConfig(await readDirectoryText(where), where);
  const isPartOfModel = (huggingface: string) => /^(encoder|predictor)\./.test(huggingface);
  const prefix = (huggingface: string) => (config.classifier && isPartOfModel(huggingface) ? "vjepa2." : "");
  const parameters = locatedParameters(
    heldParameters(folder, { table: vjepa2Names, prefix }, videoShapes(config), await readEntries(folder)),
  );
  return {
    family: "V-JEPA 2",
    name,
    kind: "directory",
    sizes: config.sizes,
    labels: config.classifier?.labels,
    parameters,
    licence: (await readCard(folder)).licence,
    notices: [`${name} is a model of videos: it can be looked at, not run yet`],
    fingerprint: await fingerprintOfTensors(config.sizes, parameters),
  };
}
