// Values laid over one another, lowest first, each field keeping the name of the layer
// that it came from. Objects are merged field by field; lists and single values
// replace. An object of another `kind` replaces too: its fields are others.

import { isFields } from "./leaves.ts";

/** Where a value of a recipe came from; a later one of this list wins. */
export type SourceKind = "default" | "preset" | "file" | "environment" | "flag";

/** A layer's origin, such as the preset "demo". */
export interface Source {
  readonly kind: SourceKind;
  /** For people: `preset "demo"`, `file "mine.json"`, `JEPA_SET`, `--set`, `default`. */
  readonly label: string;
}

/** Values merged so far and the source of each leaf by its dotted path. */
export interface Layered {
  readonly values: Fields;
  readonly sources: Map<string, Source>;
}

interface Fields {
  [key: string]: unknown;
}

/** Nothing yet. */
export function noLayers(): Layered {
  return { values: emptyFields(), sources: new Map() };
}

/** Lays `values` over what is there; fields that are undefined leave it alone. */
export function overlay(layered: Layered, values: Readonly<Record<string, unknown>>, source: Source): void {
  overlayAt(layered.values, values, "", { source, sources: layered.sources });
}

/** Lays one value, at a path, over what is there. */
export function overlayPath(layered: Layered, path: readonly string[], value: unknown, source: Source): void {
  const nested = path.reduceRight<unknown>((inner, key) => {
    const outer = emptyFields();
    outer[key] = inner;
    return outer;
  }, value);
  if (isFields(nested)) overlay(layered, nested, source);
}

/** Removes each value for which `isRemoved` holds; its source stays, as that of its absence. */
export function removeValues(
  { values }: Layered,
  isRemoved: (path: readonly string[], value: unknown) => boolean,
): void {
  const visit = (fields: Fields, above: readonly string[]): void => {
    for (const [key, value] of Object.entries(fields)) {
      const path = [...above, key];
      if (isRemoved(path, value)) delete fields[key];
      else if (isFields(value)) visit(value, path);
    }
  };
  visit(values, []);
}

/** The source of the field at a path, or of whatever lies above or below it; undefined where nobody gave it. */
export function sourceAt({ sources }: Layered, path: string): Source | undefined {
  const parts = path.split(".");
  for (let length = parts.length; length > 0; length--) {
    const found = sources.get(parts.slice(0, length).join("."));
    if (found !== undefined) return found;
  }
  for (const [leaf, source] of sources) {
    if (leaf.startsWith(`${path}.`)) return source;
  }
  return undefined;
}

interface Provenance {
  readonly source: Source;
  readonly sources: Map<string, Source>;
}

function overlayAt(
  target: Fields,
  values: Readonly<Record<string, unknown>>,
  prefix: string,
  provenance: Provenance,
): void {
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const path = prefix === "" ? key : `${prefix}.${key}`;
    const below = target[key];
    if (!isFields(value) || Object.keys(value).length === 0) {
      forget(provenance.sources, path);
      provenance.sources.set(path, provenance.source);
      target[key] = value;
      continue;
    }
    const isMerged = isFields(below) && !isOfAnotherKind(below, value);
    if (!isMerged) forget(provenance.sources, path);
    const merged: Fields = isMerged ? Object.assign(emptyFields(), below) : emptyFields();
    target[key] = merged;
    overlayAt(merged, value, path, provenance);
  }
}

function isOfAnotherKind(below: Readonly<Record<string, unknown>>, above: Readonly<Record<string, unknown>>): boolean {
  return above.kind !== undefined && below.kind !== undefined && above.kind !== below.kind;
}

function forget(sources: Map<string, Source>, path: string): void {
  for (const leaf of [...sources.keys()]) {
    if (leaf === path || leaf.startsWith(`${path}.`)) sources.delete(leaf);
  }
}

// Without a prototype, so that a field named `__proto__` is a field like any other (and then refused as unknown).
function emptyFields(): Fields {
  return Object.create(null);
}
