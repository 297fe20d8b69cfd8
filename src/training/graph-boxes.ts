// From a traced program to the boxes and arrows of its picture: a box for each layer (or each operation),
// each input and each output. Parameters, and gradients on their way out, are inside their layer's box.

import type { Graph, GraphArrow, GraphBox, GraphTensor } from "../figures/index.ts";
import { elements, type Node, reachableNodes, type Tensor } from "../tensor/index.ts";
import { groupOperations, type OperationGroup } from "./graph-groups.ts";
import { flopsOfNode, type Operation, type Owners, type Place, placesOf } from "./graph-layers.ts";

export interface BoxOptions {
  /** Levels of scope that are told apart: 4 gives `encoder.blocks.0.attn`, 1 gives `encoder`. */
  readonly depth: number;
  /** Each operation is a box. */
  readonly single: boolean;
}

/** The boxes and arrows of a program, makers before users. */
export function graphBoxes(
  outputs: Readonly<Record<string, Tensor>>,
  owners: Owners,
  { depth, single }: BoxOptions,
): Graph {
  const places = placesOf(outputs, owners);
  const groups = named(single ? singles(places) : groupOperations(places, owners, depth));
  const makers = new Map<Node, string>(groups.flatMap(([id, { nodes }]) => nodes.map((node) => [node, id])));
  const inputs = reachableNodes(Object.values(outputs)).filter((node) => node.kind === "input");
  const openInputs = inputs.filter(({ name }) => !owners.has(name));
  const openOutputs = Object.entries(outputs).filter(([name]) => !owners.has(name));
  for (const node of openInputs) makers.set(node, `input ${node.name}`);
  const arrows = new ArrowBook();
  for (const [node, to] of makers) {
    for (const tensor of node.inputs) arrows.add({ from: makers.get(tensor.node), to, tensor, user: node });
  }
  for (const [name, tensor] of openOutputs) {
    arrows.add({ from: makers.get(tensor.node), to: `output ${name}`, tensor, user: name });
  }
  const gradients = new Set(
    Object.entries(outputs)
      .filter(([name]) => owners.has(name))
      .map(([, { node }]) => node),
  );
  const counted = new ParameterCount(owners);
  return {
    boxes: [
      ...openInputs.map(({ name }) => ({ ...emptyBox("input", name), gives: arrows.from(`input ${name}`) })),
      ...groups.map(([id, group]) => ({
        ...groupBox(id, group),
        kind: group.own && !single ? ("layer" as const) : ("operations" as const),
        parameters: counted.add(group.nodes),
        gradients: group.nodes.filter((node) => gradients.has(node)).length,
        gives: arrows.from(id),
      })),
      ...openOutputs.map(([name, tensor]) => ({ ...emptyBox("output", name), gives: [signature(tensor)] })),
    ],
    arrows: arrows.all,
  };
}

interface Flow {
  readonly from: string | undefined;
  readonly to: string;
  readonly tensor: Tensor;
  readonly user: Node | string;
}

/** Arrows by their ends; a value that several operations of a box take flows into it once. */
class ArrowBook {
  readonly #tensors = new Map<string, Map<string, GraphTensor[]>>();
  readonly #users = new Map<Node, Map<string, Flow["user"]>>();

  add({ from, to, tensor, user }: Flow): void {
    if (from === undefined || from === to) return;
    const users = this.#users.get(tensor.node) ?? new Map<string, Flow["user"]>();
    this.#users.set(tensor.node, users);
    const first = users.get(`${tensor.output} ${to}`) ?? user;
    if (first !== user) return;
    users.set(`${tensor.output} ${to}`, user);
    const out = this.#tensors.get(from) ?? new Map<string, GraphTensor[]>();
    this.#tensors.set(from, out.set(to, [...(out.get(to) ?? []), signature(tensor)]));
  }

  /** What leaves a box, each shape once. */
  from(id: string): GraphTensor[] {
    const given = [...(this.#tensors.get(id)?.values() ?? [])].flat();
    return [...new Map(given.map((tensor) => [`${tensor.dtype} ${tensor.shape}`, tensor])).values()];
  }

  get all(): GraphArrow[] {
    return [...this.#tensors].flatMap(([from, out]) => [...out].map(([to, tensors]) => ({ from, to, tensors })));
  }
}

/** Counts trained numbers where they are first used. */
class ParameterCount {
  readonly #seen = new Set<string>();
  readonly #owners: Owners;

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  add(nodes: readonly Operation[]): number {
    let total = 0;
    for (const { node, shape } of nodes.flatMap(({ inputs }) => inputs)) {
      if (node.kind !== "input" || this.#seen.has(node.name)) continue;
      if (this.#owners.get(node.name)?.role !== "parameter") continue;
      this.#seen.add(node.name);
      total += elements(shape);
    }
    return total;
  }
}

function singles(places: ReadonlyMap<Operation, Place>): OperationGroup[] {
  return [...places].map(([node, { layer, pass, own }]) => ({ scope: layer, pass, own, nodes: [node] }));
}

/** Groups with a name for each: `encoder.blocks.0.attn`, `encoder.blocks.0 add 2`, `encoder.norm backward`. */
function named(groups: readonly OperationGroup[]): [id: string, group: OperationGroup][] {
  const counts = new Map<string, number>();
  return groups.map((group) => {
    const what = group.nodes.length === 1 ? group.nodes[0].operation.name : "operations";
    const words = [group.scope || "outside", group.own ? "" : what, group.pass === "backward" ? "backward" : ""];
    const name = words.filter((word) => word !== "").join(" ");
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return [count === 1 ? name : `${name} ${count}`, group];
  });
}

function groupBox(
  id: string,
  { scope, pass, nodes }: OperationGroup,
): Omit<GraphBox, "kind" | "parameters" | "gradients" | "gives"> {
  const counts = new Map<string, number>();
  for (const { operation } of nodes) counts.set(operation.name, (counts.get(operation.name) ?? 0) + 1);
  return {
    id,
    scope,
    pass,
    name: "",
    operations: [...counts].map(([name, count]) => ({ name, count })),
    ...(nodes.length === 1 ? constantOf(nodes[0]) : {}),
    flops: nodes.reduce((sum, node) => sum + flopsOfNode(node), 0),
    repeats: 1,
  };
}

/** The number that an operation of two inputs takes on one side. */
function constantOf({ inputs }: Operation): Pick<GraphBox, "constant"> {
  if (inputs.length !== 2) return {};
  const first = inputs[0].node.kind === "constant";
  const { node } = inputs[first ? 0 : 1];
  return node.kind === "constant" && node.values.length === 1 ? { constant: { value: node.values[0], first } } : {};
}

function emptyBox(kind: "input" | "output", name: string): GraphBox {
  const nothing = { scope: "", operations: [], flops: 0, parameters: 0, gradients: 0, gives: [], repeats: 1 };
  return { id: `${kind} ${name}`, kind, name, pass: "forward", ...nothing };
}

function signature({ shape, dtype }: Tensor): GraphTensor {
  return { shape, dtype };
}
