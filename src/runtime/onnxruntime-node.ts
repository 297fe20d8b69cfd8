// Programs by onnxruntime-node. Settings that were measured: threads that stop spinning after each run
// (several programs take turns, and spinning pools fight), an arena without memory patterns (a third less
// memory than with, half the time of none), one operator after the other (operators are parallel inside).
// Their order is fixed by `emit`, so the engine's own sharing of sub-expressions stays off.

import type * as Onnx from "onnxruntime-node";
import { loadOptional, UserError } from "../errors/index.ts";
import {
  add,
  branchSelector,
  elements,
  emit,
  emitBranches,
  flopsOf,
  input,
  type OnnxModel,
  onnxBytes,
  simplify,
  type Tensor,
} from "../tensor/index.ts";
import { findRefusal, refused, runUntilRefusal } from "./results-in-place.ts";
import {
  type CompileOptions,
  type Device,
  defaultDevice,
  type Port,
  type Program,
  type Runtime,
  type Values,
  withProgram,
} from "./runtime.ts";
import { TensorCache } from "./tensor-cache.ts";

type Engine = typeof Onnx;

/** What computes, and with how much of it. */
export interface RuntimeOptions {
  /** `defaultDevice` when absent. */
  readonly device?: Device | undefined;
  /** Threads inside an operator. */
  readonly threads: number;
}

/**
 * Opens the engine.
 *
 * @throws UserError when onnxruntime-node is not installed, or the device is not there
 */
export async function openNodeRuntime({ device = defaultDevice, threads }: RuntimeOptions): Promise<Runtime> {
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
function loadEngine(): Promise<Engine> {
  process.env.ORT_DISABLE_TELEMETRY = "1";
  return loadOptional(() => import("onnxruntime-node"), {
    where: "engine",
    expected: "the package onnxruntime-node, which runs all numeric work",
    remedy: "install it with: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node",
  });
}

async function requireDevice(runtime: Runtime, device: Device): Promise<void> {
  try {
    const outputs = { y: add(input("x", [1]), 1) };
    await withProgram(runtime, outputs, (program) => program.run({ x: new Float32Array(1) }));
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

function sessionOptions(
  { device, threads }: Pick<Runtime, "device" | "threads">,
  { profile, stored, brief = false }: CompileOptions,
) {
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
        ...(brief ? { disable_prepacking: "1" } : {}),
        ...(stored === undefined ? {} : { model_external_initializers_file_folder_path: stored.folder }),
      },
      optimization: { disable_specified_optimizers: "CommonSubexpressionElimination" },
    },
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  } satisfies Onnx.InferenceSession.SessionOptions;
}

interface Opened extends Pick<Runtime, "device" | "threads"> {
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
  const loaded = await load(opened, model, options);
  const inputs = new Map(model.inputs.map((port) => [port.name, port]));
  const part = { graph, inputs, nodes: model.nodes.length, release: loaded.session.release };
  return programOf(loaded, { ...part, compileSeconds: secondsSince(start), beside: {} });
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
  const loaded = await load(opened, model, options);
  const compileSeconds = secondsSince(start) / graphs.length;
  const namesRead = branches.map(({ inputs }) => new Set([...inputs.values()].map(({ name }) => name)));
  // The engine wants every input of the model, also those that only other branches read.
  const isIdle = ({ name }: Port) => name !== branchSelector && namesRead.some((names) => !names.has(name));
  const idle = Object.fromEntries(
    model.inputs.filter(isIdle).map((port) => [port.name, loaded.feeds.of(port.name, emptyValues(port))]),
  );
  let unreleased = graphs.length;
  const release = async () => {
    unreleased -= 1;
    if (unreleased === 0) await loaded.session.release();
  };
  return branches.map(({ inputs, nodes }, branch) => {
    const beside = { ...idle, [branchSelector]: loaded.feeds.of(branchSelector, Int32Array.of(branch)) };
    return programOf(loaded, { graph: simplified[branch], inputs, nodes, compileSeconds, beside, release });
  });
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

/** A model in the engine, with the arrays that it was given last. */
interface Loaded {
  readonly session: Session;
  readonly feeds: TensorCache;
  readonly results: TensorCache;
}

async function load(opened: Opened, model: OnnxModel, options: CompileOptions): Promise<Loaded> {
  const session = await openSession(opened, model, options);
  const [feeds, results] = [model.inputs, model.outputs].map((ports) => new TensorCache(opened.engine, ports));
  return { session, feeds, results };
}

/** A graph that is a model, or one of several in it. */
interface GraphOfModel extends Pick<Program, "nodes" | "compileSeconds" | "release"> {
  readonly graph: Readonly<Record<string, Tensor>>;
  /** The graph's own inputs by name, as the model names them. */
  readonly inputs: ReadonlyMap<string, Port>;
  /** What else the model is fed, by the model's names. */
  readonly beside: Tensors;
}

/** The program of a graph: looks for every input, and gives arrays to the results that the caller has none for. */
function programOf({ session, feeds, results }: Loaded, part: GraphOfModel): Program {
  const { graph, inputs, nodes, compileSeconds, beside } = part;
  let released = false;
  return {
    inputs: [...inputs].map(([name, port]) => ({ ...port, name })),
    outputs: results.ports,
    flops: flopsOf(Object.values(graph)),
    nodes,
    compileSeconds,
    async run(given, into = {}) {
      const read = Array.from(inputs, ([name, port]) => {
        if (!(name in given)) throw missingInput(name);
        return [port.name, feeds.of(port.name, given[name])] as const;
      });
      const arrays = Object.fromEntries(results.ports.map((port) => [port.name, into[port.name] ?? emptyValues(port)]));
      const written = Object.entries(arrays).map(([name, values]) => [name, results.of(name, values)] as const);
      await session.run({ ...beside, ...Object.fromEntries(read) }, Object.fromEntries(written));
      return arrays;
    },
    async release() {
      if (released) return;
      released = true;
      await part.release();
    },
  };
}

type Tensors = Readonly<Record<string, Onnx.Tensor>>;

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
