// The second door of `figures`: what runs in any runtime: colours of patches. No Node module is loaded with it.

export { colourMaps } from "./colour-maps.ts";
