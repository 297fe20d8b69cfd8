// Comparisons, logic, choice and conversion: what makes masks. None passes a gradient but `where` and `cast`.

import { elementwiseReference } from "./broadcasting.ts";
import { constant, type DType, type Tensor, type TensorLike } from "./graph.ts";
import { operation, type TensorFunction } from "./operation.ts";
import { broadcastShapes, elements, requireType } from "./shapes.ts";

type Binary = TensorFunction<[a: TensorLike, b: TensorLike]>;

function predicate(name: string, onnx: string, types: DType[], apply: (a: number, b: number) => boolean): Binary {
  return operation(name, {
    call: (a: TensorLike, b: TensorLike) => ({ inputs: [a, b], attributes: {} }),
    shape: ([a, b]) => {
      requireType(name, a, ...types);
      requireType(name, b, a.dtype);
      return { shape: broadcastShapes(name, a.shape, b.shape), dtype: "bool" };
    },
    gradient: () => [],
    lower: (emitter, inputs) => emitter.node(onnx, inputs),
    reference: elementwiseReference((a, b) => (apply(a, b) ? 1 : 0)),
    flops: ({ outputs }) => elements(outputs[0].shape),
  });
}

const numbers: DType[] = ["f32", "i32", "i64"];
/** a = b, as bool. */
export const equal: Binary = predicate("equal", "Equal", numbers, (a, b) => a === b);
/** a < b, as bool. */
export const less: Binary = predicate("less", "Less", numbers, (a, b) => a < b);
/** a <= b, as bool. */
export const lessEqual: Binary = predicate("lessEqual", "LessOrEqual", numbers, (a, b) => a <= b);
/** a > b, as bool. */
export const greater: Binary = predicate("greater", "Greater", numbers, (a, b) => a > b);
/** a >= b, as bool. */
export const greaterEqual: Binary = predicate("greaterEqual", "GreaterOrEqual", numbers, (a, b) => a >= b);
/** Whether both of two bools hold. */
export const and: Binary = predicate("and", "And", ["bool"], (a, b) => a !== 0 && b !== 0);
/** Whether one of two bools holds, or both. */
export const or: Binary = predicate("or", "Or", ["bool"], (a, b) => a !== 0 || b !== 0);

/** Whether a bool does not hold. */
export const not: TensorFunction<[x: Tensor]> = operation("not", {
  call: (x: Tensor) => ({ inputs: [x], attributes: {} }),
  shape: ([x]) => {
    requireType("not", x, "bool");
    return x;
  },
  gradient: () => [],
  lower: (emitter, inputs) => emitter.node("Not", inputs),
  reference: elementwiseReference((x) => (x === 0 ? 1 : 0)),
  flops: ({ outputs }) => elements(outputs[0].shape),
});

/** `yes` where the condition holds, `no` elsewhere; all three broadcast. */
export const where: TensorFunction<[condition: Tensor, yes: TensorLike, no: TensorLike]> = operation("where", {
  call: (condition: Tensor, yes: TensorLike, no: TensorLike) => ({ inputs: [condition, yes, no], attributes: {} }),
  shape: ([condition, yes, no]) => {
    requireType("where", condition, "bool");
    requireType("where", no, yes.dtype);
    return { shape: broadcastShapes("where", condition.shape, yes.shape, no.shape), dtype: yes.dtype };
  },
  gradient: ([condition], _y, dy) => [undefined, where(condition, dy, constant(0)), where(condition, constant(0), dy)],
  lower: (emitter, inputs) => emitter.node("Where", inputs),
  reference: elementwiseReference((condition, yes, no) => (condition !== 0 ? yes : no)),
  flops: ({ outputs }) => elements(outputs[0].shape),
});

const onnxTypes: Record<DType, number> = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9 };

/** The same values in another type; fractions are cut towards zero, bool is "not zero". */
export const cast: TensorFunction<[x: Tensor, to: DType]> = operation("cast", {
  call: (x: Tensor, to: DType) => ({ inputs: [x], attributes: { to } }),
  shape: ([x], { to }) => ({ shape: x.shape, dtype: to }),
  gradient: ([x], _y, dy) => [x.dtype === "f32" ? dy : undefined],
  lower: (emitter, inputs, { attributes }) => emitter.node("Cast", inputs, { to: onnxTypes[attributes.to] }),
  reference: ([x], { attributes: { to } }) =>
    x.map((value) => (to === "bool" ? (value !== 0 ? 1 : 0) : to === "f32" ? value : Math.trunc(value))),
  flops: () => 0,
});
