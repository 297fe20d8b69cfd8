// The door `jepa/node`: what needs files, threads and the native engine: data, training, evaluation, runs.
export { CorruptFile, type Fault, Interrupted, ShapeError, UserError } from "./errors/index.ts";
