// What an objective is to everybody else. Its file says how a paper learns: what it
// draws on the host, what the teacher gives, what the student is asked. The trainer
// knows no objective by name: it traces these functions and runs what comes out.

import type { z } from "zod";
import type { Scope } from "../nn/index.ts";
import type { RandomStream } from "../random/index.ts";
import type { DType, Shape, Tensor } from "../tensor/index.ts";

/** Values drawn on the host for some pictures, as a program takes them. */
export interface Choice {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly values: Int32Array | Float32Array;
}

/** Random choices of one step. Their shapes decide which compiled program runs. */
export interface Choices {
  /** The choices for pictures `from` to before `to` of the batch, by name: of one shape for as many pictures. */
  forPictures(from: number, to: number): Readonly<Record<string, Choice>>;
  /** For the log and for pictures: whatever numbers describe the draw. */
  readonly described: Readonly<Record<string, number>>;
}

/** Streams that depend on seed, name and step only. */
export type StepStreams = (name: string) => RandomStream;

export interface LossInputs {
  /** [pictures, height, width, 3]: u8, or f32 that is normalised already */
  readonly pictures: Tensor;
  /** What `targets` gave for these pictures. */
  readonly targets: Tensor;
  readonly choices: Readonly<Record<string, Tensor>>;
}

/**
 * Loss terms by name; their sum is minimised. Each is this micro-batch's share of the batch's value, so shares add up.
 */
export type Terms = Readonly<Record<string, Tensor>>;

/** An objective bound to a recipe's sizes and options. */
export interface Method {
  /** Tokens of a picture and features of a token in `features` and `targets`. */
  readonly tokens: number;
  readonly width: number;
  readonly crop: number;
  /** Elements that the widest block's output takes for one picture: what a micro-batch is chosen by. */
  readonly widest: number;
  /** Host randomness for a batch: pure in (streams, batch). */
  choices(streams: StepStreams, batch: number): Choices;
  /**
   * Choices of the shapes that all but a few steps have, for `pictures` pictures: what is worth compiling beforehand.
   */
  usualChoices(pictures: number): readonly Readonly<Record<string, Choice>>[];
  /** What the teacher sees in pictures [n, crop, crop, 3]: [n, tokens, width]. No gradient flows. */
  features(model: Scope, pictures: Tensor): Tensor;
  /** The batch's features made into targets: [batch, tokens, width] -> same. */
  targets(features: Tensor): Tensor;
  loss(model: Scope, inputs: LossInputs): Terms;
  /** Which scope follows which by moving average, or null. */
  readonly teacher: {
    readonly scope: string;
    readonly follows: string;
    readonly momentum: readonly [number, number];
  } | null;
}

/** Sizes of the encoder, a vision transformer. */
export interface ModelSizes {
  /** Length of a token's vector. */
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Side of a square patch, in pixels. */
  readonly patch: number;
  /** Hidden width of a block's perceptron / width. */
  readonly mlpRatio: number;
}

/** What an objective reads of a recipe, beside fields of its own. */
export interface ObjectiveRecipe {
  readonly data: { readonly crop: number };
  readonly model: ModelSizes;
  readonly training: { readonly batch: number };
  readonly seed: number;
  readonly [field: string]: unknown;
}

/** An objective as recipes name it. */
export interface Objective {
  /** As its paper writes it. */
  readonly title: string;
  readonly paper: string;
  /** Its own fields of a recipe, each described, the paper's values as defaults. */
  readonly options: z.ZodObject;
  /** Throws UserError where fields do not fit one another. */
  check(recipe: ObjectiveRecipe): void;
  bind(recipe: ObjectiveRecipe): Method;
}
