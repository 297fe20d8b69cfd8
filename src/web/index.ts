// The door `jepa/web`: encoders of model directories in a browser, by their address. No Node module is loaded with it,
// and the engine (onnxruntime-web) when an encoder is loaded.

export { plainPicture } from "../embedding/any-runtime.ts";
export { CorruptFile, type Fault, UserError } from "../errors/index.ts";
export type { Grid } from "../nn/index.ts";
export { type LoadEncoderOptions, loadEncoder, type WebEmbedding, type WebEncoder } from "./encoder.ts";
export { cosine, type PatchColours, patchColours } from "./looks.ts";
export type { CanvasLike, PixelData, RgbPicture, WebPicture } from "./pixels.ts";
