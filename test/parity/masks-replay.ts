// Parity of the mask sampler, number by number: fed with PyTorch's random numbers it gives the reference's masks.

import { z } from "zod";
import { type Grid, type MultiBlockOptions, sampleMasks, type TokenSets } from "../../src/masks/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, largestDifference, worstOf } from "./comparison.ts";
import type { Fixture } from "./fixture.ts";
import { type MaskSetting, samplerOf, statisticsFile } from "./masks-fixture.ts";
import { torchStream } from "./torch-stream.ts";

const tensorFile = "samples.safetensors";
const sampleFile = z
  .object({
    samples: z
      .array(
        z.object({
          config: z.string(),
          index: z.number(),
          counter: z.number(),
          torch_seed: z.number(),
          batch_size: z.number(),
        }),
      )
      .min(1),
    uniforms_by_seed: z.array(z.array(z.number())),
    block_sizes_by_counter: z.record(z.string(), z.array(z.tuple([pair(), pair()]))),
  })
  .loose();
type SampleFile = z.infer<typeof sampleFile>;

function pair() {
  return z.tuple([z.number(), z.number()]);
}

/** Streams, block sizes and masks, all exactly. */
export const masksReplay: ParityCheck = {
  fixture: "meta-ijepa-masks",
  name: "replay of the samples",
  compare: async (fixture) => {
    const content = await fixture.json("samples.json", sampleFile);
    const { configs } = await fixture.json("stats.json", statisticsFile);
    const comparisons = comparedStreams(content);
    for (const [config, setting] of Object.entries(configs)) {
      comparisons.push(comparedSizes(config, setting, content.block_sizes_by_counter[config] ?? []));
      comparisons.push(...(await comparedSamples(fixture, config, setting, content.samples)));
    }
    return comparisons;
  },
};

// `uniforms_by_seed` lists the first draws of seeds 0, 1, ...;
// `randint_0_9_seed_1234` the integers in 0..8 of seed 1234.
function comparedStreams(content: SampleFile): Comparison[] {
  const uniforms = content.uniforms_by_seed.map((draws, seed) => {
    const stream = torchStream(seed);
    return { name: `seed ${seed}`, difference: largestDifference(draws.map(stream.uniform), draws), tolerance: 0 };
  });
  const comparisons = [worstOf("uniform numbers of PyTorch's generator", uniforms)];
  for (const [name, draws] of Object.entries(content)) {
    const bounds = /^randint_(\d+)_(\d+)_seed_(\d+)$/.exec(name)?.slice(1).map(Number);
    if (bounds === undefined) continue;
    const [low, high, seed] = bounds;
    const stream = torchStream(seed);
    const expected = z.array(z.number()).parse(draws);
    const ours = expected.map(() => low + stream.integer(high - low));
    comparisons.push({ name, difference: largestDifference(ours, expected), tolerance: 0 });
  }
  return comparisons;
}

function comparedSizes(config: string, setting: MaskSetting, expected: SampleFile["block_sizes_by_counter"][string]) {
  const { options, grid } = samplerOf(setting);
  const comparisons = expected.map((sizes, counter) => {
    const { target, context } = blockSizes(options, grid, counter);
    const difference = largestDifference([...target, ...context], sizes.flat());
    return { name: `counter ${counter}`, difference, tolerance: 0 };
  });
  return worstOf(`${config}: block sizes`, comparisons);
}

async function comparedSamples(
  fixture: Fixture,
  config: string,
  setting: MaskSetting,
  samples: SampleFile["samples"],
): Promise<Comparison[]> {
  const { options, grid } = samplerOf(setting);
  const contexts: Comparison[] = [];
  const targets: Comparison[] = [];
  for (const { index, counter, torch_seed, batch_size } of samples.filter((sample) => sample.config === config)) {
    const random = { size: torchStream(counter), place: torchStream(torch_seed) };
    const masks = sampleMasks(options, grid, batch_size, random);
    const compare = async (kind: "enc" | "pred", sets: readonly TokenSets[]): Promise<Comparison> => {
      const { data } = await fixture.tensor(tensorFile, `${config}.${index}.${kind}`);
      const ours = sets.flatMap(({ indices }) => [...indices]); // [slots, batch, tokens], as in the file
      return { name: `sample ${index}`, difference: largestDifference(ours, data), tolerance: 0 };
    };
    contexts.push(await compare("enc", [masks.context]));
    targets.push(await compare("pred", masks.targets));
  }
  return [worstOf(`${config}: context masks`, contexts), worstOf(`${config}: target masks`, targets)];
}

/**
 * The block sizes, [height, width], that the collator draws at a count of its calls. They are read off the masks: where
 * contexts need not keep clear of targets, a context is its whole block.
 */
export function blockSizes(options: MultiBlockOptions, grid: Grid, counter: number) {
  const whole = { ...options, allowOverlap: true, minKeep: 0 };
  const masks = sampleMasks(whole, grid, 1, { size: torchStream(counter), place: torchStream(0) });
  return {
    target: extent(masks.targets[0].indices, grid),
    context: extent(masks.context.indices, grid, options.contexts),
  };
}

// Height and width of a block, from its patches; of several blocks in a row, from the first.
function extent(patches: Int32Array, { columns }: Grid, blocks = 1): [number, number] {
  const block = patches.subarray(0, patches.length / blocks);
  const [first, last] = [block[0], block[block.length - 1]];
  return [Math.floor(last / columns) - Math.floor(first / columns) + 1, (last % columns) - (first % columns) + 1];
}
