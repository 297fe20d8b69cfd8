// Arithmetic and functions of single elements. Inputs broadcast by NumPy's rule;
// gradients are written at the shape of the output, the walk sums them back.

import { elementwiseReference } from "./broadcasting.ts";
import { equal, greater, where } from "./comparison.ts";
import { constant, type Tensor, type TensorLike } from "./graph.ts";
import { operation, type TensorFunction } from "./operation.ts";
import { broadcastShapes, elements, requireType } from "./shapes.ts";
import { type Unary, unary } from "./unary.ts";

type Binary = TensorFunction<[a: TensorLike, b: TensorLike]>;

interface BinaryParts {
  readonly onnx: string;
  readonly gradient: (a: Tensor, b: Tensor, y: Tensor, dy: Tensor) => (Tensor | undefined)[];
  readonly apply: (a: number, b: number) => number;
}

function binary(name: string, { onnx, gradient, apply }: BinaryParts): Binary {
  return operation(name, {
    call: (a: TensorLike, b: TensorLike) => ({ inputs: [a, b], attributes: {} }),
    shape: ([a, b]) => {
      requireType(name, a, "f32", "i32", "i64");
      requireType(name, b, a.dtype);
      return { shape: broadcastShapes(name, a.shape, b.shape), dtype: a.dtype };
    },
    gradient: ([a, b], y, dy) => gradient(a, b, y, dy),
    lower: (emitter, inputs) => emitter.node(onnx, inputs),
    reference: elementwiseReference(apply),
    flops: ({ outputs }) => elements(outputs[0].shape),
  });
}

/** a + b. */
export const add: Binary = binary("add", {
  onnx: "Add",
  gradient: (_a, _b, _y, dy) => [dy, dy],
  apply: (a, b) => a + b,
});
/** a - b. */
export const sub: Binary = binary("sub", {
  onnx: "Sub",
  gradient: (_a, _b, _y, dy) => [dy, neg(dy)],
  apply: (a, b) => a - b,
});
/** a * b, element by element. */
export const mul: Binary = binary("mul", {
  onnx: "Mul",
  gradient: (a, b, _y, dy) => [mul(dy, b), mul(dy, a)],
  apply: (a, b) => a * b,
});
/** a / b. */
export const div: Binary = binary("div", {
  onnx: "Div",
  gradient: (_a, b, y, dy) => [div(dy, b), neg(div(mul(dy, y), b))],
  apply: (a, b) => a / b,
});
/** a to the power b; the gradient to b needs a > 0. */
export const pow: Binary = binary("pow", {
  onnx: "Pow",
  gradient: (a, b, y, dy) => [mul(dy, mul(b, pow(a, sub(b, 1)))), mul(dy, mul(y, log(a)))],
  apply: (a, b) => a ** b,
});
/** The larger of two; where they are equal each gets half of the gradient. */
export const maximum: Binary = binary("maximum", {
  onnx: "Max",
  gradient: (a, b, _y, dy) => [mul(dy, shareOfLarger(a, b)), mul(dy, shareOfLarger(b, a))],
  apply: (a, b) => Math.max(a, b),
});
/** The smaller of two; where they are equal each gets half of the gradient. */
export const minimum: Binary = binary("minimum", {
  onnx: "Min",
  gradient: (a, b, _y, dy) => [mul(dy, shareOfLarger(b, a)), mul(dy, shareOfLarger(a, b))],
  apply: (a, b) => Math.min(a, b),
});

/** -x. */
export const neg: Unary = unary("neg", { onnx: "Neg", gradient: (_x, _y, dy) => neg(dy), apply: (x) => -x });
/** |x|; at 0 no gradient flows. */
export const abs: Unary = unary("abs", { onnx: "Abs", gradient: (x, _y, dy) => mul(dy, sign(x)), apply: Math.abs });
/** -1, 0 or 1; no gradient flows. */
export const sign: Unary = unary("sign", { onnx: "Sign", gradient: () => undefined, apply: Math.sign });
/** The largest whole number that is not above x; no gradient flows. */
export const floor: Unary = unary("floor", { onnx: "Floor", gradient: () => undefined, apply: Math.floor });
/** e^x. */
export const exp: Unary = unary("exp", { onnx: "Exp", gradient: (_x, y, dy) => mul(dy, y), apply: Math.exp });
/** The natural logarithm of x > 0. */
export const log: Unary = unary("log", { onnx: "Log", gradient: (x, _y, dy) => div(dy, x), apply: Math.log });
/** The square root of x >= 0; at 0 the gradient is infinite. */
export const sqrt: Unary = unary("sqrt", {
  onnx: "Sqrt",
  gradient: (_x, y, dy) => div(mul(dy, 0.5), y),
  apply: Math.sqrt,
});
/** 1 / x. */
export const reciprocal: Unary = unary("reciprocal", {
  onnx: "Reciprocal",
  gradient: (_x, y, dy) => neg(mul(dy, mul(y, y))),
  apply: (x) => 1 / x,
});
/** The sine of x, in radians. */
export const sin: Unary = unary("sin", { onnx: "Sin", gradient: (x, _y, dy) => mul(dy, cos(x)), apply: Math.sin });
/** The cosine of x, in radians. */
export const cos: Unary = unary("cos", { onnx: "Cos", gradient: (x, _y, dy) => neg(mul(dy, sin(x))), apply: Math.cos });

/** x^2, one multiplication. */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/** x held between two bounds; no gradient flows where it is cut. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return minimum(maximum(x, low), high);
}

function shareOfLarger(a: Tensor, b: Tensor): Tensor {
  return where(equal(a, b), constant(0.5), where(greater(a, b), constant(1), constant(0)));
}
