// The files of a model directory in Hugging Face's layout: texts, the headers of its weights, and its card. No weight
// is read.

import { realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { CorruptFile, UserError } from "../errors/index.ts";
import { errorCode, readSafetensorsHeader, type StoredEntry } from "../files/index.ts";
import { missingFile, readDirectoryText } from "./directory-text.ts";
import { directoryRemedy, type HeldParameter } from "./held-parameters.ts";
import type { FilePiece, LocatedTensor } from "./located.ts";
import { modelFiles, weightFiles } from "./weight-files.ts";

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
  const entries: DirectoryEntry[] = [];
  for (const file of await weightFiles(folder)) {
    const path = await realpath(join(folder, file)).catch(async (error: unknown) => {
      const isAbsent = errorCode(error) === "ENOENT" && file === modelFiles.weights;
      throw isAbsent && (await isOnnxExport(folder)) ? onnxExport(folder) : missingFile(join(folder, file), error);
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

async function isOnnxExport(folder: string): Promise<boolean> {
  return (await stat(join(folder, "onnx")).catch(() => undefined)) !== undefined;
}

function onnxExport(folder: string): UserError {
  return new UserError({
    where: folder,
    expected: `a model directory with ${modelFiles.weights}`,
    received: "an ONNX export, which transformers.js and onnxruntime run",
    remedy: 'name what it was exported from, or export that again without "--format onnx"',
  });
}

function corrupt(where: string, expected: string, received: unknown): CorruptFile {
  return new CorruptFile({ where, expected, received, remedy: directoryRemedy });
}
