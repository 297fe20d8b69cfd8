// The second door of `files`: what runs in any runtime: the header of safetensors, and how tensors differ from those
// wanted. No Node module is loaded with it.

export { headerLength, parseHeader, prefixBytes } from "./safetensors-header.ts";
export { checkTensors } from "./tensor-differences.ts";
