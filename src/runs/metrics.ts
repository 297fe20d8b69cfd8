// metrics.jsonl: one JSON object a line, only ever appended to, by one writer. What a checkpoint records is its length
// in bytes; resuming cuts the file back to it, so the lines before stay byte for byte and the steps after are written
// again. They are looked through first: a line that is broken or out of order would otherwise be found by the report,
// when the training is done. A process killed while it writes leaves a last line without its end: readers pass over it.

import { constants, type FileHandle, open, stat, truncate } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { CorruptFile, UserError } from "../errors/index.ts";
import { diskFault, isCode, writeWhole } from "../files/index.ts";

/** What is logged at a step: numbers and short words by name. A number that is not finite is stored as null. */
export interface MetricsLine {
  /** The step that the line is about. */
  readonly step: number;
  readonly [name: string]: number | string | boolean | null | undefined | readonly number[];
}

/** The only writer of a metrics file. */
export interface MetricsWriter {
  /** Length of the file in bytes, all lines complete. */
  readonly bytes: number;
  append(line: MetricsLine): Promise<void>;
  /**
   * Returns when everything appended is on the disk. Throws UserError where the file is no longer at its path: nothing
   * that is told would be found.
   */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a metrics file for appending after its first `bytes` bytes; whatever lies behind them is cut off.
 * Throws CorruptFile where the file is missing, shorter or no file, where its line does not end there, and where a line
 * before is broken or its step not above the one before; the file is left alone then.
 */
export async function openMetrics(path: string, bytes: number): Promise<MetricsWriter> {
  try {
    if (bytes > 0) await checkCounted(path, bytes);
    await cutBack(path, bytes);
  } catch (error) {
    throw notAFile(path, error);
  }
  const file = await open(path, "a");
  let length = bytes;
  return {
    get bytes() {
      return length;
    },
    async append(line) {
      const text = Buffer.from(`${JSON.stringify(line)}\n`);
      try {
        await writeWhole(file, text);
      } catch (error) {
        await truncate(path, length).catch(() => undefined); // a full disk may have taken half a line
        throw error;
      }
      length += text.byteLength;
    },
    async flush() {
      await file.sync();
      await requireInPlace(path, file);
    },
    close: () => file.close(),
  };
}

async function requireInPlace(path: string, file: FileHandle): Promise<void> {
  const [own, there] = await Promise.all([
    file.stat({ bigint: true }),
    stat(path, { bigint: true }).catch(() => undefined),
  ]);
  if (there?.ino === own.ino) return;
  const fault = {
    where: path,
    expected: "the record of the run that is at work, which it goes on writing",
    received: there === undefined ? "none: it was deleted or moved" : "another file in its place",
    remedy: "leave a run's folder as it is while it trains; put it back where it was and resume it, or begin a new run",
  };
  throw new UserError(fault, { exitCode: 1 });
}

async function checkCounted(path: string, bytes: number): Promise<void> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size < bytes)
      throw notAsCounted(path, `at least the ${bytes} bytes that the checkpoint counted`, `${size} bytes`);
    if (!(await endsLine(file, bytes))) throw notAsCounted(path, `a line to end at byte ${bytes}`, "none");
    await checkLines(path, file.createReadStream({ start: 0, end: bytes - 1, autoClose: false }));
  } finally {
    await file.close();
  }
}

async function checkLines(path: string, input: Readable): Promise<void> {
  let number = 0;
  let before = Number.NEGATIVE_INFINITY;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const parsed = parseLine(line);
    number++;
    if (parsed === undefined) throw notAsCounted(`${path}, line ${number}`, lineForm, line);
    if (parsed.step <= before) throw notAsCounted(`${path}, line ${number}`, `a step above ${before}`, parsed.step);
    before = parsed.step;
  }
}

/** The fault of a file that cannot be opened as one, with a remedy that is of use here; another error as it is. */
function notAFile(path: string, error: unknown): unknown {
  const fault = diskFault(path, error);
  if (fault === error || !(fault instanceof UserError) || fault.exitCode !== 2) return fault;
  return notAsCounted(path, fault.expected, fault.received);
}

async function cutBack(path: string, bytes: number): Promise<void> {
  // Not in append mode: Windows forbids cutting a file that is open for appending.
  const file = await open(path, constants.O_RDWR | constants.O_CREAT);
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function endsLine(file: FileHandle, bytes: number): Promise<boolean> {
  const last = new Uint8Array(1);
  await file.read(last, 0, 1, bytes - 1);
  return last[0] === lineFeed;
}

function notAsCounted(where: string, expected: string, received: unknown): CorruptFile {
  const remedy = "put back a copy of the file, or begin a new run under another name";
  return new CorruptFile({ where, expected, received, remedy });
}

const lineFeed = 10;
const lineForm = "a JSON object with a step";

/**
 * Reads all complete lines of a metrics file; none where there is no file.
 * Throws CorruptFile where a complete line is not a JSON object with a step.
 */
export async function readMetrics(path: string): Promise<MetricsLine[]> {
  const text = await readFrom(path, 0);
  return completeLines(text).map((line, index) => {
    const parsed = parseLine(line);
    if (parsed !== undefined) return parsed;
    const where = `${path}, line ${index + 1}`;
    throw new CorruptFile({
      where,
      expected: lineForm,
      received: line,
      remedy: "put back a copy of the file",
    });
  });
}

/** The last complete line of a metrics file, read from its end; undefined where there is none. */
export async function readLastMetrics(path: string): Promise<MetricsLine | undefined> {
  const size = await stat(path).then(
    (status) => status.size,
    () => 0,
  );
  const line = completeLines(await readFrom(path, Math.max(0, size - longestLine))).at(-1);
  return line === undefined ? undefined : parseLine(line);
}

const longestLine = 65_536;

async function readFrom(path: string, start: number): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (isCode(error, "ENOENT")) return "";
    throw diskFault(path, error);
  }
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of file.createReadStream({ start, autoClose: false })) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    throw diskFault(path, error);
  } finally {
    await file.close();
  }
}

function completeLines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

function parseLine(line: string): MetricsLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLine(value: unknown): value is MetricsLine {
  return typeof value === "object" && value !== null && "step" in value && typeof value.step === "number";
}
