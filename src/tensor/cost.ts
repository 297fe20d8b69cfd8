// What a graph costs, by its rows' own counts.

import { reachableNodes, type Tensor } from "./graph.ts";

/** Floating-point operations of evaluating `outputs` once. */
export function flopsOf(outputs: readonly Tensor[]): number {
  return reachableNodes(outputs).reduce(
    (total, node) =>
      node.kind === "operation"
        ? total + node.operation.flops({ attributes: node.attributes, inputs: node.inputs, outputs: node.outputs })
        : total,
    0,
  );
}
