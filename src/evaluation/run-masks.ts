// A run's masks as its own sampler draws them: on pictures, and how often each patch is in one.

import type { Pictures } from "../data/index.ts";
import type { MaskCoverage, MaskFigure } from "../figures/index.ts";
import {
  type Grid,
  type MaskBatch,
  type MaskOptions,
  maskOptions,
  maskStreams,
  sampleMasks,
  type TokenSets,
} from "../masks/index.ts";
import { permutation, randomStream } from "../random/index.ts";
import type { Recipe } from "../runs/index.ts";

const picturesDrawn = 6;
/** Pictures whose masks are counted: the share of a patch is then known to about one hundredth. */
const picturesCounted = 4_096;

/** Masks of the run's first batch on training pictures; undefined where the method draws no masks. */
export async function maskFigureOf(recipe: Recipe, train: Pictures): Promise<MaskFigure | undefined> {
  const options = maskOptionsOf(recipe);
  if (options === undefined) return undefined;
  const { crop } = recipe.data;
  const masks = masksAt(recipe, options, 0);
  const order = permutation(randomStream(recipe.seed, "report", "masks"), train.size);
  const chosen = [...order.subarray(0, Math.min(picturesDrawn, recipe.training.batch))];
  const samples = chosen.map(async (index, row) => ({
    picture: await train.picture(index, crop),
    context: tokensOf(masks.context, row),
    targets: masks.targets.map((sets) => tokensOf(sets, row)),
  }));
  return { size: crop, grid: gridOf(recipe), samples: await Promise.all(samples) };
}

/** How often each patch is context or target, over whole batches; undefined where the method draws no masks. */
export function maskCoverageOf(recipe: Recipe): MaskCoverage | undefined {
  const options = maskOptionsOf(recipe);
  if (options === undefined) return undefined;
  const { batch } = recipe.training;
  const grid = gridOf(recipe);
  const cells = grid.rows * grid.columns;
  const steps = Math.ceil(picturesCounted / batch);
  const [context, target] = [new Float64Array(cells), new Float64Array(cells)];
  for (let step = 0; step < steps; step++) {
    const masks = masksAt(recipe, options, step);
    for (let row = 0; row < batch; row++) {
      for (const token of tokensOf(masks.context, row)) context[token]++;
      for (const token of new Set(masks.targets.flatMap((sets) => [...tokensOf(sets, row)]))) target[token]++;
    }
  }
  const pictures = steps * batch;
  const share = (counts: Float64Array) => counts.map((count) => count / pictures);
  return { grid, context: share(context), target: share(target), pictures };
}

/** The masks of a step's batch, from the very streams that training draws them from. */
function masksAt(recipe: Recipe, options: MaskOptions, step: number): MaskBatch {
  const streams = maskStreams((name) => randomStream(recipe.seed, name, step));
  return sampleMasks(options, gridOf(recipe), recipe.training.batch, streams);
}

function maskOptionsOf(recipe: Recipe): MaskOptions | undefined {
  const parsed = maskOptions.safeParse(recipe.masks);
  return parsed.success ? parsed.data : undefined;
}

/** Patches of a picture. */
export function gridOf({ data, model }: Recipe): Grid {
  const side = data.crop / model.patch;
  return { rows: side, columns: side };
}

/** The true patches of a row, without padding; of several contexts the first. */
function tokensOf({ indices, lengths, tokens }: TokenSets, row: number): Int32Array {
  return indices.subarray(row * tokens, row * tokens + lengths[row]);
}
