// How a parameter starts, as data: the store fills it in, from a stream named by the parameter, so that neither the order of
// declaration nor the number of layers before it changes its values.

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

/** The values a parameter starts with, from (seed, its name). */
export function initialValues({ name, shape, initial }: NamedInitial, seed: number): Float32Array {
  if (initial.kind === "table") return initial.values();
  const values = new Float32Array(elements(shape));
  if (initial.kind === "constant") return values.fill(initial.value);
  const stream: RandomStream = randomStream(seed, "initial", studentOf(name));
  return values.map(() => initial.deviation * stream.normal());
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
