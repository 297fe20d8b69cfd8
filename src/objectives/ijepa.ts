// I-JEPA: Self-Supervised Learning from Images with a Joint-Embedding Predictive Architecture
// Assran, Duval, Misra, Bojanowski, Vincent, Rabbat, LeCun, Ballas 2023, arXiv 2301.08243.
//
//   loss = mean over target blocks and their patches of
//          d( predict(encode(context), positions of the block),  target patches )
//
// The targets are the teacher's representations of the whole picture, read at the blocks'
// patches. Where paper and official code differ, the code is the default (it made the
// checkpoints): smooth L1 instead of squared L2, targets normalised over features.

import { z } from "zod";
import { UserError } from "../errors/index.ts";
import {
  blankMasks,
  checkMasks,
  choosePadding,
  type MaskOptions,
  maskOptions,
  maskStreams,
  type PaddedLengths,
  padMasks,
  sampleMasks,
} from "../masks/index.ts";
import { checkWidth, costOfBlock, encode, type Grid, patchesOf, predict, type Scope, takeTokens } from "../nn/index.ts";
import { expand, layerNorm, mul, reshape, standardise, sum, type Tensor } from "../tensor/index.ts";
import { type DistanceName, distances } from "./distances.ts";
import { maskChoices } from "./mask-choices.ts";
import type { LossInputs, Method, ModelSizes, Objective, Terms } from "./objective.ts";

// options
// -------------------------------------------------------------------------------------------------------------------

/** What a recipe says about I-JEPA, beside the sizes of the encoder. */
export interface IjepaOptions {
  readonly predictor: { readonly width: number; readonly depth: number; readonly heads?: number | undefined };
  readonly masks: MaskOptions;
  readonly loss: DistanceName;
  readonly targetNormalisation: "layer" | "batch" | "position";
  /** null: no teacher and no stop-gradient, the encoder chases itself. */
  readonly teacher: { readonly momentum: readonly [number, number] } | null;
}

const count = z.int().min(1);
const share = z.number().min(0).max(1);

const fields = z.strictObject({
  predictor: z.strictObject({
    width: count.max(16_384).describe("length of a token's vector in the predictor; a multiple of 4 and of its heads"),
    depth: count.max(1_000).describe("transformer blocks of the predictor"),
    heads: count.max(1_024).optional().describe("attention heads of the predictor; none: as many as the encoder's"),
  }),
  masks: maskOptions.prefault({ kind: "multi-block" }).describe("how contexts and targets are drawn"),
  loss: z
    .enum(["smooth_l1", "l2", "l1"])
    .default("smooth_l1")
    .describe('distance to the targets: "smooth_l1" (the published checkpoints), "l2" (the paper) or "l1"'),
  targetNormalisation: z
    .enum(["layer", "batch", "position"])
    .default("layer")
    .describe(
      'what targets are normalised over: "layer", each token\'s features (official); "batch", each feature over all tokens; ' +
        '"position", each feature of each position over the pictures, so that what a position alone tells is no target',
    ),
  teacher: z
    .strictObject({
      momentum: z
        .tuple([share, share])
        .describe("the teacher's share of itself at the first and the last step, along a line"),
    })
    .nullable()
    .prefault({ momentum: [0.996, 1] })
    .describe(
      "the encoder's running average, which gives the targets; null: none and no stop-gradient, which collapses",
    ),
});

/** I-JEPA as recipes name it. */
export const ijepaObjective: Objective = {
  title: "I-JEPA",
  paper: "Assran et al. 2023, arXiv 2301.08243",
  options: fields,
  check(recipe) {
    const { predictor, masks, teacher, targetNormalisation } = fields.strip().parse(recipe);
    const { heads, patch } = recipe.model;
    if (predictor.heads === undefined)
      checkWidth('recipe field "predictor.width"', predictor.width, heads, "model.heads");
    else checkWidth('recipe field "predictor.width"', predictor.width, predictor.heads, "predictor.heads");
    if (teacher === null && targetNormalisation !== "layer") throw needsTeacher(targetNormalisation);
    const side = recipe.data.crop / patch;
    checkMasks(masks, { rows: side, columns: side });
  },
  bind: (recipe) =>
    ijepa(fields.strip().parse(recipe), {
      crop: recipe.data.crop,
      batch: recipe.training.batch,
      model: recipe.model,
      seed: recipe.seed,
    }),
};

