// The door of `files`: safetensors, files that appear whole or not at all, small texts, faults of the disk, the cache
// folder.

export { isAlive } from "./alive.ts";
export { cacheFolder, type Environment } from "./cache.ts";
export { diskFault, errorCode, isCode } from "./disk.ts";
export { makeFolders } from "./make-folders.ts";
export { type NpyArray, npyHeader, npyHeaderBytes, readNpy } from "./npy.ts";
export { readUpTo, withOpenFile } from "./reading.ts";
export { replaceFile, replaceFileBy, writeWhole } from "./replace.ts";
export { replaceFolderBy, requireFree } from "./replace-folder.ts";
export {
  readSafetensors,
  readSafetensorsHeader,
  type Safetensors,
  type Tally,
  type TensorSource,
  writeSafetensors,
  writeSafetensorsFrom,
} from "./safetensors.ts";
export type { SafetensorsHeader, StoredEntry } from "./safetensors-header.ts";
export { bytesOf, type StoredTensor, type StoredType, storedTensor } from "./stored.ts";
export { checkTensors, type TensorCheck, type WantedTensors } from "./tensor-differences.ts";
export { readText } from "./text.ts";
