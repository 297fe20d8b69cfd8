// The walk over the table of operations. Each row is checked twice, apart from each
// other: its gradient rule against central differences of its reference in float64,
// its lowering against its reference in float32 through the real engine.

import { beforeAll, describe, expect, test } from "vitest";
import { randomStream } from "../../src/random/index.ts";
import { openNodeRuntime, type Runtime, type Values } from "../../src/runtime/index.ts";
import {
  add,
  elements,
  gradients,
  input,
  interpret,
  mul,
  operations,
  type Signature,
  simplify,
  sum,
  type Tensor,
  verify,
} from "../../src/tensor/index.ts";
import { cases, type Sample, sampleOf } from "./samples.ts";

const rounds = 6;
let runtime: Runtime;
beforeAll(async () => {
  runtime = await openNodeRuntime({ threads: 2 });
});

test("every operation of the table has samples, and every sample an operation", () => {
  expect(Object.keys(cases).sort()).toEqual([...operations.keys()].sort());
});

const repeatable = [...operations].flatMap(([name, { again }]) => (again === undefined ? [] : [{ name, again }]));

test.each(repeatable)("$name is made again as it was made", ({ name, again }) => {
  for (const make of cases[name]) {
    const { outputs, values } = sampleOf(make, randomStream(7, name));
    const repeated = outputs.map(({ node }) => again(node.inputs, node.kind === "operation" ? node.attributes : {}));
    const [expected, got] = [outputs, repeated].map((tensors) => interpret(tensors, values));
    for (const [i, seen] of got.entries()) expect(largestMiss(seen, expected[i])).toBeLessThan(1e-12);
  }
});

describe.each(Object.entries(cases))("%s", (name, makes) => {
  const samples = makes.flatMap((make, i) =>
    Array.from({ length: rounds }, (_, round) => sampleOf(make, randomStream(7, name, i, round))),
  );

  test("makes sound graphs whose gradients have the inputs' shapes", () => {
    for (const sample of samples) {
      expect(verify(sample.outputs)).toEqual([]);
      for (const { loss, inputs } of weightedSums(sample)) {
        const slopes = gradients(loss, inputs);
        expect(verify(slopes)).toEqual([]);
        expect(slopes.map(({ shape }) => shape)).toEqual(inputs.map(({ shape }) => shape));
      }
    }
  });

  // Central differences with h = 1e-5 in float64 carry an error
  // of about h^2 and 1e-16 / h: 1e-6 leaves a factor of 100.
  test("has the gradient that differences of its reference show", () => {
    for (const sample of samples) {
      for (const { loss, inputs } of weightedSums(sample)) {
        for (const miss of missesOfGradients(loss, inputs, sample.values)) expect(miss).toBeLessThan(1e-6);
      }
    }
  });

  test("has a gradient that is differentiated like any other graph", () => {
    for (const sample of samples) {
      for (const { loss, inputs } of weightedSums(sample)) {
        if (inputs.length === 0) continue;
        const steepness = gradients(loss, inputs)
          .map((slope) => sum(mul(slope, slope)))
          .reduce((a, b) => add(a, b));
        for (const miss of missesOfGradients(steepness, inputs, sample.values)) expect(miss).toBeLessThan(1e-5);
      }
    }
  });

  test("means the same when it is simplified, and so do its gradients", () => {
    for (const sample of samples) {
      const slopes = weightedSums(sample).flatMap(({ loss, inputs }) => gradients(loss, inputs));
      const graph = Object.fromEntries([...sample.outputs, ...slopes].map((tensor, i) => [`y${i}`, tensor]));
      const simple = simplify(graph);
      const shapes = (tensors: Record<string, Tensor>) => Object.values(tensors).map(({ shape }) => shape);
      expect(shapes(simple)).toEqual(shapes(graph));
      const [expected, got] = [graph, simple].map((each) => interpret(Object.values(each), sample.values));
      for (const [i, values] of got.entries()) expect(largestMiss(values, expected[i])).toBeLessThan(1e-12);
    }
  });

  // float32 has 24 bits: sums of a few terms of size one agree to some 1e-6.
  test("lowers to what its reference says", async () => {
    for (const sample of samples) {
      const named = Object.fromEntries(sample.outputs.map((tensor, i) => [`y${i}`, tensor]));
      const program = await runtime.compile(named);
      const results = await program.run(
        Object.fromEntries(program.inputs.map((port) => [port.name, feed(port, sample.values[port.name])])),
      );
      const expected = interpret(sample.outputs, sample.values);
      for (const [i, values] of expected.entries()) {
        const got = Array.from(results[`y${i}`], Number);
        expect(largestMiss(got, values)).toBeLessThan(5e-6);
      }
      await program.release();
    }
  });
});

/** Largest difference, absolute below one and relative above. */
function largestMiss(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Array.from(expected).reduce(
    (worst, value, i) => Math.max(worst, Math.abs(got[i] - value) / (1 + Math.abs(value))),
    0,
  );
}

/** A scalar for each f32 output: its elements by fixed weights, so that no symmetry hides a wrong gradient. */
function weightedSums({ outputs, values }: Sample): { loss: Tensor; inputs: Tensor[] }[] {
  const inputs = Object.keys(values)
    .map((name) => inputOf(outputs, name))
    .filter((tensor) => tensor !== undefined && tensor.dtype === "f32")
    .filter((tensor) => tensor !== undefined);
  return outputs
    .filter(({ dtype }) => dtype === "f32")
    .map((output, i) => {
      const weights = input(`weights${i}`, output.shape);
      values[`weights${i}`] = Array.from({ length: elements(output.shape) }, (_, at) => Math.sin(1 + 2.3 * at));
      return { loss: sum(mul(output, weights)), inputs };
    });
}

function inputOf(outputs: readonly Tensor[], name: string): Tensor | undefined {
  const stack = [...outputs];
  for (let tensor = stack.pop(); tensor !== undefined; tensor = stack.pop()) {
    if (tensor.node.kind === "input" && tensor.node.name === name) return tensor;
    stack.push(...tensor.node.inputs);
  }
  return undefined;
}

/** How far the gradient to each input is from what differences show. */
function missesOfGradients(y: Tensor, inputs: readonly Tensor[], values: Record<string, number[]>): number[] {
  const slopes = interpret(gradients(y, inputs), values);
  return inputs.flatMap(({ node }, i) =>
    node.kind === "input" ? [largestMiss(slopes[i], differences(y, values, node.name))] : [],
  );
}

function differences(loss: Tensor, values: Record<string, number[]>, name: string): number[] {
  const h = 1e-5;
  const at = (index: number, change: number) => {
    const moved = { ...values, [name]: values[name].with(index, values[name][index] + change) };
    return interpret([loss], moved)[0][0];
  };
  return values[name].map((_, index) => (at(index, h) - at(index, -h)) / (2 * h));
}

function feed({ dtype }: Signature, values: readonly number[]): Values {
  if (dtype === "f32") return Float32Array.from(values);
  if (dtype === "i64") return BigInt64Array.from(values.map(BigInt));
  return dtype === "i32" ? Int32Array.from(values) : Uint8Array.from(values);
}
