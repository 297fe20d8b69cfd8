// A model that takes any number of rows along its inputs' first axis. Shapes of a graph are numbers, so it is traced
// for two batches: what differs between the two models is the batch, and stays open. Only shapes that values are
// reshaped to may differ.

import { emit } from "./emit.ts";
import type { Tensor } from "./graph.ts";
import type { OnnxConstant, OnnxModel, OnnxValue } from "./onnx.ts";

/** Two primes that no other size of a model is a multiple of. */
const batches = [7919, 7927] as const;
const openAxis = "batch";

/**
 * Lowers a graph for any batch.
 *
 * @param trace the outputs for a batch of that size; inputs that hold it have it as their first axis
 * @throws RangeError (internal) where the batch decides more than shapes
 */
export function emitAnyBatch(trace: (batch: number) => Readonly<Record<string, Tensor>>): OnnxModel {
  const [model, other] = batches.map((batch) => emit(trace(batch)));
  if (model.nodes.length !== other.nodes.length || model.constants.length !== other.constants.length) throw uneven();
  const reshaped = new Set(model.nodes.flatMap(({ type, inputs }) => (type === "Reshape" ? [inputs[1]] : [])));
  const constants = model.constants.map((constant, i) => {
    if (equal(constant, other.constants[i])) return constant;
    if (!reshaped.has(constant.name)) throw uneven();
    return withOpenAxis(constant, other.constants[i]);
  });
  const opened = (values: readonly OnnxValue[]) =>
    values.map((value): OnnxValue => (value.shape[0] === batches[0] ? { ...value, open: { 0: openAxis } } : value));
  return { ...model, constants, inputs: opened(model.inputs), outputs: opened(model.outputs) };
}

/** The shape with -1, which a Reshape works out, where the batch stands. */
function withOpenAxis(constant: OnnxConstant, other: OnnxConstant): OnnxConstant {
  const [sizes, others] = [sizesOf(constant), sizesOf(other)];
  const open = sizes.map((size, axis) => (size === others[axis] ? size : -1));
  const isBatch = sizes.every((size, axis) => open[axis] !== -1 || size / batches[0] === others[axis] / batches[1]);
  if (!isBatch || open.filter((size) => size === -1).length !== 1) throw uneven();
  return { ...constant, values: open };
}

function sizesOf({ values, shape, dtype }: OnnxConstant): readonly number[] {
  if ("file" in values || "packed" in values || dtype !== "i64" || shape.length !== 1) throw uneven();
  return Array.from(values);
}

function equal(a: OnnxConstant, b: OnnxConstant): boolean {
  if (a.name !== b.name || a.shape.join() !== b.shape.join()) return false;
  if ("file" in a.values || "packed" in a.values || "file" in b.values || "packed" in b.values) return true;
  const [left, right] = [a.values, b.values];
  return left.length === right.length && left.every((value, i) => value === right[i]);
}

function uneven(): RangeError {
  return new RangeError("internal: a graph depends on its batch by more than shapes");
}
