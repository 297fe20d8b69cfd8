// A collection as vectors in a file: in a stream, a batch in memory at a time, and a killed one goes on where it was.

import { readFile, rm, stat } from "node:fs/promises";
import { UserError } from "../errors/index.ts";
import { replaceFile } from "../files/index.ts";
import type { CollectedPicture } from "./collection.ts";
import { embeddedParts, type PartsOptions } from "./embedded-parts.ts";
import type { Encoder } from "./encoder.ts";
import { heldFolder } from "./held-folder.ts";
import { isUnfinished, type Journal, type Outcome, openJournal, unfinishedFolder } from "./row-journal.ts";
import { requireLayer } from "./trace-encoder.ts";
import { formatOf, type VectorFormat, writeVectors } from "./vector-formats.ts";

export interface EmbedCollectionOptions extends Omit<PartsOptions, "total"> {
  /** .npy, .jsonl or .parquet. */
  readonly output: string;
  /** Whether what is at `output` is replaced. */
  readonly force: boolean;
  /** Told how many of all are done, and how many of these were there before. */
  readonly onProgress?: ((done: number, total: number, before: number) => void) | undefined;
  readonly onSkipped?: ((outcome: Outcome) => void) | undefined;
}

/** What was written. */
export interface EmbeddedCollection {
  readonly output: string;
  /** List of rows and of what was skipped, beside the output. */
  readonly list: string;
  readonly rows: number;
  readonly shape: readonly number[];
  readonly skipped: readonly Outcome[];
}

/**
 * Embeds pictures in their order.
 *
 * @throws UserError where the output exists, its name has another ending, or no picture could be read; Interrupted,
 *   with what was done kept: the same call goes on there
 */
export async function embedCollection(
  encoder: Encoder,
  pictures: readonly CollectedPicture[],
  options: EmbedCollectionOptions,
): Promise<EmbeddedCollection> {
  const { output, layer, tokens, force } = options;
  requireLayer(layer, encoder.depth);
  const { rows, columns } = encoder.grid;
  const shape = tokens === "pooled" ? [encoder.width] : [rows * columns, encoder.width];
  const file = { output, list: `${output}.json`, format: formatOf(output, shape), shape };
  await requireFreeOutput(file, force);
  return heldFolder({ folder: unfinishedFolder(output), where: output, passing: true }, async () => {
    await requireFreeOutput(file, force); // another process may have finished it since
    const journal = await openJournal(output, {
      task: { model: encoder.model.fingerprint, layer, tokens, rows, columns },
      rowLength: shape.reduce((a, b) => a * b, 1),
      force,
      holding: (outcomes) => {
        const same = countSame(outcomes, pictures);
        if (!force) requireSamePictures(output, { outcomes, pictures, same });
        return countUnchanged(outcomes.slice(0, same), pictures);
      },
    });
    const outcomes = await finish(journal, encoder, pictures, options);
    if (outcomes.every(({ skipped }) => skipped !== undefined)) {
      await journal.remove();
      throw unreadable(outcomes);
    }
    const written = await writeOutput(file, journal.rowsPath, outcomes, { model: encoder.model, layer, tokens });
    await journal.remove();
    return written;
  });
}

interface OutputFile extends Pick<EmbeddedCollection, "output" | "list"> {
  readonly format: VectorFormat;
  /** Of a row. */
  readonly shape: readonly number[];
}

/** Writes the vectors and, before them, the list that tells of them. */
async function writeOutput(
  { output, list, format, shape: rowShape }: OutputFile,
  rowsPath: string,
  outcomes: readonly Outcome[],
  { model: { name, fingerprint }, layer, tokens }: Pick<Encoder, "model"> & Pick<PartsOptions, "layer" | "tokens">,
): Promise<EmbeddedCollection> {
  const paths = outcomes.filter(({ skipped }) => skipped === undefined).map(({ path }) => path);
  const skipped = outcomes.flatMap((each) =>
    each.skipped === undefined ? [] : [{ path: each.path, skipped: each.skipped }],
  );
  const shape = [paths.length, ...rowShape];
  const about = { format: "jepa-vectors-1", model: { name, fingerprint }, layer, tokens, shape, paths, skipped };
  const before = await readFile(list).catch(() => undefined);
  await replaceFile(list, `${JSON.stringify(about, undefined, 1)}\n`);
  try {
    await writeVectors(output, format, { rowsPath, paths, rowShape });
  } catch (error) {
    // It is of vectors that are not there; those of before have their own.
    await (before === undefined ? rm(list, { force: true }) : replaceFile(list, before));
    throw error;
  }
  return { output, list, rows: paths.length, shape, skipped };
}

/** Works through what the journal does not have yet; gives all outcomes. */
async function finish(
  journal: Journal,
  encoder: Encoder,
  pictures: readonly CollectedPicture[],
  options: EmbedCollectionOptions,
): Promise<Outcome[]> {
  const before = journal.outcomes.length;
  const outcomes = [...journal.outcomes];
  try {
    const { layer, tokens, signal } = options;
    const parts = embeddedParts(encoder, pictures.slice(before), { layer, tokens, total: pictures.length, signal });
    for await (const part of parts) {
      await journal.append(part.outcomes, part.rows);
      for (const outcome of part.outcomes) if (outcome.skipped !== undefined) options.onSkipped?.(outcome);
      outcomes.push(...part.outcomes);
      options.onProgress?.(outcomes.length, pictures.length, before);
    }
  } finally {
    await journal.close();
  }
  return outcomes;
}

/** Outcomes up to the first picture whose file has changed since; that one and those behind it are read again. */
async function countUnchanged(outcomes: readonly Outcome[], pictures: readonly CollectedPicture[]): Promise<number> {
  for (const [i, { version }] of outcomes.entries()) {
    if ((await pictures[i].version?.()) !== version) return i;
  }
  return outcomes.length;
}

/** Outcomes up to the first that is of another picture than the one in its place. */
function countSame(outcomes: readonly Outcome[], pictures: readonly CollectedPicture[]): number {
  const other = outcomes.findIndex(({ path }, i) => pictures[i]?.path !== path);
  return other < 0 ? outcomes.length : other;
}

function requireSamePictures(
  output: string,
  {
    outcomes,
    pictures,
    same,
  }: {
    readonly outcomes: readonly Outcome[];
    readonly pictures: readonly CollectedPicture[];
    readonly same: number;
  },
): void {
  if (same === outcomes.length) return;
  throw new UserError({
    where: output,
    expected: `the pictures that its unfinished part began with (${outcomes[same].path})`,
    received: pictures[same]?.path,
    remedy: "add --force to begin again, or give another --out",
  });
}

/** An unfinished one of this output may have left its list. */
async function requireFreeOutput({ output, list }: OutputFile, force: boolean): Promise<void> {
  for (const path of [output, list]) {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) throw taken(path, "give the path of a file");
    if (there === undefined || force || (path === list && (await isUnfinished(output)))) continue;
    throw taken(path, "give another path, or add --force to replace it");
  }
}

function taken(output: string, remedy: string): UserError {
  return new UserError({
    where: "--out",
    expected: "a path where nothing is yet",
    received: `${output}, which exists`,
    remedy,
  });
}

/** What to throw where no picture could be read. */
export function unreadable(skipped: readonly Outcome[]): UserError {
  return new UserError({
    where: "pictures",
    expected: "at least one that can be read",
    received: `${skipped.length} that cannot (${skipped[0]?.path}: ${skipped[0]?.skipped})`,
    remedy: "mend or replace them, or give others",
  });
}
