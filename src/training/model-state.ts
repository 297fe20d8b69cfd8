// The numbers of a run: parameters, gradients, moments and teacher in flat buffers, and views of them by the
// names under which programs and checkpoints know them. What is declared comes from tracing the method once.

import { type Declaration, fillInitial, initialValues, type ParameterBook, parameterBook } from "../nn/index.ts";
import type { Method } from "../objectives/index.ts";
import { isDecayed } from "../optim/index.ts";
import { type Layout, layOut, viewOf } from "../runtime/index.ts";
import { elements, type Shape } from "../tensor/index.ts";
import { traceFeatures, traceLoss } from "./programs.ts";

/** Elements of a chunk of the update: a few chunks of five roles fit the second-level cache of two cores. */
export const updateChunk = 262_144;

/** What the update does to parameters: whether a teacher follows them, and whether they decay. */
export interface UpdateGroup {
  readonly taught: boolean;
  readonly decayed: boolean;
}

/** In the order of the store: the taught ones first, since the teacher is laid out as its beginning. */
const updateGroups: readonly UpdateGroup[] = [
  { taught: true, decayed: true },
  { taught: true, decayed: false },
  { taught: false, decayed: true },
  { taught: false, decayed: false },
];

export interface StoredView {
  readonly shape: Shape;
  readonly data: Float32Array;
}

export interface ModelState {
  readonly layout: Layout<UpdateGroup>;
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Laid out as the beginning of `parameters`; empty without a teacher. */
  readonly teacher: Float32Array;
  /** Ranges of the store that are updated alike, in elements. */
  readonly groups: readonly (UpdateGroup & { readonly start: number; readonly end: number })[];
  /** Inputs of programs that are parameters (or rows of them), fixed tables and teacher parameters included. */
  readonly feeds: Readonly<Record<string, Float32Array>>;
  /** The gradient's place of each trained leaf, by the leaf's feed name. */
  readonly gradientViews: Readonly<Record<string, Float32Array>>;
  /** Everything a model file holds, by official name. */
  readonly model: ReadonlyMap<string, StoredView>;
  /** Everything an optimizer file holds: `exp_avg.<name>` and `exp_avg_sq.<name>`. */
  readonly optimizer: ReadonlyMap<string, StoredView>;
}

/**
 * Allocates and initialises the state of a method, from its seed.
 *
 * @param chunk elements of a chunk of the store
 */
export function createModelState(
  method: Method,
  book: ParameterBook,
  seed: number,
  chunk: number = updateChunk,
): ModelState {
  const students = studentParameters(method, book);
  const layout = layOutStudents(method, students, chunk);
  const buffers = allocate(layout);
  const placeOf = (name: string) =>
    isOfTeacher(method, name)
      ? viewOf(buffers.teacher, layout, followedBy(method, name))
      : viewOf(buffers.parameters, layout, name);
  const model = initialModel(book, seed, placeOf);
  return {
    layout,
    ...buffers,
    groups: Array.from(layout.groups, ([group, range]) => ({ ...group, ...range })),
    feeds: leafViews(book, (name) => model.get(name)?.data),
    gradientViews: leafViews(book, (name) =>
      layout.entries.has(name) ? viewOf(buffers.gradients, layout, name) : undefined,
    ),
    model,
    optimizer: momentViews(students, layout, buffers),
  };
}

/** Parameters that are updated alike are neighbours. */
function layOutStudents({ teacher }: Method, students: readonly Declaration[], chunk: number): Layout<UpdateGroup> {
  const isTaught = (name: string) => teacher !== null && name.startsWith(`${teacher.follows}.`);
  const entries = updateGroups.flatMap((group) =>
    students
      .filter(({ name, shape }) => isTaught(name) === group.taught && isDecayed(name, shape) === group.decayed)
      .map(({ name, shape }) => ({ name, shape, group })),
  );
  return layOut(entries, chunk);
}

/**
 * Everything that is declared with its first values: trained
 * parameters in their places, fixed tables in arrays of their own.
 */
function initialModel(
  book: ParameterBook,
  seed: number,
  placeOf: (name: string) => Float32Array,
): ReadonlyMap<string, StoredView> {
  const viewed = [...book.declarations.values()].map((declaration) => {
    const { name, shape, trained } = declaration;
    const data = trained ? placeOf(name) : initialValues(declaration, seed);
    if (trained) fillInitial(data, declaration, seed);
    return [name, { shape, data }] as const;
  });
  return new Map(viewed);
}

/**
 * The part of its parameter that each leaf is, by the leaf's feed
 * name; leaves of parameters that are not there are left out.
 */
function leafViews(
  book: ParameterBook,
  whole: (name: string) => Float32Array | undefined,
): Readonly<Record<string, Float32Array>> {
  const views = [...book.leaves.values()].flatMap(({ feed, name, offset, tensor }) => {
    const data = whole(name);
    return data === undefined ? [] : [[feed, data.subarray(offset, offset + elements(tensor.shape))] as const];
  });
  return Object.fromEntries(views);
}

/** Both moments by the names of PyTorch's AdamW. */
function momentViews(
  students: readonly Declaration[],
  layout: Layout,
  { first, second }: Pick<ModelState, "first" | "second">,
): ReadonlyMap<string, StoredView> {
  const named = [["exp_avg", first] as const, ["exp_avg_sq", second] as const];
  return new Map(
    named.flatMap(([moment, buffer]) =>
      students.map(({ name, shape }) => [`${moment}.${name}`, { shape, data: viewOf(buffer, layout, name) }]),
    ),
  );
}

/** The parameters that gradients train: neither fixed tables nor the teacher's. */
export function studentParameters(method: Method, book: ParameterBook): Declaration[] {
  return [...book.declarations.values()].filter(({ name, trained }) => trained && !isOfTeacher(method, name));
}

function isOfTeacher({ teacher }: Method, name: string): boolean {
  return teacher !== null && name.startsWith(`${teacher.scope}.`);
}

/** The student's parameter that one of the teacher's follows. */
function followedBy({ teacher }: Method, name: string): string {
  return teacher === null ? name : `${teacher.follows}${name.slice(teacher.scope.length)}`;
}

function allocate({ length, groups }: Layout<UpdateGroup>) {
  const taught = Math.max(0, ...[...groups].filter(([group]) => group.taught).map(([, { end }]) => end));
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
