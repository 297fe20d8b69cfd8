// The door of embedding: encoders at work, and the features of collections.

export { type CollectedPicture, type Collection, collect } from "./collection.ts";
export { type EmbedCollectionOptions, type EmbeddedCollection, embedCollection } from "./embed-collection.ts";
export { type EmbeddedPictures, type EmbedPicturesOptions, embedPictures } from "./embed-pictures.ts";
export {
  type Embedding,
  type EmbedOptions,
  type Encoded,
  type Encoder,
  openEncoder,
} from "./encoder.ts";
export {
  type IndexedPicture,
  type IndexListing,
  type IndexModel,
  type ModelOpening,
  openIndex,
  type PictureIndex,
  type SkippedPicture,
} from "./index-files.ts";
export { type LoadOptions, load } from "./load.ts";
export { type PatchPlace, type PatchViews, type PatchViewsOptions, patchViews } from "./patch-views.ts";
export { type IndexPicturesOptions, type IndexUpdate, indexPictures } from "./picture-index.ts";
export { type PictureInput, type PictureReader, pictureReader } from "./picture-input.ts";
export { resampledPositions } from "./position-tables.ts";
export type { Outcome } from "./row-journal.ts";
export {
  type DuplicateGroup,
  type DuplicateOptions,
  duplicatePictures,
  embedQuery,
  openSearch,
  type PictureSearch,
  type SimilarPicture,
} from "./similar-pictures.ts";
export { drawDuplicates, drawHits } from "./similar-sheets.ts";
export { type Layer, type TracedOutputs, traceEncoder } from "./trace-encoder.ts";
