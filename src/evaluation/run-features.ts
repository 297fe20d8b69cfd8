// What a run's encoder sees: patch features as colours, beside the
// untrained encoder's, and nearest neighbours among test pictures.

import type { Pictures } from "../data/index.ts";
import type { FeatureFigure, FeatureMaps, LabelledPicture, NeighbourFigure } from "../figures/index.ts";
import { count } from "../figures/index.ts";
import { permutation, randomStream } from "../random/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { principalComponents, project } from "../spectra/index.ts";
import { extractFeatures, extractPatches, type FrozenEncoder, tokensOf } from "./features.ts";
import { nearestRows } from "./neighbours.ts";
import type { RunEncoders } from "./run-encoders.ts";

export interface LookOptions {
  readonly test: Pictures;
  readonly seed: number;
  readonly onProgress?: ((stage: string, done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const picturesDrawn = 8;
/** Patches that a basis is fitted on: as many pictures as give these, at least those drawn. */
const patchesFitted = 4_096;
const components = 3;

/**
 * Patches in the encoder's own three principal components; one
 * basis for all pictures, another for the untrained encoder.
 */
export async function featureFigureOf(
  runtime: Runtime,
  { trained, untrained }: Pick<RunEncoders, "trained" | "untrained">,
  options: LookOptions,
): Promise<FeatureFigure> {
  const { test, seed } = options;
  const { crop, patch } = trained;
  const fitted = Math.max(picturesDrawn, Math.ceil(patchesFitted / tokensOf(trained)));
  const indices = permutation(randomStream(seed, "report", "features"), test.size).subarray(0, fitted);
  const drawn = [...indices.subarray(0, picturesDrawn)];
  const encoders = [
    await mapsOf(runtime, "trained", trained, { ...options, indices, drawn: drawn.length }),
    await mapsOf(runtime, "untrained", untrained, { ...options, indices, drawn: drawn.length }),
  ];
  return {
    size: crop,
    grid: { rows: crop / patch, columns: crop / patch },
    pictures: await Promise.all(drawn.map((index) => test.picture(index, crop))),
    encoders,
    fittedOn: indices.length * tokensOf(trained),
  };
}

async function mapsOf(
  runtime: Runtime,
  name: string,
  encoder: FrozenEncoder,
  { test, indices, drawn, onProgress, signal }: LookOptions & { readonly indices: Int32Array; readonly drawn: number },
): Promise<FeatureMaps> {
  const tell = (done: number) => onProgress?.(`${name} encoder: patches`, done, indices.length);
  const patches = await extractPatches(runtime, encoder, test, { indices, onProgress: tell, signal });
  const each = tokensOf(encoder) * encoder.width;
  const positionShare = takePositionsAway(patches, each, encoder.width);
  const basis = principalComponents(patches, encoder.width, components);
  return { name, coordinates: project(basis, patches.subarray(0, drawn * each)), share: basis.share, positionShare };
}

/**
 * Subtracts the mean over pictures from each patch's features: what an encoder says of a place whatever
 * is there. In small encoders that is most of the variance, and every picture would get the same colours.
 *
 * @param patches [pictures, each], `each` being tokens * width; overwritten
 * @returns the share of the patches' variance that was taken away, 0..1
 */
function takePositionsAway(patches: Float32Array, each: number, width: number): number {
  const pictures = patches.length / each;
  const [ofPlace, ofAll] = [new Float64Array(each), new Float64Array(width)];
  for (let at = 0; at < patches.length; at++) ofPlace[at % each] += patches[at] / pictures;
  for (let at = 0; at < each; at++) ofAll[at % width] += (ofPlace[at] * width) / each;
  const taken = ofPlace.reduce((sum, value, at) => sum + pictures * (value - ofAll[at % width]) ** 2, 0);
  let left = 0;
  for (let at = 0; at < patches.length; at++) {
    patches[at] -= ofPlace[at % each];
    left += patches[at] ** 2;
  }
  return taken / Math.max(taken + left, Number.MIN_VALUE);
}

const mostQueries = 6;
const hits = 8;
const mostSearched = 2_000;

/** Test pictures drawn by chance with their nearest others; undefined where there are too few pictures. */
export async function neighbourFigureOf(
  runtime: Runtime,
  encoder: FrozenEncoder,
  { test, seed, onProgress, signal }: LookOptions,
): Promise<NeighbourFigure | undefined> {
  const order = permutation(randomStream(seed, "report", "neighbours"), test.size);
  const queries = Math.min(mostQueries, Math.floor(test.size / 2));
  if (queries === 0) return undefined;
  const indices = order.subarray(0, queries + mostSearched);
  const searched = indices.length - queries;
  const tell = (done: number) => onProgress?.("trained encoder: pictures", done, indices.length);
  const { last, width } = await extractFeatures(runtime, encoder, test, { indices, onProgress: tell, signal });
  const others = { features: last.subarray(queries * width), width };
  const k = Math.min(hits, searched);
  const { places, similarities } = await nearestRows(runtime, others, last.subarray(0, queries * width), k, { signal });
  const shown = (index: number) => labelled(test, index, encoder.crop);
  const rows = Array.from({ length: queries }, async (_, query) => ({
    query: await shown(indices[query]),
    hits: await Promise.all(
      Array.from({ length: k }, async (_, rank) => ({
        ...(await shown(indices[queries + places[query * k + rank]])),
        similarity: similarities[query * k + rank],
      })),
    ),
  }));
  return {
    size: encoder.crop,
    rows: await Promise.all(rows),
    queries: `${queries} test pictures drawn by chance`,
    searched: `${count(searched)} other test pictures`,
  };
}

async function labelled(pictures: Pictures, index: number, crop: number): Promise<LabelledPicture> {
  const picture = await pictures.picture(index, crop);
  const label = pictures.classes?.[pictures.label(index) ?? -1];
  return label === undefined ? { picture } : { picture, label };
}
