// The door of the networks: layers as functions of (scope, tensor), and the parameters they declare.

export { costOfBlock } from "./block-cost.ts";
export { filled, fillInitial, type Initial, initialValues, normal } from "./initial.ts";
export { attentionMap, type BlockOptions, block, dense, hiddenWidth, mlp, norm, selfAttention } from "./layers.ts";
export {
  embedPatches,
  type Grid,
  imageNetPixels,
  type PixelStatistics,
  patchesOf,
  positionTable,
  projectPatches,
  takeTokens,
} from "./patches.ts";
export { sinCosPositions } from "./positions.ts";
export { type PredictOptions, predict } from "./predictor.ts";
export { type Declaration, type ParameterBook, type ParameterLeaf, parameterBook, type Scope } from "./scope.ts";
export {
  type EncodeOptions,
  encode,
  encodeLayers,
  hiddenStates,
  type OfficialSize,
  officialSizes,
  type TransformerOptions,
} from "./vision-transformer.ts";
export { checkMultiple, checkWidth } from "./widths.ts";
