// The door of embedding: encoders at work, and the features of collections.

export { type CollectedPicture, type Collection, collect } from "./collection.ts";
export { type EmbedCollectionOptions, type EmbeddedCollection, embedCollection } from "./embed-collection.ts";
export {
  type Embedding,
  type EmbedOptions,
  type Encoded,
  type Encoder,
  openEncoder,
} from "./encoder.ts";
export { type PatchPlace, type PatchViews, type PatchViewsOptions, patchViews } from "./patch-views.ts";
export { type PictureInput, type PictureReader, pictureReader } from "./picture-input.ts";
export { resampledPositions } from "./position-tables.ts";
export type { Outcome } from "./row-journal.ts";
export { type Layer, type TracedOutputs, traceEncoder } from "./trace-encoder.ts";
