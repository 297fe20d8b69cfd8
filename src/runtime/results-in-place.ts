// onnxruntime-node (1.30) copies every result of a run into a new array, also one that was written where the caller
// wanted it; of a step's gradients, weights and moments the copies cost more time than the update itself, and hold
// their memory until the next collection. (Reported and being mended upstream: microsoft/onnxruntime, pull request
// 32346.) It converts results in their order and stops at one that is not a tensor. So a program's first result is
// an empty sequence: the run is whole, every result lies in its array, and the engine refuses to copy. Whether and
// in which words it refuses is tried when the engine is opened, on a small program; an engine that doesn't refuse,
// or refuses before it has written, is run as usual, copies included.

import type * as Onnx from "onnxruntime-node";
import { emit, input, mul, onnxBytes, ownNames } from "../tensor/index.ts";

type Tensors = Readonly<Record<string, Onnx.Tensor>>;
type Fetches = Readonly<Record<string, Onnx.Tensor | null>>;

/** What is needed of a session here. */
export interface Runs {
  run(feeds: Tensors, fetches: Fetches): Promise<unknown>;
}

/** What is needed of the engine to try it. */
export interface TriedEngine {
  readonly Tensor: typeof Onnx.Tensor;
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options: Onnx.InferenceSession.SessionOptions,
    ): Promise<Runs & { release(): Promise<void> }>;
  };
}

/** Name of the result that is refused; as the emitter's own names, none that a person may give. */
export const refused: string = `${ownNames}refused`;

/** The words in which the engine refuses to copy results after a run that wrote them all; undefined when it doesn't. */
export async function findRefusal(engine: TriedEngine): Promise<string | undefined> {
  const model = { ...emit({ y: mul(input("x", [1]), 2) }), emptySequence: refused };
  const session = await engine.InferenceSession.create(onnxBytes(model), { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const [x, y] = [Float32Array.of(21), new Float32Array(1)];
  const tensorOf = (values: Float32Array) => new engine.Tensor("float32", values, [1]);
  const run = session.run({ x: tensorOf(x) }, { [refused]: null, y: tensorOf(y) });
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  await session.release();
  return y[0] === 42 && error instanceof Error ? error.message : undefined;
}

/**
 * Runs a program whose first result is `refused`, into arrays that are there for all others.
 *
 * @throws what the engine threw, where it isn't the refusal
 */
export async function runUntilRefusal(session: Runs, feeds: Tensors, fetches: Tensors, refusal: string): Promise<void> {
  try {
    await session.run(feeds, { [refused]: null, ...fetches });
  } catch (error) {
    if (error instanceof Error && error.message === refusal) return;
    throw error;
  }
  throw new Error("internal: the engine no longer refuses to copy results");
}
