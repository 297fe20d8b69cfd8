// The second door of `data`: what runs in any runtime: resizing. No Node module is loaded with it.

export { type CropResize, cropResizer } from "./resample.ts";
