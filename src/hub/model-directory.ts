// A model directory in Hugging Face's layout: config.json, model.safetensors (or shards with an index), and where there is one
// preprocessor_config.json and a card. Everything is checked before anything is used; no weight is read.

import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CorruptFile, UserError } from "../errors/index.ts";
import {
  checkTensors,
  diskFault,
  errorCode,
  readSafetensorsHeader,
  readText as readSmallText,
  type StoredEntry,
} from "../files/index.ts";
import { type EncoderConfig, parseConfig } from "./encoder-config.ts";
import { encoderEntries, hasHead } from "./encoder-entries.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { remedy } from "./held-parameters.ts";
import type { FilePiece, LocatedTensor } from "./located.ts";
import type { OpenedHead, OpenedModel } from "./opened-model.ts";
import { defaultPreprocessing, ownSize, type Preprocessing, parsePreprocessing } from "./preprocessing.ts";
import { shardNames } from "./shard-index.ts";
import { weightTypes } from "./widened.ts";

/** More than any config or card has: what is larger is not read. */
const mostTextBytes = 32 * 2 ** 20;

/** A tensor of the directory and the file that holds it. */
interface Entry extends StoredEntry {
  readonly path: string;
}

/**
 * Opens a model directory.
 *
 * @throws UserError where a file is missing or asks for what is not done here; CorruptFile where one is damaged
 */
export async function openDirectory(folder: string, name: string): Promise<OpenedModel> {
  const where = join(folder, "config.json");
  const config = parseConfig(await readText(where), where);
  const entries = await readEntries(folder);
  const parameters = encoderOf(folder, config, entries);
  const { preprocessing, notices } = await preprocessingOf(folder, config);
  const card = await readCard(folder);
  return {
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

async function readEntries(folder: string): Promise<Entry[]> {
  const index = join(folder, "model.safetensors.index.json");
  const isSharded =
    (await stat(join(folder, "model.safetensors")).catch(() => undefined)) === undefined &&
    (await stat(index).catch(() => undefined)) !== undefined;
  const files = isSharded ? [...shardNames(index, await readText(index))] : ["model.safetensors"];
  const entries: Entry[] = [];
  for (const file of files) {
    const path = await realpath(join(folder, file)).catch((error: unknown) => {
      throw missing(join(folder, file), error);
    });
    const header = await readSafetensorsHeader(path);
    entries.push(...header.entries.map((entry) => ({ ...entry, path })));
  }
  return entries;
}

function encoderOf(folder: string, config: EncoderConfig, entries: readonly Entry[]): Map<string, LocatedTensor> {
  const held = encoderEntries(folder, config, entries);
  return new Map([...held].map(([name, { shape, pieces }]) => [name, { shape, pieces: pieces.map(pieceOf) }]));
}

function headOf(folder: string, { sizes, labels }: EncoderConfig, entries: readonly Entry[]): OpenedHead {
  const own = entries.filter(({ name }) => name.startsWith("classifier."));
  const count = labels?.length ?? own.find(({ name }) => name === "classifier.bias")?.shape[0] ?? 0;
  const wanted = new Map([
    ["classifier.weight", { shape: [count, sizes.width] }],
    ["classifier.bias", { shape: [count] }],
  ]);
  checkTensors(folder, own, wanted, {
    of: "the head in its config.json",
    extra: "refused",
    remedy,
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

function pieceOf({ path, dtype, offset, byteLength }: Entry): FilePiece {
  return { path, dtype, offset, byteLength };
}

async function preprocessingOf(
  folder: string,
  { sizes }: EncoderConfig,
): Promise<{ preprocessing: Preprocessing; notices: string[] }> {
  const where = join(folder, "preprocessor_config.json");
  if ((await stat(where).catch(() => undefined)) !== undefined) {
    return { preprocessing: parsePreprocessing(await readText(where), where, ownSize(sizes)), notices: [] };
  }
  const notice = `${folder} has no preprocessor_config.json: pixels are normalised by ImageNet's mean and deviation (--normalise half for 0.5)`;
  return { preprocessing: defaultPreprocessing(sizes), notices: [notice] };
}

/** Licence and encoder out of a card's front matter, where there is a card. */
async function readCard(
  folder: string,
): Promise<{ licence?: string | undefined; encoder?: "target" | "context" | undefined }> {
  const path = join(folder, "README.md");
  if ((await stat(path).catch(() => undefined)) === undefined) return {};
  const [, front = ""] = /^---\n([\s\S]*?)\n---/.exec(await readText(path)) ?? [];
  const field = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, "m").exec(front)?.[1]?.trim();
  const encoder = field("jepa_encoder");
  return { licence: field("license"), encoder: encoder === "target" || encoder === "context" ? encoder : undefined };
}

async function readText(path: string): Promise<string> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw missing(path, error);
  });
  if (size > mostTextBytes) throw corrupt(path, `at most ${mostTextBytes} bytes`, `${size} bytes`);
  return readSmallText(path);
}

/** What to throw where a file cannot be opened. */
function missing(path: string, error: unknown): unknown {
  if (errorCode(error) !== "ENOENT") return diskFault(path, error);
  return new UserError({
    where: dirname(path),
    expected: `a model directory with ${basename(path)}`,
    received: "none",
    remedy: 'name a run, a directory that "jepa export" or save_pretrained wrote, or another model',
  });
}

function corrupt(where: string, expected: string, received: unknown): CorruptFile {
  return new CorruptFile({ where, expected, received, remedy });
}
