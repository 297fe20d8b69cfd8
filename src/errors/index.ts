// The door of `errors`: faults as data with a remedy, the nearest name for "did you mean", words as a shell takes them.

export type { ExitCode, Fault, UserErrorOptions } from "./faults.ts";
export { CorruptFile, Interrupted, ShapeError, UserError } from "./faults.ts";
export { nearest } from "./nearest.ts";
export { loadOptional } from "./optional-package.ts";
export { shellWord } from "./shell-word.ts";