/** Without a teacher the targets are made inside a micro-batch, which is not the batch. */
function needsTeacher(received: string): UserError {
  return new UserError({
    where: 'recipe field "targetNormalisation"',
    expected: '"layer" where there is no teacher',
    received,
    remedy: 'set targetNormalisation to "layer", or give a teacher',
  });
}

/** Sizes that the recipe states elsewhere. */
export interface IjepaSizes {
  readonly crop: number;
  readonly batch: number;
  readonly model: ModelSizes;
  readonly seed: number;
}

/** Epsilon of both target normalisations (official code: the default of torch's layer_norm). */
const targetEpsilon = 1e-5;
/** Hidden width of a predictor block's perceptron / its width: 4 in the official code, whatever the encoder's is. */
const predictorRatio = 4;
/** Most pairs of lengths that contexts and targets are padded to: few programs, little padding. */
const pairsOfLengths = 4;

/** What the loss is made of; see `predictions`. */
export interface IjepaTensors {
  /** [contexts * batch, context tokens, width] */
  readonly context: Tensor;
  /** [blocks * contexts * batch, target tokens, width] */
  readonly guess: Tensor;
  /** As `guess`. */
  readonly target: Tensor;
}

/** I-JEPA, with its loss in two halves for whoever wants to look between. */
export interface Ijepa extends Method {
  predictions(model: Scope, inputs: LossInputs): IjepaTensors;
  terms(tensors: IjepaTensors, choices: LossInputs["choices"]): Terms;
}

/** I-JEPA bound to a recipe. */
export function ijepa(options: IjepaOptions, sizes: IjepaSizes): Ijepa {
  const { crop, model } = sizes;
  const grid: Grid = { rows: crop / model.patch, columns: crop / model.patch };
  const bound: Bound = { options, sizes, grid, encoder: { ...model, ratio: model.mlpRatio, grid } };
  return {
    tokens: grid.rows * grid.columns,
    width: model.width,
    crop,
    widest: widestOutput(bound),
    ...choicesOf(bound),
    features: (scope, pictures) => features(scope, pictures, bound),
    targets: (seen) => targets(seen, options),
    loss: (scope, inputs) => loss(scope, inputs, bound),
    predictions: (scope, inputs) => predictions(scope, inputs, bound),
    terms: (tensors, choices) => terms(tensors, choices, options),
    teacher: teacherOf(options),
  };
}

interface Bound {
  readonly options: IjepaOptions;
  readonly sizes: IjepaSizes;
  readonly grid: Grid;
  readonly encoder: Parameters<typeof encode>[2];
}

/**
 * The teacher sees every patch; the predictor sees each target block with each context. Of multi-block masks these have
 * about half of a picture's patches together, as the official sizes fall.
 */
function widestOutput({ options: { masks, predictor }, sizes, grid }: Bound): number {
  const tokens = grid.rows * grid.columns;
  const sequence = masks.kind === "fixed" ? masks.contextTokens + masks.targetTokens : tokens / 2;
  const contexts = masks.kind === "fixed" ? 1 : masks.contexts;
  return Math.max(tokens * sizes.model.width, contexts * masks.targets * sequence * predictor.width);
}

// views: one random-resized crop a picture; nothing else is augmented
// --------------------------------------------------------------

/** Pictures are bytes, or numbers that are normalised already. */
function patches(pictures: Tensor, { sizes }: Bound): Tensor {
  return patchesOf(pictures, sizes.model.patch);
}

// choices: context and target blocks
// -------------------------------------------------------------------------------------------

/** What a step draws, and the shapes that this usually has. */
function choicesOf(bound: Bound): Pick<Method, "choices" | "usualChoices"> {
  const { options, sizes, grid } = bound;
  const { masks } = options;
  const padded = masks.kind === "multi-block";
  const width = sizes.model.width;
  let found: readonly PaddedLengths[] | undefined; // by simulation, so only when they are asked for
  const lengths = () => {
    const cost = (pair: PaddedLengths) => costOfLengths(pair, bound);
    found ??= choosePadding(masks, grid, { batch: sizes.batch, seed: sizes.seed, count: pairsOfLengths, cost });
    return found;
  };
  return {
    choices: (streams, batch) => {
      const drawn = sampleMasks(masks, grid, batch, maskStreams(streams));
      const given = padded ? padMasks(drawn, lengths()) : drawn;
      return {
        forPictures: (from, to) => maskChoices(given, { batch, width, padded }, from, to),
        described: { contextTokens: drawn.context.tokens, targetTokens: drawn.targets[0].tokens },
      };
    },
    usualChoices: (pictures) =>
      lengths().map((pair) =>
        maskChoices(blankMasks(masks, pair, pictures), { batch: pictures, width, padded }, 0, pictures),
      ),
  };
}

