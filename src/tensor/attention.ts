// Scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762, eq. 1): softmax(q k^T / sqrt(d) + mask) v, by
// heads. Without gradient it lowers to one operator that never holds the scores. Its gradient needs the probabilities;
// where they are part of the graph anyway, the simplifier lets the forward pass share them (see `simplify.ts`).

import { matmul } from "./contraction.ts";
import { productReference } from "./contraction-reference.ts";
import { add, mul, sub } from "./elementwise.ts";
import type { Emitter } from "./emitter.ts";
import type { Shape, Signature, Tensor } from "./graph.ts";
import { reshape, transpose } from "./movement.ts";
import { softmax, softmaxOfRow } from "./normalisation.ts";
import { type Context, operation, type TensorFunction } from "./operation.ts";
import { sum } from "./reduction.ts";
import { axes, elements, fitsInto, requireSame, shapeError } from "./shapes.ts";

/** How queries attend. */
export interface AttentionOptions {
  readonly heads: number;
  /**
   * Added to the scores, [batch or 1, heads or 1, queries or 1,
   * keys]: 0 where a query may look, very negative where not.
   */
  readonly mask?: Tensor;
}
type Attributes = { readonly heads: number };

/**
 * Attention of queries over keys and values.
 *
 * @param q [batch, queries, heads * d]
 * @param k [batch, keys, heads * d]
 * @param v [batch, keys, heads * d]
 * @returns [batch, queries, heads * d]
 */
export const attention: TensorFunction<[q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions]> = operation(
  "attention",
  {
    call: (q: Tensor, k: Tensor, v: Tensor, { heads, mask }: AttentionOptions) => ({
      inputs: mask === undefined ? [q, k, v] : [q, k, v, mask],
      attributes: { heads },
    }),
    shape: ([q, k, v, mask], { heads }) => {
      const { batch, queries, width } = axes("attention", q, "batch queries width");
      const { keys } = axes("attention", k, "batch keys width", { batch, width });
      axes("attention", v, "batch keys width", { batch, keys, width });
      if (mask !== undefined) requireMask(mask, [batch, heads, queries, keys]);
      requireSame("attention", `width to be a multiple of ${heads} heads: remainder`, 0, width % heads, q.shape);
      return { shape: q.shape, dtype: q.dtype };
    },
    gradient: ([q, k, v, mask], _y, dy, { heads }) => {
      const parts = [q, k, v].map((x) => splitHeads(x, heads));
      const chances = probabilities(parts[0], parts[1], mask);
      const slope = splitHeads(dy, heads);
      const dv = matmul(chances, slope, { transposeA: true });
      const dchances = matmul(slope, parts[2], { transposeB: true });
      // The softmax's gradient subtracts sum_j p_j dp_j, which is
      // sum_d dy_d y_d: over a head's features, not over the keys.
      const drift = sum(mul(slope, matmul(chances, parts[2])), { axes: -1, keep: true });
      const dscores = mul(chances, sub(dchances, drift));
      const scale = headScale(q.shape, heads);
      const dq = matmul(dscores, parts[1], { scale });
      const dk = matmul(dscores, parts[0], { transposeA: true, scale });
      return [...[dq, dk, dv].map(mergeHeads), mask === undefined ? undefined : dscores];
    },
    lower: (emitter, [q, k, v, mask], { attributes: { heads }, inputs: [queries, keys, , masks] }) =>
      multiHeadAttention(emitter, [q, k, v, "", "", spreadMask(emitter, mask, [queries, keys, masks], heads)], heads),
    reference: attentionReference,
    flops: flopsOfAttention,
  },
);

/**
 * attention(q + biases[0], k + biases[1], v + biases[2]) in fewer passes over memory; a bias is [heads * d].
 * The simplifier makes it of an attention whose dense layers nobody else reads.
 */
export const biasedAttention: TensorFunction<
  [parts: readonly Tensor[], biases: readonly Tensor[], options: AttentionOptions]
> = operation("biasedAttention", {
  call: (parts: readonly Tensor[], biases: readonly Tensor[], { heads, mask }: AttentionOptions) => ({
    inputs: mask === undefined ? [...parts, ...biases] : [...parts, ...biases, mask],
    attributes: { heads },
  }),
  shape: ([q, k, v, bq, bk, bv, ...mask], { heads }) => {
    for (const bias of [bq, bk, bv]) axes("biasedAttention", bias, "width", { width: q.shape[2] });
    return attention.row.shape([q, k, v, ...mask], { heads })[0];
  },
  gradient: (inputs, y, dy, attributes) => {
    const [dq, dk, dv, ...dmask] = attention.row.gradient(withBiasesAdded(inputs), [y], [dy], attributes);
    return [dq, dk, dv, dq, dk, dv, ...dmask];
  },
  lower: (emitter, [q, k, v, bq, bk, bv, mask], { attributes: { heads }, inputs }) => {
    const biases = emitter.node("Concat", [bq, bk, bv], { axis: 0 });
    const spread = spreadMask(emitter, mask, [inputs[0], inputs[1], inputs[6]], heads);
    return multiHeadAttention(emitter, [q, k, v, biases, "", spread], heads);
  },
  reference: (inputs, { attributes, inputs: signatures, outputs }) => {
    const biased = [0, 1, 2].map((part) =>
      inputs[part].map((value, at) => value + inputs[3 + part][at % inputs[3 + part].length]),
    );
    const without = <T>(list: readonly T[]) => [...list.slice(0, 3), ...list.slice(6)];
    const context = { attributes, inputs: without(signatures), outputs };
    return attentionReference([...biased, ...inputs.slice(6)], context);
  },
  flops: flopsOfAttention,
});

