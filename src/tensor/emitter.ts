// What a row's `lower` may do: add ONNX nodes and constants by name. The model around them is made in `emit.ts`.

import type { DType, NumberArray, Shape } from "./graph.ts";
import type { OnnxModel } from "./onnx.ts";

/** Values of an ONNX node attribute: whole numbers are ints, `{ float }` a float, strings strings. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: OnnxModel };

export interface NodeOptions {
  /** `com.microsoft` for the contributed operators of onnxruntime. */
  readonly domain?: string;
}

export interface Emitter {
  /** Adds a node with one output and gives its name. */
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    options?: NodeOptions,
  ): string;
  /** The same with several outputs. */
  nodes(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    options?: NodeOptions,
  ): string[];
  constant(values: NumberArray | number, shape?: Shape, dtype?: DType): string;
  /** A list of whole numbers, as ONNX wants shapes, axes and bounds. */
  integers(values: readonly number[]): string;
}