/**
 * Multiplications that the student spends on one context of a picture: the encoder on it, the predictor on each
 * target block with it. All contexts cost the same, so their number does not matter where costs are compared.
 */
function costOfLengths({ context, target }: PaddedLengths, { options, sizes: { model } }: Bound): number {
  const { predictor, masks } = options;
  const encoder = { ...model, ratio: model.mlpRatio };
  const guesser = { ...predictor, ratio: predictorRatio };
  const seen = context + target;
  const guesses = (predictor.depth - 1) * costOfBlock(seen, seen, guesser) + costOfBlock(seen, target, guesser);
  return model.depth * costOfBlock(context, context, encoder) + masks.targets * guesses;
}

// targets: what the teacher makes of the whole picture, normalised
// -----------------------------------------------------------------

function features(scope: Scope, pictures: Tensor, bound: Bound): Tensor {
  const teacher = bound.options.teacher === null ? "encoder" : "target_encoder";
  return encode(scope.at(teacher), patches(pictures, bound), bound.encoder);
}

function targets(seen: Tensor, { targetNormalisation }: IjepaOptions): Tensor {
  const [picture, position] = [0, 1];
  if (targetNormalisation === "layer") return layerNorm(seen, { epsilon: targetEpsilon });
  const over = targetNormalisation === "batch" ? [picture, position] : [picture];
  return standardise(seen, over, targetEpsilon);
}

// loss
// -----------------------------------------------------------------------------------------------------------------------

function loss(scope: Scope, inputs: LossInputs, bound: Bound): Terms {
  return terms(predictions(scope, inputs, bound), inputs.choices, bound.options);
}

/** The weights of the choices make the sum a mean over the whole batch. */
function terms({ guess, target }: IjepaTensors, { weights }: LossInputs["choices"], options: IjepaOptions): Terms {
  const distance = distances[options.loss](guess, target);
  return { prediction: sum(mul(sum(distance, { axes: -1 }), weights)) };
}

/** The context's representations, the predictor's guesses, and what they should have been, row by row. */
function predictions(scope: Scope, { pictures, targets: given, choices }: LossInputs, bound: Bound): IjepaTensors {
  const { options, encoder, grid } = bound;
  const { contextTokens, targetTokens, contextMask, predictorMask } = choices;
  const seen = patches(pictures, bound);
  const context = encode(scope.at("encoder"), seen, { ...encoder, tokens: contextTokens, mask: contextMask });
  const guess = predict(scope.at("predictor"), context, {
    width: options.predictor.width,
    depth: options.predictor.depth,
    heads: options.predictor.heads ?? encoder.heads,
    ratio: predictorRatio,
    grid,
    contextTokens,
    targetTokens,
    batch: pictures.shape[0],
    mask: predictorMask,
  });
  // Without a teacher the encoder gives its own targets, and the gradient goes both ways: the way to collapse.
  const whole = options.teacher === null ? targets(encode(scope.at("encoder"), seen, encoder), options) : given;
  return { context, guess, target: forEachContext(takeTokens(whole, targetTokens), guess, pictures.shape[0]) };
}

/**
 * Targets [blocks * batch, tokens, width] once for each context, in the order of the guesses: block, context, picture.
 */
function forEachContext(target: Tensor, guess: Tensor, batch: number): Tensor {
  const [rows, tokens, width] = target.shape;
  const [blocks, contexts] = [rows / batch, guess.shape[0] / rows];
  const each = reshape(target, [blocks, 1, batch, tokens, width]);
  return reshape(expand(each, [blocks, contexts, batch, tokens, width]), guess.shape);
}

// teacher and watch: the monitor looks at `features` and `targets`
// --------------------------------------------------------------

function teacherOf({ teacher }: IjepaOptions): Method["teacher"] {
  return teacher && { scope: "target_encoder", follows: "encoder", momentum: teacher.momentum };
}
