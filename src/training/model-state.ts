// The numbers of a run: parameters, gradients, moments and teacher in flat buffers, and views of them by the names under which
// programs and checkpoints know them. What is declared comes from tracing the method once.

import { type Declaration, fillInitial, initialValues, type ParameterBook, parameterBook } from "../nn/index.ts";
import type { Method } from "../objectives/index.ts";
import { isDecayed } from "../optim/index.ts";
import { type Layout, layOut, viewOf } from "../runtime/index.ts";
import { elements, type Shape } from "../tensor/index.ts";
import { traceFeatures, traceLoss } from "./programs.ts";

/** Elements of a chunk of the update: a few chunks of five roles fit the second-level cache of two cores. */
export const updateChunk = 262_144;

export interface StoredView {
  readonly shape: Shape;
  readonly data: Float32Array;
}

export interface ModelState {
  readonly layout: Layout;
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Laid out as the beginning of `parameters`; empty without a teacher. */
  readonly teacher: Float32Array;
  /** Ranges of the store that are updated alike: whether a teacher follows them, and whether they are decayed. */
  readonly groups: readonly {
    readonly start: number;
    readonly end: number;
    readonly decayed: boolean;
    readonly taught: boolean;
  }[];
  /** Inputs of programs that are parameters (or rows of them), fixed tables and teacher parameters included. */
  readonly feeds: Readonly<Record<string, Float32Array>>;
  /** The gradient's place of each trained leaf, by the leaf's feed name. */
  readonly gradientViews: Readonly<Record<string, Float32Array>>;
  /** Everything a model file holds, by official name. */
  readonly model: ReadonlyMap<string, StoredView>;
  /** Everything an optimizer file holds: `exp_avg.<name>` and `exp_avg_sq.<name>`. */
  readonly optimizer: ReadonlyMap<string, StoredView>;
}

/** Allocates and initialises the state of a method, from its seed. */
export function createModelState(
  method: Method,
  book: ParameterBook,
  seed: number,
  chunk: number = updateChunk,
): ModelState {
  const { teacher } = method;
  const declared = [...book.declarations.values()];
  const isTeacher = (name: string) => isOfTeacher(method, name);
  const students = studentParameters(method, book);
  const isTaught = (name: string) => teacher !== null && name.startsWith(`${teacher.follows}.`);
  const groupOf = (name: string, shape: Shape) =>
    `${isTaught(name) ? "0 taught" : "1 alone"} ${isDecayed(name, shape) ? "decayed" : "plain"}`;
  const entries = students.map(({ name, shape }) => ({ name, shape, group: groupOf(name, shape) }));
  const layout = layOut(
    [...entries].sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0)),
    chunk,
  );
  const buffers = allocate(layout);
  const studentOf = (name: string) =>
    isTeacher(name) ? `${teacher?.follows}${name.slice(teacher?.scope.length)}` : name;
  const fixed = new Map(
    declared
      .filter(({ trained }) => !trained)
      .map((declaration) => [declaration.name, initialValues(declaration, seed)]),
  );
  const whole = (name: string): Float32Array =>
    fixed.get(name) ?? viewOf(isTeacher(name) ? buffers.teacher : buffers.parameters, layout, studentOf(name));
  for (const declaration of declared) {
    if (declaration.trained) fillInitial(whole(declaration.name), declaration, seed);
  }
  const leaves = [...book.leaves.values()];
  const partOf = (data: Float32Array, offset: number, shape: Shape) => data.subarray(offset, offset + elements(shape));
  return {
    layout,
    ...buffers,
    groups: [...layout.groups].map(([name, range]) => ({
      ...range,
      decayed: name.endsWith("decayed"),
      taught: name.startsWith("0"),
    })),
    feeds: Object.fromEntries(
      leaves.map(({ feed, name, offset, tensor }) => [feed, partOf(whole(name), offset, tensor.shape)]),
    ),
    gradientViews: Object.fromEntries(
      leaves
        .filter(({ name }) => layout.entries.has(name))
        .map(({ feed, name, offset, tensor }) => [
          feed,
          partOf(viewOf(buffers.gradients, layout, name), offset, tensor.shape),
        ]),
    ),
    model: new Map(declared.map(({ name, shape }) => [name, { shape, data: whole(name) }])),
    optimizer: new Map(
      (["first", "second"] as const).flatMap((role) =>
        students.map(({ name, shape }) => [
          `${role === "first" ? "exp_avg" : "exp_avg_sq"}.${name}`,
          { shape, data: viewOf(buffers[role], layout, name) },
        ]),
      ),
    ),
  };
}

/** The parameters that gradients train: neither fixed tables nor the teacher's. */
export function studentParameters(method: Method, book: ParameterBook): Declaration[] {
  return [...book.declarations.values()].filter(({ name, trained }) => trained && !isOfTeacher(method, name));
}

function isOfTeacher({ teacher }: Method, name: string): boolean {
  return teacher !== null && name.startsWith(`${teacher.scope}.`);
}

function allocate({ length, groups }: Layout) {
  const taught = Math.max(0, ...[...groups].filter(([name]) => name.startsWith("0")).map(([, { end }]) => end));
  return {
    parameters: new Float32Array(length),
    gradients: new Float32Array(length),
    first: new Float32Array(length),
    second: new Float32Array(length),
    teacher: new Float32Array(taught),
  };
}

/** Traces the method on one picture, for the sake of what it declares. */
export function declaredBy(method: Method): ParameterBook {
  const book = parameterBook();
  traceFeatures(method, book, 1);
  traceLoss(method, book, 1);
  return book;
}
