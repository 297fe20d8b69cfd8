// The door of the hub: models in directories, checkpoints and runs, opened and written.

export { configText, type EncoderConfig, type EncoderSizes, parseConfig } from "./encoder-config.ts";
export { exportDirectory } from "./export-directory.ts";
export { exportOnnx } from "./export-onnx.ts";
export type { ExportedHead } from "./exported-head.ts";
export type { DownloadOptions } from "./hub-download.ts";
export { type LocatedTensor, placeOf, readLocated } from "./located.ts";
export { openDirectory } from "./model-directory.ts";
export { modelWords, type OpenModelOptions, openAnyModel, openModel } from "./open-model.ts";
export { encoderDeclarations, type OpenedHead, type OpenedModel, type WhichEncoder } from "./opened-model.ts";
export {
  halfPixels,
  type PictureSize,
  type Preprocessing,
  parsePreprocessing,
  preprocessingText,
} from "./preprocessing.ts";
export { type OpenedVideoModel, openVideoDirectory } from "./vjepa2-directory.ts";
