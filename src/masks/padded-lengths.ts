// The few pairs of lengths that the sets of a batch are padded to, so that few programs are
// compiled. Contexts and targets are looked at together: a batch of large targets leaves small
// contexts. The pairs are merged from those that the sampler itself gives: with p the share of
// batches that a pair of lengths serves, the two pairs whose union adds the least
//   p_union cost(union) - p_1 cost(pair 1) - p_2 cost(pair 2)
// become one, until few are left.

import { randomStream } from "../random/index.ts";
import type { Grid, MaskOptions } from "./options.ts";
import { maskStreams, sampleMasks } from "./sample.ts";
import { fullSets, type MaskBatch, padTo } from "./token-sets.ts";

/** Tokens that every context, and every target, of a batch is padded to. */
export interface PaddedLengths {
  readonly context: number;
  readonly target: number;
}

export interface PaddingOptions {
  /** Pictures whose sets get one length together. */
  readonly batch: number;
  /** Of the simulation: the same seed gives the same lengths. */
  readonly seed: number;
  /** Most pairs for the lengths that the simulation met. */
  readonly count: number;
  /** What a step with these lengths costs, in any unit. */
  readonly cost: (lengths: PaddedLengths) => number;
}

const simulatedBatches = 300;

/**
 * Chooses the lengths to pad to. The multi-block sampler may draw longer sets than
 * these, but hardly does; of fixed sizes there is one pair, and nothing is drawn.
 *
 * @returns one to `padding.count` pairs by rising cost, as `padMasks` takes them
 * @throws UserError where the multi-block sampler does: for sizes that the grid cannot hold
 */
export function choosePadding(options: MaskOptions, grid: Grid, padding: PaddingOptions): PaddedLengths[] {
  if (options.kind === "fixed") return [{ context: options.contextTokens, target: options.targetTokens }];
  const random = maskStreams((name) => randomStream(padding.seed, "padded lengths", name));
  const seen = Array.from({ length: simulatedBatches }, () =>
    lengthsOf(sampleMasks(options, grid, padding.batch, random)),
  );
  return mergedPairs(seen, padding).sort((a, b) => padding.cost(a) - padding.cost(b));
}

/**
 * The masks with every context and every target padded to one pair of lengths:
 * the first that holds them, or the longest of their own where none does.
 *
 * @param lengths pairs by rising cost, as `choosePadding` gives them: then the first is the cheapest
 */
export function padMasks(masks: MaskBatch, lengths: readonly PaddedLengths[]): MaskBatch {
  const needed = lengthsOf(masks);
  const pair = lengths.find(({ context, target }) => context >= needed.context && target >= needed.target) ?? needed;
  return {
    ...masks,
    context: padTo(masks.context, pair.context),
    targets: masks.targets.map((target) => padTo(target, pair.target)),
  };
}

/** Masks of these lengths that all hold patch 0: for whoever needs their shapes. */
export function blankMasks(options: MaskOptions, { context, target }: PaddedLengths, batch: number): MaskBatch {
  const contexts = options.kind === "fixed" ? 1 : options.contexts;
  const sets = (rows: number, tokens: number) => fullSets(new Int32Array(rows * tokens), rows);
  return {
    context: sets(contexts * batch, context),
    targets: Array.from({ length: options.targets }, () => sets(batch, target)),
    contextDraws: 0,
    relaxations: 0,
  };
}

/**
 * At most `count` pairs of which one holds each pair seen: merged two by two as the head of this
 * file says, always those that add the least. Nearly the cheapest there are, not certainly.
 *
 * @param seen at least one
 * @returns pairs in no particular order
 */
export function mergedPairs(
  seen: readonly PaddedLengths[],
  { count, cost }: Pick<PaddingOptions, "count" | "cost">,
): PaddedLengths[] {
  const served = (pair: PaddedLengths, batches: number) => ({ pair, batches, expense: batches * cost(pair) });
  const counted = new Map<string, { pair: PaddedLengths; batches: number }>();
  for (const pair of seen) {
    const name = `${pair.context} ${pair.target}`;
    counted.set(name, { pair, batches: 1 + (counted.get(name)?.batches ?? 0) });
  }
  let pairs = [...counted.values()].map(({ pair, batches }) => served(pair, batches));
  while (pairs.length > count) {
    let least = { added: Number.POSITIVE_INFINITY, first: 0, second: 1, union: pairs[0] };
    for (let first = 0; first < pairs.length; first++) {
      for (let second = first + 1; second < pairs.length; second++) {
        const [a, b] = [pairs[first], pairs[second]];
        const union = served(unionOf(a.pair, b.pair), a.batches + b.batches);
        const added = union.expense - a.expense - b.expense;
        if (added < least.added) least = { added, first, second, union };
      }
    }
    const { first, second, union } = least;
    pairs = [...pairs.filter((_, at) => at !== first && at !== second), union];
  }
  return pairs.map(({ pair }) => pair);
}

function unionOf(a: PaddedLengths, b: PaddedLengths): PaddedLengths {
  return { context: Math.max(a.context, b.context), target: Math.max(a.target, b.target) };
}

function lengthsOf({ context, targets }: MaskBatch): PaddedLengths {
  return { context: context.tokens, target: Math.max(...targets.map(({ tokens }) => tokens)) };
}
