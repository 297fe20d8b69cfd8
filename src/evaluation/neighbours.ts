// Weighted k nearest neighbours on frozen features (Wu et al. 2018, arXiv 1805.01978; as DINO evaluates): cosine similarity s,
// the k most similar training rows vote for their class with weight exp(s / temperature). Products and top-k by the engine.

import type { Runtime } from "../runtime/index.ts";
import { input, matmul, topK } from "../tensor/index.ts";

export interface NeighbourOptions {
  readonly k?: number;
  readonly temperature?: number;
}

/** Feature rows one after another, [rows, width]; bytes are pixels. */
export type Rows = Float32Array | Uint8Array;

export interface LabelledRows {
  /** [rows, width] */
  readonly features: Rows;
  readonly width: number;
  /** [rows], class indices */
  readonly labels: Int32Array;
}

/** The nearest training rows of each query, most similar first: positions and cosine similarities, each [queries, k]. */
export interface Nearest {
  readonly k: number;
  readonly places: Int32Array;
  readonly similarities: Float32Array;
}

/** Predicted classes [queries]. */
export async function classifyByNeighbours(
  runtime: Runtime,
  train: LabelledRows,
  queries: Rows,
  classes: number,
  { k = 20, temperature = 0.07 }: NeighbourOptions = {},
): Promise<Int32Array> {
  const nearest = await nearestRows(runtime, train, queries, Math.min(k, train.labels.length));
  return votes(nearest, train.labels, classes, temperature);
}

const queriesAtOnce = 64;

/** Exact nearest neighbours by cosine similarity. Rows need not be normalised. */
export async function nearestRows(
  runtime: Runtime,
  { features, width }: Pick<LabelledRows, "features" | "width">,
  queries: Rows,
  k: number,
): Promise<Nearest> {
  const rows = features.length / width;
  const count = queries.length / width;
  const train = unitRows(features, width);
  const asked = unitRows(queries, width);
  const similarity = matmul(input("queries", [queriesAtOnce, width]), input("train", [rows, width]), {
    transposeB: true,
  });
  const [values, places] = topK(similarity, k);
  const program = await runtime.compile({ values, places });
  const found: Nearest = { k, places: new Int32Array(count * k), similarities: new Float32Array(count * k) };
  const block = new Float32Array(queriesAtOnce * width);
  for (let from = 0; from < count; from += queriesAtOnce) {
    const part = asked.subarray(from * width, (from + queriesAtOnce) * width);
    block.set(part);
    const results = await program.run({ queries: block, train });
    const kept = (part.length / width) * k;
    for (let i = 0; i < kept; i++) {
      found.places[from * k + i] = Number(results.places[i]);
      found.similarities[from * k + i] = Number(results.values[i]);
    }
  }
  await program.release();
  return found;
}

function votes(
  { k, places, similarities }: Nearest,
  labels: Int32Array,
  classes: number,
  temperature: number,
): Int32Array {
  return Int32Array.from({ length: places.length / k }, (_, query) => {
    const weights = new Float64Array(classes);
    for (let i = query * k; i < (query + 1) * k; i++)
      weights[labels[places[i]]] += Math.exp(similarities[i] / temperature);
    return weights.indexOf(Math.max(...weights));
  });
}

function unitRows(features: Rows, width: number): Float32Array {
  const unit = new Float32Array(features.length);
  for (let start = 0; start < features.length; start += width) {
    let squares = 0;
    for (let j = 0; j < width; j++) squares += features[start + j] ** 2;
    const scale = 1 / Math.max(Math.sqrt(squares), 1e-12);
    for (let j = 0; j < width; j++) unit[start + j] = features[start + j] * scale;
  }
  return unit;
}
