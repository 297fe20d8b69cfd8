// How fast is one whole I-JEPA step (targets, context encoder, predictor, backward,
// AdamW, EMA)? The shapes and the count of floating-point operations are those of
// bench/peers/train_step.py; the roof is a 2048^3 product in the same run.

import { officialSizes } from "../src/nn/index.ts";
import { ijepa } from "../src/objectives/index.ts";
import { randomStream } from "../src/random/index.ts";
import { type CompileOptions, openNodeRuntime, type Runtime } from "../src/runtime/index.ts";
import { chooseMicroBatch, createModelState, declaredBy, Stepper } from "../src/training/index.ts";
import { median } from "./median.ts";
import { measureRoof } from "./roof.ts";

export interface StepShape {
  readonly crop: number;
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly predictorWidth: number;
  readonly predictorDepth: number;
  readonly batch: number;
  readonly contextTokens: number;
  readonly targetTokens: number;
}

const picture = { crop: 224, patch: 16, contextTokens: 60, targetTokens: 36 };
export const shapes: Readonly<Record<string, StepShape>> = {
  tiny: {
    crop: 32,
    patch: 4,
    width: 192,
    depth: 6,
    heads: 3,
    predictorWidth: 96,
    predictorDepth: 3,
    batch: 64,
    contextTokens: 15,
    targetTokens: 12,
  },
  small: { ...picture, ...officialSizes.small, predictorWidth: 192, predictorDepth: 6, batch: 16 },
  base: { ...picture, ...officialSizes.base, predictorWidth: 384, predictorDepth: 6, batch: 8 },
};

export interface StepFigures {
  readonly model: string;
  readonly imagesPerSecond: number;
  readonly gflops: number;
  /** GFLOPS of a 2048^3 product, the larger of one half-way and one after. */
  readonly roof: number;
  readonly share: number;
  readonly peakBytes: number;
  readonly compileSeconds: number;
}

export interface StepBenchOptions {
  /** Pictures at once; chosen as training does when absent. */
  readonly microBatch?: number | undefined;
  readonly threads: number;
  /** Steps that are timed, at least. */
  readonly rounds: number;
}

/** A step that can be taken again and again, on made-up pictures. */
export interface StepBench {
  readonly runtime: Runtime;
  readonly compileSeconds: () => number;
  step(number: number): Promise<void>;
  close(): Promise<void>;
}

export async function openStep(model: string, options: StepBenchOptions & CompileOptions): Promise<StepBench> {
  const shape = shapes[model];
  const { crop, batch, contextTokens, targetTokens } = shape;
  const runtime = await openNodeRuntime({ threads: options.threads });
  const method = ijepa(
    {
      predictor: { width: shape.predictorWidth, depth: shape.predictorDepth },
      masks: { kind: "fixed", contextTokens, targets: 4, targetTokens, aspect: [0.75, 1.5] },
      loss: "smooth_l1",
      targetNormalisation: "layer",
      teacher: { momentum: [0.996, 1] },
    },
    { crop, batch, model: { ...shape, mlpRatio: 4 }, seed: 0 },
  );
  const book = declaredBy(method);
  const state = createModelState(method, book, 0);
  const { tokens, widest } = method;
  const microBatch = options.microBatch ?? chooseMicroBatch({ batch, tokens, elementsPerPicture: widest });
  const compiling: Runtime = { ...runtime, compile: (outputs) => runtime.compile(outputs, options) };
  const stepper = new Stepper(compiling, method, book, state, {
    batch,
    microBatch,
    adam: { betas: [0.9, 0.999], eps: 1e-8 },
  });
  const random = randomStream(0, "bench");
  const pictures = Uint8Array.from({ length: batch * crop ** 2 * 3 }, () => random.integer(256));
  const choices = method.choices((name) => randomStream(0, name), batch);
  return {
    runtime,
    compileSeconds: () => stepper.compileSeconds,
    async step(number) {
      await stepper.run(pictures, choices, { step: number, rate: 1e-4, decay: 0.04, momentum: 0.996 });
    },
    close: () => stepper.close(),
  };
}

/** Steps are taken for as long as this, twice: a shared machine changes its speed every few seconds. */
const secondsOfHalf = 5;

export async function benchStep(model: string, options: StepBenchOptions): Promise<StepFigures> {
  const bench = await openStep(model, options);
  let taken = 0;
  const secondsOf = async (steps: number) => {
    const seconds: number[] = [];
    const total = () => seconds.reduce((sum, each) => sum + each, 0);
    while (seconds.length < steps || total() < secondsOfHalf) {
      const start = performance.now();
      await bench.step(++taken);
      seconds.push((performance.now() - start) / 1000);
    }
    return seconds;
  };
  const half = Math.ceil(options.rounds / 2);
  const [, , ...first] = await secondsOf(2 + half);
  const peakBytes = process.resourceUsage().maxRSS * 1024; // of the steps alone: before the roof takes its own
  const between = await measureRoof(bench.runtime);
  const seconds = [...first, ...(await secondsOf(options.rounds - half))];
  const roof = Math.max(between, await measureRoof(bench.runtime));
  const step = median(seconds);
  const gflops = flopsOfStep(shapes[model]) / step / 1e9;
  const compileSeconds = bench.compileSeconds();
  await bench.close();
  return {
    model,
    imagesPerSecond: shapes[model].batch / step,
    gflops,
    roof,
    share: gflops / roof,
    peakBytes,
    compileSeconds,
  };
}

/** As bench/peers/train_step.py counts: matrix products only, backward twice the forward, no gradient to the pixels. */
export function flopsOfStep(shape: StepShape): number {
  const {
    crop,
    patch,
    width,
    depth,
    predictorWidth,
    predictorDepth,
    batch,
    contextTokens: context,
    targetTokens: target,
  } = shape;
  const tokens = (crop / patch) ** 2;
  const tower = (n: number, d: number, l: number) => l * (2 * n * 12 * d * d + 4 * n * n * d);
  const embedding = 2 * tokens * width * 3 * patch * patch;
  const teacher = batch * (tower(tokens, width, depth) + embedding);
  const student = batch * (tower(context, width, depth) + embedding);
  const blocks = 4;
  const predictor =
    blocks * batch * (tower(context + target, predictorWidth, predictorDepth) + 2 * target * width * predictorWidth) +
    batch * 2 * context * width * predictorWidth;
  return teacher + 3 * student + 3 * predictor - batch * embedding;
}
