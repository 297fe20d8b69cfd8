// Graphs that take turns in one model: each runs as if alone, and they don't add up their memory.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { openNodeRuntime, type Runtime } from "../../src/runtime/index.ts";
import { add, cast, gradients, input, linear, matmul, mul, softmax, sum, type Tensor } from "../../src/tensor/index.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openNodeRuntime({ threads: 2 });
});

/** The gradient of a weight, added to its total, for `rows` rows. */
function graph(rows: number): Record<string, Tensor> {
  const [x, w, total] = [input("x", [rows, 2]), input("w", [4, 2]), input("total", [4, 2])];
  const loss = sum(mul(softmax(linear(x, w)), input("weights", [rows, 4])));
  const [slope] = gradients(loss, [w]);
  return { loss, after: add(total, slope) };
}

const values = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(3 * i + count));

test("each gives what it gives alone, in whatever order, in the caller's memory", async () => {
  const sizes = [3, 5, 2];
  const together = await runtime.compileTogether(sizes.map(graph));
  for (const which of [2, 0, 1, 1, 0, 2]) {
    const rows = sizes[which];
    const alone = await runtime.compile(graph(rows));
    const feeds = { x: values(2 * rows), w: values(8), weights: values(4 * rows) };
    const [expected, total] = [values(8), values(8)];
    const { loss } = await alone.run({ ...feeds, total: expected }, { after: expected });
    const results = await together[which].run({ ...feeds, total }, { after: total });
    expect(results.loss).toEqual(loss);
    expect(total).toEqual(expected);
    expect(together[which].inputs.map(({ name, shape }) => [name, shape])).toEqual(
      alone.inputs.map(({ name, shape }) => [name, shape]),
    );
    await alone.release();
  }
  for (const program of together) await program.release();
});

test("what is fed to one is checked by its own shapes", async () => {
  const [small] = await runtime.compileTogether([graph(3), graph(5)]);
  const feeds = { x: values(10), w: values(8), weights: values(12), total: values(8) };
  await expect(small.run(feeds)).rejects.toThrow("f32 values of shape [3, 2]");
  await expect(small.run({ x: values(6) })).rejects.toThrow('program input "w": expected an array, received nothing');
});

test("outputs that differ and an empty list are refused, and said", async () => {
  const other = { y: matmul(input("a", [2, 3]), input("b", [3, 2])) };
  await expect(runtime.compileTogether([{ y: mul(input("a", [2, 3]), 2) }, other])).rejects.toThrow(
    /expected outputs as the first graph's: y f32 \[2, 3\], received y f32 \[2, 2\]/,
  );
  await expect(runtime.compileTogether([])).rejects.toThrow(/compileTogether\(\): expected one graph or more/);
});

test("outputs that differ in their element type alone are told apart in the message", async () => {
  const x = input("x", [2]);
  await expect(runtime.compileTogether([{ y: x }, { y: cast(x, "i32") }])).rejects.toThrow(
    /y f32 \[2\], received y i32 \[2\]/,
  );
});

test("names of a person's own meet none of ours", async () => {
  const named = (size: number): Record<string, Tensor> => {
    const [number, taken] = [input("number", [size]), input("taken", [size])];
    return { y: sum(mul(number, taken)), "y+": sum(add(number, taken)) };
  };
  const programs = await runtime.compileTogether([1, 2, 3].map(named));
  for (const [i, program] of programs.entries()) {
    const ones = new Float32Array(i + 1).fill(1);
    const { y, "y+": plus } = await program.run({ number: ones, taken: ones });
    expect([...y, ...plus].map(Number)).toEqual([i + 1, 2 * (i + 1)]);
  }
  for (const program of programs) await program.release();
});

test("one that is released twice leaves the others their memory", async () => {
  const [first, second] = await runtime.compileTogether([graph(3), graph(5)]);
  await first.release();
  await first.release();
  const feeds = { x: values(10), w: values(8), weights: values(20), total: values(8) };
  expect((await second.run(feeds)).loss).toHaveLength(1);
  await second.release();
});

test("they take much less memory than as many models", () => {
  const runtimeDoor = new URL("../../src/runtime/index.ts", import.meta.url).href;
  const tensorDoor = new URL("../../src/tensor/index.ts", import.meta.url).href;
  const grownBy = (compile: string): number => {
    const script = `
      import { openNodeRuntime } from ${JSON.stringify(runtimeDoor)};
      import { add, exp, input, sum } from ${JSON.stringify(tensorDoor)};
      const runtime = await openNodeRuntime({ threads: 1 });
      const graph = (rows) => {
        const a = exp(input("x", [rows, 1024]));
        const b = exp(a);
        return { y: sum(add(add(a, b), exp(b))) };
      };
      const rows = [8200, 8100, 8000];
      const graphs = rows.map(graph);
      const programs = ${compile};
      const x = new Float32Array(8200 * 1024).fill(0.1);
      const before = process.memoryUsage().rss;
      for (const [i, program] of programs.entries()) await program.run({ x: x.subarray(0, rows[i] * 1024) });
      console.log(process.memoryUsage().rss - before);
    `;
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const words = ["--import", "tsx", "--input-type=module", "--eval", script];
    return Number(execFileSync(process.execPath, words, { cwd: root, encoding: "utf8" }));
  };
  const apart = grownBy("await Promise.all(graphs.map((each) => runtime.compile(each)))");
  expect(grownBy("await runtime.compileTogether(graphs)")).toBeLessThan(0.7 * apart);
});
