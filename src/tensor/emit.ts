// From graph to ONNX model. Two things are decided here besides names. Constants of equal value are one constant. And
// the order of leaves is ours: onnxruntime finishes the last-emitted leaf (a node that only the caller reads) first, so
// leaves are emitted last, the first-needed last of all. Weight gradients then run as soon as they can, and free their
// activations.

import type { ShapeError } from "../errors/index.ts";
import type { Emitter, NodeOptions, OnnxAttribute } from "./emitter.ts";
import {
  type DType,
  digitsOf,
  type Node,
  type NumberArray,
  ownNames,
  reachableNodes,
  requireFreeName,
  type Shape,
  type Tensor,
} from "./graph.ts";
import type { OnnxConstant, OnnxModel, OnnxNode, OnnxValue, StoredValues } from "./onnx.ts";
import { elements, shapeError } from "./shapes.ts";

type MutableNode = { -readonly [Key in keyof OnnxNode]: OnnxNode[Key] };

/**
 * Lowers everything the named outputs reach.
 *
 * @param stored inputs whose values lie in a file: they become constants of the model, read from there by the engine
 */
export function emit(
  outputs: Readonly<Record<string, Tensor>>,
  stored: ReadonlyMap<string, StoredValues> = new Map(),
): OnnxModel {
  const book = new Book();
  const names = new Map<Node, readonly string[]>();
  const inputs: OnnxValue[] = [];
  const nameOf = ({ node, output }: Tensor) => names.get(node)?.[output] ?? "";
  for (const node of reachableNodes(Object.values(outputs))) {
    const kept = node.kind === "input" ? stored.get(node.name) : undefined;
    if (node.kind === "input" && kept !== undefined) {
      book.constants.set(node.name, { name: node.name, ...node.outputs[0], values: kept });
      names.set(node, [node.name]);
    } else if (node.kind === "input") {
      if (inputs.some(({ name }) => name === node.name)) throw twice(node.name);
      inputs.push({ name: node.name, ...node.outputs[0] });
      names.set(node, [node.name]);
    } else if (node.kind === "constant") {
      names.set(node, [
        book.constant(spread(node.values, node.outputs[0].shape), node.outputs[0].shape, node.outputs[0].dtype),
      ]);
    } else {
      const { operation, attributes } = node;
      names.set(
        node,
        operation.lower(book, node.inputs.map(nameOf), { attributes, inputs: node.inputs, outputs: node.outputs }),
      );
    }
  }
  for (const [name, tensor] of Object.entries(outputs)) {
    requireFreeName("output", name);
    book.deliver(nameOf(tensor), name);
  }
  const declared = Object.entries(outputs).map(([name, { shape, dtype }]) => ({ name, shape, dtype }));
  return { nodes: leavesLast(book.list), constants: [...book.constants.values()], inputs, outputs: declared };
}

/** Collects nodes and constants while the rows lower themselves. */
class Book implements Emitter {
  readonly list: MutableNode[] = [];
  readonly constants: Map<string, OnnxConstant> = new Map();
  readonly #makers = new Map<string, MutableNode>();
  /** Public names of values, by their own. */
  readonly #delivered = new Map<string, string>();

  node(
    type: string,
    inputs: readonly string[],
    attributes?: Record<string, OnnxAttribute>,
    options?: NodeOptions,
  ): string {
    return this.nodes(type, inputs, 1, attributes, options)[0];
  }

  nodes(
    type: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    { domain = "" }: NodeOptions = {},
  ): string[] {
    const outputs = Array.from({ length: count }, (_, i) => `${ownNames}v${this.list.length}.${i}`);
    const node = { type, domain, inputs, outputs, attributes };
    this.list.push(node);
    for (const output of outputs) this.#makers.set(output, node);
    return outputs;
  }

  constant(values: NumberArray | number, shape: Shape = [], dtype: DType = "f32"): string {
    const array = typeof values === "number" ? [values] : values;
    const key = array.length > 4096 ? `unique ${this.constants.size}` : `${dtype} [${shape}] ${digitsOf(array)}`;
    const known = this.constants.get(key);
    if (known) return known.name;
    const name = `${ownNames}c${this.constants.size}`;
    this.constants.set(key, { name, shape, dtype, values: array });
    return name;
  }

  integers(values: readonly number[]): string {
    return this.constant(values, [values.length], "i64");
  }

  /** Makes a value leave the graph under its public name; what is not made by a node of its own is copied. */
  deliver(name: string, publicName: string): void {
    const maker = this.#makers.get(name);
    const delivered = this.#delivered.get(name);
    if (maker === undefined || delivered !== undefined) {
      const source = delivered ?? name;
      this.list.push({ type: "Identity", domain: "", inputs: [source], outputs: [publicName], attributes: {} });
      return;
    }
    this.#delivered.set(name, publicName);
    const renamed = (names: readonly string[]) => names.map((other) => (other === name ? publicName : other));
    for (const node of this.list) {
      if (node.inputs.includes(name)) node.inputs = renamed(node.inputs);
    }
    maker.outputs = renamed(maker.outputs);
  }
}

/** Nodes that others read keep their order; leaves follow, the deepest first. */
function leavesLast(nodes: readonly OnnxNode[]): OnnxNode[] {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const depths = new Map<string, number>();
  const depthOf = ({ inputs }: OnnxNode) => 1 + Math.max(0, ...inputs.map((name) => depths.get(name) ?? 0));
  for (const node of nodes) {
    const depth = depthOf(node);
    for (const output of node.outputs) depths.set(output, depth);
  }
  const isLeaf = ({ outputs }: OnnxNode) => !outputs.some((name) => read.has(name));
  const leaves = nodes.filter(isLeaf).sort((a, b) => depthOf(b) - depthOf(a));
  return [...nodes.filter((node) => !isLeaf(node)), ...leaves];
}

function twice(name: string): ShapeError {
  return shapeError("emit", "inputs of different names", `two different inputs named "${name}"`, [
    "use one tensor for both, or give one another name",
  ]);
}

function spread(values: NumberArray, shape: Shape): NumberArray {
  const count = elements(shape);
  return values.length === count ? values : new Float64Array(count).fill(values[0]);
}
