// How a parameter starts, as data: the store fills it in, from a stream named by the parameter, so that neither the
// order of declaration nor the number of layers before it changes its values.

import { type RandomStream, randomStream } from "../random/index.ts";
import { elements, type Shape } from "../tensor/index.ts";

export type Initial =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "normal"; readonly deviation: number }
  | { readonly kind: "table"; readonly values: () => Float32Array };

/** Normal with mean 0. The official code cuts at +-2, a hundred deviations away: a plain normal in effect. */
export function normal(deviation: number): Initial {
  return { kind: "normal", deviation };
}

export function filled(value: number): Initial {
  return { kind: "constant", value };
}

/** Writes the values that a parameter starts with, from (seed, its name), into its place [elements of its shape]. */
export function fillInitial(into: Float32Array, { name, initial }: NamedInitial, seed: number): void {
  if (initial.kind === "table") into.set(initial.values());
  else if (initial.kind === "constant") into.fill(initial.value);
  else {
    const stream: RandomStream = randomStream(seed, "initial", studentOf(name));
    for (let i = 0; i < into.length; i++) into[i] = initial.deviation * stream.normal();
  }
}

/** The same as a new array. */
export function initialValues(declaration: NamedInitial, seed: number): Float32Array {
  const values = new Float32Array(elements(declaration.shape));
  fillInitial(values, declaration, seed);
  return values;
}

interface NamedInitial {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Initial;
}

/** A teacher starts as a copy of its student. */
function studentOf(name: string): string {
  return name.replace(/^target_encoder\./, "encoder.");
}
