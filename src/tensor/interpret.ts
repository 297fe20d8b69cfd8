// The references of all rows together are an interpreter: any graph can be run in float64
// without an engine. It is slow and exact: what tests compare everything else with.

import { UserError } from "../errors/index.ts";
import { type Node, reachableNodes, type Tensor } from "./graph.ts";
import { elements } from "./shapes.ts";

/**
 * Evaluates `outputs` in float64 by the operations' references.
 *
 * @param values by the names of the graph's inputs, row-major, booleans as 0 and 1
 * @throws UserError when an input is missing or has the wrong number of elements
 */
export function interpret(
  outputs: readonly Tensor[],
  values: Readonly<Record<string, ArrayLike<number>>>,
): Float64Array[] {
  const results = new Map<Node, readonly Float64Array[]>();
  const resultOf = ({ node, output }: Tensor): Float64Array => {
    const found = results.get(node)?.[output];
    if (found === undefined) throw new RangeError("internal: a value was used before it was computed");
    return found;
  };
  for (const node of reachableNodes(outputs)) {
    results.set(node, evaluate(node, node.inputs.map(resultOf), values));
  }
  return outputs.map(resultOf);
}

function evaluate(
  node: Node,
  inputs: readonly Float64Array[],
  values: Readonly<Record<string, ArrayLike<number>>>,
): readonly Float64Array[] {
  if (node.kind === "operation") {
    const { operation, attributes, outputs } = node;
    return operation.reference(inputs, { attributes, inputs: node.inputs, outputs });
  }
  const count = elements(node.outputs[0].shape);
  if (node.kind === "constant") {
    return [node.values.length === 1 ? new Float64Array(count).fill(node.values[0]) : Float64Array.from(node.values)];
  }
  const given = values[node.name];
  if (given?.length !== count) {
    throw new UserError({
      where: `input "${node.name}"`,
      expected: `${count} values of shape [${node.outputs[0].shape.join(", ")}]`,
      received: given === undefined ? "nothing" : `${given.length} values`,
      remedy: "give each input of the graph its values by name",
    });
  }
  return [Float64Array.from(given)];
}
