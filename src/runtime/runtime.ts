// The seam between the graph and whatever executes it. A runtime compiles a graph to
// a program; a program runs on arrays of the caller, which may be views of one large
// buffer, and may write its results into others: state is never copied.

import { type DType, elements, type Signature, type StoredValues, type Tensor } from "../tensor/index.ts";

/** Arrays by element type: f32, i32, i64, and bytes for u8 and bool. */
export type Values = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** What computes: the processor, or a GPU by WebGPU or by CUDA. */
export type Device = "cpu" | "webgpu" | "cuda";

/** What computes where nothing is said. */
export const defaultDevice: Device = "cpu";

/** An input or output of a program: its name, shape and element type. */
export interface Port extends Signature {
  readonly name: string;
}

/** A compiled graph. It keeps its working memory until it is released. */
export interface Program {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Floating-point operations of one run, by the operations' own counts. */
  readonly flops: number;
  /** Operations of the engine, before it joins any. */
  readonly nodes: number;
  readonly compileSeconds: number;
  /**
   * Runs once.
   *
   * @param feeds an array for each input, row-major
   * @param into arrays that take outputs of their names; an output
   *   may overwrite a feed when only its own maker reads it
   * @returns every output by name: the array given in `into`, or a new one
   * @throws UserError when an input is missing or an array has the wrong type or length
   */
  run(
    feeds: Readonly<Record<string, Values>>,
    into?: Readonly<Record<string, Values>>,
  ): Promise<Record<string, Values>>;
  /** Gives the memory back; the program can't run afterwards. A second call does nothing. */
  release(): Promise<void>;
}

/** What a program is compiled with beside its graph. */
export interface CompileOptions {
  /**
   * Path that the name of a trace begins with: JSON of the time that every operator took,
   * in the format of Chrome's tracing. It is complete once the program is released.
   */
  readonly profile?: string;
  /** Inputs whose values lie in files: they are part of the program then, and the engine reads them from there. */
  readonly stored?: StoredInputs | undefined;
  /**
   * The program will run a few dozen times at most: stored values are not laid out for many runs, which takes 1.4 s of
   * a ViT-B and saves 3 to 8% of a run.
   */
  readonly brief?: boolean | undefined;
}

/** Where float32 values of inputs lie. */
export interface StoredInputs {
  /** The folder that holds the files, with no link in its path that leads out of it. */
  readonly folder: string;
  readonly values: ReadonlyMap<string, StoredValues>;
}

/**
 * Elements of a result that stay in the processor's cache, 3 MiB of f32. Measured with
 * ViT-S/16 on two cores: a product whose result leaves the cache loses half its speed, and
 * smaller parts pay more for what each call adds than the cache gives back.
 */
export const cachedElements = 786_432;

/** What compiles graphs, on one device with some threads. */
export interface Runtime {
  readonly device: Device;
  readonly threads: number;
  /** Compiles the graph behind the named outputs. Slow (0.1 to 2 s): keep the program. */
  compile(outputs: Readonly<Record<string, Tensor>>, options?: CompileOptions): Promise<Program>;
  /**
   * Compiles graphs that take turns and have outputs of the same names and shapes: their programs share working
   * memory, which a program otherwise keeps for itself, and are given back when the last of them is released.
   */
  compileTogether(
    graphs: readonly Readonly<Record<string, Tensor>>[],
    options?: CompileOptions,
  ): Promise<readonly Program[]>;
}

/** Compiles the graph behind the named outputs for some work, and gives its memory back however that ends. */
export async function withProgram<Result>(
  runtime: Runtime,
  outputs: Readonly<Record<string, Tensor>>,
  work: (program: Program) => Promise<Result>,
): Promise<Result> {
  const program = await runtime.compile(outputs);
  try {
    return await work(program);
  } finally {
    await program.release();
  }
}

/** Whether an array is the one that a port takes. */
export function fits(values: Values, { dtype, shape }: Signature): boolean {
  return values.length === elements(shape) && typeOf(values).includes(dtype);
}

function typeOf(values: Values): readonly DType[] {
  if (values instanceof Float32Array) return ["f32"];
  if (values instanceof Int32Array) return ["i32"];
  return values instanceof BigInt64Array ? ["i64"] : ["u8", "bool"];
}
