// Making and updating an index of pictures: what is new is embedded, what changed embedded again, what vanished
// forgotten. Finished rows go to a journal in the index's folder, by file and time of change, so that a killed update
// goes on where it was.

import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Interrupted, UserError } from "../errors/index.ts";
import { diskFault, isCode, npyHeader, npyHeaderBytes, readNpy } from "../files/index.ts";
import { filesOf } from "./collection.ts";
import { embeddedParts } from "./embedded-parts.ts";
import type { Encoder } from "./encoder.ts";
import { heldFolder } from "./held-folder.ts";
import {
  hasIndex,
  type IndexedPicture,
  type IndexModel,
  type ModelOpening,
  openIndex,
  type PictureIndex,
  type SkippedPicture,
  writeIndex,
} from "./index-files.ts";
import { type Journal, type Outcome, openJournal } from "./row-journal.ts";
import { unitRows } from "./unit-rows.ts";

export interface IndexPicturesOptions {
  /** Where the index is, or is made. */
  readonly folder: string;
  /** How the model was opened: a search opens it the same way. */
  readonly opening: ModelOpening;
  /** Whether to begin the index anew, whatever is there. */
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told how many of the pictures that must be embedded are done, and how many of these were done before. */
  readonly onProgress?: ((done: number, total: number, before: number) => void) | undefined;
  readonly onSkipped?: ((picture: SkippedPicture) => void) | undefined;
}

/** What an update did. */
export interface IndexUpdate {
  readonly folder: string;
  readonly added: number;
  readonly changed: number;
  /** Pictures that were in the index and are no more: vanished, or changed into what cannot be read. */
  readonly removed: number;
  /** Pictures that cannot be read. */
  readonly skipped: readonly SkippedPicture[];
  /** Pictures of the index now. */
  readonly total: number;
}

/**
 * Makes the index of a folder, or brings it up to date: with the pictures of `words` added, and those that it has
 * looked at again.
 *
 * @param words files and folders
 * @throws UserError where one is not there, the index is of another model (exit code 2), or no picture can be read;
 *   CorruptFile where the index is damaged; Interrupted, with what was done kept: the same call goes on there
 */
export async function indexPictures(
  encoder: Encoder,
  words: readonly string[],
  options: IndexPicturesOptions,
): Promise<IndexUpdate> {
  const given = await listGiven(words);
  await hasIndex(options.folder); // throws before anything is written there
  const held = { folder: options.folder, where: `index "${options.folder}"`, passing: false };
  return heldFolder(held, async () => {
    const before = (await hasIndex(options.folder)) && !options.force ? await openIndex(options.folder) : undefined;
    const model = indexModel(encoder);
    if (before !== undefined) requireSameModel(before, model);
    const plan = await planUpdate(given, before);
    const done = await embedLeft(encoder, model, plan.left, options);
    const rows = [...plan.kept, ...done.rows].sort((a, b) => inByteOrder(a.picture.path, b.picture.path));
    const skipped = [...plan.skipped, ...done.skipped].sort((a, b) => inByteOrder(a.path, b.path));
    if (rows.length === 0 && before === undefined) throw unreadable(words, skipped);
    const { width } = model;
    const listing = { model, opening: options.opening, pictures: rows.map(({ picture }) => picture), skipped };
    await writeIndex(options.folder, listing, (place) => {
      const { values, row } = rows[place];
      return values.subarray(row * width, (row + 1) * width);
    });
    const known = new Set(before?.pictures.map(placeOf));
    const changed = done.rows.filter(({ picture }) => known.has(placeOf(picture))).length;
    const added = done.rows.length - changed;
    return {
      folder: options.folder,
      added,
      changed,
      removed: known.size + added - rows.length,
      skipped,
      total: rows.length,
    };
  });
}

