// Claims: the real engine refuses and has written; the caller's arrays are the results; an
// engine that doesn't refuse, or writes nothing, is found out; any other error passes through.

import * as onnx from "onnxruntime-node";
import { expect, test } from "vitest";
import { input, mul } from "../tensor/index.ts";
import { openNodeRuntime } from "./onnxruntime-node.ts";
import { findRefusal, type Runs, runUntilRefusal, type TriedEngine } from "./results-in-place.ts";

/** The engine with sessions whose run does `run` instead. */
function engineWith(run: Runs["run"]): TriedEngine {
  const create = async () => ({ run, release: async () => {} });
  return { Tensor: onnx.Tensor, InferenceSession: { create } };
}

test("the engine refuses to copy, and has written the results", async () => {
  expect(await findRefusal(onnx)).toMatch(/tensor/i);
  const runtime = await openNodeRuntime({ threads: 1 });
  const program = await runtime.compile({ y: mul(input("x", [2]), 3) });
  const y = new Float32Array(2);
  const results = await program.run({ x: Float32Array.of(1, 2) }, { y });
  expect(results.y).toBe(y);
  expect([...y]).toEqual([3, 6]);
  expect([...(await program.run({ x: Float32Array.of(5, 6) })).y]).toEqual([15, 18]);
});

test("an engine that copies after all, or refuses before it has written, is run as usual", async () => {
  expect(await findRefusal(engineWith(async () => ({})))).toBeUndefined();
  expect(await findRefusal(engineWith(() => Promise.reject(new Error("refused at once"))))).toBeUndefined();
});

test("another error than the refusal passes through, and a refusal that doesn't come is an error", async () => {
  const failing = { run: () => Promise.reject(new Error("out of memory")) };
  await expect(runUntilRefusal(failing, {}, {}, "not a tensor")).rejects.toThrow("out of memory");
  const silent = { run: async () => ({}) };
  await expect(runUntilRefusal(silent, {}, {}, "not a tensor")).rejects.toThrow(/no longer refuses/);
});
