// The files of a model directory in Hugging Face's layout: texts, the headers of its weights, and its card. No weight
// is read.

import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CorruptFile, UserError } from "../errors/index.ts";
import {
  diskFault,
  errorCode,
  readSafetensorsHeader,
  readText as readSmallText,
  type StoredEntry,
} from "../files/index.ts";
import { directoryRemedy, type HeldParameter } from "./held-parameters.ts";
import type { FilePiece, LocatedTensor } from "./located.ts";
import { shardNames } from "./shard-index.ts";

/** More than any config or card has: what is larger is not read. */
const mostTextBytes = 32 * 2 ** 20;

/** A tensor of the directory and the file that holds it. */
export interface DirectoryEntry extends StoredEntry {
  readonly path: string;
}

/**
 * The tensors of model.safetensors, or of the shards that an index names.
 *
 * @throws UserError where a file is missing; CorruptFile where one is damaged
 */
export async function readEntries(folder: string): Promise<DirectoryEntry[]> {
  const index = join(folder, "model.safetensors.index.json");
  const isSharded =
    (await stat(join(folder, "model.safetensors")).catch(() => undefined)) === undefined &&
    (await stat(index).catch(() => undefined)) !== undefined;
  const files = isSharded ? [...shardNames(index, await readDirectoryText(index))] : ["model.safetensors"];
  const entries: DirectoryEntry[] = [];
  for (const file of files) {
    const path = await realpath(join(folder, file)).catch((error: unknown) => {
      throw missing(join(folder, file), error);
    });
    const header = await readSafetensorsHeader(path);
    entries.push(...header.entries.map((entry) => ({ ...entry, path })));
  }
  const holders = new Map<string, string>();
  for (const { name, path } of entries) {
    const other = holders.get(name);
    if (other !== undefined) throw corrupt(folder, `${name} in one file`, `${basename(other)} and ${basename(path)}`);
    holders.set(name, path);
  }
  return entries;
}

/** Parameters by where their numbers lie. */
export function locatedParameters(
  held: ReadonlyMap<string, HeldParameter<DirectoryEntry>>,
): Map<string, LocatedTensor> {
  return new Map([...held].map(([name, { shape, pieces }]) => [name, { shape, pieces: pieces.map(pieceOf) }]));
}

/** Where an entry's numbers lie. */
export function pieceOf({ path, dtype, offset, byteLength }: DirectoryEntry): FilePiece {
  return { path, dtype, offset, byteLength };
}

/** Licence and encoder out of a card's front matter, where there is a card. */
export async function readCard(
  folder: string,
): Promise<{ licence?: string | undefined; encoder?: "target" | "context" | undefined }> {
  const path = join(folder, "README.md");
  if ((await stat(path).catch(() => undefined)) === undefined) return {};
  const [, front = ""] = /^---\n([\s\S]*?)\n---/.exec(await readDirectoryText(path)) ?? [];
  const field = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, "m").exec(front)?.[1]?.trim();
  const encoder = field("jepa_encoder");
  return { licence: field("license"), encoder: encoder === "target" || encoder === "context" ? encoder : undefined };
}

/**
 * A text of the directory.
 *
 * @throws UserError where there is none; CorruptFile where it is absurdly large
 */
export async function readDirectoryText(path: string): Promise<string> {
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
  return new CorruptFile({ where, expected, received, remedy: directoryRemedy });
}
