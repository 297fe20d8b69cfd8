// The door of `errors`: faults as data with a remedy, and the nearest name for "did you mean".

export type { ExitCode, Fault, UserErrorOptions } from "./faults.ts";
export { CorruptFile, Interrupted, ShapeError, UserError } from "./faults.ts";
export { nearest } from "./nearest.ts";
export { loadOptional } from "./optional-package.ts";
