// A graph in the operators of the ONNX standard alone, for engines other than onnxruntime and files that others read:
// attention by its parts, batched products without flags.

import { attentionByParts, withBiasesAdded } from "./attention.ts";
import { matmul } from "./contraction.ts";
import { mul } from "./elementwise.ts";
import { type Node, type OperationNode, reachableNodes, type Tensor, tensorOf } from "./graph.ts";
import { transpose } from "./movement.ts";
import { applyOperation } from "./operation.ts";

/** An equal graph without contributed operators. Names and shapes of the outputs stay. */
export function inStandardOperators(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const rebuilt = new Map<Node, readonly Tensor[]>();
  const nowOf = ({ node, output }: Tensor): Tensor => (rebuilt.get(node) ?? rebuild(node))[output];
  const rebuild = (node: Node): readonly Tensor[] => {
    if (node.kind !== "operation") return node.outputs.map((_, output) => tensorOf(node, output));
    const inputs = node.inputs.map(nowOf);
    const standard = replacement(node, inputs);
    // What replaces an operation may hold products with flags itself.
    const results =
      standard === undefined ? applyOperation(node.operation, inputs, node.attributes) : [nowOf(standard)];
    rebuilt.set(node, results);
    if (standard === undefined) rebuilt.set(results[0].node, results);
    return results;
  };
  // In order, so that no chain of calls is longer than a replacement.
  for (const node of reachableNodes(Object.values(outputs))) rebuild(node);
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, nowOf(tensor)]));
}

function replacement({ operation, attributes }: OperationNode, inputs: readonly Tensor[]): Tensor | undefined {
  if (operation.name === "attention") return attentionByParts(inputs, Number(attributes.heads));
  if (operation.name === "biasedAttention") return attentionByParts(withBiasesAdded(inputs), Number(attributes.heads));
  const [a, b] = inputs;
  if (operation.name !== "matmul" || (a.shape.length === 2 && b.shape.length === 2)) return undefined;
  const { transposeA, transposeB, scale } = attributes;
  if (transposeA !== true && transposeB !== true && scale === 1) return undefined;
  const product = matmul(transposeA === true ? swapped(a) : a, transposeB === true ? swapped(b) : b);
  return scale === 1 ? product : mul(product, Number(scale));
}

function swapped(x: Tensor): Tensor {
  const last = x.shape.length - 1;
  return transpose(x, [...x.shape.keys()].with(last, last - 1).with(last - 1, last));
}
