// I-JEPA's predictor (Assran et al. 2023, section 3, "Prediction"): a narrow transformer that sees the context's
// representations and, for each target patch, a learned mask token with that patch's position. Each target block is a
// sequence of its own, so target blocks do not see each other.

import { add, concat, expand, gather, reshape, type Tensor } from "../tensor/index.ts";
import { normal } from "./initial.ts";
import { block, dense, norm } from "./layers.ts";
import { type Grid, positionTable } from "./patches.ts";
import type { Scope } from "./scope.ts";

export interface PredictOptions {
  readonly width: number;
  /** Blocks, 1 or more. */
  readonly depth: number;
  readonly heads: number;
  readonly ratio?: number;
  readonly grid: Grid;
  /** [contexts * batch, context tokens] i32 */
  readonly contextTokens: Tensor;
  /** [blocks * batch, target tokens] i32, block outermost */
  readonly targetTokens: Tensor;
  readonly batch: number;
  /** [blocks * contexts * batch or 1, 1, 1, context + target tokens], very negative where a token is padding. */
  readonly mask?: Tensor | undefined;
}

/**
 * Predicted representations of the target patches.
 *
 * @param context [contexts * batch, context tokens, encoder width]
 * @returns [blocks * contexts * batch, target tokens, encoder width], block outermost, then context, then picture
 */
export function predict(scope: Scope, context: Tensor, options: PredictOptions): Tensor {
  const { width, depth, heads, ratio = 4, grid, contextTokens, targetTokens, batch, mask } = options;
  const [rows, kept, encoderWidth] = context.shape;
  const [contexts, blocks] = [rows / batch, targetTokens.shape[0] / batch];
  const positions = positionTable(scope, "predictor_pos_embed", grid, width);
  const seen = add(dense(scope.at("predictor_embed"), context, width), gather(positions, contextTokens));
  const asked = maskTokens(scope, gather(positions, targetTokens), { batch, contexts, blocks });
  const sequences = concat([repeat(seen, blocks), asked], 1);
  const batchOfAll = sequences.shape[0];
  let x = reshape(sequences, [-1, width]);
  for (let i = 0; i < depth; i++) {
    const from = i === depth - 1 ? kept : 0; // nobody reads what the last block makes of the context
    x = block(scope.at("predictor_blocks").at(i), x, { batch: batchOfAll, heads, ratio, mask, from });
  }
  const answered = dense(scope.at("predictor_proj"), norm(scope.at("predictor_norm"), x), encoderWidth);
  return reshape(answered, [batchOfAll, -1, encoderWidth]);
}

/** The mask token at each target's position, once for each context. positions [blocks * batch, tokens, width]. */
function maskTokens(
  scope: Scope,
  positions: Tensor,
  { batch, contexts, blocks }: { batch: number; contexts: number; blocks: number },
): Tensor {
  const [, tokens, width] = positions.shape;
  const token = scope.parameter("mask_token", [1, 1, width], normal(0.02), { as: [width] });
  const asked = add(positions, token);
  const each = expand(reshape(asked, [blocks, 1, batch, tokens, width]), [blocks, contexts, batch, tokens, width]);
  return reshape(each, [blocks * contexts * batch, tokens, width]);
}

/** The whole, `times` over: [rows, ...] -> [times * rows, ...]. */
function repeat(x: Tensor, times: number): Tensor {
  const [rows, ...rest] = x.shape;
  return reshape(expand(reshape(x, [1, ...x.shape]), [times, ...x.shape]), [times * rows, ...rest]);
}
