// Which layer each operation of a graph belongs to, read off the graph alone: an operation that
// uses a parameter belongs to the parameter's layer (the scope of its name); the others are
// placed by what they stand between. A gelu between `mlp.fc1` and `mlp.fc2` is inside `mlp`; an
// addition that joins `blocks.0` with `blocks.0.attn.proj` is inside `blocks.0`.

import type { ParameterBook } from "../nn/index.ts";
import { type Node, reachableNodes, type Tensor } from "../tensor/index.ts";
import { gradientName, totalName } from "./programs.ts";

/** To which layer an input or output of a program belongs, and as what. */
export interface Owner {
  readonly layer: string;
  /** `table`: fixed, not trained. */
  readonly role: "parameter" | "table" | "gradient";
}

/** Owners by the names of inputs and outputs; pictures, masks and loss terms have none. */
export type Owners = ReadonlyMap<string, Owner>;

/** Where an operation stands. */
export interface Place {
  /** Path of its layer; empty outside every layer. */
  readonly layer: string;
  /** `backward`: only a gradient needs it. */
  readonly pass: "forward" | "backward";
  /** Whether layers come before it, after it, both (or it is in one). */
  readonly side: "before" | "between" | "after";
  /** Whether it uses a parameter itself, or gives one its gradient. */
  readonly own: boolean;
}

export type Operation = Extract<Node, { kind: "operation" }>;

export function isOperation(node: Node): node is Operation {
  return node.kind === "operation";
}

/** Owners of everything that programs traced with this book call by a parameter's name. */
export function ownersOf({ declarations, leaves }: ParameterBook): Owners {
  const layers = new Set([...declarations.keys()].map(parentOf));
  const around = new Set([...layers].flatMap(pathsAround));
  // A parameter that stands beside layers (a position table, a mask token) is a layer of its own.
  const layerOf = (name: string) => (around.has(parentOf(name)) ? name : parentOf(name));
  return new Map(
    [...leaves.values()].flatMap(({ feed, name }): [string, Owner][] => {
      const layer = layerOf(name);
      const role = declarations.get(name)?.trained === false ? "table" : "parameter";
      return [
        [feed, { layer, role }],
        [totalName(feed), { layer, role: "gradient" }],
        [gradientName(feed), { layer, role: "gradient" }],
      ];
    }),
  );
}

/** The place of every operation that the outputs reach, inputs before users. */
export function placesOf(outputs: Readonly<Record<string, Tensor>>, owners: Owners): Map<Operation, Place> {
  const order = reachableNodes(Object.values(outputs)).filter(isOperation);
  const forward = forwardNodes(outputs, owners);
  const free = freeOfData(order, owners);
  const leaves = { free, given: gradientNodes(outputs, owners) };
  const users = usersOf(order, (node, user) => forward.has(node) === forward.has(user));
  const own = ownLayers(order, leaves);
  const settled = adopted(order, own, users, leaves);
  const below = layersBelow(order, settled, users);
  const places = new Map<Operation, Place>();
  for (const node of order) {
    const pass = forward.has(node) ? "forward" : "backward";
    const above = layersAbove(node, places, free);
    const after = [...(below.get(node) ?? [])];
    const stays = node.outputs.length === 1 && (pass === "backward" || movesData(node, free));
    const layer = settled.get(node) ?? layerBetween(above, after, stays);
    const side = settled.has(node) || (above.length > 0 && after.length > 0) ? "between" : undefined;
    places.set(node, { layer, pass, side: side ?? (above.length > 0 ? "after" : "before"), own: own.has(node) });
  }
  return places;
}

/**
 * The layer in which an operation stands that comes after `above`, before `below` and uses no parameter.
 *
 * @param stays whether it belongs to what it is made of where that is one layer only: a result in another
 *   shape is still that layer's result, and a derivative is part of the layer whose values it is made of
 */
export function layerBetween(above: readonly string[], below: readonly string[], stays = false): string {
  if (stays && above.length === 1) return above[0];
  const same = above.filter((a) => below.includes(a));
  const joined = above.flatMap((a, i) => above.slice(i + 1).map((b) => commonPath(a, b)));
  const passed = above.flatMap((a) => below.map((b) => commonPath(a, b)));
  const candidates = same.length > 0 ? same : [...joined, ...passed];
  return candidates.reduce((best, path) => (depthOf(path) > depthOf(best) ? path : best), "");
}

function depthOf(path: string): number {
  return path === "" ? 0 : path.split(".").length;
}

/** `a.b.c` and `a.b.d` -> `a.b`. */
export function commonPath(a: string, b: string): string {
  const [first, second] = [a.split("."), b.split(".")];
  const differs = first.findIndex((part, i) => part !== second[i]);
  return differs < 0 ? a : first.slice(0, differs).join(".");
}

function parentOf(name: string): string {
  return name.split(".").slice(0, -1).join(".");
}

/** Every path that holds this one: `a.b.c` -> `a`, `a.b`. */
function pathsAround(path: string): string[] {
  const parts = path.split(".");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("."));
}

