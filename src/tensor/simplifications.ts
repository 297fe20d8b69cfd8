// Algebra that saves passes over memory: rules by the operation at whose root they look. A rule gives a better
// tensor or undefined. `sole` tells which inputs nobody else reads: fusing those never computes anything twice.

import { biasedAttention } from "./attention.ts";
import { matmul, type ProductOptions } from "./contraction.ts";
import { add, mul, square, sub } from "./elementwise.ts";
import { type Attributes, constant, type OperationNode, type Tensor, uniformValue } from "./graph.ts";
import { reshape, transpose } from "./movement.ts";
import { reducedShape, sum } from "./reduction.ts";
import { broadcastShapes, elements, fitsInto, sameShape } from "./shapes.ts";

type Rule = (inputs: readonly Tensor[], attributes: Attributes, sole: readonly boolean[]) => Tensor | undefined;

export const simplifications: Readonly<Record<string, readonly Rule[]>> = {
  reshape: [([x], { shape }) => (sameShape(x.shape, sizes(shape)) ? x : undefined), reshapeOfReshape, reshapeOfUniform],
  transpose: [transposeOfTranspose, transposeThatMovesNothing],
  expand: [([x], { shape }) => (sameShape(x.shape, sizes(shape)) ? x : undefined)],
  stopGradient: [([x]) => x],
  cast: [([x], { to }) => (x.dtype === to ? x : undefined)],
  sum: [reductionOfNothing, sumOverFirstAxes],
  mean: [reductionOfNothing],
  max: [reductionOfNothing],
  min: [reductionOfNothing],
  sumOfSquares: [([x], attributes) => reductionOfNothing([square(x)], attributes)],
  pad: [([x], { before, after }) => (before === 0 && after === 0 ? x : undefined)],
  slice: [
    ([x], { axis, from, to, step }) => (from === 0 && step === 1 && to === x.shape[Number(axis)] ? x : undefined),
  ],
  concat: [(parts) => (parts.length === 1 ? parts[0] : undefined)],
  add: [foldUniform((a, b) => a + b), neutral(0, "either"), withoutExpand(add)],
  sub: [foldUniform((a, b) => a - b), neutral(0, "right"), withoutExpand(sub)],
  mul: [foldUniform((a, b) => a * b), neutral(1, "either"), withoutExpand(mul), scaleOfScaled],
  div: [foldUniform((a, b) => a / b), divisionByNumber],
  neg: [([x]) => (scalesForFree(x) ? mul(x, -1) : undefined)],
  matmul: [productOfTransposed, productOfScaled, productInHalves],
  attention: [attentionOfBiased],
};

function reshapeOfReshape([x]: readonly Tensor[], { shape }: Attributes): Tensor | undefined {
  const inner = made(x, "reshape");
  return inner && reshape(inner.inputs[0], sizes(shape));
}

/** A uniform constant has the same values in any shape. */
function reshapeOfUniform([x]: readonly Tensor[], { shape }: Attributes): Tensor | undefined {
  const value = uniformValue(x);
  return value === undefined ? undefined : constant(value, sizes(shape), x.dtype);
}

function transposeOfTranspose([x]: readonly Tensor[], { order }: Attributes): Tensor | undefined {
  const inner = made(x, "transpose");
  if (inner === undefined) return undefined;
  const first = sizes(inner.attributes.order);
  return transpose(
    inner.inputs[0],
    sizes(order).map((axis) => first[axis]),
  );
}

/** A transpose that keeps the order of the axes larger than 1 moves no element. */
function transposeThatMovesNothing([x]: readonly Tensor[], { order }: Attributes): Tensor | undefined {
  const moving = sizes(order).filter((axis) => x.shape[axis] !== 1);
  const ordered = moving.every((axis, i) => i === 0 || axis > moving[i - 1]);
  return ordered
    ? reshape(
        x,
        sizes(order).map((axis) => x.shape[axis]),
      )
    : undefined;
}

function reductionOfNothing([x]: readonly Tensor[], { axes, keep }: Attributes): Tensor | undefined {
  const list = sizes(axes);
  if (list.some((axis) => x.shape[axis] !== 1)) return undefined;
  return reshape(x, reducedShape(x.shape, list, keep === true));
}

