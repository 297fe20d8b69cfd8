// Activations that are cheaper to make again than to keep. A row with `again` (GELU) says how its output is made of its
// input, which its gradient keeps anyway. Whoever reads such an output late, after the pass forward, then reads one that
// is made there, and the output is forgotten in between. A reader is late where its other factor was
// computed from the same output, as an upstream gradient was.

import type { Node, OperationNode, Tensor } from "./graph.ts";

/** Tells which inputs of a node are late reads of what can be made again. */
export type LateInputs = (reader: Node, input: Tensor) => boolean;

/** @param order a whole graph, inputs before their readers */
export function lateInputs(order: readonly Node[]): LateInputs {
  const late = new Map<Node, Set<Node>>();
  for (const made of order) {
    if (made.kind !== "operation" || made.operation.again === undefined || !isKept(made, order)) continue;
    const after = new Set<Node>([made]);
    for (const node of order) {
      if (node.inputs.some((input) => after.has(input.node))) after.add(node);
    }
    const isLate = ({ inputs }: Node) =>
      inputs.some((input) => repeatable(input) === made) &&
      inputs.some((input) => repeatable(input) !== made && after.has(input.node));
    late.set(made, new Set(order.filter((node) => after.has(node) && isLate(node))));
  }
  return (reader, input) => {
    const made = repeatable(input);
    return made !== undefined && late.get(made)?.has(reader) === true;
  };
}

/** Whether somebody else reads a node's inputs, as its gradient does: else nothing is kept to make it again of. */
function isKept(made: Node, order: readonly Node[]): boolean {
  const reads = ({ inputs }: Node, source: Node) => inputs.some(({ node }) => node === source);
  return made.inputs.every(({ node: source }) => order.some((node) => node !== made && reads(node, source)));
}

/** The node with `again` that a tensor is, or is another shape of. */
function repeatable({ node }: Tensor): OperationNode | undefined {
  if (node.kind !== "operation") return undefined;
  if (node.operation.again !== undefined) return node;
  return node.operation.name === "reshape" ? repeatable(node.inputs[0]) : undefined;
}