/** What outputs other than gradients need; everything where there are none. */
function forwardNodes(outputs: Readonly<Record<string, Tensor>>, owners: Owners): ReadonlySet<Node> {
  const results = Object.entries(outputs).filter(([name]) => !owners.has(name));
  return new Set(reachableNodes((results.length > 0 ? results : Object.entries(outputs)).map(([, tensor]) => tensor)));
}

interface Leaves {
  /** Nodes made of constants and parameters alone, and the layer of those parameters. */
  readonly free: ReadonlyMap<Node, string | undefined>;
  /** Nodes that give a parameter its gradient, and the parameter's layer. */
  readonly given: ReadonlyMap<Node, string>;
}

function gradientNodes(outputs: Readonly<Record<string, Tensor>>, owners: Owners): Map<Node, string> {
  return new Map(
    Object.entries(outputs).flatMap(([name, { node }]) => {
      const layer = owners.get(name)?.layer;
      return layer === undefined ? [] : [[node, layer] as const];
    }),
  );
}

/** Nodes made of constants and parameters alone, and the layer of those parameters. */
function freeOfData(order: readonly Operation[], owners: Owners): ReadonlyMap<Node, string | undefined> {
  const free = new Map<Node, string | undefined>();
  for (const node of order) {
    for (const { node: leaf } of node.inputs) {
      if (leaf.kind === "constant") free.set(leaf, undefined);
      if (leaf.kind === "input" && owners.has(leaf.name)) free.set(leaf, owners.get(leaf.name)?.layer);
    }
    const layers = node.inputs.map((input) => free.get(input.node));
    if (node.inputs.every((input) => free.has(input.node))) free.set(node, commonOf(layers));
  }
  return free;
}

/** Layers of operations that use a parameter or give one its gradient. */
function ownLayers(order: readonly Operation[], { free, given }: Leaves): Map<Node, string> {
  const layers = new Map<Node, string>();
  for (const node of order) {
    const layer = commonOf([...node.inputs.map((input) => free.get(input.node)), given.get(node)]);
    if (layer !== undefined) layers.set(node, layer);
  }
  return layers;
}

/**
 * `own`, and with it what only brings a layer's input into shape,
 * and what only adds up to the gradient of its parameters.
 */
function adopted(
  order: readonly Operation[],
  own: ReadonlyMap<Node, string>,
  users: ReadonlyMap<Node, readonly Operation[]>,
  { free, given }: Leaves,
): Map<Node, string> {
  const settled = new Map(own);
  const ending = new Set(given.keys());
  for (const node of order.toReversed()) {
    if (settled.has(node)) continue;
    const [user, ...more] = users.get(node) ?? [];
    const ends = user !== undefined && more.length === 0 && ending.has(user);
    const [layer, ...others] = new Set([user, ...more].map((other) => other && settled.get(other)));
    if (layer === undefined || others.length > 0 || !(ends || movesData(node, free))) continue;
    settled.set(node, layer);
    if (ends && dataInputs(node, free) === 1) ending.add(node);
  }
  return settled;
}

/** The nearest layers that take something from each operation, through operations that are in none. */
function layersBelow(
  order: readonly Operation[],
  settled: ReadonlyMap<Node, string>,
  users: ReadonlyMap<Node, readonly Operation[]>,
): Map<Node, ReadonlySet<string>> {
  const below = new Map<Node, ReadonlySet<string>>();
  for (const node of order.toReversed()) {
    const layers = (users.get(node) ?? []).flatMap((user) => {
      const layer = settled.get(user);
      return layer === undefined ? [...(below.get(user) ?? [])] : [layer];
    });
    below.set(node, new Set(layers));
  }
  return below;
}

/** The places of what an operation is made of, each once, as far as a layer stands behind them. */
function layersAbove(
  node: Operation,
  places: ReadonlyMap<Node, Place>,
  free: ReadonlyMap<Node, string | undefined>,
): string[] {
  const above = node.inputs.flatMap(({ node: maker }) => {
    const place = places.get(maker);
    const outside = place === undefined || free.has(maker) || (place.layer === "" && place.side === "before");
    return outside ? [] : [place.layer];
  });
  return [...new Set(above)];
}

/** Whether it only gives one value another shape or order. */
function movesData(node: Operation, free: ReadonlyMap<Node, unknown>): boolean {
  return dataInputs(node, free) === 1 && flopsOfNode(node) === 0;
}

function dataInputs({ inputs }: Operation, free: ReadonlyMap<Node, unknown>): number {
  return inputs.filter(({ node }) => !free.has(node)).length;
}

/** Floating-point operations of one evaluation. */
export function flopsOfNode({ operation, attributes, inputs, outputs }: Operation): number {
  return operation.flops({ attributes, inputs, outputs });
}

function usersOf(
  order: readonly Operation[],
  counts: (node: Node, user: Operation) => boolean,
): Map<Node, readonly Operation[]> {
  const users = new Map<Node, Operation[]>();
  for (const user of order) {
    for (const { node } of user.inputs) {
      if (counts(node, user)) users.set(node, [...(users.get(node) ?? []), user]);
    }
  }
  return users;
}

function commonOf(layers: readonly (string | undefined)[]): string | undefined {
  const known = layers.filter((layer) => layer !== undefined);
  return known.length === 0 ? undefined : known.reduce(commonPath);
}
