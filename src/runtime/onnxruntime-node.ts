// Programs by onnxruntime-node. Settings that were measured: threads that stop spinning after each run (several programs take
// turns, and spinning pools fight), an arena without memory patterns (a third less memory than with, half the time of none),
// one operator after the other (operators are parallel inside). Their order is fixed by `emit`, so the engine's own sharing of sub-expressions stays off.

import type * as Onnx from "onnxruntime-node";
import { UserError } from "../errors/index.ts";
import { type DType, elements, emit, flopsOf, onnxBytes, simplify, type Tensor } from "../tensor/index.ts";
import { findRefusal, refused, runUntilRefusal } from "./results-in-place.ts";
import {
  type CompileOptions,
  type Device,
  fits,
  type Port,
  type Program,
  type Runtime,
  type Values,
} from "./runtime.ts";

type Engine = typeof Onnx;

export interface RuntimeOptions {
  readonly device?: Device;
  /** Threads inside an operator. */
  readonly threads: number;
}

/**
 * Opens the engine.
 *
 * @throws UserError when onnxruntime-node is not installed, or the device is not there
 */
export async function openNodeRuntime({ device = "cpu", threads }: RuntimeOptions): Promise<Runtime> {
  const engine = await loadEngine();
  const refusal = await findRefusal(engine);
  const runtime: Runtime = {
    device,
    threads,
    compile: (outputs, options = {}) => compile({ engine, refusal, device, threads }, outputs, options),
  };
  if (device !== "cpu") await requireDevice(runtime, device);
  return runtime;
}

async function loadEngine(): Promise<Engine> {
  try {
    const loaded = await import("onnxruntime-node");
    return loaded;
  } catch (cause) {
    throw new UserError(
      {
        where: "engine",
        expected: "the package onnxruntime-node, which runs all numeric work",
        received: cause instanceof Error ? cause.message.split("\n")[0] : String(cause),
        remedy: "install it with: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node",
      },
      { exitCode: 1, cause },
    );
  }
}

async function requireDevice(runtime: Runtime, device: Device): Promise<void> {
  const { add, input } = await import("../tensor/index.ts");
  try {
    const program = await runtime.compile({ y: add(input("x", [1]), 1) });
    await program.run({ x: new Float32Array(1) });
    await program.release();
  } catch (cause) {
    throw new UserError(
      {
        where: "--device",
        expected: `a working ${device} device`,
        received: cause instanceof Error ? cause.message.split("\n")[0] : String(cause),
        remedy:
          device === "cuda"
            ? "install the CUDA libraries of onnxruntime-node (its install script fetches them), or use --device cpu"
            : "use a machine with a GPU driver that offers WebGPU, or --device cpu",
      },
      { exitCode: 1, cause },
    );
  }
}

function sessionOptions({ device, threads }: Required<RuntimeOptions>, { profile }: CompileOptions) {
  return {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "basic",
    enableCpuMemArena: true,
    enableMemPattern: false,
    logSeverityLevel: 4,
    extra: {
      session: { force_spinning_stop: "1" },
      optimization: { disable_specified_optimizers: "CommonSubexpressionElimination" },
    },
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  } satisfies Onnx.InferenceSession.SessionOptions;
}

interface Opened extends Required<RuntimeOptions> {
  readonly engine: Engine;
  /** How the engine refuses to copy results, where it does: see `findRefusal`. */
  readonly refusal: string | undefined;
}

async function compile(
  { engine, refusal, ...options }: Opened,
  outputs: Readonly<Record<string, Tensor>>,
  compileOptions: CompileOptions,
): Promise<Program> {
  const start = performance.now();
  const graph = simplify(outputs);
  const model = emit(graph);
  const bytes = onnxBytes(refusal === undefined ? model : { ...model, emptySequence: refused });
  const session = await engine.InferenceSession.create(bytes, sessionOptions(options, compileOptions));
  const feedTensors = new TensorCache(engine, model.inputs);
  const resultTensors = new TensorCache(engine, model.outputs);
  return {
    inputs: model.inputs,
    outputs: model.outputs,
    flops: flopsOf(Object.values(graph)),
    nodes: model.nodes.length,
    compileSeconds: (performance.now() - start) / 1000,
    async run(feeds, into = {}) {
      for (const { name } of model.inputs) {
        if (!(name in feeds)) throw missingInput(name);
      }
      const results = Object.fromEntries(
        model.outputs.map((port) => [port.name, into[port.name] ?? emptyValues(port)]),
      );
      const fetches = Object.fromEntries(
        model.outputs.map(({ name }) => [name, resultTensors.of(name, results[name])]),
      );
      const wrapped = Object.fromEntries(model.inputs.map(({ name }) => [name, feedTensors.of(name, feeds[name])]));
      if (refusal === undefined) await session.run(wrapped, fetches);
      else await runUntilRefusal(session, wrapped, fetches, refusal);
      return results;
    },
    async release() {
      if (compileOptions.profile !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/** Wrappers of the caller's arrays, kept while the same array comes again under the same name. */
class TensorCache {
  readonly #engine: Engine;
  readonly #ports: ReadonlyMap<string, Port>;
  readonly #kept = new Map<string, { values: Values; tensor: Onnx.Tensor }>();

  constructor(engine: Engine, ports: readonly Port[]) {
    this.#engine = engine;
    this.#ports = new Map(ports.map((port) => [port.name, port]));
  }

  of(name: string, values: Values): Onnx.Tensor {
    const kept = this.#kept.get(name);
    if (kept?.values === values) return kept.tensor;
    const port = this.#ports.get(name);
    if (port === undefined || !fits(values, port)) throw wrongValues(name, port, values);
    const tensor = new this.#engine.Tensor(onnxType[port.dtype], values, [...port.shape]);
    this.#kept.set(name, { values, tensor });
    return tensor;
  }
}

const onnxType = { f32: "float32", i32: "int32", i64: "int64", u8: "uint8", bool: "bool" } as const satisfies Record<
  DType,
  Onnx.Tensor.Type
>;

function emptyValues({ dtype, shape }: Port): Values {
  const count = elements(shape);
  if (dtype === "f32") return new Float32Array(count);
  if (dtype === "i32") return new Int32Array(count);
  return dtype === "i64" ? new BigInt64Array(count) : new Uint8Array(count);
}

function missingInput(name: string): UserError {
  return new UserError({
    where: `program input "${name}"`,
    expected: "an array",
    received: "nothing",
    remedy: "feed every input that the program lists in `inputs`",
  });
}

function wrongValues(name: string, port: Port | undefined, values: Values): UserError {
  return new UserError({
    where: `program value "${name}"`,
    expected:
      port === undefined
        ? "the name of an input or output"
        : `${port.dtype} values of shape [${port.shape.join(", ")}]`,
    received: `${values.constructor.name} of ${values.length}`,
    remedy: "see the program's `inputs` and `outputs`",
  });
}