/** A sum over the first axes is a product with ones: it reads everything once, in the order in which it lies. */
function sumOverFirstAxes([x]: readonly Tensor[], { axes, keep }: Attributes): Tensor | undefined {
  const list = sizes(axes);
  if (x.dtype !== "f32" || list.some((axis) => axis >= list.length)) return undefined;
  const [rows, width] = [elements(x.shape.slice(0, list.length)), elements(x.shape.slice(list.length))];
  if (rows === 0 || width < 2) return undefined;
  const row = matmul(constant(1, [1, rows]), reshape(x, [rows, width]));
  return reshape(row, reducedShape(x.shape, list, keep === true));
}

function foldUniform(apply: (a: number, b: number) => number): Rule {
  return ([a, b]) => {
    const [left, right] = [uniformValue(a), uniformValue(b)];
    if (left === undefined || right === undefined || a.dtype !== "f32") return undefined;
    return constant(apply(left, right), broadcastShapes("constants", a.shape, b.shape));
  };
}

function neutral(value: number, side: "either" | "right"): Rule {
  return ([a, b]) => {
    if (uniformValue(b) === value && elements(b.shape) === 1 && b.shape.length <= a.shape.length) return a;
    if (side === "right") return undefined;
    return uniformValue(a) === value && elements(a.shape) === 1 && a.shape.length <= b.shape.length ? b : undefined;
  };
}

/**
 * An elementwise operation broadcasts by itself: what was expanded for it need not be, where the other factor has the
 * result's shape already.
 */
function withoutExpand(operation: (a: Tensor, b: Tensor) => Tensor): Rule {
  return ([a, b]) => {
    const [left, right] = [made(a, "expand")?.inputs[0], made(b, "expand")?.inputs[0]];
    if (right !== undefined && fitsInto(b.shape, a.shape)) return operation(a, right);
    return left !== undefined && fitsInto(a.shape, b.shape) ? operation(left, b) : undefined;
  };
}

/** Dense layers before an attention give it their biases. What a gradient reads as well stays as it is. */
function attentionOfBiased(
  inputs: readonly Tensor[],
  { heads }: Attributes,
  sole: readonly boolean[],
): Tensor | undefined {
  const layers = inputs.slice(0, 3).flatMap((x, i) => (sole[i] ? (biasedLayer(x) ?? []) : []));
  if (layers.length < 3) return undefined;
  const products = layers.map(({ inputs: [a, b], attributes }, i) =>
    reshape(matmul(a, b, productOptions(attributes)), inputs[i].shape),
  );
  const biases = layers.map((layer) => layer.inputs[2]);
  const mask = inputs.at(3);
  return biasedAttention(products, biases, { heads: Number(heads), ...(mask && { mask }) });
}

/** The dense layer with one bias a feature, whose rows were shaped to this and are its rows still. */
function biasedLayer(x: Tensor): OperationNode | undefined {
  const seen = made(x, "reshape");
  const layer = seen && made(seen.inputs[0], "affine");
  const bias = layer?.inputs[2].shape;
  return bias?.length === 1 && bias[0] === x.shape[x.shape.length - 1] ? layer : undefined;
}

/** Numbers are gathered on the right, and into the scale of a product. */
function scaleOfScaled([a, b]: readonly Tensor[], _: Attributes, sole: readonly boolean[]): Tensor | undefined {
  const [left, right] = [scalarOf(a), scalarOf(b)];
  if (left !== undefined && right === undefined) return mul(b, left);
  if (right === undefined) return undefined;
  const scaled = made(a, "mul");
  const inner = scaled && scalarOf(scaled.inputs[1]);
  if (scaled && inner !== undefined) return fitsFloat(inner * right) ? mul(scaled.inputs[0], inner * right) : undefined;
  const seen = made(a, "reshape");
  if (seen && sole[0] && made(seen.inputs[0], "matmul")) return reshape(mul(seen.inputs[0], right), a.shape);
  const product = made(a, "matmul");
  if (product === undefined || !sole[0]) return undefined;
  const options = productOptions(product.attributes);
  const scale = options.scale * right;
  return fitsFloat(scale) ? matmul(product.inputs[0], product.inputs[1], { ...options, scale }) : undefined;
}

function divisionByNumber([a, b]: readonly Tensor[]): Tensor | undefined {
  const value = scalarOf(b);
  return value === undefined || !fitsFloat(1 / value) ? undefined : mul(a, 1 / value);
}

/** Whether float32 holds a number that was folded: what leaves its range in one step does not always in two. */
function fitsFloat(value: number): boolean {
  const size = Math.abs(value);
  return size >= smallestFloat && size <= largestFloat;
}

const smallestFloat = 2 ** -126;
const largestFloat = (2 - 2 ** -23) * 2 ** 127;

