// What a worker thread and the thread that asked it say to each other.
// An error loses its class on the way, so it goes as its parts.

import { CorruptFile, UserError } from "../errors/index.ts";
import type { StepPictures } from "./batch.ts";

/** A step to make, or the wish that the thread ends. */
export type Request = { readonly step: number } | "close";

/** A step that was made, or why it was not. */
export type Reply =
  | { readonly step: number; readonly made: StepPictures }
  | { readonly step: number; readonly fault: PlainFault };

/** An error as plain data. */
export interface PlainFault {
  readonly name: string;
  readonly message: string;
  /** The parts of a UserError. */
  readonly user?: {
    readonly where: string;
    readonly expected: string;
    readonly received: string;
    readonly remedy: string;
    readonly exitCode: 1 | 2 | 3;
  };
}

/** The parts of an error. */
export function plainFault(error: unknown): PlainFault {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  if (!(error instanceof UserError)) return { name, message };
  const { where, expected, received, remedy, exitCode } = error;
  const shown = received instanceof Error ? received.message : String(received);
  return { name, message, user: { where, expected, received: shown, remedy, exitCode } };
}

/** The error that has these parts; a UserError or CorruptFile where it was one. */
export function revivedFault({ name, message, user }: PlainFault): Error {
  if (user === undefined) return new Error(`internal: in a data thread: ${name}: ${message}`);
  const { exitCode, ...fault } = user;
  return name === "CorruptFile" ? new CorruptFile(fault, { exitCode }) : new UserError(fault, { exitCode });
}
