// What must hold of every graph, after every pass: shapes are those the rows compute,
// inputs are used with the type that they have, constants hold as many values as their
// shape says. (A cycle cannot be traversed in order, so it is found as well.)

import { type Node, reachableNodes, type Tensor } from "./graph.ts";
import { elements, sameShape } from "./shapes.ts";

/** Complaints about the graph behind `outputs`; an empty list is a sound graph. */
export function verify(outputs: readonly Tensor[]): string[] {
  const place = new Map<Node, number>();
  const complaints: string[] = [];
  for (const node of reachableNodes(outputs)) {
    const late = node.inputs.filter((input) => !place.has(input.node));
    if (late.length > 0) complaints.push(`${nameOf(node)}: reads a value before it is computed`);
    for (const { node: maker, output, shape } of node.inputs) {
      const made = maker.outputs[output];
      if (made === undefined || !sameShape(made.shape, shape)) {
        complaints.push(`${nameOf(node)}: input [${shape}] is not what ${nameOf(maker)} makes`);
      }
    }
    complaints.push(...complaintsOf(node));
    place.set(node, place.size);
  }
  return complaints;
}

function complaintsOf(node: Node): string[] {
  if (node.kind === "constant") {
    const count = elements(node.outputs[0].shape);
    return node.values.length === count || node.values.length === 1
      ? []
      : [`constant of ${count} has ${node.values.length} values`];
  }
  if (node.kind === "input") return [];
  const computed = node.operation.shape(node.inputs, node.attributes);
  return node.outputs.flatMap(({ shape, dtype }, i) =>
    sameShape(shape, computed[i].shape) && dtype === computed[i].dtype
      ? []
      : [
          `${nameOf(node)}: output ${i} is ${dtype} [${shape}], its row says ${computed[i].dtype} [${computed[i].shape}]`,
        ],
  );
}

function nameOf(node: Node): string {
  return node.kind === "operation" ? node.operation.name : node.kind === "input" ? node.name : "constant";
}
