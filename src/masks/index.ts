// The door of `masks`: which patches a picture's context and targets are, drawn on the host from random streams.

export { checkMasks } from "./check.ts";
export type { MaskStreams } from "./multi-block.ts";
export type { FixedBlockOptions, Grid, MaskOptions, MaskOptionsInput, MultiBlockOptions } from "./options.ts";
export { fixedBlockOptions, maskOptions, multiBlockOptions } from "./options.ts";
export { blankMasks, choosePadding, type PaddedLengths, padMasks } from "./padded-lengths.ts";
export { maskStreams, sampleMasks } from "./sample.ts";
export type { MaskBatch, TokenSets } from "./token-sets.ts";
export { padTo } from "./token-sets.ts";
