// The second door of `hub`: what runs in any runtime: the files of a model directory, read from their content. No Node
// module is loaded with it.

export { type EncoderConfig, parseConfig } from "./encoder-config.ts";
export { encoderEntries } from "./encoder-entries.ts";
export type { HeldParameter } from "./held-parameters.ts";
export {
  defaultPreprocessing,
  ownSize,
  type PictureSize,
  type Preprocessing,
  parsePreprocessing,
} from "./preprocessing.ts";
export { shardNames } from "./shard-index.ts";
export { widened } from "./widened.ts";
