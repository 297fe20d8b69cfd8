// A model as ONNX files in the layout that transformers.js reads: config.json, preprocessor_config.json, and in `onnx`
// the encoder three times: model.onnx in float32, model_fp16.onnx with weights in half precision, model_quantized.onnx
// with matrices in int8. Input `pixel_values` [batch, 3, height, width], output `last_hidden_state` [batch, tokens,
// width], and with a classification head `logits` [batch, labels]; float32, standard operators.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile, replaceFileBy, writeWhole } from "../files/index.ts";
import { dense, encode, parameterBook, patchesOf } from "../nn/index.ts";
import {
  elements,
  emitAnyBatch,
  input,
  inStandardOperators,
  mean,
  type OnnxConstant,
  type OnnxModel,
  type OnnxNode,
  onnxBytes,
  type Shape,
  simplify,
  type Tensor,
  transpose,
} from "../tensor/index.ts";
import { configText } from "./encoder-config.ts";
import { appearingFolder, type ExportOptions } from "./export-directory.ts";
import { type ExportedHead, headFor } from "./exported-head.ts";
import { readLocated } from "./located.ts";
import { cardText } from "./model-card.ts";
import type { OpenedModel } from "./opened-model.ts";
import { preprocessingText } from "./preprocessing.ts";
import { toFloat16, toInt8 } from "./smaller-weights.ts";

/** Weights of more bytes lie in a file beside the model: one ONNX file holds 2 GB at most. */
const mostInlineBytes = 1.5e9;

type Precision = "f32" | "f16" | "i8";
const files: readonly (readonly [string, Precision])[] = [
  ["model.onnx", "f32"],
  ["model_fp16.onnx", "f16"],
  ["model_quantized.onnx", "i8"],
];

/**
 * Writes a model as ONNX files.
 *
 * @param to a path where nothing is yet
 * @throws UserError where something is there (exit code 2), or the disk is full (1); nothing is left behind then
 */
export async function exportOnnx(
  model: OpenedModel,
  to: string,
  { figures, head: given }: Pick<ExportOptions, "figures" | "head"> = {},
): Promise<void> {
  const head = await headFor(model, given);
  const { graph, leaves } = traced(model, head?.labels.length);
  const bytes = 4 * [...model.parameters.values()].reduce((sum, { shape }) => sum + elements(shape), 0);
  await appearingFolder(to, async (folder) => {
    await mkdir(join(folder, "onnx"));
    for (const [file, precision] of files) {
      const weights = await weightsOf(model, head, leaves, precision);
      const isLarge = precision === "f32" && bytes > mostInlineBytes;
      if (isLarge) await writeBeside(join(folder, "onnx"), file, graph, weights);
      else await replaceFile(join(folder, "onnx", file), onnxBytes(withWeights(graph, weights)));
    }
    await replaceFile(join(folder, "config.json"), configText(model.sizes, { labels: head?.labels }));
    await replaceFile(join(folder, "preprocessor_config.json"), preprocessingText(model.preprocessing));
    await replaceFile(join(folder, "README.md"), cardText(model, { figures, labels: head?.labels }));
  });
}

interface Leaf {
  readonly feed: string;
  readonly name: string;
  readonly offset: number;
  readonly shape: Shape;
}

/** @param classes of the head; undefined where there is none */
function traced({ sizes }: OpenedModel, classes: number | undefined): { graph: OnnxModel; leaves: readonly Leaf[] } {
  const { grid, patch } = sizes;
  const leaves = new Map<string, Leaf>();
  const trace = (batch: number): Record<string, Tensor> => {
    const book = parameterBook();
    const pixels = input("pixel_values", [batch, 3, grid.rows * patch, grid.columns * patch]);
    const seen = patchesOf(transpose(pixels, [0, 2, 3, 1]), patch);
    const last = encode(book.root, seen, sizes);
    const head = classes && { logits: dense(book.root.at("classifier"), mean(last, { axes: 1 }), classes) };
    for (const { feed, name, offset, tensor } of book.leaves.values()) {
      leaves.set(feed, { feed, name, offset, shape: tensor.shape });
    }
    return inStandardOperators(simplify({ ...head, last_hidden_state: last }));
  };
  return { graph: emitAnyBatch(trace), leaves: [...leaves.values()] };
}

