// The encoder: patch embedding, fixed positions, blocks, final norm (Dosovitskiy et al. 2021; I-JEPA uses it without
// class token, dropout or drop path). Context and target encoder are this function in two scopes.

import { reshape, type Tensor } from "../tensor/index.ts";
import { block, norm } from "./layers.ts";
import { embedPatches, type Grid, type PixelStatistics } from "./patches.ts";
import type { Scope } from "./scope.ts";

export interface TransformerOptions {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly patch: number;
  readonly ratio: number;
  /** Of the layer norms; 1e-6, as in the official networks, when absent. */
  readonly epsilon?: number | undefined;
}

/** The official sizes, by name (patch 16 but for huge, 14). */
export const officialSizes: Readonly<Record<OfficialSize, TransformerOptions>> = {
  tiny: { width: 192, depth: 12, heads: 3, patch: 16, ratio: 4 },
  small: { width: 384, depth: 12, heads: 6, patch: 16, ratio: 4 },
  base: { width: 768, depth: 12, heads: 12, patch: 16, ratio: 4 },
  large: { width: 1024, depth: 24, heads: 16, patch: 16, ratio: 4 },
  huge: { width: 1280, depth: 32, heads: 16, patch: 14, ratio: 4 },
  giant: { width: 1408, depth: 40, heads: 16, patch: 16, ratio: 48 / 11 },
};
export type OfficialSize = "tiny" | "small" | "base" | "large" | "huge" | "giant";

export interface EncodeOptions extends TransformerOptions {
  readonly grid: Grid;
  /** [sets * batch, tokens] i32: the patches that are seen; all when absent. */
  readonly tokens?: Tensor | undefined;
  /** [sets * batch or 1, 1, 1, tokens], very negative where a token is padding. */
  readonly mask?: Tensor | undefined;
  /** How bytes become numbers; ImageNet's statistics when absent. */
  readonly pixels?: PixelStatistics | undefined;
}

/**
 * Representations of patches.
 *
 * @param patches [batch, patches, patch^2 * channels], bytes or normalised
 * @returns [sets * batch, tokens, width], after the final norm
 */
export function encode(scope: Scope, patches: Tensor, options: EncodeOptions): Tensor {
  const layers = encodeLayers(scope, patches, options);
  return norm(scope.at("norm"), layers[layers.length - 1], options);
}

/**
 * Every block's output before the final norm, each [sets * batch, tokens, width], for evaluations that read several
 * layers.
 */
export function encodeLayers(scope: Scope, patches: Tensor, options: EncodeOptions): readonly Tensor[] {
  return hiddenStates(scope, patches, options).slice(1);
}

/** Embedded patches with their positions, then every block's output, each [sets * batch, tokens, width]. */
export function hiddenStates(scope: Scope, patches: Tensor, options: EncodeOptions): readonly Tensor[] {
  const { depth, heads, ratio, mask, epsilon } = options;
  const embedded = embedPatches(scope, patches, options);
  const [batch, , width] = embedded.shape;
  const states = [embedded];
  let x = reshape(embedded, [-1, width]);
  for (let i = 0; i < depth; i++) {
    x = block(scope.at("blocks").at(i), x, { batch, heads, ratio, mask, epsilon });
    states.push(reshape(x, embedded.shape));
  }
  return states;
}
