// Errors as data: what went wrong, where, and what to do about it, in four parts that a sentence is made from at
// the edge. A typed class exists only where a caller reacts to it; everything a person can cause is a UserError.

/** The four parts that every message for a person has. */
export interface Fault {
  /** Recipe field, flag, file or function that the fault is about, such as `data.crop`. */
  readonly where: string;
  /** What would have been right, as the words after "expected": `a multiple of the patch size 16`. */
  readonly expected: string;
  /** What came instead, shown by value. */
  readonly received: unknown;
  /** What to do, as an instruction: `use 224 or 240`. */
  readonly remedy: string;
}

/**
 * Process exit codes of a fault: 1 failed (disk, network), 2 misused (what the user gave is wrong), 3 a check not met.
 */
export type ExitCode = 1 | 2 | 3;

/** How a fault ends the process, and what lay beneath it. */
export interface UserErrorOptions {
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/**
 * A fault that a person can cure; its message is the whole sentence `where: expected E, received R: remedy`.
 * The exit code is 2 unless said otherwise. The stack is for `--debug` only.
 */
export class UserError extends Error implements Fault {
  override readonly name: string = "UserError";
  readonly where: string;
  readonly expected: string;
  readonly received: unknown;
  readonly remedy: string;
  readonly exitCode: ExitCode;

  constructor(fault: Fault, options: UserErrorOptions = {}) {
    super(sentence(fault), "cause" in options ? { cause: options.cause } : undefined);
    this.where = fault.where;
    this.expected = fault.expected;
    this.received = fault.received;
    this.remedy = fault.remedy;
    this.exitCode = options.exitCode ?? 2;
  }
}

/** Shapes or types of tensors that do not fit, found while a program is traced. */
export class ShapeError extends UserError {
  override readonly name: string = "ShapeError";
}

/** A file whose content is not what its kind or its checksum promises. */
export class CorruptFile extends UserError {
  override readonly name: string = "CorruptFile";
}

/** The person asked to stop (SIGINT, SIGTERM or an aborted signal); not a fault, exit code 130. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";

  constructor(message = "interrupted") {
    super(message);
  }
}

function sentence({ where, expected, received, remedy }: Fault): string {
  return printable(`${where}: expected ${expected}, received ${shown(received)}: ${remedy}`);
}

const longestValue = 200;

function shown(value: unknown): string {
  const text = words(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}

function words(value: unknown): string {
  if (typeof value === "string") return value === "" ? '""' : value;
  if (value === undefined) return "nothing";
  if (value instanceof Error) return value.message;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value); // cyclic, or holds a bigint
  }
}

// Names of files and runs may hold escape codes that would drive the reader's terminal: they are shown, not sent.
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
