// The layers of a pre-norm vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929, eq. 2 and 3), with the
// official checkpoints' parameter names: y = x + attn(norm1(x)), z = y + mlp(norm2(y)).

import {
  add,
  attention,
  attentionWeights,
  gelu,
  layerNorm,
  linear,
  reshape,
  slice,
  type Tensor,
} from "../tensor/index.ts";
import { filled, normal } from "./initial.ts";
import type { Scope } from "./scope.ts";

/** Deviation of every weight at the start (official code). */
const weightDeviation = 0.02;

export interface BlockOptions {
  /** Sequences that the rows belong to; rows are ordered sequence by sequence. */
  readonly batch: number;
  readonly heads: number;
  /** Hidden width of the MLP over the width. */
  readonly ratio?: number;
  /** Of the layer norms. */
  readonly epsilon?: number | undefined;
  /** Added to the attention scores, [batch or 1, 1, 1, tokens]: very negative at tokens that are padding. */
  readonly mask?: Tensor | undefined;
  /**
   * First token of each sequence that is answered, 0 when absent: the ones before it are only looked at. What a last
   * block is not asked for is not computed.
   */
  readonly from?: number | undefined;
}

/**
 * One transformer block. x [batch * tokens, width] -> [batch * (tokens - from), width]: only attention cares which rows
 * belong together.
 */
export function block(scope: Scope, x: Tensor, { batch, heads, ratio = 4, mask, epsilon, from }: BlockOptions): Tensor {
  const normalised = norm(scope.at("norm1"), x, { epsilon });
  const attended = selfAttention(scope.at("attn"), normalised, { batch, heads, mask, from });
  const mixed = add(lastTokens(x, batch, from), attended);
  return add(mixed, mlp(scope.at("mlp"), norm(scope.at("norm2"), mixed, { epsilon }), { ratio }));
}

/**
 * Multi-head self-attention; q, k, v are rows of one parameter, `qkv`.
 *
 * @param x [batch * tokens, width]
 * @returns [batch * (tokens - from), width]
 */
export function selfAttention(
  scope: Scope,
  x: Tensor,
  { batch, heads, mask, from }: Omit<BlockOptions, "ratio" | "epsilon">,
): Tensor {
  const width = x.shape[1];
  const [q, k, v] = queryKeyValue(scope, x, { batch, from });
  const mixed = attention(q, k, v, mask === undefined ? { heads } : { heads, mask });
  return dense(scope.at("proj"), reshape(mixed, [-1, width]), width);
}

/**
 * How a block's attention looks from every token at every other.
 *
 * @param x [batch * tokens, width]: the block's input
 * @returns [batch, heads, tokens, tokens], each row adding up to 1
 */
export function attentionMap(
  scope: Scope,
  x: Tensor,
  { batch, heads, epsilon }: Pick<BlockOptions, "batch" | "heads" | "epsilon">,
): Tensor {
  const [q, k] = queryKeyValue(scope.at("attn"), norm(scope.at("norm1"), x, { epsilon }), { batch });
  return attentionWeights(q, k, { heads });
}

/** Queries [batch, tokens - from, width], keys and values [batch, tokens, width]. */
function queryKeyValue(scope: Scope, x: Tensor, { batch, from }: Pick<BlockOptions, "batch" | "from">): Tensor[] {
  const width = x.shape[1];
  const weights = scope.parts("qkv.weight", [3 * width, width], 3, normal(weightDeviation));
  const biases = scope.parts("qkv.bias", [3 * width], 3, filled(0));
  const rows = [lastTokens(x, batch, from), x, x];
  return rows.map((each, i) => reshape(linear(each, weights[i], biases[i]), [batch, each.shape[0] / batch, width]));
}

/** The rows of each sequence's tokens `from` one on. x [batch * tokens, width] -> [batch * (tokens - from), width]. */
function lastTokens(x: Tensor, batch: number, from = 0): Tensor {
  if (from === 0) return x;
  const width = x.shape[1];
  return reshape(slice(reshape(x, [batch, -1, width]), { axis: 1, from }), [-1, width]);
}

/** Two-layer perceptron. x [..., width] -> same. */
export function mlp(scope: Scope, x: Tensor, { ratio }: { readonly ratio: number }): Tensor {
  const width = x.shape[x.shape.length - 1];
  const hidden = gelu(dense(scope.at("fc1"), x, hiddenWidth(width, ratio)));
  return dense(scope.at("fc2"), hidden, width);
}

/** Hidden width of a perceptron, whole also where a file gives the ratio rounded (48 / 11). */
export function hiddenWidth(width: number, ratio: number): number {
  return Math.floor(width * ratio + 1e-6);
}

/** x @ weight^T + bias. x [..., in] -> [..., out]; weight [out, in]. */
export function dense(scope: Scope, x: Tensor, out: number): Tensor {
  const weight = scope.parameter("weight", [out, x.shape[x.shape.length - 1]], normal(weightDeviation));
  return linear(x, weight, scope.parameter("bias", [out], filled(0)));
}

/** Layer norm with scale and shift. x [..., width] -> same; epsilon 1e-6 as in the official networks. */
export function norm(
  scope: Scope,
  x: Tensor,
  { epsilon = 1e-6 }: { readonly epsilon?: number | undefined } = {},
): Tensor {
  const width = x.shape[x.shape.length - 1];
  const scale = scope.parameter("weight", [width], filled(1));
  return layerNorm(x, { scale, shift: scope.parameter("bias", [width], filled(0)), epsilon });
}
