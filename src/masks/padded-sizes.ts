// The few lengths that sets are padded to, so that few programs are compiled. They are chosen from the sampler's own
// distribution: with p(n) the share of batches whose sets have n tokens, the sizes s_1 < ... < s_k minimise
//   sum over n of p(n) cost(smallest s_i >= n)
// by dynamic programming over the lengths seen. cost(n) is what a transformer block spends on n tokens.

import { randomStream } from "../random/index.ts";
import { area } from "./block.ts";
import { possibleSizes, sizeRules } from "./block-size.ts";
import type { Grid, MaskOptions } from "./options.ts";
import { sampleMasks } from "./sample.ts";
import { type MaskBatch, padTo, type TokenSets } from "./token-sets.ts";

/** Ascending lengths that the contexts and the targets of a batch are padded to. */
export interface PaddedSizes {
  readonly context: readonly number[];
  readonly target: readonly number[];
}

const simulatedBatches = 300;

/**
 * Chooses the lengths to pad to.
 *
 * @param batch pictures whose sets get one length together: the batch, or with `truncation: "none"` the micro-batch
 * @param seed of the simulation: the same seed gives the same sizes
 * @param count most sizes for the lengths that the simulation met, of contexts and of targets each
 * @returns the sizes with the least expected cost, in tokens. Longer sets that the sampler could draw, but hardly does, have
 *   further sizes above, so that every set fits one; a program compiled when first needed seldom meets them
 */
export function paddedSizes(options: MaskOptions, grid: Grid, batch: number, seed: number, count: number): PaddedSizes {
  const random = {
    size: randomStream(seed, "padded sizes", "size"),
    place: randomStream(seed, "padded sizes", "place"),
  };
  const contexts: number[] = [];
  const targets: number[] = [];
  for (let simulated = 0; simulated < simulatedBatches; simulated++) {
    const masks = sampleMasks(options, grid, batch, random);
    contexts.push(masks.context.tokens);
    for (const target of masks.targets) targets.push(target.tokens);
  }
  const longest = longestSets(options, grid);
  return {
    context: withSpares(leastPadding(contexts, count), longest.context),
    target: withSpares(leastPadding(targets, count), longest.target),
  };
}

/** The masks with every set padded to the smallest of the sizes that holds it. */
export function padMasks(masks: MaskBatch, sizes: PaddedSizes): MaskBatch {
  return {
    ...masks,
    context: padTo(masks.context, fitting(masks.context, sizes.context)),
    targets: masks.targets.map((target) => padTo(target, fitting(target, sizes.target))),
  };
}

/**
 * At most `count` sizes, the largest of them the longest length, with the least expected cost over the lengths seen.
 *
 * @param lengths [n >= 1] lengths as they came, in tokens
 */
export function leastPadding(lengths: readonly number[], count: number): number[] {
  const ordered = [...lengths].sort((a, b) => a - b);
  const seen: Seen[] = [...new Set(ordered)].map((length) => {
    return { length, upTo: (ordered.lastIndexOf(length) + 1) / ordered.length };
  });

  // best[end]: the cheapest way to pad seen[0..end] with the sizes spent so far, the last of them seen[end].length
  let best = seen.map((_, end) => ({ cost: padded(seen, 0, end), sizes: [seen[end].length] }));
  for (let spent = 2; spent <= Math.min(count, seen.length); spent++) {
    best = best.map((alone, end) => {
      const split = best.slice(0, end).map(({ cost, sizes }, last) => ({
        cost: cost + padded(seen, last + 1, end),
        sizes: [...sizes, seen[end].length],
      }));
      return [alone, ...split].reduce((least, way) => (way.cost < least.cost ? way : least));
    });
  }
  return best.at(-1)?.sizes ?? [];
}

/** A length, and the share of all lengths that are no longer. */
interface Seen {
  readonly length: number;
  readonly upTo: number;
}

// What it costs to pad all of seen[from..to] to the longest of them.
function padded(seen: readonly Seen[], from: number, to: number): number {
  const share = seen[to].upTo - (seen[from - 1]?.upTo ?? 0);
  return share * cost(seen[to].length);
}

/** Width of the network that the cost is reckoned for; a wider one weighs attention less, and hardly moves the sizes. */
const width = 192;

// Multiplications of a transformer block (hidden layer 4 x width) in units of 12 width^2: n linear, 2 n^2 width for attention.
function cost(tokens: number): number {
  return tokens + tokens ** 2 / (6 * width);
}

// Sizes beyond the longest length met, each an eighth larger than the one before, up to the longest possible.
function withSpares(sizes: readonly number[], longest: number): number[] {
  const all = [...sizes];
  for (let last = sizes.at(-1) ?? longest; last < longest; all.push(last)) {
    last = Math.min(longest, Math.ceil(last * 1.125));
  }
  return all;
}

function longestSets(options: MaskOptions, grid: Grid): { context: number; target: number } {
  if (options.kind === "fixed") return { context: options.contextTokens, target: options.targetTokens };
  const rules = sizeRules(options);
  const [context, target] = [rules.context, rules.target].map((rule) =>
    Math.max(...possibleSizes(rule, grid).map(area)),
  );
  return { context, target };
}

function fitting(sets: TokenSets, sizes: readonly number[]): number {
  const size = sizes.find((each) => each >= sets.tokens);
  if (size === undefined)
    throw new RangeError(`internal: sets of ${sets.tokens} tokens fit none of ${sizes.join(", ")}`);
  return size;
}
