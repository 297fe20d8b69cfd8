// One walk over the graph that shares equal sub-expressions and applies the rules of `simplifications.ts` on the way; a
// second lets attention share its probabilities with its gradient where both are there, and makes again what is cheaper
// to make than to keep (`late-inputs.ts`). Dead nodes are never reached.

import { attentionByParts } from "./attention.ts";
import {
  type Attributes,
  digitsOf,
  type Node,
  type OperationNode,
  reachableNodes,
  type Tensor,
  tensorOf,
} from "./graph.ts";
import { type LateInputs, lateInputs } from "./late-inputs.ts";
import { reshape } from "./movement.ts";
import { applyOperation } from "./operation.ts";
import { simplifications } from "./simplifications.ts";

/** An equal graph that costs fewer passes over memory. Names and shapes of the outputs stay. */
export function simplify(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const shared = new Rebuilder().rebuild(outputs);
  const order = reachableNodes(Object.values(shared));
  return new Rebuilder().rebuild(shared, { byParts: attentionsWithGradient(order), late: lateInputs(order) });
}

/** What a walk changes beside the rules. */
interface Changes {
  /** Attention that is computed by parts. */
  readonly byParts: (node: OperationNode) => boolean;
  readonly late: LateInputs;
}

const noChanges: Changes = { byParts: () => false, late: () => false };

/** Rebuilds a graph bottom up; nodes of the same operation, inputs and attributes become one. */
class Rebuilder {
  readonly #known = new Map<string, Node>();
  readonly #numbers = new Map<Node, number>();
  readonly #rebuilt = new Map<Node, readonly Tensor[]>();

  rebuild(outputs: Readonly<Record<string, Tensor>>, { byParts, late }: Changes = noChanges): Record<string, Tensor> {
    const order = reachableNodes(Object.values(outputs));
    const uses = countUses(order, Object.values(outputs));
    for (const node of order) {
      const sole = node.inputs.map((input) => uses.get(input.node) === 1 || late(node, input));
      const inputs = node.inputs.map((input) =>
        late(node, input) ? this.#adopt(this.#again(input)) : this.#replacement(input),
      );
      this.#rebuilt.set(
        node,
        node.kind === "operation" && byParts(node)
          ? [this.#adopt(attentionByParts(inputs, Number(node.attributes.heads)))]
          : this.#make(node, inputs, sole),
      );
    }
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, this.#replacement(tensor)]));
  }

  #replacement({ node, output }: Tensor): Tensor {
    const tensors = this.#rebuilt.get(node);
    if (tensors === undefined) throw new RangeError("internal: a node was used before it was rebuilt");
    return tensors[output];
  }

  /** What stands for a tensor, or the tensor that it is another shape of, made a second time. */
  #again(tensor: Tensor): Tensor {
    const { node, shape } = tensor;
    if (node.kind !== "operation") return this.#replacement(tensor);
    const { again } = node.operation;
    return again === undefined
      ? reshape(this.#again(node.inputs[0]), shape)
      : again(
          node.inputs.map((input) => this.#replacement(input)),
          node.attributes,
        );
  }

  /** Takes over a tensor that a rule has just made, with whatever new nodes are behind it. */
  #adopt(tensor: Tensor): Tensor {
    if (this.#numbers.has(tensor.node)) return tensor;
    const inputs = tensor.node.inputs.map((input) => this.#adopt(input));
    return this.#make(
      tensor.node,
      inputs,
      inputs.map(() => false),
    )[tensor.output];
  }

  #make(node: Node, inputs: readonly Tensor[], sole: readonly boolean[]): readonly Tensor[] {
    if (node.kind !== "operation") return this.#share(node, keyOfLeaf(node));
    for (const rule of simplifications[node.operation.name] ?? []) {
      const better = rule(inputs, node.attributes, sole);
      if (better !== undefined) return [this.#adopt(better)];
    }
    const places = inputs.map((input) => `${this.#numbers.get(input.node)}.${input.output}`);
    const key = `${node.operation.name}(${places}) ${keyOfAttributes(node.attributes)}`;
    const known = this.#known.get(key);
    if (known) return known.outputs.map((_, output) => tensorOf(known, output));
    const same = node.inputs.every((input, i) => input.node === inputs[i].node && input.output === inputs[i].output);
    return this.#share(same ? node : applyOperation(node.operation, inputs, node.attributes)[0].node, key);
  }

  #share(node: Node, key: string | undefined): readonly Tensor[] {
    const known = key === undefined ? undefined : this.#known.get(key);
    const shared = known ?? node;
    if (known === undefined && key !== undefined) this.#known.set(key, node);
    if (!this.#numbers.has(shared)) this.#numbers.set(shared, this.#numbers.size);
    return shared.outputs.map((_, output) => tensorOf(shared, output));
  }
}

/** Attention nodes whose scores some gradient in the graph computes as well. */
function attentionsWithGradient(order: readonly Node[]): (node: OperationNode) => boolean {
  const products = new Set<string>();
  const numbers = new Map(order.map((node, index) => [node, index]));
  const nameOf = (x: Tensor) => `${numbers.get(x.node)}.${x.output}`;
  const scoresOf = (q: Tensor, k: Tensor) => `${nameOf(beforeReshape(q))} ${nameOf(beforeReshape(k))}`;
  for (const node of order) {
    if (node.kind !== "operation" || node.operation.name !== "matmul") continue;
    const [q, k] = node.inputs.map(beforeTranspose);
    if (q !== undefined && k !== undefined) products.add(scoresOf(q, k));
  }
  return (node) => node.operation.name === "attention" && products.has(scoresOf(node.inputs[0], node.inputs[1]));
}

/** What was transposed to make this tensor (as splitting into heads does), or undefined. */
function beforeTranspose({ node }: Tensor): Tensor | undefined {
  return node.kind === "operation" && node.operation.name === "transpose" ? node.inputs[0] : undefined;
}

function beforeReshape(x: Tensor): Tensor {
  return x.node.kind === "operation" && x.node.operation.name === "reshape" ? x.node.inputs[0] : x;
}

function countUses(order: readonly Node[], outputs: readonly Tensor[]): Map<Node, number> {
  const uses = new Map<Node, number>();
  const used = ({ node }: Tensor) => uses.set(node, (uses.get(node) ?? 0) + 1);
  for (const node of order) node.inputs.forEach(used);
  outputs.forEach(used);
  return uses;
}

/** Numbers that JSON has no words for (NaN, infinities, -0) are told apart as well. */
function keyOfAttributes(attributes: Attributes): string {
  return JSON.stringify(attributes, (_, value: unknown) =>
    typeof value === "number" && !Object.is(value, JSON.parse(JSON.stringify(value))) ? digitsOf([value]) : value,
  );
}

function keyOfLeaf(node: Node): string | undefined {
  if (node.kind === "input") return `input ${node.name} ${node.outputs[0].dtype} [${node.outputs[0].shape}]`;
  if (node.kind !== "constant" || node.values.length > 64) return undefined;
  return `constant ${node.outputs[0].dtype} [${node.outputs[0].shape}] ${digitsOf(node.values)}`;
}
