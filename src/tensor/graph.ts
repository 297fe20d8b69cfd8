// A symbolic tensor is one output of a node; a node is an operation applied to tensors. There is no global graph:
// nodes point at their inputs, so whatever an output can reach *is* the graph, and nothing needs to be cleaned up.

import { UserError } from "../errors/index.ts";
import type { Operation } from "./operation.ts";
import { elements, shapeError } from "./shapes.ts";

/** Element types: float32, whole numbers of 64 and 32 bits, truth, bytes. */
export type DType = "f32" | "i64" | "i32" | "bool" | "u8";
/** Sizes of the axes, the slowest first; none for a scalar. */
export type Shape = readonly number[];

/** What is known of a tensor before it has values. */
export interface Signature {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One output of a node. */
export interface Tensor extends Signature {
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly output: number;
}

/** A number stands for a f32 scalar wherever a tensor is taken. */
export type TensorLike = Tensor | number;

/** What a node knows beside its inputs: axes, sizes, options of its operation. */
export type Attributes = Readonly<Record<string, unknown>>;
/** Numbers in row-major order. */
export type NumberArray = readonly number[] | Float32Array | Float64Array | Int32Array | Uint8Array;

/** A value that is fed at run time. */
export interface InputNode {
  readonly kind: "input";
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Signature[];
}
/** Values that are known while tracing. */
export interface ConstantNode {
  readonly kind: "constant";
  readonly values: NumberArray;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Signature[];
}
/** An operation applied to tensors. */
export interface OperationNode {
  readonly kind: "operation";
  readonly operation: Operation;
  readonly attributes: Attributes;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Signature[];
}
/** What a tensor comes from. */
export type Node = InputNode | ConstantNode | OperationNode;

/** What the names of our own values begin with, and no name of an input or output may. */
export const ownNames = "#";

/** Throws UserError where a name is one of ours. */
export function requireFreeName(what: "input" | "output", name: string): void {
  if (!name.startsWith(ownNames)) return;
  const expected = `a name that does not begin with "${ownNames}"`;
  throw new UserError({ where: what, expected, received: name, remedy: "give it another name" });
}

/** A value fed at run time under `name`, with a static shape. Throws UserError where the name begins with "#". */
export function input(name: string, shape: Shape, dtype: DType = "f32"): Tensor {
  requireFreeName("input", name);
  return tensorOf({ kind: "input", name, inputs: [], outputs: [{ shape, dtype }] }, 0);
}

/**
 * Values known while tracing, in row-major order; one value fills
 * the whole shape. Throws ShapeError for any other number of them.
 */
export function constant(values: NumberArray | number, shape: Shape = [], dtype: DType = "f32"): Tensor {
  const array = typeof values === "number" ? [values] : values;
  const count = elements(shape);
  if (array.length !== count && array.length !== 1) {
    throw shapeError("constant", `${count} values for the shape [${shape.join(", ")}], or one`, array.length, [
      "give as many as the shape has",
    ]);
  }
  return tensorOf({ kind: "constant", values: array, inputs: [], outputs: [{ shape, dtype }] }, 0);
}

/** A number as an f32 scalar; a tensor as it is. */
export function asTensor(value: TensorLike): Tensor {
  return typeof value === "number" ? constant(value) : value;
}

/** The output of a node with that index. */
export function tensorOf(node: Node, output: number): Tensor {
  const { shape, dtype } = node.outputs[output];
  return { shape, dtype, node, output };
}

/** Values as text that tells any two apart, -0 from 0 too. */
export function digitsOf(values: NumberArray): string {
  return Array.from(values, (value) => (Object.is(value, -0) ? "-0" : String(value))).join();
}

/** The value of a scalar or uniform constant, or undefined when the tensor is anything else. */
export function uniformValue({ node }: Tensor): number | undefined {
  return node.kind === "constant" && node.values.length === 1 ? node.values[0] : undefined;
}

/**
 * Every node that the outputs reach, inputs before users, in a fixed order (depth first, as the outputs are listed).
 */
export function reachableNodes(outputs: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const output of outputs) {
    if (seen.has(output.node)) continue;
    seen.add(output.node);
    stack.push({ node: output.node, next: 0 });
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (top.next === top.node.inputs.length) {
        order.push(top.node);
        stack.pop();
        continue;
      }
      const { node } = top.node.inputs[top.next++];
      if (seen.has(node)) continue;
      seen.add(node);
      stack.push({ node, next: 0 });
    }
  }
  return order;
}
