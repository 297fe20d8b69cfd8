// A model directory by its address, in Hugging Face's layout: config.json, model.safetensors or shards with an index,
// and where there is one preprocessor_config.json. Read and checked by the same code as a directory on disk.

import { headerLength, parseHeader, prefixBytes } from "../files/any-runtime.ts";
import type { StoredEntry } from "../files/index.ts";
import {
  defaultPreprocessing,
  type EncoderConfig,
  encoderEntries,
  type HeldParameter,
  ownSize,
  type Preprocessing,
  parseConfig,
  parsePreprocessing,
  shardNames,
  widened,
} from "../hub/any-runtime.ts";
import { fetchedBytes, fetchedText, required } from "./fetched.ts";

/** Where a stored tensor lies. */
export interface FetchedEntry extends StoredEntry {
  readonly file: string;
}

export interface FetchedModel {
  readonly config: EncoderConfig;
  readonly preprocessing: Preprocessing;
  /** Contents of the files that hold weights, by name. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** By official name. */
  readonly parameters: ReadonlyMap<string, HeldParameter<FetchedEntry>>;
}

/**
 * Fetches a model directory. Throws UserError where a file is missing or of another model, CorruptFile where one is
 * damaged.
 */
export async function fetchModel(directory: URL, signal?: AbortSignal): Promise<FetchedModel> {
  const at = (name: string) => new URL(name, directory);
  const where = at("config.json");
  const config = parseConfig(required(await fetchedText(where, signal), where), where.href);
  const preprocessing = await preprocessingOf(at("preprocessor_config.json"), config, signal);
  const files = await weightFiles(at, signal);
  const entries = [...files].flatMap(([file, bytes]) =>
    entriesOf(at(file).href, bytes).map((each) => ({ ...each, file })),
  );
  return { config, preprocessing, files, parameters: encoderEntries(directory.href, config, entries) };
}

async function preprocessingOf(
  where: URL,
  { sizes }: EncoderConfig,
  signal: AbortSignal | undefined,
): Promise<Preprocessing> {
  const text = await fetchedText(where, signal);
  if (text === undefined) return defaultPreprocessing(sizes);
  return parsePreprocessing(text, where.href, ownSize(sizes));
}

async function weightFiles(
  at: (name: string) => URL,
  signal: AbortSignal | undefined,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const single = "model.safetensors";
  const whole = await fetchedBytes(at(single), signal);
  if (whole !== undefined) return new Map([[single, whole]]);
  const index = at(`${single}.index.json`);
  const text = required(await fetchedText(index, signal), at(single));
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const name of shardNames(index.href, text)) {
    files.set(name, required(await fetchedBytes(at(name), signal), at(name)));
  }
  return files;
}

function entriesOf(where: string, bytes: Uint8Array): readonly StoredEntry[] {
  const length = headerLength(where, bytes.subarray(0, prefixBytes), bytes.length);
  return parseHeader(where, bytes.subarray(prefixBytes, prefixBytes + length), bytes.length).entries;
}

/** The numbers of a whole parameter as float32. */
export function parameterValues({ files }: FetchedModel, { pieces }: HeldParameter<FetchedEntry>): Float32Array {
  const parts = pieces.map(({ file, dtype, offset, byteLength }) => {
    const bytes = files.get(file)?.slice(offset, offset + byteLength);
    const values = bytes && widened(dtype, bytes.buffer);
    if (values === undefined) throw new Error(`internal: ${file} has no weights of type ${dtype}`);
    return values;
  });
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