function scalesForFree(x: Tensor): boolean {
  const scaled = made(x, "mul");
  return scaled !== undefined && scalarOf(scaled.inputs[1]) !== undefined;
}

/** A transpose of the last two axes is a flag of the product. */
function productOfTransposed([a, b]: readonly Tensor[], attributes: Attributes): Tensor | undefined {
  const [left, right] = [swapped(a), swapped(b)];
  if (left === undefined && right === undefined) return undefined;
  const { transposeA, transposeB, scale } = productOptions(attributes);
  return matmul(left ?? a, right ?? b, {
    transposeA: transposeA !== (left !== undefined),
    transposeB: transposeB !== (right !== undefined),
    scale,
  });
}

/** A number that a factor was scaled by goes into the scale of the product. */
function productOfScaled(
  factors: readonly Tensor[],
  attributes: Attributes,
  sole: readonly boolean[],
): Tensor | undefined {
  const bare = factors.map((factor, i) => (sole[i] ? unscaled(factor) : undefined));
  if (bare.every((each) => each === undefined)) return undefined;
  const { transposeA, transposeB, scale } = productOptions(attributes);
  const [a, b] = factors.map((factor, i) => bare[i]?.factor ?? factor);
  const whole = bare.reduce((all, each) => all * (each?.scale ?? 1), scale);
  return fitsFloat(whole) ? matmul(a, b, { transposeA, transposeB, scale: whole }) : undefined;
}

/**
 * A product that sums over many rows is two of half the rows, and their sum: each thread then reads the half that it has
 * written itself, where one product has both threads read all rows. Where the two share no cache, as two cores of a
 * shared machine may not, that costs more than the product, and whoever writes there next waits as well: a tiny step
 * takes up to 3% less time, as does a step of ViT-S/16, whose predictor has results of 192 x 768. Larger ones cost more
 * to write and add twice. The narrower matrix stands on the left, where the engine turns it over as it reads.
 */
function productInHalves([a, b]: readonly Tensor[], attributes: Attributes): Tensor | undefined {
  const { transposeA, transposeB, scale } = productOptions(attributes);
  if (a.shape.length !== 2 || b.shape.length !== 2 || transposeB) return undefined;
  const [rows, width] = b.shape;
  const height = a.shape[transposeA ? 1 : 0];
  if (transposeA && height > width) {
    const turned = productInHalves([b, a], attributes);
    return turned && transpose(turned, [1, 0]);
  }
  const factor = height === 1 ? uniformValue(a) : undefined;
  const results = height * width;
  const isTall = transposeA && rows >= 4 * Math.max(height, width) && results > 0 && results <= fewResults;
  if (rows < manyRows || rows % 2 === 1 || (factor === undefined && !isTall)) return undefined;
  const half = rows / 2;
  const right = reshape(b, [2, half, width]);
  const parts =
    factor === undefined
      ? matmul(reshape(a, [2, half, height]), right, { transposeA, scale })
      : matmul(constant(factor, [1, 1, half]), right, { scale });
  return sum(parts, { axes: 0 });
}

const manyRows = 256;
const fewResults = 192 * 768;

/** What was scaled by a number, and perhaps reshaped, and the number. */
function unscaled(x: Tensor): { factor: Tensor; scale: number } | undefined {
  const seen = made(x, "reshape");
  const scaled = made(seen ? seen.inputs[0] : x, "mul");
  const scale = scaled && scalarOf(scaled.inputs[1]);
  return scaled && scale !== undefined ? { factor: reshape(scaled.inputs[0], x.shape), scale } : undefined;
}

/** The options of a product or a dense layer, out of its node. */
function productOptions({ transposeA, transposeB, scale }: Attributes): Required<ProductOptions> {
  return { transposeA: transposeA === true, transposeB: transposeB === true, scale: Number(scale) };
}

function swapped(x: Tensor): Tensor | undefined {
  const node = made(x, "transpose");
  if (node === undefined) return undefined;
  const order = sizes(node.attributes.order);
  const rank = order.length;
  const lastTwo = order.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
  return lastTwo ? node.inputs[0] : undefined;
}

function made(x: Tensor, name: string): OperationNode | undefined {
  return x.node.kind === "operation" && x.node.operation.name === name ? x.node : undefined;
}

/** Of floats alone: a quotient of whole numbers is no product. */
function scalarOf(x: Tensor): number | undefined {
  return x.shape.length === 0 && x.dtype === "f32" ? uniformValue(x) : undefined;
}

function sizes(value: unknown): readonly number[] {
  return Array.isArray(value) ? value : [];
}