/** A weight as constants of a file, and the node that makes float32 of them. */
interface Weight {
  readonly feed: string;
  readonly constants: readonly OnnxConstant[];
  readonly node?: OnnxNode;
}

async function weightsOf(
  { parameters }: OpenedModel,
  head: ExportedHead | undefined,
  leaves: readonly Leaf[],
  precision: Precision,
): Promise<Weight[]> {
  const read = new Map<string, Float32Array>();
  const weights: Weight[] = [];
  for (const { feed, name, offset, shape } of leaves) {
    const whole = read.get(name) ?? (await valuesOf(name, parameters, head));
    read.set(name, whole);
    weights.push(weightOf(feed, shape, whole.subarray(offset, offset + elements(shape)), precision));
  }
  return weights;
}

async function valuesOf(
  name: string,
  parameters: OpenedModel["parameters"],
  head: ExportedHead | undefined,
): Promise<Float32Array> {
  if (head !== undefined && name === "classifier.weight") return head.weight;
  if (head !== undefined && name === "classifier.bias") return head.bias;
  const located = parameters.get(name);
  if (located === undefined) throw new RangeError(`internal: the model has no parameter "${name}"`);
  return readLocated(located);
}

function weightOf(feed: string, shape: Shape, values: Float32Array, precision: Precision): Weight {
  if (precision === "f16") {
    const small = `${feed} half`;
    const constant = { name: small, shape, dtype: "f32", values: { packed: "f16", bytes: toFloat16(values) } } as const;
    const node = { type: "Cast", domain: "", inputs: [small], outputs: [feed], attributes: { to: 1 } };
    return { feed, constants: [constant], node };
  }
  // Matrices alone: biases, norms and positions are small and need their precision.
  if (precision === "i8" && shape.length > 1 && feed !== "pos_embed") {
    const [small, scales] = [`${feed} int8`, `${feed} scale`];
    const { bytes, scale } = toInt8(values, shape[0]);
    const constants = [
      { name: small, shape, dtype: "f32", values: { packed: "i8", bytes } },
      { name: scales, shape: [shape[0]], dtype: "f32", values: scale },
    ] as const;
    const inputs = [small, scales];
    const node = { type: "DequantizeLinear", domain: "", inputs, outputs: [feed], attributes: { axis: 0 } };
    return { feed, constants, node };
  }
  return { feed, constants: [{ name: feed, shape, dtype: "f32", values }] };
}

function withWeights(graph: OnnxModel, weights: readonly Weight[]): OnnxModel {
  const fed = new Set(weights.map(({ feed }) => feed));
  return {
    ...graph,
    nodes: [...weights.flatMap(({ node }) => node ?? []), ...graph.nodes],
    constants: [...graph.constants, ...weights.flatMap(({ constants }) => constants)],
    inputs: graph.inputs.filter(({ name }) => !fed.has(name)),
  };
}

/** Writes float32 weights to a file of their own, one after the other, and the model that refers to it. */
async function writeBeside(folder: string, file: string, graph: OnnxModel, weights: readonly Weight[]): Promise<void> {
  const data = `${file}_data`;
  const placed: Weight[] = [];
  await replaceFileBy(join(folder, data), async (handle) => {
    let offset = 0;
    for (const { feed, constants } of weights) {
      const [{ shape, values }] = constants;
      if (!(values instanceof Float32Array)) throw new TypeError("internal: weights beside a model are float32");
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      await writeWhole(handle, bytes);
      const place = { file: data, offset, byteLength: bytes.length };
      placed.push({ feed, constants: [{ name: feed, shape, dtype: "f32", values: place }] });
      offset += bytes.length;
    }
  });
  await replaceFile(join(folder, file), onnxBytes(withWeights(graph, placed)));
}
