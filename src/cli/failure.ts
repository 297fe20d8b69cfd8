// From whatever was thrown to what the person is told: the sentence, its parts for --json, and the exit code.
// Faults of a person or a machine carry their remedy; anything else is a fault of ours and says so.
import { Interrupted, UserError } from "../errors/index.ts";
import { diskFault, errorCode } from "../files/index.ts";
import type { Outcome } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/** The parts of an error under --json. */
interface Parts {
  readonly where: string;
  readonly expected: string;
  readonly received: string;
  readonly remedy: string;
}

/** System codes that mean the network, or that there is none. */
const networkCodes: readonly string[] = [
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENETUNREACH",
  "ENOTFOUND",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
];

/**
 * System codes that mean the disk or its permissions; others,
 * such as a missing file, are our fault when they arrive here.
 */
const diskCodes: readonly string[] = ["ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EMFILE", "EIO"];

/**
 * Tells the person what went wrong and returns the exit code.
 * Under --json the error is also the one value on standard output.
 */
export function tell(thrown: unknown, terminal: Terminal): Outcome {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const fault = faultOf(error);
  const exitCode = exitCodeOf(fault);
  const message = fault instanceof UserError || fault instanceof Interrupted ? fault.message : ourFault(fault);
  const stack = terminal.manner.debug ? error.stack : undefined;
  terminal.record({ error: { ...partsOf(fault), message, exitCode, ...(stack === undefined ? {} : { stack }) } });
  terminal.failure(stack === undefined ? message : `${message}\n${stack}`);
  return exitCode;
}

/** The fault of a person or a machine that `error` is, or has as a cause; else the error itself. */
function faultOf(error: Error): Error {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UserError || cause instanceof Interrupted) return cause;
    const code = errorCode(cause) ?? "";
    if (networkCodes.includes(code)) return networkFault(cause);
    const path = "path" in cause && typeof cause.path === "string" ? cause.path : "this machine";
    const fault = diskCodes.includes(code) ? diskFault(path, cause) : cause;
    if (fault instanceof UserError) return fault;
  }
  return error;
}

function networkFault(cause: Error): UserError {
  const remedy = "connect to the network, then run the command again";
  return new UserError({ where: "network", expected: "a connection", received: cause, remedy }, { exitCode: 1, cause });
}

function exitCodeOf(fault: Error): Outcome {
  if (fault instanceof Interrupted) return 130;
  return fault instanceof UserError ? fault.exitCode : 1;
}

function partsOf(fault: Error): Parts | undefined {
  if (!(fault instanceof UserError)) return undefined;
  const { where, expected, received, remedy } = fault;
  return { where, expected, received: wordsOf(received), remedy };
}

/** What was received, in words, whatever it is: an object out of a recipe may have no prototype. */
function wordsOf(received: unknown): string {
  if (received === undefined) return "nothing";
  if (received instanceof Error) return received.message;
  return typeof received === "object" && received !== null ? JSON.stringify(received) : String(received);
}

function ourFault({ message }: Error): string {
  const told = message.startsWith("internal:") ? message : `internal: ${message}`;
  return `${told}\nThis is a fault of jepa, not of yours: run the command again with --debug and report it with what "jepa doctor" prints`;
}
