// What every recipe says, whatever its objective: the model, the optimizer, the training and
// the seed (the data's options are `data`'s). Defaults are those of the published I-JEPA
// runs where they do not depend on the size of the data; sizes have none.

import { z } from "zod";
import type { ModelSizes } from "../objectives/index.ts";

/** The encoder: a vision transformer (Dosovitskiy et al. 2021). */
export type ModelOptions = ModelSizes;

/** AdamW with warm-up, cosine decay and a weight decay that grows. */
export interface OptimizerOptions {
  readonly lr: number;
  readonly startLr: number;
  readonly finalLr: number;
  readonly warmup: number;
  readonly weightDecay: readonly [number, number];
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly clip?: number | undefined;
}

/** How long, in which portions and with what records. */
export interface TrainingOptions {
  readonly steps: number;
  readonly batch: number;
  readonly checkpointEvery: number;
  readonly keep: number;
  readonly logEvery: number;
  readonly probeEvery?: number | undefined;
  readonly microBatch?: number | undefined;
  readonly threads?: number | undefined;
}

const count = z.int().min(1);
const rate = z.number().min(0);
const beta = z.number().min(0).lt(1);

export const modelOptions: z.ZodType<ModelOptions> = z.strictObject({
  width: count.max(16_384).describe("length of a token's vector; a multiple of 4 and of the heads"),
  depth: count.max(1_000).describe("transformer blocks"),
  heads: count.max(1_024).describe("attention heads"),
  patch: count.max(1_024).describe("side of a square patch in pixels; divides data.crop"),
  mlpRatio: z.number().positive().max(64).default(4).describe("hidden width of a block's perceptron / width"),
});

export const optimizerOptions: z.ZodType<OptimizerOptions> = z.strictObject({
  lr: z.number().positive().default(1e-3).describe("learning rate at the end of the warm-up"),
  startLr: rate.default(2e-4).describe("learning rate at the first step"),
  finalLr: rate.default(1e-6).describe("learning rate at the last step, reached along a cosine"),
  warmup: z
    .number()
    .min(0)
    .lt(1)
    .default(40 / 300)
    .describe("warm-up as a share of training.steps, so that it follows the length of the run"),
  weightDecay: z
    .tuple([rate, rate])
    .default([0.04, 0.4])
    .describe("weight decay of matrices at the first and the last step, along a cosine"),
  betas: z.tuple([beta, beta]).default([0.9, 0.999]).describe("AdamW's decay of the first and second moment"),
  eps: z.number().positive().default(1e-8).describe("AdamW's addend to the square root of the second moment"),
  clip: z.number().positive().optional().describe("largest norm of the whole gradient; none: it is not clipped"),
});

export const trainingOptions: z.ZodType<TrainingOptions> = z.strictObject({
  steps: count.describe("optimizer steps"),
  batch: count.max(65_536).describe("pictures a step"),
  checkpointEvery: count.default(500).describe("steps between checkpoints; the last step always writes one"),
  keep: count.default(3).describe("how many of the last checkpoints are kept, beside the best"),
  logEvery: count.max(10).default(10).describe("steps between lines of metrics.jsonl"),
  probeEvery: count
    .optional()
    .describe(
      "steps between quick probes of the features, one at the last step too, each with a checkpoint; the best is kept; none: no probes",
    ),
  microBatch: count.optional().describe("pictures that are computed at once; none: chosen for the cache, once a run"),
  threads: count.max(256).optional().describe("threads of the engine; none: one a core, chosen once a run"),
});

/** Any seed gives a run of its own; 32 bits. */
export const seedOption: z.ZodType<number> = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
  .default(0)
  .describe("seed of all random streams");
