// The door of the runtime: compile a graph and run it.

export { type Layout, layOut, type Placed, type StoreEntry, viewOf } from "./flat-store.ts";
export { openNodeRuntime, type RuntimeOptions } from "./onnxruntime-node.ts";
export { ProgramShelf } from "./program-shelf.ts";
export {
  type CompileOptions,
  cachedElements,
  type Device,
  defaultDevice,
  type Port,
  type Program,
  type Runtime,
  type StoredInputs,
  type Values,
  withProgram,
} from "./runtime.ts";
