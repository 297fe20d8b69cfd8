// Parity of the initial weights in distribution: mean, deviation and largest entry of every parameter, as the official
// code draws them for a model whose sizes are read off the shapes. Both sides are samples, so tolerances are 5 standard
// errors of a difference of two; what is constant there (biases, norms) must be the same constant here.

import { z } from "zod";
import { type IjepaSizes, ijepa } from "../../src/objectives/index.ts";
import { createModelState, declaredBy, type StoredView } from "../../src/training/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, worstOf } from "./comparison.ts";

const statistics = z.object({ shape: z.array(z.number()), mean: z.number(), std: z.number(), absmax: z.number() });
const initialFile = z.object({ params: z.record(z.string(), statistics) });
type Statistics = z.infer<typeof statistics>;

const standardErrors = 5 * Math.SQRT2;

/** Every parameter of encoder and predictor, before the first step. */
export const ijepaInitial: ParityCheck = {
  fixture: "meta-ijepa",
  name: "initial weights",
  compare: async (fixture) => {
    const { params } = await fixture.json("init_stats.json", initialFile);
    const model = initialModel(params);
    const names = Object.keys(params);
    const compared = (what: string, compare: (ours: Statistics, theirs: Statistics) => Omit<Comparison, "name">) =>
      worstOf(
        `initial weights: ${what}`,
        names.map((name) => ({ name, ...compare(statisticsOf(model.get(name)), params[name]) })),
      );
    return [
      compared("shapes", (ours, theirs) => exactly(ours.shape.join() === theirs.shape.join())),
      compared("means", (ours, theirs) => within(ours.mean, theirs.mean, theirs.std / Math.sqrt(count(theirs)))),
      compared("deviations", (ours, theirs) => within(ours.std, theirs.std, theirs.std / Math.sqrt(2 * count(theirs)))),
      // The largest of n normal numbers has a Gumbel distribution of
      // scale std / sqrt(2 ln n), and deviation pi / sqrt(6) of it.
      compared("largest entries", (ours, theirs) =>
        within(ours.absmax, theirs.absmax, (theirs.std * Math.PI) / Math.sqrt(12 * Math.log(count(theirs)))),
      ),
    ];
  },
};

// Our parameters by name, for the sizes that the shapes tell. Heads and picture size leave no trace in them.
function initialModel(params: Readonly<Record<string, Statistics>>): ReadonlyMap<string, StoredView> {
  const blocks = (pattern: RegExp): number =>
    new Set(Object.keys(params).flatMap((name) => pattern.exec(name)?.slice(1) ?? [])).size;
  const [width, , patch] = params["encoder.patch_embed.proj.weight"].shape;
  const [hidden] = params["encoder.blocks.0.mlp.fc1.weight"].shape;
  const depth = blocks(/^encoder\.blocks\.(\d+)\./);
  const predictor = {
    width: params["predictor.predictor_embed.weight"].shape[0],
    depth: blocks(/^predictor\.predictor_blocks\.(\d+)\./),
    heads: 1,
  };
  const sizes: IjepaSizes = {
    crop: 2 * patch,
    batch: 1,
    model: { width, depth, heads: 1, patch, mlpRatio: hidden / width },
    seed: 0,
  };
  const method = ijepa(
    {
      predictor,
      masks: { kind: "fixed", contextTokens: 1, targets: 1, targetTokens: 1, aspect: [1, 1] },
      loss: "smooth_l1",
      targetNormalisation: "layer",
      teacher: { momentum: [0.996, 1] },
    },
    sizes,
  );
  return createModelState(method, declaredBy(method), sizes.seed).model;
}

function statisticsOf(view: StoredView | undefined): Statistics {
  if (view === undefined) return { shape: [], mean: Number.NaN, std: Number.NaN, absmax: Number.NaN };
  const { data, shape } = view;
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const squares = data.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const absmax = data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return { shape: [...shape], mean, std: Math.sqrt(squares / Math.max(1, data.length - 1)), absmax };
}

function within(ours: number, theirs: number, standardError: number): Omit<Comparison, "name"> {
  return { difference: Math.abs(ours - theirs), tolerance: standardErrors * standardError };
}

function exactly(same: boolean): Omit<Comparison, "name"> {
  return { difference: same ? 0 : 1, tolerance: 0 };
}

function count({ shape }: Statistics): number {
  return shape.reduce((product, size) => product * size, 1);
}
