// The door of `random`: counter-based streams named by (seed, key), and permutations.

export type { RandomStream } from "./stream.ts";
export { permutation, randomStream } from "./stream.ts";
