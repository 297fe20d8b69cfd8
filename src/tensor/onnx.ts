// An ONNX model as data, and as bytes. Field numbers are those of onnx.proto (Apache-2.0), version 10 of the format.

import type { OnnxAttribute } from "./emitter.ts";
import type { DType, NumberArray, Shape, Signature } from "./graph.ts";
import {
  bytesField,
  type Field,
  floatField,
  integerField,
  join,
  messageField,
  packedField,
  textField,
} from "./protobuf.ts";

export interface OnnxNode {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}
export interface OnnxConstant {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly values: NumberArray | StoredValues | PackedValues;
}
/** Values that lie in a file, row-major and little-endian. */
export interface StoredValues {
  /** Name of the file, in the folder that the engine is told. */
  readonly file: string;
  /** First byte, counted from the beginning of the file. */
  readonly offset: number;
  readonly byteLength: number;
}
/** Numbers of a type that graphs have no use for: weights that are made smaller, and widened by a node. */
export interface PackedValues {
  readonly packed: "f16" | "i8";
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array;
}
export interface OnnxValue extends Signature {
  readonly name: string;
  /** Names of axes whose size is open, by axis; `shape` holds any size there. */
  readonly open?: Readonly<Record<number, string>>;
}
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Name of one more output, before the others: an empty sequence, which is not a tensor. */
  readonly emptySequence?: string;
}

/** The operator set: 20 is the first with Gelu. */
const operatorSet = 20;
const elementTypes: Record<DType, number> = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9 };
const packedTypes = { i8: 3, f16: 10 } as const;

/** ModelProto bytes. */
export function onnxBytes(model: OnnxModel): Uint8Array {
  const operatorSets = [["", operatorSet] as const, ["com.microsoft", 1] as const].map(([domain, version]) =>
    messageField(8, [textField(1, domain), integerField(2, version)]),
  );
  return join([integerField(1, 10), textField(2, "jepa"), messageField(7, graphFields(model)), ...operatorSets]);
}

function graphFields({ nodes, constants, inputs, outputs, emptySequence }: OnnxModel): Field[] {
  return [
    ...(emptySequence === undefined ? [] : emptySequenceFields(emptySequence)),
    ...nodes.map((node, index) => messageField(1, nodeFields(node, index))),
    textField(2, "jepa"),
    ...constants.map((value) => messageField(5, tensorFields(value))),
    ...inputs.map((value) => messageField(11, valueFields(value))),
    ...outputs.map((value) => messageField(12, valueFields(value))),
  ];
}

function nodeFields({ type, domain, inputs, outputs, attributes }: OnnxNode, index: number): Field[] {
  return [
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(3, `${type}_${index}`),
    textField(4, type),
    ...Object.entries(attributes).map(([name, value]) => messageField(5, attributeFields(name, value))),
    ...(domain === "" ? [] : [textField(7, domain)]),
  ];
}

function attributeFields(name: string, value: OnnxAttribute): Field[] {
  const named = textField(1, name);
  if (typeof value === "number") return [named, integerField(3, value), integerField(20, 2)];
  if (typeof value === "string") return [named, textField(4, value), integerField(20, 3)];
  if (isGraph(value)) return [named, messageField(6, graphFields(value.graph)), integerField(20, 5)];
  if ("float" in value) return [named, floatField(2, value.float), integerField(20, 1)];
  return [named, packedField(8, value), integerField(20, 7)];
}

function isGraph(value: Exclude<OnnxAttribute, number | string>): value is { readonly graph: OnnxModel } {
  return "graph" in value;
}

function tensorFields({ name, shape, dtype, values }: OnnxConstant): Field[] {
  const type = "packed" in values ? packedTypes[values.packed] : elementTypes[dtype];
  const declared = [packedField(1, shape), integerField(2, type), textField(8, name)];
  if ("packed" in values) return [...declared, bytesField(9, values.bytes)];
  if (!("file" in values)) return [...declared, bytesField(9, littleEndian(values, dtype))];
  const place = { location: values.file, offset: values.offset, length: values.byteLength };
  const entries = Object.entries(place).map(([key, value]) =>
    messageField(13, [textField(1, key), textField(2, String(value))]),
  );
  return [...declared, ...entries, integerField(14, 1)];
}

function valueFields({ name, shape, dtype, open = {} }: OnnxValue): Field[] {
  const sizes = shape.map((size, axis) =>
    messageField(1, [axis in open ? textField(2, open[axis]) : integerField(1, size)]),
  );
  const tensorType = [integerField(1, elementTypes[dtype]), messageField(2, sizes)];
  return [textField(1, name), messageField(2, [messageField(1, tensorType)])];
}

/** The node that makes an empty sequence of floats, and its declaration as an output. */
function emptySequenceFields(name: string): Field[] {
  const node = [textField(2, name), textField(3, name), textField(4, "SequenceEmpty")];
  const element = messageField(1, [messageField(1, [integerField(1, elementTypes.f32)])]);
  return [messageField(1, node), messageField(12, [textField(1, name), messageField(2, [messageField(4, [element])])])];
}

function littleEndian(values: NumberArray, dtype: DType): Uint8Array {
  const array =
    dtype === "f32"
      ? Float32Array.from(values)
      : dtype === "i64"
        ? BigInt64Array.from(Array.from(values, BigInt))
        : dtype === "i32"
          ? Int32Array.from(values)
          : Uint8Array.from(values);
  return new Uint8Array(array.buffer);
}
