// A collection as vectors in a file: in a stream, a batch in memory at a time, and a killed one goes on where it was.

import { rm, stat } from "node:fs/promises";
import { UserError } from "../errors/index.ts";
import { replaceFile } from "../files/index.ts";
import type { CollectedPicture } from "./collection.ts";
import { embeddedParts, type PartsOptions } from "./embedded-parts.ts";
import type { Encoder } from "./encoder.ts";
import { isUnfinished, type Journal, type Outcome, openJournal } from "./row-journal.ts";
import { requireLayer } from "./trace-encoder.ts";
import { formatOf, writeVectors } from "./vector-formats.ts";

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
  const { output, layer, tokens } = options;
  requireLayer(layer, encoder.depth);
  const { rows, columns } = encoder.grid;
  const rowShape = tokens === "pooled" ? [encoder.width] : [rows * columns, encoder.width];
  const format = formatOf(output, rowShape);
  const list = `${output}.json`;
  await requireFreeOutput(output, list, options.force);
  const task = { model: encoder.model.fingerprint, layer, tokens, rows, columns };
  const journal = await openJournal(
    output,
    task,
    rowShape.reduce((a, b) => a * b, 1),
    options.force,
  );
  const outcomes = await finish(journal, encoder, pictures, options);
  const kept = outcomes.filter(({ skipped }) => skipped === undefined);
  const skipped = outcomes.filter((outcome) => outcome.skipped !== undefined);
  if (kept.length === 0) {
    await journal.remove();
    throw unreadable(skipped);
  }
  const paths = kept.map(({ path }) => path);
  const { name, fingerprint } = encoder.model;
  const about = {
    format: "jepa-vectors-1",
    model: { name, fingerprint },
    layer,
    tokens,
    shape: [kept.length, ...rowShape],
  };
  await replaceFile(list, `${JSON.stringify({ ...about, paths, skipped }, undefined, 1)}\n`);
  try {
    await writeVectors(output, format, { rowsPath: journal.rowsPath, paths, rowShape });
  } catch (error) {
    await rm(list, { force: true }); // it is of vectors that are not there
    throw error;
  }
  await journal.remove();
  return { output, list, rows: kept.length, shape: about.shape, skipped };
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
    requireSamePictures(options.output, outcomes, pictures);
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

function requireSamePictures(
  output: string,
  outcomes: readonly Outcome[],
  pictures: readonly CollectedPicture[],
): void {
  const other = outcomes.findIndex(({ path }, i) => pictures[i]?.path !== path);
  if (other < 0) return;
  throw new UserError({
    where: output,
    expected: `the pictures that its unfinished part began with (${outcomes[other].path})`,
    received: pictures[other]?.path,
    remedy: "add --force to begin again, or give another --out",
  });
}

/** An unfinished one of this output may have left its list. */
async function requireFreeOutput(output: string, list: string, force: boolean): Promise<void> {
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
