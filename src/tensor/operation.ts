// An operation is a row: how it is called, its shape rule, its gradient rule, its lowering to ONNX, its reference (what
// it means, in plain float64 loops) and its cost. What all rows share (un-broadcasting of gradients, sums where a value
// is used twice, skipping what needs no gradient) happens in the walks over the graph, never in a row.

import type { Emitter } from "./emitter.ts";
import { type Attributes, asTensor, type Signature, type Tensor, type TensorLike, tensorOf } from "./graph.ts";

/** What a node knows besides the values of its inputs. */
export interface Context<A> {
  readonly attributes: A;
  readonly inputs: readonly Signature[];
  readonly outputs: readonly Signature[];
}

/** The row as the walks see it; several outputs are the general case. */
export interface Operation<A = Attributes> {
  readonly name: string;
  shape(inputs: readonly Signature[], attributes: A): readonly Signature[];
  /**
   * One gradient an input (undefined: none flows), at the shape of
   * the output or of the input; the walk sums what was broadcast.
   */
  gradient(
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    upstream: readonly (Tensor | undefined)[],
    attributes: A,
  ): readonly (Tensor | undefined)[];
  /**
   * The output made a second time from the inputs, where the gradient
   * keeps those anyway and this is cheap (see `late-inputs.ts`).
   */
  again?(inputs: readonly Tensor[], attributes: A): Tensor;
  lower(onnx: Emitter, inputs: readonly string[], context: Context<A>): readonly string[];
  reference(inputs: readonly Float64Array[], context: Context<A>): readonly Float64Array[];
  /** Floating-point operations of one evaluation. */
  flops(context: Context<A>): number;
}

interface Call<A> {
  readonly inputs: readonly TensorLike[];
  readonly attributes: A;
}

/** A row with one output: what most operations are. */
export interface Row<P extends readonly unknown[], A> {
  call(...parameters: P): Call<A>;
  shape(inputs: readonly Signature[], attributes: A): Signature;
  gradient(inputs: readonly Tensor[], y: Tensor, dy: Tensor, attributes: A): readonly (Tensor | undefined)[];
  again?(inputs: readonly Tensor[], attributes: A): Tensor;
  lower(onnx: Emitter, inputs: readonly string[], context: Context<A>): string;
  reference(inputs: readonly Float64Array[], context: Context<A>): Float64Array;
  flops(context: Context<A>): number;
}

/** A row with several outputs. */
export interface WideRow<P extends readonly unknown[], A> extends Omit<Operation<A>, "name"> {
  call(...parameters: P): Call<A>;
}

/** A function from tensors to a tensor that carries its row. */
export type TensorFunction<P extends readonly unknown[]> = ((...parameters: P) => Tensor) & { readonly row: Operation };
/** A function from tensors to several tensors that carries its row. */
export type WideFunction<P extends readonly unknown[]> = ((...parameters: P) => Tensor[]) & { readonly row: Operation };

/**
 * Makes an operation with one output of its row.
 *
 * @param name as it stands in the table, in messages and in pictures of a graph
 * @returns a function that makes a node each time it is called,
 *   and throws what the row's `call` and `shape` throw: ShapeError
 */
export function operation<P extends readonly unknown[], A extends Attributes>(
  name: string,
  row: Row<P, A>,
): TensorFunction<P> {
  const general: Operation<A> = {
    name,
    shape: (inputs, attributes) => [row.shape(inputs, attributes)],
    gradient: (inputs, [y], [dy], attributes) => (dy === undefined ? [] : row.gradient(inputs, y, dy, attributes)),
    ...(row.again && { again: row.again }),
    lower: (onnx, inputs, context) => [row.lower(onnx, inputs, context)],
    reference: (inputs, context) => [row.reference(inputs, context)],
    flops: row.flops,
  };
  const traced = (...parameters: P): Tensor => {
    const { inputs, attributes } = row.call(...parameters);
    return applyOperation(general, inputs.map(asTensor), attributes)[0];
  };
  return Object.assign(traced, { row: general });
}

/** Makes an operation with several outputs of its row. As `operation`. */
export function wideOperation<P extends readonly unknown[], A extends Attributes>(
  name: string,
  row: WideRow<P, A>,
): WideFunction<P> {
  const general: Operation<A> = { ...row, name };
  const traced = (...parameters: P): Tensor[] => {
    const { inputs, attributes } = row.call(...parameters);
    return applyOperation(general, inputs.map(asTensor), attributes);
  };
  return Object.assign(traced, { row: general });
}

/** Makes the node; the row's shape rule is where wrong shapes are refused. */
export function applyOperation<A extends Attributes>(
  row: Operation<A>,
  inputs: readonly Tensor[],
  attributes: A,
): Tensor[] {
  const outputs = row.shape(inputs, attributes);
  const node = { kind: "operation", operation: row, attributes, inputs, outputs } as const;
  return outputs.map((_, index) => tensorOf(node, index));
}
