// One ordinary ArrayBuffer a role (parameters, gradients, moments, teacher), laid out alike: groups one after the other, each
// padded to whole chunks. So the update, the norm, a checkpoint and an all-reduce are each one pass over a buffer, and a program
// is fed views, never copies.

import type { Shape } from "../tensor/index.ts";

export interface StoreEntry {
  readonly name: string;
  readonly shape: Shape;
  /** Entries of one group are neighbours and treated alike by the update. */
  readonly group: string;
}

export interface Placed extends StoreEntry {
  readonly offset: number;
  readonly length: number;
}

export interface Layout {
  /** Elements of a chunk; every group starts at one. */
  readonly chunk: number;
  readonly length: number;
  readonly entries: ReadonlyMap<string, Placed>;
  readonly groups: ReadonlyMap<string, { readonly start: number; readonly end: number }>;
}

/** Entries start at multiples of 16 elements: a cache line. */
const alignment = 16;

/** Places entries group by group, groups in the order of their first entry. */
export function layOut(entries: readonly StoreEntry[], chunk: number): Layout {
  const placed = new Map<string, Placed>();
  const groups = new Map<string, { start: number; end: number }>();
  let at = 0;
  for (const group of new Set(entries.map((entry) => entry.group))) {
    const start = at;
    for (const entry of entries.filter((candidate) => candidate.group === group)) {
      const length = entry.shape.reduce((product, size) => product * size, 1);
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
  { entries }: Layout,
  name: string,
  offset = 0,
  length?: number,
): Float32Array {
  const entry = entries.get(name);
  if (entry === undefined) throw new RangeError(`internal: the store has no "${name}"`);
  const start = entry.offset + offset;
  return buffer.subarray(start, start + (length ?? entry.length - offset));
}
