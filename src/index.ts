// The door `jepa`: models, masks, objectives and schedules, for any runtime (Node, browser, worker).
// Importing it touches no file, no engine and no Node module. The engine's own words are at `jepa/tensor`.
export { CorruptFile, type Fault, Interrupted, ShapeError, UserError } from "./errors/index.ts";
export {
  checkMasks,
  choosePadding,
  type FixedBlockOptions,
  fixedBlockOptions,
  type Grid,
  type MaskBatch,
  type MaskOptions,
  type MultiBlockOptions,
  maskOptions,
  multiBlockOptions,
  type PaddedLengths,
  padMasks,
  sampleMasks,
  type TokenSets,
} from "./masks/index.ts";
export {
  block,
  dense,
  encode,
  initialValues,
  mlp,
  norm,
  officialSizes,
  type ParameterBook,
  parameterBook,
  predict,
  type Scope,
  selfAttention,
  sinCosPositions,
  type TransformerOptions,
} from "./nn/index.ts";
export {
  type Choices,
  type Ijepa,
  type IjepaOptions,
  type IjepaSizes,
  ijepa,
  type Method,
  type Terms,
} from "./objectives/index.ts";
export { cosine, linear, warmupCosine } from "./optim/index.ts";
export { permutation, type RandomStream, randomStream } from "./random/index.ts";
