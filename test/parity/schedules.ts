// Parity of the schedules: the published recipe's values, and those that the fixture's training steps were run with.

import { z } from "zod";
import { cosine, linear, warmupCosine } from "../../src/optim/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, worstOf } from "./comparison.ts";

/** Both sides compute in float64. */
const relativeTolerance = 1e-12;

const ends = z.tuple([z.number(), z.number()]);
const setting = {
  iterations_per_epoch: z.number(),
  epochs: z.number(),
  ipe_scale: z.number(),
  start_lr: z.number(),
  lr: z.number(),
  final_lr: z.number(),
  weight_decay: z.number(),
  final_weight_decay: z.number(),
  ema: ends,
};
const stepValues = z.object({ step: z.number(), lr: z.number(), weight_decay: z.number(), momentum: z.number() });
const scheduleFile = z.object({ ...setting, warmup_epochs: z.number(), values: z.array(stepValues).min(1) });
const trainingFile = z.object({
  config: z.object({ optimization: z.object({ ...setting, warmup: z.number() }) }),
  steps: z.array(stepValues).min(1),
});

interface Setting extends z.infer<typeof scheduleFile> {}

/** The learning rate, weight decay and momentum of every step in the fixture. */
export const schedules: ParityCheck = {
  fixture: "meta-ijepa",
  name: "schedules",
  compare: async (fixture) => {
    const published = await fixture.json("schedules.json", scheduleFile);
    const { config, steps } = await fixture.json("meta.json", trainingFile);
    const trained = { ...config.optimization, warmup_epochs: config.optimization.warmup, values: steps };
    return [...compared("published schedule", published), ...compared("schedule of the training steps", trained)];
  },
};

function compared(name: string, setting: Setting): Comparison[] {
  const perEpoch = setting.iterations_per_epoch;
  // The reference cuts the steps of rate and decay to an integer, but not those of the momentum.
  const momentumSteps = setting.ipe_scale * setting.epochs * perEpoch;
  const steps = Math.floor(momentumSteps);
  const warmup = Math.floor(setting.warmup_epochs * perEpoch);
  const rate = { start: setting.start_lr, peak: setting.lr, final: setting.final_lr, warmup, steps };
  const decay = { start: setting.weight_decay, final: setting.final_weight_decay, steps };
  const momentum = { start: setting.ema[0], final: setting.ema[1], steps: momentumSteps };
  const group = (field: "lr" | "weight_decay" | "momentum", ours: (step: number) => number): Comparison =>
    worstOf(
      `${name}: ${field}, relative`,
      setting.values.map((value) => ({
        name: `step ${value.step}`,
        difference: Math.abs(ours(value.step) / value[field] - 1),
        tolerance: relativeTolerance,
      })),
    );
  return [
    group("lr", (step) => warmupCosine(rate, step)),
    group("weight_decay", (step) => cosine(decay, step)),
    group("momentum", (step) => linear(momentum, step)),
  ];
}
