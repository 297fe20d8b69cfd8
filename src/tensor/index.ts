// The door of the engine's symbolic half: tensors, operations, gradients, and the way to ONNX.

export { erf, gelu, relu, sigmoid, tanh } from "./activation.ts";
export { type AttentionOptions, attention, attentionWeights, biasedAttention } from "./attention.ts";
export { and, cast, equal, greater, greaterEqual, less, lessEqual, not, or, where } from "./comparison.ts";
export { affine, linear, matmul, type ProductOptions } from "./contraction.ts";
export { flopsOf } from "./cost.ts";
export {
  abs,
  add,
  clip,
  cos,
  div,
  exp,
  floor,
  log,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  sign,
  sin,
  sqrt,
  square,
  sub,
} from "./elementwise.ts";
export { emit } from "./emit.ts";
export { emitAnyBatch } from "./emit-any-batch.ts";
export { type Branches, branchSelector, emitBranches } from "./emit-branches.ts";
export type { Emitter } from "./emitter.ts";
export { gradients } from "./gradients.ts";
export {
  type Attributes,
  constant,
  type DType,
  input,
  type Node,
  type NumberArray,
  ownNames,
  reachableNodes,
  type Shape,
  type Signature,
  type Tensor,
  type TensorLike,
} from "./graph.ts";
export { argMax, gather, oneHot, scatterAdd, topK } from "./indexing.ts";
export { interpret } from "./interpret.ts";
export { concat, expand, pad, reshape, slice, split, stopGradient, transpose } from "./movement.ts";
export {
  crossEntropy,
  type LayerNormOptions,
  layerNorm,
  logSoftmax,
  softmax,
  standardise,
} from "./normalisation.ts";
export { type OnnxConstant, type OnnxModel, type OnnxNode, onnxBytes, type StoredValues } from "./onnx.ts";
export { type Context, type Operation, operation, wideOperation } from "./operation.ts";
export { operations } from "./operations.ts";
export { logSumExp, max, mean, min, type ReductionOptions, sum, sumOfSquares, variance } from "./reduction.ts";
export { axes, elements, shapeError } from "./shapes.ts";
export { simplify } from "./simplify.ts";
export { inStandardOperators } from "./standard-operators.ts";
export { verify } from "./verify.ts";
