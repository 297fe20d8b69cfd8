// The rows of an output that is not finished: numbers in one file, and what became of each picture in another, a line a
// picture. Numbers are written before their lines, so that after a kill whatever a line tells of is there; what lies
// beyond is cut off.

import { open, readFile, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../errors/index.ts";
import { diskFault, makeFolders, npyHeaderBytes, replaceFile, writeWhole } from "../files/index.ts";

/** What became of a picture: a row, or why there is none. */
export interface Outcome {
  readonly path: string;
  readonly skipped?: string | undefined;
  /** Of the file that was read, where it has one (`CollectedPicture`). */
  readonly version?: string | undefined;
}

export interface Journal {
  /** What was done before, in order. */
  readonly outcomes: readonly Outcome[];
  /** File of the rows: room for a header of npyHeaderBytes, then float32 rows. */
  readonly rowsPath: string;
  /** Adds the outcomes of some pictures, and the rows of those that have one, in the same order. */
  append(outcomes: readonly Outcome[], rows: Float32Array): Promise<void>;
  close(): Promise<void>;
  /** Takes the journal away: when the output is there, or nothing came of it. */
  remove(): Promise<void>;
}

const line = z.object({ path: z.string(), skipped: z.string().optional(), version: z.string().optional() });

/** What an output's rows are. */
export interface JournalTask {
  /** What decides them: the model's fingerprint, layer, tokens, size; a journal of another task is refused. */
  readonly task: Readonly<Record<string, unknown>>;
  /** Numbers of a row. */
  readonly rowLength: number;
  /** Whether a journal of another task, or a damaged one, is thrown away. */
  readonly force: boolean;
  /** How many of the first outcomes hold still; all when absent. What it throws leaves the journal as it is. */
  readonly holding?: ((outcomes: readonly Outcome[]) => Promise<number>) | undefined;
}

/**
 * Opens the journal of an output, to go on with one of the same task or to begin.
 *
 * @throws UserError for a journal of another task, unless `force` says to begin again
 */
export async function openJournal(output: string, { task, rowLength, force, holding }: JournalTask): Promise<Journal> {
  const folder = unfinishedFolder(output);
  const [rowsPath, linesPath] = [join(folder, "rows"), join(folder, "pictures.jsonl")];
  try {
    await makeFolders(folder);
    const known = await readLines(output, linesPath, task).catch(async (error: unknown) => {
      if (!force) throw error;
      for (const path of [rowsPath, linesPath]) await rm(path, { recursive: true, force: true });
      return [];
    });
    const rows = await open(rowsPath, "a+");
    const written = Math.floor(((await rows.stat()).size - npyHeaderBytes) / (4 * rowLength));
    await rows.close();
    const whole = outcomesUpTo(known, written);
    const outcomes = whole.slice(0, await holding?.(whole));
    return await writer({ folder, rowsPath, linesPath, rowLength, outcomes, task });
  } catch (error) {
    throw error instanceof UserError ? error : diskFault(output, error);
  }
}

/** Whether an output was begun and not finished. */
export async function isUnfinished(output: string): Promise<boolean> {
  return (await stat(unfinishedFolder(output)).catch(() => undefined)) !== undefined;
}

/** The folder of an output's journal. */
export function unfinishedFolder(output: string): string {
  return join(dirname(resolve(output)), `.${basename(output)}.unfinished`);
}

interface Opened {
  readonly folder: string;
  readonly rowsPath: string;
  readonly linesPath: string;
  readonly rowLength: number;
  readonly outcomes: readonly Outcome[];
  readonly task: Readonly<Record<string, unknown>>;
}

async function writer({ folder, rowsPath, linesPath, rowLength, outcomes, task }: Opened): Promise<Journal> {
  const kept = outcomes.filter(({ skipped }) => skipped === undefined).length;
  await replaceFile(linesPath, [task, ...outcomes].map((each) => `${JSON.stringify(each)}\n`).join(""));
  const lines = await open(linesPath, "a");
  const rows = await open(rowsPath, "r+");
  await rows.truncate(npyHeaderBytes + kept * rowLength * 4);
  let end = npyHeaderBytes + kept * rowLength * 4;
  return {
    outcomes,
    rowsPath,
    async append(added, values) {
      try {
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await rows.write(bytes, done, bytes.length - done, end + done);
          done += bytesWritten;
        }
        end += bytes.length;
        await writeWhole(lines, Buffer.from(added.map((each) => `${JSON.stringify(each)}\n`).join("")));
      } catch (error) {
        throw diskFault(folder, error);
      }
    },
    async close() {
      await rows.sync();
      await rows.close();
      await lines.close();
    },
    remove: () => removeFiles(folder, [rowsPath, linesPath]),
  };
}

/** Removes files, and their folder where nothing else is in it (a lock may be). */
async function removeFiles(folder: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { recursive: true, force: true });
  await rmdir(folder).catch(() => {});
}

/** Whole lines of what was done; a last line that was cut off is dropped. */
async function readLines(output: string, path: string, task: Readonly<Record<string, unknown>>): Promise<Outcome[]> {
  if ((await stat(path).catch(() => undefined)) === undefined) return [];
  const [first, ...others] = (await readFile(path, "utf8")).split("\n").slice(0, -1);
  if (first !== undefined && first !== JSON.stringify(task)) throw otherTask(output);
  return others.map((text) => {
    try {
      return line.parse(JSON.parse(text));
    } catch (cause) {
      throw damaged(output, cause);
    }
  });
}

function damaged(output: string, cause: unknown): UserError {
  const fault = {
    where: output,
    expected: "an unfinished part as it was left",
    received: "one that is damaged",
    remedy: "add --force to begin again",
  };
  return new UserError(fault, { cause });
}

function outcomesUpTo(outcomes: readonly Outcome[], rows: number): Outcome[] {
  let counted = 0;
  const end = outcomes.findIndex(({ skipped }) => skipped === undefined && ++counted > rows);
  return outcomes.slice(0, end < 0 ? undefined : end);
}

function otherTask(output: string): UserError {
  return new UserError({
    where: output,
    expected: "an unfinished output of the same model and options",
    received: "one of another",
    remedy: "add --force to begin again, or give another --out",
  });
}
