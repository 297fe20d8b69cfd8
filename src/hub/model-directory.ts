// An I-JEPA model directory: config.json, model.safetensors (or shards with an index), and where there is one
// preprocessor_config.json and a card. Everything is checked before anything is used; no weight is read.

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { checkTensors } from "../files/index.ts";
import { type DirectoryEntry, locatedParameters, pieceOf, readCard, readEntries } from "./directory-files.ts";
import { readDirectoryText } from "./directory-text.ts";
import { type EncoderConfig, parseConfig } from "./encoder-config.ts";
import { encoderEntries, hasHead } from "./encoder-entries.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { directoryRemedy } from "./held-parameters.ts";
import type { LocatedTensor } from "./located.ts";
import type { OpenedHead, OpenedModel } from "./opened-model.ts";
import { defaultPreprocessing, ownSize, type Preprocessing, parsePreprocessing } from "./preprocessing.ts";
import { weightTypes } from "./widened.ts";

/**
 * Opens a model directory.
 *
 * @throws UserError where a file is missing or asks for what is not done here; CorruptFile where one is damaged
 */
export async function openDirectory(folder: string, name: string): Promise<OpenedModel> {
  const where = join(folder, "config.json");
  const config = parseConfig(await readDirectoryText(where), where);
  const entries = await readEntries(folder);
  const parameters = encoderOf(folder, config, entries);
  const { preprocessing, notices } = await preprocessingOf(folder, config);
  const card = await readCard(folder);
  return {
    family: "I-JEPA",
    name,
    kind: "directory",
    sizes: config.sizes,
    encoder: card.encoder ?? "unknown",
    preprocessing,
    parameters,
    head: hasHead(config) ? headOf(folder, config, entries) : undefined,
    licence: card.licence,
    notices,
    fingerprint: await fingerprintOf(config.sizes, preprocessing, parameters),
  };
}

function encoderOf(
  folder: string,
  config: EncoderConfig,
  entries: readonly DirectoryEntry[],
): Map<string, LocatedTensor> {
  return locatedParameters(encoderEntries(folder, config, entries));
}

function headOf(folder: string, { sizes, labels }: EncoderConfig, entries: readonly DirectoryEntry[]): OpenedHead {
  const own = entries.filter(({ name }) => name.startsWith("classifier."));
  const count = labels?.length ?? own.find(({ name }) => name === "classifier.bias")?.shape[0] ?? 0;
  const wanted = new Map([
    ["classifier.weight", { shape: [count, sizes.width] }],
    ["classifier.bias", { shape: [count] }],
  ]);
  checkTensors(folder, own, wanted, {
    of: "the head in its config.json",
    extra: "refused",
    remedy: directoryRemedy,
    types: weightTypes,
  });
  const located = (name: string): LocatedTensor => {
    const found = own.filter((entry) => entry.name === name);
    return { shape: found[0].shape, pieces: found.map(pieceOf) };
  };
  return {
    labels: labels ?? Array.from({ length: count }, (_, i) => `LABEL_${i}`),
    weight: located("classifier.weight"),
    bias: located("classifier.bias"),
  };
}

async function preprocessingOf(
  folder: string,
  { sizes }: EncoderConfig,
): Promise<{ preprocessing: Preprocessing; notices: string[] }> {
  const where = join(folder, "preprocessor_config.json");
  if ((await stat(where).catch(() => undefined)) !== undefined) {
    return { preprocessing: parsePreprocessing(await readDirectoryText(where), where, ownSize(sizes)), notices: [] };
  }
  const notice = `${folder} has no preprocessor_config.json: pixels are normalised by ImageNet's mean and deviation (--normalise half for 0.5)`;
  return { preprocessing: defaultPreprocessing(sizes), notices: [notice] };
}