/** What the vectors of an encoder are made with. */
function indexModel({ model, grid, width }: Encoder): IndexModel {
  const { part, pixels } = model.preprocessing;
  const size = `${grid.rows * model.sizes.patch} x ${grid.columns * model.sizes.patch}`;
  const input = `${size} ${part}, mean ${pixels.mean.join(" ")}, deviation ${pixels.deviation.join(" ")}`;
  return { name: model.name, fingerprint: model.fingerprint, width, input };
}

/**
 * Throws UserError (exit code 2) where the vectors of an index are of another model than the encoder's, or of other
 * inputs.
 */
export function requireModelOf(index: PictureIndex, encoder: Encoder): void {
  requireSameModel(index, indexModel(encoder));
}

function requireSameModel({ folder, model }: PictureIndex, other: IndexModel): void {
  const told = ({ name, fingerprint, input }: IndexModel) => `${name} (${fingerprint}, pictures ${input})`;
  if (model.fingerprint === other.fingerprint && model.input === other.input) return;
  throw new UserError({
    where: folder,
    expected: `the model that its vectors are of, ${told(model)}`,
    received: told(other),
    remedy: "name that model, add --force to make the index anew, or give another with --in",
  });
}

/** A row among values that are in memory. */
interface PlacedRow {
  readonly picture: IndexedPicture;
  readonly values: Float32Array;
  readonly row: number;
}

interface Plan {
  readonly kept: readonly PlacedRow[];
  /** Known not to be readable, and unchanged. */
  readonly skipped: readonly SkippedPicture[];
  readonly left: readonly IndexedPicture[];
}

/** Looks at every picture that is given or known. */
async function planUpdate(given: readonly IndexedPicture[], before: PictureIndex | undefined): Promise<Plan> {
  const now = new Map(given.map((picture) => [placeOf(picture), picture]));
  const known = [...(before?.pictures ?? []), ...(before?.skipped ?? [])];
  const others = known.filter((picture) => !now.has(placeOf(picture))).map(({ path }) => path);
  for (const picture of await lookAt(others)) now.set(placeOf(picture), picture);
  const isSame = (picture: IndexedPicture) => {
    const found = now.get(placeOf(picture));
    return found !== undefined && found.size === picture.size && found.changed === picture.changed;
  };
  const kept = (before?.pictures ?? []).flatMap((picture, row) => {
    return before !== undefined && isSame(picture) ? [{ picture, values: before.vectors, row }] : [];
  });
  const skipped = (before?.skipped ?? []).filter(isSame);
  const settled = new Set([...kept.map(({ picture }) => placeOf(picture)), ...skipped.map(placeOf)]);
  const left = [...now.values()].filter((picture) => !settled.has(placeOf(picture)));
  return { kept, skipped, left: left.sort((a, b) => inByteOrder(a.path, b.path)) };
}

interface Embedded {
  readonly rows: readonly PlacedRow[];
  readonly skipped: readonly SkippedPicture[];
}

/** Embeds what is left, going on with a journal of the same model. */
async function embedLeft(
  encoder: Encoder,
  model: IndexModel,
  left: readonly IndexedPicture[],
  options: IndexPicturesOptions,
): Promise<Embedded> {
  if (left.length === 0) return { rows: [], skipped: [] };
  const task = { fingerprint: model.fingerprint, input: model.input };
  const name = createHash("sha256").update(JSON.stringify(task)).digest("hex").slice(0, 16);
  const output = join(options.folder, `vectors-${name}`);
  const journal = await openJournal(output, { task, rowLength: model.width, force: false });
  const outcomes = await finish(journal, encoder, left, options);
  const rows = outcomes.filter(({ skipped }) => skipped === undefined);
  const reasonOf = new Map(outcomes.map(({ path, skipped }) => [path, skipped]));
  const skipped = left.flatMap((picture) => {
    const reason = reasonOf.get(versionOf(picture));
    return reason === undefined ? [] : [{ ...picture, reason }];
  });
  if (rows.length === 0) {
    await journal.remove();
    return { rows: [], skipped };
  }
  const values = await readRows(journal.rowsPath, rows.length, model.width);
  const rowOf = new Map(rows.map(({ path }, row) => [path, row]));
  return {
    rows: left.flatMap((picture) => {
      const row = rowOf.get(versionOf(picture));
      return row === undefined ? [] : [{ picture, values, row }];
    }),
    skipped,
  };
}

