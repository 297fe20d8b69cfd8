// The second door of `embedding`: what runs in any runtime: the encoder's graph, positions of other grids, pictures at
// the model's size. No Node module is loaded with it.

export { pictureFitter } from "./picture-fitter.ts";
export { contentOf, plainPicture } from "./plain-picture.ts";
export { resampledPositions } from "./position-tables.ts";
export { gridOf, traceEncoder } from "./trace-encoder.ts";
