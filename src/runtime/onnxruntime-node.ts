// Programs by onnxruntime-node. Settings that were measured: threads that stop spinning after each run (several programs take
// turns, and spinning pools fight), an arena without memory patterns (a third less memory than with, half the time of none),
// one operator after the other (operators are parallel inside). Their order is fixed by `emit`, so the engine's own sharing of sub-expressions stays off.

import type * as Onnx from "onnxruntime-node";
import { UserError } from "../errors/index.ts";
import {
  branchSelector,
  type DType,
  elements,
  emit,
  emitBranches,
  flopsOf,
  type OnnxModel,
  onnxBytes,
  simplify,
  type Tensor,
} from "../tensor/index.ts";
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
  const opened: Opened = { engine, refusal, device, threads };
  const runtime: Runtime = {
    device,
    threads,
    compile: (outputs, options = {}) => compile(opened, outputs, options),
    compileTogether: (graphs, options = {}) => compileTogether(opened, graphs, options),
  };
  if (device !== "cpu") await requireDevice(runtime, device);
  return runtime;
}

/** Loads the engine with its telemetry off: from 1.30 on it sends what it runs on and what it ran to its makers. */
async function loadEngine(): Promise<Engine> {
  process.env.ORT_DISABLE_TELEMETRY = "1";
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

function sessionOptions({ device, threads }: Required<RuntimeOptions>, { profile, stored }: CompileOptions) {
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
      session: {
        force_spinning_stop: "1",
        ...(stored === undefined ? {} : { model_external_initializers_file_folder_path: stored.folder }),
      },
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
  opened: Opened,
  outputs: Readonly<Record<string, Tensor>>,
  options: CompileOptions,
): Promise<Program> {
  const start = performance.now();
  const graph = simplify(outputs);
  const model = emit(graph, options.stored?.values);
  const session = await openSession(opened, model, options);
  const { inputs, nodes } = model;
  const facts = { flops: flopsOf(Object.values(graph)), nodes: nodes.length, compileSeconds: secondsSince(start) };
  const results = new TensorCache(opened.engine, model.outputs);
  const feeds = new TensorCache(opened.engine, inputs);
  const wrapped: WrappedFeeds = (given) =>
    Object.fromEntries(inputs.map(({ name }) => [name, feeds.of(name, given[name])]));
  return {
    ...facts,
    inputs,
    outputs: model.outputs,
    run: runner(session, inputs, results, wrapped),
    release: session.release,
  };
}

async function compileTogether(
  opened: Opened,
  graphs: readonly Readonly<Record<string, Tensor>>[],
  options: CompileOptions,
): Promise<readonly Program[]> {
  if (graphs.length === 1) return [await compile(opened, graphs[0], options)];
  const start = performance.now();
  const simplified = graphs.map(simplify);
  const { model, branches } = emitBranches(simplified);
  const session = await openSession(opened, model, options);
  const compileSeconds = secondsSince(start) / graphs.length;
  const results = new TensorCache(opened.engine, model.outputs);
  const feeds = new TensorCache(opened.engine, model.inputs);
  const unread = Object.fromEntries(model.inputs.map((port) => [port.name, feeds.of(port.name, emptyValues(port))]));
  let unreleased = graphs.length;
  return branches.map(({ inputs, nodes }, branch): Program => {
    const ports = [...inputs].map(([name, port]) => ({ ...port, name }));
    const chosen = feeds.of(branchSelector, Int32Array.of(branch));
    const wrapped: WrappedFeeds = (given) => {
      const read = [...inputs].map(([name, port]) => [port.name, feeds.of(port.name, given[name])]);
      return { ...unread, ...Object.fromEntries(read), [branchSelector]: chosen };
    };
    return {
      inputs: ports,
      outputs: model.outputs,
      flops: flopsOf(Object.values(simplified[branch])),
      nodes,
      compileSeconds,
      run: runner(session, ports, results, wrapped),
      release: async () => {
        unreleased -= 1;
        if (unreleased === 0) await session.release();
      },
    };
  });
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

type Tensors = Readonly<Record<string, Onnx.Tensor>>;
type WrappedFeeds = (feeds: Readonly<Record<string, Values>>) => Tensors;

interface Session {
  /** Writes every result into the tensor of its name. */
  run(feeds: Tensors, results: Tensors): Promise<void>;
  release(): Promise<void>;
}

async function openSession(
  { engine, refusal, ...options }: Opened,
  model: OnnxModel,
  compileOptions: CompileOptions,
): Promise<Session> {
  const bytes = onnxBytes(refusal === undefined ? model : { ...model, emptySequence: refused });
  const session = await engine.InferenceSession.create(bytes, sessionOptions(options, compileOptions));
  return {
    async run(feeds, results) {
      if (refusal === undefined) await session.run(feeds, results);
      else await runUntilRefusal(session, feeds, results, refusal);
    },
    async release() {
      if (compileOptions.profile !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/** The `run` of a program: looks for every input, and gives arrays to the results that the caller has none for. */
function runner(session: Session, inputs: readonly Port[], cache: TensorCache, wrapped: WrappedFeeds): Program["run"] {
  return async (feeds, into = {}) => {
    for (const { name } of inputs) {
      if (!(name in feeds)) throw missingInput(name);
    }
    const results = Object.fromEntries(cache.ports.map((port) => [port.name, into[port.name] ?? emptyValues(port)]));
    await session.run(
      wrapped(feeds),
      Object.fromEntries(Object.entries(results).map(([name, values]) => [name, cache.of(name, values)])),
    );
    return results;
  };
}

/** Wrappers of the caller's arrays, kept while the same array comes again under the same name. */
class TensorCache {
  readonly ports: readonly Port[];
  readonly #engine: Engine;
  readonly #ports: ReadonlyMap<string, Port>;
  readonly #kept = new Map<string, { values: Values; tensor: Onnx.Tensor }>();

  constructor(engine: Engine, ports: readonly Port[]) {
    this.#engine = engine;
    this.ports = ports;
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
