// Reverse-mode differentiation: the chain rule, walked once from the outputs back.
// The result is more graph, so gradients of gradients are the same call again.

import { add } from "./elementwise.ts";
import { constant, type Node, type OperationNode, reachableNodes, type Tensor, tensorOf } from "./graph.ts";
import { expand, unbroadcast, zerosLike } from "./movement.ts";
import { sameShape, shapeError } from "./shapes.ts";

/**
 * Gradients of `output` with respect to each of `wrt`.
 *
 * @param output any shape; with a `seed` the result is the vector-Jacobian
 *   product seed^T d(output)/d(wrt), without one the output must hold one element
 * @param seed same shape as `output`
 * @returns one tensor for each of `wrt`, of its shape; zeros where the output does not depend on it
 * @throws ShapeError when the output is no scalar and no seed is given, or the seed has another shape
 */
export function gradients(output: Tensor, wrt: readonly Tensor[], seed?: Tensor): Tensor[] {
  const start = seed ?? seedOf(output);
  if (!sameShape(start.shape, output.shape)) {
    throw shapeError("gradients", `a seed of [${output.shape.join(", ")}]`, `[${start.shape.join(", ")}]`, []);
  }
  const order = reachableNodes([output]);
  const active = nodesBetween(order, wrt);
  const totals = new Map<Node, (Tensor | undefined)[]>();
  accumulateInto(totals, output, start);
  for (const node of order.reverse()) {
    const upstream = totals.get(node);
    if (upstream === undefined || node.kind !== "operation" || !active.has(node)) continue;
    for (const [i, gradient] of gradientsOfInputs(node, upstream).entries()) {
      const target = node.inputs[i];
      if (gradient !== undefined && active.has(target.node)) {
        accumulateInto(totals, target, unbroadcast(gradient, target.shape));
      }
    }
  }
  return wrt.map((target) => totals.get(target.node)?.[target.output] ?? zerosLike(target));
}

function seedOf(output: Tensor): Tensor {
  if (output.shape.some((size) => size !== 1)) {
    throw shapeError("gradients", "a scalar", `[${output.shape.join(", ")}]`, ["reduce it to a scalar or give a seed"]);
  }
  return expand(constant(1), output.shape);
}

/** The targets and everything computed from them. */
function nodesBetween(order: readonly Node[], wrt: readonly Tensor[]): Set<Node> {
  const active = new Set<Node>(wrt.map(({ node }) => node));
  for (const node of order) {
    if (node.inputs.some((input) => active.has(input.node))) active.add(node);
  }
  return active;
}

function gradientsOfInputs(node: OperationNode, upstream: readonly (Tensor | undefined)[]) {
  const outputs = node.outputs.map((_, index) => tensorOf(node, index));
  return node.operation.gradient(node.inputs, outputs, upstream, node.attributes);
}

function accumulateInto(totals: Map<Node, (Tensor | undefined)[]>, target: Tensor, gradient: Tensor): void {
  const sums = totals.get(target.node) ?? target.node.outputs.map(() => undefined);
  const before = sums[target.output];
  sums[target.output] = before === undefined ? gradient : add(before, gradient);
  totals.set(target.node, sums);
}
