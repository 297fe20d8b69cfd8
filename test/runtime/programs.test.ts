// What the programs of training rely on: results in the caller's
// memory, totals updated in place, leaves run in our order.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openNodeRuntime, type Runtime } from "../../src/runtime/index.ts";
import {
  add,
  constant,
  div,
  emit,
  gelu,
  gradients,
  input,
  linear,
  matmul,
  simplify,
  sum,
  type Tensor,
} from "../../src/tensor/index.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openNodeRuntime({ threads: 2 });
});

test("a gradient is added to its total in place", async () => {
  const [x, w, total] = [input("x", [3, 2]), input("w", [4, 2]), input("total", [4, 2])];
  const [slope] = gradients(sum(linear(x, w)), [w]);
  const outputs = { after: add(total, slope) };
  expect(emit(simplify(outputs)).nodes.map(({ type }) => type)).toEqual(["Expand", "Gemm", "Add"]);
  const program = await runtime.compile(outputs);
  const buffer = new Float32Array(16).fill(100);
  const view = buffer.subarray(4, 12);
  view.fill(1);
  const feeds = { x: Float32Array.of(1, 2, 3, 4, 5, 6), w: new Float32Array(8), total: view };
  await program.run(feeds, { after: view });
  await program.run(feeds, { after: view });
  expect([...view]).toEqual([19, 25, 19, 25, 19, 25, 19, 25]);
  expect([...buffer.subarray(0, 4), ...buffer.subarray(12)]).toEqual(new Array(8).fill(100));
  await program.release();
});

const traceForm = z.array(z.looseObject({ cat: z.string(), name: z.string() }));

test("weight gradients run as soon as they can, the last layer's first, before the chain reaches the first layer", async () => {
  const folder = await mkdtemp(join(tmpdir(), "jepa-order-"));
  const width = 8;
  const weights = Array.from({ length: 4 }, (_, i) => input(`w${i}`, [width, width]));
  const layers = weights.reduce((x: Tensor, w) => gelu(linear(x, w)), input("x", [4, width]));
  const slopes = gradients(sum(layers), weights);
  const outputs = Object.fromEntries(slopes.map((slope, i) => [`g${i}`, slope]));
  const program = await runtime.compile(outputs, { profile: join(folder, "order") });
  const feeds = Object.fromEntries(
    program.inputs.map(({ name, shape }) => [name, new Float32Array(shape[0] * shape[1]).fill(0.1)]),
  );
  await program.run(feeds);
  await program.release();
  const [file] = await readdir(folder);
  const trace = traceForm.parse(JSON.parse(await readFile(join(folder, file), "utf8")));
  await rm(folder, { recursive: true });
  const model = emit(simplify(outputs));
  const nameOf = (output: string) => {
    const index = model.nodes.findIndex(({ outputs: names }) => names.includes(output));
    return `${model.nodes[index].type}_${index}_kernel_time`;
  };
  const order = trace.filter(({ cat }) => cat === "Node").map(({ name }) => name);
  const places = slopes.map((_, i) => order.indexOf(nameOf(`g${i}`)));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect([...places].sort((a, b) => b - a)).toEqual(places);
  // Nothing but the first layer's own chain is left when the second layer's weight gradient is done.
  expect(order.length - places[1]).toBeGreaterThan(2);
});

test("one value may leave under several names", async () => {
  const y = matmul(input("a", [1, 2]), input("b", [2, 1]));
  const program = await runtime.compile({ first: y, second: y, third: add(y, 1), fourth: y });
  const results = await program.run({ a: Float32Array.of(1, 2), b: Float32Array.of(3, 4) });
  expect([results.first[0], results.second[0], results.third[0], results.fourth[0]]).toEqual([11, 11, 12, 11]);
  await program.release();
});

test("what is fed is checked: a missing input and an array of the wrong length are named", async () => {
  const program = await runtime.compile({ y: matmul(input("a", [2, 3]), input("b", [3, 2])) });
  await expect(program.run({ a: new Float32Array(6) })).rejects.toThrow(
    /program input "b": expected an array, received nothing/,
  );
  await expect(program.run({ a: new Float32Array(5), b: new Float32Array(6) })).rejects.toThrow(
    /program value "a": expected f32 values of shape \[2, 3\], received Float32Array of 5/,
  );
  await program.release();
});

const withCuda = await openNodeRuntime({ device: "cuda", threads: 1 }).catch((error: unknown) => error);

test.runIf(withCuda instanceof Error)("a device that is not there is said, with what to do", () => {
  expect(String(withCuda)).toMatch(/--device: expected a working cuda device.*--device cpu/s);
});

test("names never collide: ours cannot be given, two inputs of one name are refused, and -0 is not 0", async () => {
  const x = input("c0", [1]);
  const program = await runtime.compile({ "v0.0": add(x, 5) });
  expect([...(await program.run({ c0: Float32Array.of(2) }))["v0.0"]]).toEqual([7]);
  await program.release();
  expect(() => input("#c0", [1])).toThrow(/does not begin with "#"/);
  await expect(runtime.compile({ "#y": add(x, 5) })).rejects.toThrow(/output: .*does not begin with "#"/);
  await expect(runtime.compile({ y: add(input("x", [1]), input("x", [2])) })).rejects.toThrow(
    /two different inputs named "x"/,
  );
  const signs = await runtime.compile({ y: div(1, constant([0, -0], [2])), z: div(1, constant([0, 0], [2])) });
  const { y, z } = await signs.run({});
  expect([[...y], [...z]]).toEqual([
    [Infinity, -Infinity],
    [Infinity, Infinity],
  ]);
  await signs.release();
});
