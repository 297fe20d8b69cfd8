// The door `jepa`: what runs anywhere (Node, browser, worker). Importing it touches no file, no engine and no Node module.
export { CorruptFile, type Fault, Interrupted, ShapeError, UserError } from "./errors/index.ts";
export { permutation, type RandomStream, randomStream } from "./random/index.ts";
