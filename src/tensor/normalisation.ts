// Normalisations along the last axis: softmax, log-softmax, layer norm (Ba et al. 2016, arXiv 1607.06450).

import { matmul } from "./contraction.ts";
import { add, div, exp, mul, neg, sqrt, square, sub } from "./elementwise.ts";
import { constant, type Signature, type Tensor } from "./graph.ts";
import { expand, reshape } from "./movement.ts";
import { operation, type TensorFunction, type WideFunction, wideOperation } from "./operation.ts";
import { mean, sum } from "./reduction.ts";
import { elements, requireSame, requireType } from "./shapes.ts";

/** exp(x) / sum(exp(x)) along the last axis. */
export const softmax: TensorFunction<[x: Tensor]> = operation("softmax", {
  call: (x: Tensor) => ({ inputs: [x], attributes: {} }),
  shape: ([x]) => floatsLike("softmax", x),
  gradient: (_inputs, y, dy) => [mul(y, sub(dy, sum(mul(dy, y), { axes: -1, keep: true })))],
  lower: (emitter, inputs) => emitter.node("Softmax", inputs, { axis: -1 }),
  reference: ([x], { inputs }) => alongLastAxis(x, inputs[0], softmaxOfRow),
  flops: ({ outputs }) => 5 * elements(outputs[0].shape),
});

/** log(softmax(x)) along the last axis. */
export const logSoftmax: TensorFunction<[x: Tensor]> = operation("logSoftmax", {
  call: (x: Tensor) => ({ inputs: [x], attributes: {} }),
  shape: ([x]) => floatsLike("logSoftmax", x),
  gradient: (_inputs, y, dy) => [sub(dy, mul(exp(y), sum(dy, { axes: -1, keep: true })))],
  lower: (emitter, inputs) => emitter.node("LogSoftmax", inputs, { axis: -1 }),
  reference: ([x], { inputs }) => alongLastAxis(x, inputs[0], (row) => softmaxOfRow(row).map(Math.log)),
  flops: ({ outputs }) => 5 * elements(outputs[0].shape),
});

/**
 * Layer norm with its statistics: (x - mean) / sqrt(variance + epsilon) * scale + shift over the
 * last axis, variance with divisor n. Outputs the result, the mean and the inverse deviation (the
 * latter two keep the axis at size 1).
 */
export const layerNormWithStatistics: WideFunction<[x: Tensor, scale: Tensor, shift: Tensor, epsilon: number]> =
  wideOperation("layerNorm", {
    call: (x: Tensor, scale: Tensor, shift: Tensor, epsilon: number) => ({
      inputs: [x, scale, shift],
      attributes: { epsilon },
    }),
    shape: ([x, scale, shift]) => {
      const width = x.shape[x.shape.length - 1];
      for (const affine of [scale, shift])
        requireSame("layerNorm", "scale and shift of", width, elements(affine.shape), x.shape);
      const statistic: Signature = { shape: x.shape.with(-1, 1), dtype: "f32" };
      return [floatsLike("layerNorm", x), statistic, statistic];
    },
    gradient: ([x, scale], [, , inverse], [dy, dmean, dinverse], { epsilon }) => {
      const ofStatistics = slopeOfStatistics(x, inverse, { dmean, dinverse, epsilon });
      if (dy === undefined) return [ofStatistics];
      // The two means along the last axis are products with the
      // scale: they read the gradient and write one number a row.
      const width = x.shape[x.shape.length - 1];
      const column = reshape(scale, [width, 1]);
      const normalised = layerNorm(x, { epsilon });
      const aligned = mul(dy, normalised);
      const meanSlope = meanProduct(dy, column);
      const meanAligned = meanProduct(aligned, column);
      const dx = mul(inverse, sub(sub(mul(dy, scale), meanSlope), mul(normalised, meanAligned)));
      return [ofStatistics === undefined ? dx : add(dx, ofStatistics), aligned, dy];
    },
    lower: (emitter, inputs, { attributes: { epsilon } }) =>
      emitter.nodes("LayerNormalization", inputs, 3, { axis: -1, epsilon: { float: epsilon } }),
    reference: ([x, scale, shift], { attributes: { epsilon }, inputs }) => {
      const { shape } = inputs[0];
      const width = shape[shape.length - 1];
      const average = new Float64Array(x.length / width);
      const inverse = new Float64Array(x.length / width);
      const y = x.map((_, i) => {
        const row = Math.floor(i / width);
        if (i % width === 0) [average[row], inverse[row]] = statisticsOf(x.subarray(i, i + width), epsilon);
        return (x[i] - average[row]) * inverse[row] * scale[i % width] + shift[i % width];
      });
      return [y, average, inverse];
    },
    flops: ({ outputs }) => 8 * elements(outputs[0].shape),
  });

