// One ordinary ArrayBuffer a role (parameters, gradients, moments, teacher), laid out alike: groups
// one after the other, each padded to whole chunks. So the update, the norm, a checkpoint and an
// all-reduce are each one pass over a buffer, and a program is fed views, never copies.

import { elements, type Shape } from "../tensor/index.ts";

/** An array that the store holds. */
export interface StoreEntry<Group> {
  readonly name: string;
  readonly shape: Shape;
  /** Entries of one group (the same object) are neighbours and treated alike by the update. */
  readonly group: Group;
}

/** An entry with its place in the buffers, in elements. */
export interface Placed<Group> extends StoreEntry<Group> {
  readonly offset: number;
  readonly length: number;
}

/** Where everything lies in the buffers, in elements. */
export interface Layout<Group = unknown> {
  /** Elements of a chunk; every group starts at one. */
  readonly chunk: number;
  readonly length: number;
  readonly entries: ReadonlyMap<string, Placed<Group>>;
  readonly groups: ReadonlyMap<Group, { readonly start: number; readonly end: number }>;
}

/** Entries start at multiples of 16 elements: a cache line. */
const alignment = 16;

/** Places entries group by group, groups in the order of their first entry. */
export function layOut<Group>(entries: readonly StoreEntry<Group>[], chunk: number): Layout<Group> {
  const placed = new Map<string, Placed<Group>>();
  const groups = new Map<Group, { start: number; end: number }>();
  let at = 0;
  for (const group of new Set(entries.map((entry) => entry.group))) {
    const start = at;
    for (const entry of entries.filter((candidate) => candidate.group === group)) {
      const length = elements(entry.shape);
      placed.set(entry.name, { ...entry, offset: at, length });
      at += Math.ceil(length / alignment) * alignment;
    }
    at = start + Math.ceil((at - start) / chunk) * chunk;
    groups.set(group, { start, end: at });
  }
  return { chunk, length: at, entries: placed, groups };
}

/** The part of a role's buffer that holds (part of) an entry. */
export function viewOf(
  buffer: Float32Array,
  { entries }: Pick<Layout, "entries">,
  name: string,
  offset = 0,
  length?: number,
): Float32Array {
  const entry = entries.get(name);
  if (entry === undefined) throw new RangeError(`internal: the store has no "${name}"`);
  const start = entry.offset + offset;
  return buffer.subarray(start, start + (length ?? entry.length - offset));
}
