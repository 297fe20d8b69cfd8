// A training checkpoint of the official code (.pth.tar) as a model: `encoder` and `target_encoder` are state
// dictionaries whose names are ours behind `module.`; what lies row-major in float32 stays in the file for the engine.

import { realpath } from "node:fs/promises";
import { CorruptFile, UserError } from "../errors/index.ts";
import { checkTensors } from "../files/index.ts";
import { checkWidth, imageNetPixels, officialSizes } from "../nn/index.ts";
import type { EncoderSizes } from "./encoder-config.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { LocatedTensor } from "./located.ts";
import { encoderDeclarations, type OpenedModel, type WhichEncoder } from "./opened-model.ts";
import { ownSize, type Preprocessing } from "./preprocessing.ts";
import { readTorchFile, readTorchTensor } from "./torch-file.ts";
import { isKind, type TorchTensor, type TorchValue } from "./torch-value.ts";
import { isRowMajor } from "./torch-view.ts";
import { weightTypes } from "./widened.ts";

export interface TorchModelOptions {
  readonly encoder: "target" | "context";
  /** Attention heads, which the file does not tell; by the official table of widths when absent. */
  readonly heads?: number | undefined;
}

/** Official code: layer norms in both encoders. */
const epsilon = 1e-6;
const remedy = "give a checkpoint that the official I-JEPA code saved, or a model directory";

/**
 * Opens a training checkpoint.
 *
 * @throws CorruptFile where it is damaged or forbidden; UserError where it holds no such encoder, or its heads are not
 *   known
 */
export async function openTorchModel(source: string, options: TorchModelOptions): Promise<OpenedModel> {
  const path = await realpath(source);
  const { value } = await readTorchFile(path);
  const { which, state } = stateOf(source, value, options.encoder);
  const tensors = encoderTensors(state);
  const sizes = sizesOf(source, tensors, options.heads);
  const declared = encoderDeclarations(sizes);
  const entries = [...tensors].flatMap(([name, { dtype, shape }]) => {
    return dtype === "I8" || dtype === "I16" ? [] : [{ name, dtype, shape }];
  });
  checkTensors(source, entries, declared, {
    of: "an I-JEPA encoder",
    extra: "refused",
    remedy,
    types: weightTypes,
  });
  const parameters = new Map<string, LocatedTensor>();
  for (const [name, tensor] of tensors) parameters.set(name, await located(path, tensor));
  const preprocessing: Preprocessing = { size: ownSize(sizes), part: "square", pixels: imageNetPixels };
  return {
    name: source,
    family: "I-JEPA",
    kind: "training checkpoint of the official code",
    sizes,
    encoder: which,
    preprocessing,
    parameters,
    notices: [
      `${source} says nothing about pictures: ImageNet's mean and deviation are used (--normalise half for 0.5)`,
    ],
    fingerprint: await fingerprintOf(sizes, preprocessing, parameters),
  };
}

function stateOf(
  source: string,
  value: TorchValue,
  wanted: "target" | "context",
): { which: WhichEncoder; state: TorchValue } {
  if (!(value instanceof Map)) throw refused(source, "a dictionary with encoder and target_encoder", "another value");
  const key = wanted === "target" ? "target_encoder" : "encoder";
  const state = value.get(key);
  if (state !== undefined) return { which: wanted, state };
  // A state dictionary saved alone.
  if ([...value.keys()].some((name) => typeof name === "string" && /(^|\.)patch_embed\.proj\.weight$/.test(name))) {
    return { which: "unknown", state: value };
  }
  throw refused(
    source,
    `a dictionary with ${key}`,
    [...value.keys()].filter((name) => typeof name === "string").join(", "),
  );
}

/** The encoder's tensors by official name. */
function encoderTensors(state: TorchValue): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  if (!(state instanceof Map)) return tensors;
  for (const [name, tensor] of state) {
    if (typeof name === "string" && isKind(tensor, "tensor"))
      tensors.set(name.replace(/^(module\.)?(backbone\.)?/, ""), tensor);
  }
  return tensors;
}

/** Sizes by the shapes of the tensors; heads are not among them. */
function sizesOf(source: string, tensors: ReadonlyMap<string, TorchTensor>, heads: number | undefined): EncoderSizes {
  const shapeOf = (name: string): readonly number[] => {
    const found = tensors.get(name);
    if (found === undefined) throw refused(source, `the tensor ${name}`, `${tensors.size} others`);
    return found.shape;
  };
  const [, tokens, width] = shapeOf("pos_embed");
  const [, , patch] = shapeOf("patch_embed.proj.weight");
  const [hidden] = shapeOf("blocks.0.mlp.fc1.weight");
  const side = Math.sqrt(tokens);
  if (!Number.isInteger(side)) throw refused(source, "positions of a square grid", `${tokens} patches`);
  const depth = new Set([...tensors.keys()].flatMap((name) => /^blocks\.(\d+)\./.exec(name)?.[1] ?? [])).size;
  const known = heads ?? Object.values(officialSizes).find((size) => size.width === width)?.heads;
  if (known === undefined) throw unknownHeads(source, width);
  checkWidth(`${source}: width of the encoder`, width, known, "--heads");
  return { width, depth, heads: known, patch, ratio: hidden / width, epsilon, grid: { rows: side, columns: side } };
}

async function located(path: string, tensor: TorchTensor): Promise<LocatedTensor> {
  const { dtype, shape, offset, byteLength } = tensor;
  if (isRowMajor(tensor) && dtype !== "I8" && dtype !== "I16") {
    return { shape, pieces: [{ path, dtype, offset, byteLength }] };
  }
  const { data } = await readTorchTensor(path, tensor);
  return { shape, pieces: [{ values: Float32Array.from(data, Number) }] };
}

function unknownHeads(where: string, width: number): UserError {
  return new UserError({
    where,
    expected: "to know the number of attention heads, which the file does not tell",
    received: `a width of ${width}, which is none of the official sizes`,
    remedy: "add --heads, such as --heads 12",
  });
}

function refused(where: string, expected: string, received: unknown): CorruptFile {
  return new CorruptFile({ where, expected, received, remedy });
}
