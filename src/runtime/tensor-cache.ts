// Arrays of the caller as tensors of the engine: checked against the ports that they are for, and wrapped once.

import type * as Onnx from "onnxruntime-node";
import { UserError } from "../errors/index.ts";
import type { DType } from "../tensor/index.ts";
import { fits, type Port, type Values } from "./runtime.ts";

/** What is needed of the engine here. */
export interface TensorMaker {
  readonly Tensor: typeof Onnx.Tensor;
}

/** Wrappers of the caller's arrays, kept while the same array comes again under the same name. */
export class TensorCache {
  readonly ports: readonly Port[];
  readonly #engine: TensorMaker;
  readonly #ports: ReadonlyMap<string, Port>;
  readonly #kept = new Map<string, { values: Values; tensor: Onnx.Tensor }>();

  /** @param ports whose names are known here */
  constructor(engine: TensorMaker, ports: readonly Port[]) {
    this.#engine = engine;
    this.ports = ports;
    this.#ports = new Map(ports.map((port) => [port.name, port]));
  }

  /**
   * The tensor on an array's own memory. Throws UserError where
   * there is no port of that name, or it takes other arrays.
   */
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
