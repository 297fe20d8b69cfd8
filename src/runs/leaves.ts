// A recipe seen as a list of fields: `training.steps` = 80. A leaf is whatever is not a non-empty object, so a list
// is one value. Differences and fingerprints are made from leaves, and do not depend on the order of the fields.

import { createHash } from "node:crypto";

/** One field and its value; `path` is dotted. */
export interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

/** A field in which two recipes differ; undefined where one of them does not have it. */
export interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Whether a value is an object with fields, rather than a list, null or a number. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All fields of a tree that have a value, in the tree's order. */
export function leaves(tree: unknown, path = ""): Leaf[] {
  if (tree === undefined) return [];
  if (!isFields(tree) || Object.keys(tree).length === 0) return path === "" ? [] : [{ path, value: tree }];
  return Object.entries(tree).flatMap(([key, value]) => leaves(value, path === "" ? key : `${path}.${key}`));
}

/** The fields in which two recipes differ, sorted by path. */
export function differences(before: unknown, after: unknown): Difference[] {
  const left = new Map(leaves(before).map(({ path, value }) => [path, value]));
  const right = new Map(leaves(after).map(({ path, value }) => [path, value]));
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => JSON.stringify(left.get(path)) !== JSON.stringify(right.get(path)))
    .sort()
    .map((path) => ({ path, before: left.get(path), after: right.get(path) }));
}

/** Differences in words, such as `training.steps 80 -> 100, seed 1 -> none`. */
export function describeDifferences(list: readonly Difference[]): string {
  const shown = (value: unknown) => (value === undefined ? "none" : JSON.stringify(value));
  return list.map(({ path, before, after }) => `${path} ${shown(before)} -> ${shown(after)}`).join(", ");
}

/** A short name of a recipe's content: equal exactly where `differences` finds none (but for chance, 2^-128). */
export function fingerprint(recipe: unknown): string {
  const lines = leaves(recipe).map(({ path, value }) => `${path}=${JSON.stringify(value)}`);
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex").slice(0, 32);
}
