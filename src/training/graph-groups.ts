// Operations of one layer that hang together become one group, as long as no way leads out
// of the group and back into it: groups and what flows between them have no cycle either.
// A layer that is used twice (two passes over an encoder) is two groups.

import type { Node } from "../tensor/index.ts";
import type { Operation, Owners, Place } from "./graph-layers.ts";

/** Operations that become one box. */
export interface OperationGroup {
  /** Path of the layer as far as it is told apart; empty outside every layer. */
  readonly scope: string;
  readonly pass: Place["pass"];
  /** Whether some of its operations use parameters of the layer. */
  readonly own: boolean;
  /** Inputs before users. */
  readonly nodes: readonly Operation[];
}

interface Group {
  readonly key: string;
  readonly place: Place;
  nodes: Operation[];
  before: Set<Group>;
  after: Set<Group>;
}

/** Groups the operations by layer, down to `depth` levels of scope. */
export function groupOperations(
  places: ReadonlyMap<Operation, Place>,
  owners: Owners,
  depth: number,
): OperationGroup[] {
  const groupOf = new Map<Node, Group>();
  const readers = new Map<Node, Operation[]>();
  for (const [node, place] of places) {
    const group = newGroup(node, { ...place, layer: place.layer.split(".").slice(0, depth).join(".") }, groupOf);
    const data = node.inputs.map((input) => input.node).filter((input) => isData(input, owners));
    const beside = place.layer === "" ? [] : data.flatMap((input) => readers.get(input) ?? []);
    const near = [...data, ...beside].map((other) => groupOf.get(other)).filter((other) => other !== undefined);
    groupOf.set(node, group);
    for (const input of data) readers.set(input, [...(readers.get(input) ?? []), node]);
    for (const other of new Set(near)) {
      if (other.key === group.key && !hasDetour(other, group) && !hasDetour(group, other))
        absorb(group, other, groupOf);
    }
  }
  return [...new Set(groupOf.values())].map(({ nodes, place: { layer, pass } }) => ({
    scope: layer,
    pass,
    own: nodes.some((node) => places.get(node)?.own === true),
    nodes,
  }));
}

function newGroup(node: Operation, place: Place, groupOf: ReadonlyMap<Node, Group>): Group {
  const { layer, pass, side } = place;
  const makers = node.inputs.map((input) => groupOf.get(input.node)).filter((maker) => maker !== undefined);
  const group: Group = {
    key: `${pass} ${layer === "" ? side : layer}`,
    place,
    nodes: [node],
    before: new Set(makers),
    after: new Set(),
  };
  for (const maker of makers) maker.after.add(group);
  return group;
}

/** Constants and parameters bring nothing together. */
function isData(node: Node, owners: Owners): boolean {
  return node.kind === "operation" || (node.kind === "input" && !owners.has(node.name));
}

/** Whether a way leads from one group to the other through a third. */
function hasDetour(from: Group, to: Group): boolean {
  const stack = [...from.after].filter((next) => next !== to);
  const seen = new Set(stack);
  for (let group = stack.pop(); group !== undefined; group = stack.pop()) {
    for (const next of group.after) {
      if (next === to) return true;
      if (!seen.has(next)) {
        seen.add(next);
        stack.push(next);
      }
    }
  }
  return false;
}

/** Puts everything of `other` into `group`. */
function absorb(group: Group, other: Group, groupOf: Map<Node, Group>): void {
  for (const node of other.nodes) groupOf.set(node, group);
  group.nodes = [...other.nodes, ...group.nodes];
  for (const maker of other.before) {
    maker.after.delete(other);
    if (maker === group) continue;
    maker.after.add(group);
    group.before.add(maker);
  }
  for (const user of other.after) {
    user.before.delete(other);
    if (user === group) continue;
    user.before.add(group);
    group.after.add(user);
  }
  group.before.delete(other);
  group.after.delete(other);
}
