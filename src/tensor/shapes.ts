// Arithmetic of shapes, and the errors that it finds. Shapes are checked once, while tracing; a failed check names the
// operation, the axis, both shapes and the first line of the caller's own code.

import { ShapeError } from "../errors/index.ts";
import type { DType, Shape, Signature } from "./graph.ts";

/** How many elements a tensor of this shape has; 1 for a scalar. */
export function elements(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether two shapes have the same sizes in the same order. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Row-major distances between neighbours along each axis. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** NumPy's rule: axes are aligned from the last, sizes must be equal or one of them 1. */
export function broadcastShapes(operation: string, ...shapes: Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((candidate) => candidate !== 1) ?? 1;
    const odd = sizes.find((candidate) => candidate !== 1 && candidate !== size);
    if (odd !== undefined) {
      const listed = shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ");
      throw shapeError(operation, `equal sizes or 1 on axis ${axis - rank}`, `${size} and ${odd} in ${listed}`, [
        "reshape or expand one of them",
      ]);
    }
    return size;
  });
}

/** Whether an array of the small shape broadcasts to the large one. */
export function fitsInto(small: Shape, large: Shape): boolean {
  const offset = large.length - small.length;
  return offset >= 0 && small.every((size, axis) => size === 1 || size === large[axis + offset]);
}

/** The axis counted from the front; negative axes count from the back. */
export function axisOf(operation: string, { shape }: Signature, axis: number): number {
  const rank = shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw shapeError(operation, `an axis from ${-rank} to ${rank - 1} of [${shape.join(", ")}]`, axis, []);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front, in rising order, each once; all where none are given. Throws ShapeError as `axisOf`. */
export function axesOf(operation: string, x: Signature, axes: number | readonly number[] | undefined): number[] {
  if (axes === undefined) return x.shape.map((_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  return [...new Set(list.map((axis) => axisOf(operation, x, axis)))].sort((a, b) => a - b);
}

/**
 * Throws ShapeError where a size is not the expected one; `what` names it, `seen` is the shape that it was found in.
 */
export function requireSame(operation: string, what: string, expected: number, received: number, seen: Shape): void {
  if (expected !== received) {
    throw shapeError(operation, `${what} ${expected}`, `${received} in [${seen.join(", ")}]`, []);
  }
}

/** Throws ShapeError where a tensor is of none of the allowed types. */
export function requireType(operation: string, { dtype, shape }: Signature, ...allowed: DType[]): void {
  if (!allowed.includes(dtype)) {
    throw shapeError(operation, `a tensor of ${allowed.join(" or ")}`, `${dtype} [${shape.join(", ")}]`, [
      `cast it with cast(x, "${allowed[0]}")`,
    ]);
  }
}

/**
 * Binds the axes of `x` to names and checks the sizes that are given.
 *
 * @example const { batch, tokens } = axes("attention", x, "batch tokens width", { width: 192 });
 * @throws ShapeError that names the axis, both sizes and the caller's line
 */
export function axes<Names extends string>(
  operation: string,
  x: Signature,
  names: Names,
  sizes: Readonly<Record<string, number>> = {},
): Record<Words<Names>, number> {
  const words = names.split(" ");
  const shown = `[${x.shape.map((size, axis) => `${size} ${words[axis] ?? "?"}`).join(", ")}]`;
  if (words.length !== x.shape.length) {
    throw shapeError(operation, `${words.length} axes (${names})`, `${x.shape.length} in ${shown}`, []);
  }
  for (const [axis, word] of words.entries()) {
    const size = sizes[word];
    if (size !== undefined && size !== x.shape[axis]) {
      throw shapeError(operation, `"${word}" of ${size}`, `${x.shape[axis]}; x is ${shown}`, []);
    }
  }
  return Object.fromEntries(words.map((word, axis) => [word, x.shape[axis]])) as Record<Words<Names>, number>;
}
type Words<Text extends string> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Text;

/**
 * The error of a wrong shape or type, with the first line of the caller's own code.
 *
 * @param operation name of the function that was called
 * @param expected the words after "expected"
 * @param received what came instead
 * @param remedies instructions, if there are any beside looking at the line
 * @returns the error, for the caller to throw
 */
export function shapeError(operation: string, expected: string, received: unknown, remedies: string[]): ShapeError {
  const line = callersLine(new Error().stack ?? "");
  const remedy = [...remedies, ...(line === undefined ? [] : [`traced at ${line}`])].join("; ");
  return new ShapeError({ where: `${operation}()`, expected, received, remedy: remedy || "check the tensor's shape" });
}

/** The first stack frame outside this room (and its compiled twin): where the person who traces called us. */
function callersLine(stack: string): string | undefined {
  const frames = stack.split("\n").slice(1);
  const outside = frames.find((frame) => !/[\\/]tensor[\\/](?!.*\.test\.)/.test(frame) && /:\d+:\d+/.test(frame));
  return outside?.match(/([^\\/(\s]+[\\/][^\\/]+:\d+):\d+\)?$/)?.[1];
}
