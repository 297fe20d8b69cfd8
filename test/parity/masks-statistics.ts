// Parity of the mask sampler in distribution: block sizes as the reference's counter
// gives them, places from our own streams. Every statistic is a mean over as many
// batches as the reference drew, several times over so that our own chance is small.

import { type MaskBatch, sampleMasks } from "../../src/masks/index.ts";
import { randomStream } from "../../src/random/index.ts";
import type { ParityCheck } from "./check.ts";
import type { Comparison } from "./comparison.ts";
import { type MaskSetting, samplerOf, statisticsFile } from "./masks-fixture.ts";
import { blockSizes } from "./masks-replay.ts";
import { torchStream } from "./torch-stream.ts";

/** Draws of places for each batch of the reference. */
const repeats = 2;
/** Standard errors of the reference's mean that ours may differ by. */
const standardErrors = 5;

/** Means within 5 standard errors, the same block sizes, no overlap where the reference has none. */
export const masksStatistics: ParityCheck = {
  fixture: "meta-ijepa-masks",
  name: "statistics of the masks",
  compare: async (fixture) => {
    const { configs } = await fixture.json("stats.json", statisticsFile);
    return Object.entries(configs).flatMap(([config, setting]) => compared(config, setting));
  },
};

function compared(config: string, setting: MaskSetting): Comparison[] {
  const { means, sizes, relaxations } = simulated(config, setting);
  const comparisons = Object.entries(setting.summary).map(([name, { mean, standard_error_of_mean }]): Comparison => {
    // A statistic of a batch carries the chance of both sides in
    // full; one of a picture is drawn `repeats` times as often by us.
    const chances = name.endsWith("_batch") ? Math.SQRT2 : 1;
    const ours = means.get(name) ?? Number.NaN;
    const tolerance = standardErrors * chances * standard_error_of_mean + leastTolerance(name, setting);
    return { name: `${config}: mean ${name}`, difference: Math.abs(ours - mean), tolerance };
  });
  for (const [name, ours] of sizes) {
    const missing = symmetricDifference(new Set(Object.keys(setting.histogram[name] ?? {})), ours);
    comparisons.push({ name: `${config}: values of ${name} in one sampler only`, difference: missing, tolerance: 0 });
  }
  // Rare events: a count of n is uncertain by about its root.
  const tolerance = standardErrors * Math.sqrt(Math.max(1, setting.relaxations));
  const difference = Math.abs(relaxations / repeats - setting.relaxations);
  return [...comparisons, { name: `${config}: relaxations`, difference, tolerance }];
}

// Means that never vary in the reference differ by rounding only; a retry too rare for it to have met may be met by us.
function leastTolerance(name: string, { batches, batch_size }: MaskSetting): number {
  return name.startsWith("tries_") ? standardErrors / (batches * batch_size) : 1e-9;
}

interface Simulation {
  readonly means: ReadonlyMap<string, number>;
  readonly sizes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly relaxations: number;
}

function simulated(config: string, setting: MaskSetting): Simulation {
  const { options, grid } = samplerOf(setting);
  const tally = new Tally();
  const sizes = new Map(["pred_h", "pred_w", "enc_h", "enc_w"].map((name) => [name, new Set<string>()]));
  let relaxations = 0;
  for (let counter = 0; counter < setting.batches; counter++) {
    const { target, context } = blockSizes(options, grid, counter);
    for (const [at, name] of [...sizes.keys()].entries()) {
      const side = [...target, ...context][at];
      sizes.get(name)?.add(String(side));
      tally.add(name, side);
    }
    for (let repeat = 0; repeat < repeats; repeat++) {
      const random = { size: torchStream(counter), place: randomStream(0, config, counter, repeat) };
      const masks = sampleMasks({ ...options, truncation: "none" }, grid, setting.batch_size, random);
      relaxations += masks.relaxations;
      addBatch(tally, masks, grid.rows * grid.columns, setting.batch_size);
    }
  }
  return { means: tally.means(), sizes, relaxations };
}

// The statistics of one batch, from masks before they are cut to one length.
function addBatch(tally: Tally, { context, targets, contextDraws }: MaskBatch, patches: number, batch: number): void {
  tally.add("context_tokens_batch", Math.min(...context.lengths));
  tally.add("target_tokens_batch", targets[0].tokens);
  tally.add("tries_context", contextDraws / context.lengths.length);
  tally.add("tries_target", 1); // a target's first place always stands, since nothing is kept clear of
  const targetTokens = targets.reduce((sum, { tokens }) => sum + tokens, 0);
  for (let picture = 0; picture < batch; picture++) {
    const inTarget = new Uint8Array(patches);
    let union = 0;
    for (const { indices, tokens } of targets) {
      for (let at = picture * tokens; at < (picture + 1) * tokens; at++) {
        union += 1 - inTarget[indices[at]];
        inTarget[indices[at]] = 1;
      }
    }
    tally.add("target_union_tokens", union);
    tally.add("target_overlap_fraction", 1 - union / targetTokens);
    const used = inTarget.slice();
    let usedTokens = union;
    for (let row = picture; row < context.lengths.length; row += batch) {
      const tokens = context.lengths[row];
      let overlap = 0;
      for (let at = row * context.tokens; at < row * context.tokens + tokens; at++) {
        const patch = context.indices[at];
        overlap += inTarget[patch];
        usedTokens += 1 - used[patch];
        used[patch] = 1;
      }
      tally.add("context_tokens_image", tokens);
      tally.add("context_target_overlap_fraction", overlap / tokens);
    }
    tally.add("tokens_unused_fraction", 1 - usedTokens / patches);
  }
}

function symmetricDifference(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return [...a].filter((value) => !b.has(value)).length + [...b].filter((value) => !a.has(value)).length;
}

/** Running means by name. */
class Tally {
  readonly #sums = new Map<string, { sum: number; count: number }>();

  add(name: string, value: number): void {
    const held = this.#sums.get(name) ?? { sum: 0, count: 0 };
    held.sum += value;
    held.count++;
    this.#sums.set(name, held);
  }

  means(): Map<string, number> {
    return new Map([...this.#sums].map(([name, { sum, count }]) => [name, sum / count]));
  }
}
