// What the operating system says about a file, turned into a fault that a person can cure.

import { UserError } from "../errors/index.ts";

interface Cure {
  readonly expected: string;
  readonly received: string;
  readonly remedy: string;
  /** 1: the machine failed; 2: the path that was given is wrong. */
  readonly exitCode: 1 | 2;
}

const forbidden: Cure = {
  expected: "permission to use this path",
  received: "permission denied",
  remedy: "change its permissions, or choose another path",
  exitCode: 2,
};

const cures: Readonly<Record<string, Cure>> = {
  ENOSPC: full("a full disk"),
  EDQUOT: full("an exhausted disk quota"),
  EFBIG: {
    expected: "a file system, and a limit of the shell (ulimit -f), that take a file of this size",
    received: "a file that would be too large",
    remedy: "raise the limit, or choose a folder on another file system",
    exitCode: 1,
  },
  EIO: {
    expected: "a disk that works",
    received: "an input/output error",
    remedy: "check the disk, or use another one",
    exitCode: 1,
  },
  EROFS: {
    expected: "a folder that can be written",
    received: "a read-only file system",
    remedy: "choose a folder on another file system",
    exitCode: 1,
  },
  EACCES: forbidden,
  EPERM: forbidden,
  ENOENT: absent("no such file or folder"),
  ENOTDIR: absent("a file where a folder should be"),
  EISDIR: { expected: "a file", received: "a folder", remedy: "give the path of a file", exitCode: 2 },
  EEXIST: {
    expected: "a folder, or nothing yet",
    received: "something else of this name",
    remedy: "move it away, or choose another path",
    exitCode: 2,
  },
  ELOOP: {
    expected: "an existing path",
    received: "a link that leads back to itself",
    remedy: "mend the link, or give another path",
    exitCode: 2,
  },
  ENAMETOOLONG: {
    expected: "a path that the disk can hold",
    received: "one that is too long",
    remedy: "give a shorter one",
    exitCode: 2,
  },
  EMFILE: {
    expected: "a free file descriptor",
    received: "too many open files",
    remedy: "raise the limit (ulimit -n) or close other programs",
    exitCode: 1,
  },
};

/**
 * The fault that a failed file operation amounts to, or the error itself where it is none that we know.
 *
 * @param path what was read or written; becomes `where`
 * @param error what `node:fs` threw; a UserError passes through unchanged
 */
export function diskFault(path: string, error: unknown): unknown {
  const cure = cures[errorCode(error) ?? ""];
  if (cure === undefined) return error;
  const { exitCode, ...parts } = cure;
  return new UserError({ where: shortened(path), ...parts }, { exitCode, cause: error });
}

/** The code of a Node error, such as `ENOENT`; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether an error is a system error with one of these codes, such as `ENOENT`. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(errorCode(error) ?? "");
}

/** No path that a disk can hold is longer than 4096 bytes; the beginning of a longer one tells which it is. */
function shortened(path: string): string {
  return path.length > 4096 ? `${path.slice(0, 100)}...` : path;
}

function full(received: string): Cure {
  return { expected: "room on the disk", received, remedy: "free some space, or choose another folder", exitCode: 1 };
}

function absent(received: string): Cure {
  return { expected: "an existing path", received, remedy: "check the path", exitCode: 2 };
}