/** Works through what the journal does not have yet; gives all its outcomes. */
async function finish(
  journal: Journal,
  encoder: Encoder,
  pictures: readonly IndexedPicture[],
  { signal, onProgress, onSkipped }: IndexPicturesOptions,
): Promise<Outcome[]> {
  const outcomes = [...journal.outcomes];
  const known = new Set(outcomes.map(({ path }) => path));
  const todo = pictures.filter((picture) => !known.has(versionOf(picture)));
  const before = pictures.length - todo.length;
  let done = before;
  try {
    const named = todo.map((picture) => ({ path: versionOf(picture), open: async () => picture.path }));
    const total = pictures.length;
    for await (const part of embeddedParts(encoder, named, { layer: "last", tokens: "pooled", total, signal })) {
      await journal.append(part.outcomes, unitRows(part.rows, encoder.width));
      outcomes.push(...part.outcomes);
      for (const [i, { skipped }] of part.outcomes.entries()) {
        if (skipped !== undefined) onSkipped?.({ ...todo[done - before + i], reason: skipped });
      }
      done += part.outcomes.length;
      onProgress?.(done, pictures.length, before);
    }
  } catch (error) {
    throw error instanceof Interrupted ? stopped(done, pictures.length) : error;
  } finally {
    await journal.close();
  }
  return outcomes;
}

/** The journal's rows, [rows, width]. */
async function readRows(path: string, rows: number, width: number): Promise<Float32Array> {
  const file = await open(path, "r+");
  try {
    await file.write(npyHeader([rows, width]), 0, npyHeaderBytes, 0);
  } finally {
    await file.close();
  }
  return (await readNpy(path)).data;
}

/** Picture files of the words, in the order of the words; each once. */
async function listGiven(words: readonly string[]): Promise<IndexedPicture[]> {
  const files = await filesOf(words, "picture files or folders of them");
  const paths = [...new Map(files.map((path) => [resolve(path), path])).values()];
  const found = new Map((await lookAt(paths)).map((picture) => [picture.path, picture]));
  // A link that leads nowhere is among them: reading it tells why it is left out.
  return paths.map((path) => found.get(path) ?? { path, size: 0, changed: 0 });
}

/** Files that are asked about at once. */
const looksAtOnce = 64;

/** The pictures that are there, as they are now. */
async function lookAt(paths: readonly string[]): Promise<IndexedPicture[]> {
  const found: IndexedPicture[] = [];
  for (let from = 0; from < paths.length; from += looksAtOnce) {
    const part = await Promise.all(paths.slice(from, from + looksAtOnce).map(lookAtOne));
    found.push(...part.flat());
  }
  return found;
}

async function lookAtOne(path: string): Promise<IndexedPicture[]> {
  try {
    const { size, mtimeMs } = await stat(path);
    return [{ path, size, changed: mtimeMs }];
  } catch (error) {
    if (isCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return [];
    throw diskFault(path, error);
  }
}

/** Which picture it is, however its path was given. */
function placeOf({ path }: IndexedPicture): string {
  return resolve(path);
}

/** A name of exactly this state of a file, for the journal. */
function versionOf(picture: IndexedPicture): string {
  return `${picture.size} ${picture.changed} ${placeOf(picture)}`;
}

function inByteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function stopped(done: number, total: number): Interrupted {
  return new Interrupted(`stopped after ${done} of ${total} pictures; the same command goes on there`);
}

function unreadable(words: readonly string[], skipped: readonly SkippedPicture[]): UserError {
  const [first] = skipped;
  return new UserError({
    where: words.join(" "),
    expected: "pictures that can be read (JPEG, PNG, WebP or AVIF)",
    received: first === undefined ? "none" : `${skipped.length} that cannot (${first.path}: ${first.reason})`,
    remedy: "give files or a folder that holds some",
  });
}
