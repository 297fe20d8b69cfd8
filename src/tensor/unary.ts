// The factory of functions of one element each: what arithmetic
// (`elementwise.ts`) and activations (`activation.ts`) share.

import { elementwiseReference } from "./broadcasting.ts";
import type { Tensor, TensorLike } from "./graph.ts";
import { operation, type TensorFunction } from "./operation.ts";
import { elements, requireType } from "./shapes.ts";

export type Unary = TensorFunction<[x: TensorLike]>;

export interface UnaryParts {
  readonly onnx: string;
  readonly gradient: (x: Tensor, y: Tensor, dy: Tensor) => Tensor | undefined;
  readonly again?: (x: Tensor) => Tensor;
  readonly apply: (x: number) => number;
  /** Floating-point operations an element, 1 when absent. */
  readonly cost?: number;
}

/** A row for a function of f32 elements, of any shape. */
export function unary(name: string, { onnx, gradient, again, apply, cost = 1 }: UnaryParts): Unary {
  return operation(name, {
    call: (x: TensorLike) => ({ inputs: [x], attributes: {} }),
    shape: ([x]) => {
      requireType(name, x, "f32");
      return { shape: x.shape, dtype: x.dtype };
    },
    gradient: ([x], y, dy) => [gradient(x, y, dy)],
    ...(again && { again: ([x]) => again(x) }),
    lower: (emitter, inputs) => emitter.node(onnx, inputs),
    reference: elementwiseReference(apply),
    flops: ({ outputs }) => cost * elements(outputs[0].shape),
  });
}
