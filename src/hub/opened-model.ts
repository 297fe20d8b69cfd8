// A model that was opened, whatever it was opened from: what it is, how it wants its pictures, and where its numbers
// lie.

import { type Declaration, encode, parameterBook, patchesOf } from "../nn/index.ts";
import { input } from "../tensor/index.ts";
import type { EncoderSizes } from "./encoder-config.ts";
import type { LocatedTensor } from "./located.ts";
import type { Preprocessing } from "./preprocessing.ts";

/**
 * Which of I-JEPA's two encoders: the teacher that the paper evaluates, the student, or whichever the file's maker
 * chose.
 */
export type WhichEncoder = "target" | "context" | "unknown";

/** A linear head over mean-pooled patches. */
export interface OpenedHead {
  readonly labels: readonly string[];
  /** [labels, width] */
  readonly weight: LocatedTensor;
  /** [labels] */
  readonly bias: LocatedTensor;
}

export interface OpenedModel {
  readonly family: "I-JEPA";
  /** For people: what was asked for. */
  readonly name: string;
  /** "run", "directory", "torch checkpoint", "built in" or "random weights". */
  readonly kind: string;
  readonly sizes: EncoderSizes;
  readonly encoder: WhichEncoder;
  readonly preprocessing: Preprocessing;
  /** By official name without the encoder's scope: `blocks.0.norm1.weight`. */
  readonly parameters: ReadonlyMap<string, LocatedTensor>;
  readonly head?: OpenedHead | undefined;
  readonly licence?: string | undefined;
  /** The run that it is of. */
  readonly run?: { readonly folder: string; readonly step: number; readonly scope: string } | undefined;
  /** What a person should know before relying on it. */
  readonly notices: readonly string[];
  /** Tells this model from another: of its sizes, preprocessing and a sample of every tensor. */
  readonly fingerprint: string;
}

/** An encoder's parameters by official name without scope, found by tracing it once. */
export function encoderDeclarations(sizes: EncoderSizes): ReadonlyMap<string, Declaration> {
  const { grid, patch } = sizes;
  const book = parameterBook();
  const pictures = input("pictures", [1, grid.rows * patch, grid.columns * patch, 3], "u8");
  encode(book.root, patchesOf(pictures, patch), sizes);
  return book.declarations;
}