/** What x gets through the mean and the inverse deviation: they are read where a layer norm's gradient is differentiated. */
function slopeOfStatistics(
  x: Tensor,
  inverse: Tensor,
  {
    dmean,
    dinverse,
    epsilon,
  }: { readonly dmean: Tensor | undefined; readonly dinverse: Tensor | undefined; readonly epsilon: number },
): Tensor | undefined {
  const width = x.shape[x.shape.length - 1];
  const throughMean = dmean && expand(mul(dmean, 1 / width), x.shape);
  const throughInverse = dinverse && mul(layerNorm(x, { epsilon }), mul(mul(square(inverse), dinverse), -1 / width));
  return throughMean && throughInverse ? add(throughMean, throughInverse) : (throughMean ?? throughInverse);
}

/** Scale and shift of each feature, [width], and the addend to the variance. */
export interface LayerNormOptions {
  readonly scale?: Tensor;
  readonly shift?: Tensor;
  readonly epsilon?: number;
}

/** Layer norm over the last axis, with the affine parameters that are given (none: none). */
export function layerNorm(x: Tensor, { scale, shift, epsilon = 1e-6 }: LayerNormOptions = {}): Tensor {
  const width = x.shape[x.shape.length - 1];
  return layerNormWithStatistics(x, scale ?? constant(1, [width]), shift ?? constant(0, [width]), epsilon)[0];
}

/** Mean cross entropy between logits [rows, classes] and target distributions of the same shape. */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return neg(div(sum(mul(targets, logSoftmax(logits))), logits.shape[0]));
}

/** (x - mean) / sqrt(variance + epsilon) over the given axes, variance with divisor n, no affine parameters. */
export function standardise(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centred = sub(x, mean(x, { axes, keep: true }));
  const spread = mean(mul(centred, centred), { axes, keep: true });
  return div(centred, sqrt(add(spread, epsilon)));
}

/** Mean over the last axis of x times a column of weights: [..., width] -> [..., 1]. */
function meanProduct(x: Tensor, column: Tensor): Tensor {
  const width = x.shape[x.shape.length - 1];
  const rows = matmul(reshape(x, [-1, width]), column, { scale: 1 / width });
  return reshape(rows, x.shape.with(-1, 1));
}

function floatsLike(name: string, x: Signature): Signature {
  requireType(name, x, "f32");
  return { shape: x.shape, dtype: x.dtype };
}

function alongLastAxis(
  x: Float64Array,
  { shape }: Signature,
  apply: (row: Float64Array) => Float64Array,
): Float64Array {
  const width = shape[shape.length - 1];
  const result = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) result.set(apply(x.subarray(start, start + width)), start);
  return result;
}

export function softmaxOfRow(row: Float64Array): Float64Array {
  const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = row.map((value) => Math.exp(value - top));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

function statisticsOf(row: Float64Array, epsilon: number): [mean: number, inverseDeviation: number] {
  const average = row.reduce((a, b) => a + b, 0) / row.length;
  const spread = row.reduce((a, b) => a + (b - average) ** 2, 0) / row.length;
  return [average, 1 / Math.sqrt(spread + epsilon)];
}