/** The inputs of the attention that a biased one stands for. */
export function withBiasesAdded([q, k, v, bq, bk, bv, ...mask]: readonly Tensor[]): Tensor[] {
  return [add(q, bq), add(k, bk), add(v, bv), ...mask];
}

/**
 * The operator that never holds the scores. Inputs: queries, keys, values, biases, padding, mask; "" where there is
 * none.
 */
function multiHeadAttention(emitter: Emitter, inputs: readonly string[], heads: number): string {
  const given = inputs.slice(0, inputs.findLastIndex((name) => name !== "") + 1);
  return emitter.node("MultiHeadAttention", given, { num_heads: heads }, { domain: "com.microsoft" });
}

/** The operator wants a mask of every query and key; "" where there is no mask. */
function spreadMask(
  emitter: Emitter,
  name: string | undefined,
  [q, k, mask]: readonly Signature[],
  heads: number,
): string {
  if (name === undefined) return "";
  const own = (axis: number) => mask.shape[mask.shape.length - 4 + axis] ?? 1;
  const scores = [own(0) === 1 ? 1 : q.shape[0], own(1) === 1 ? 1 : heads, q.shape[1], k.shape[1]];
  return emitter.node("Expand", [name, emitter.integers(scores)]);
}

function flopsOfAttention({ inputs: [q, k] }: Context<Attributes>): number {
  return 4 * elements(q.shape) * k.shape[1];
}

/** The same mathematics in primitive operations, which share the probabilities with the gradient. */
export function attentionByParts(inputs: readonly Tensor[], heads: number): Tensor {
  const [q, k, v, mask] = inputs;
  const parts = [q, k, v].map((x) => splitHeads(x, heads));
  return mergeHeads(matmul(probabilities(parts[0], parts[1], mask), parts[2]));
}

/**
 * What `attention` weighs the values by.
 *
 * @param q [batch, queries, heads * d]
 * @param k [batch, keys, heads * d]
 * @returns [batch, heads, queries, keys], each row adding up to 1
 */
export function attentionWeights(q: Tensor, k: Tensor, { heads, mask }: AttentionOptions): Tensor {
  return probabilities(splitHeads(q, heads), splitHeads(k, heads), mask);
}

/** [batch, heads, queries, keys], each row adding up to 1; q and k split by heads. */
function probabilities(q: Tensor, k: Tensor, mask: Tensor | undefined): Tensor {
  const scores = matmul(q, k, { transposeB: true, scale: 1 / Math.sqrt(q.shape[3]) });
  return softmax(mask === undefined ? scores : add(scores, mask));
}

function headScale(shape: Shape, heads: number): number {
  return 1 / Math.sqrt(shape[2] / heads);
}

/** [batch, tokens, heads * d] -> [batch, heads, tokens, d] */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, tokens, width] = x.shape;
  return transpose(reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, tokens, d] -> [batch, tokens, heads * d] */
export function mergeHeads(x: Tensor): Tensor {
  const [batch, heads, tokens, size] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * size]);
}

function attentionReference(inputs: readonly Float64Array[], context: Context<Attributes>): Float64Array {
  const { heads } = context.attributes;
  const [q, k] = context.inputs;
  const [batch, queries, width] = q.shape;
  const keys = k.shape[1];
  const size = width / heads;
  const result = new Float64Array(elements(q.shape));
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const [query, key, value] = [queries, keys, keys].map((tokens, i) =>
        Float64Array.from({ length: tokens * size }, (_, at) => {
          const token = Math.floor(at / size);
          return inputs[i][(b * tokens + token) * width + h * size + (at % size)];
        }),
      );
      const scores = product(query, key, [queries, size], [keys, size], true, 1 / Math.sqrt(size));
      for (let row = 0; row < queries; row++) {
        const line = scores.subarray(row * keys, (row + 1) * keys);
        line.forEach((_, column) => {
          line[column] += maskAt(inputs[3], context.inputs[3], [b, h, row, column]);
        });
        line.set(softmaxOfRow(line));
      }
      const mixed = product(scores, value, [queries, keys], [keys, size], false, 1);
      mixed.forEach((x, at) => {
        result[(b * queries + Math.floor(at / size)) * width + h * size + (at % size)] = x;
      });
    }
  }
  return result;
}

function product(a: Float64Array, b: Float64Array, shapeA: Shape, shapeB: Shape, transposeB: boolean, scale: number) {
  const columns = transposeB ? shapeB[0] : shapeB[1];
  return productReference([a, b], {
    attributes: { transposeA: false, transposeB, scale },
    inputs: [shapeA, shapeB].map((shape) => ({ shape, dtype: "f32" })),
    outputs: [{ shape: [shapeA[0], columns], dtype: "f32" }],
  });
}

function maskAt(mask: Float64Array | undefined, signature: Signature | undefined, index: readonly number[]): number {
  if (mask === undefined || signature === undefined) return 0;
  const offset = 4 - signature.shape.length;
  return mask[signature.shape.reduce((at, size, axis) => at * size + (size === 1 ? 0 : index[axis + offset]), 0)];
}

function requireMask({ shape }: Signature, scores: Shape): void {
  if (fitsInto(shape, scores)) return;
  throw shapeError("attention", `a mask that spreads over the scores [${scores.join(", ")}]`, `[${shape.join(", ")}]`, [
    "give it a 1 where it is the same for all",
  ]);
}
