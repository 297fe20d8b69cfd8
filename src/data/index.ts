// The door of `data`: data sets by name or folder, their pictures, and batches made ahead of training.

export { type Batch, type Batches, type BatchOptions, openBatches, requireBatch } from "./batches.ts";
export { dataSetNames, type FetchOptions, fetchDataSet, namedDataSet } from "./data-sets.ts";
export { type Decoded, decodeLimited, decodeWhole, decodingFault, pictureEndings } from "./decode.ts";
export { type ExportedPictures, type ExportOptions, exportPictures } from "./export-pictures.ts";
export { type ClassedFile, listClassedFiles, listPictureFiles, type Skipped } from "./folder-listing.ts";
export { type DataOptions, dataOptions, type Split } from "./options.ts";
export { type OpenOptions, openPictures, type Pictures } from "./pictures.ts";
export type { PictureSource } from "./pixels.ts";
export type { DataProgress, OnProgress } from "./progress.ts";
export { type CropResize, cropResizer } from "./resample.ts";
