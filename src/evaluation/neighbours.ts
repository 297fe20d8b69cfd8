// Weighted k nearest neighbours on frozen features (Wu et al. 2018, arXiv 1805.01978; as DINO evaluates): cosine
// similarity s, the k most similar training rows vote for their class with weight exp(s / temperature). Products and
// top-k by the engine, over a part of the training rows at a time, so that memory does not grow with their number.

import { Interrupted } from "../errors/index.ts";
import { type Runtime, withProgram } from "../runtime/index.ts";
import { input, matmul, type Tensor, topK } from "../tensor/index.ts";

export interface SearchOptions {
  /** Told how many of all comparisons of a query with a part of the rows are done. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface NeighbourOptions extends SearchOptions {
  readonly k?: number;
  readonly temperature?: number;
}

/** What DINO's and I-JEPA's successors report by. */
export const neighbourDefaults: { readonly k: number; readonly temperature: number } = { k: 20, temperature: 0.07 };

/** Feature rows one after another, [rows, width]; bytes are pixels. */
export type Rows = Float32Array | Uint8Array;

export interface LabelledRows {
  /** [rows, width] */
  readonly features: Rows;
  readonly width: number;
  /** [rows], class indices */
  readonly labels: Int32Array;
}

/**
 * The nearest training rows of each query, most similar first: positions and cosine similarities, each [queries, k].
 */
export interface Nearest {
  readonly k: number;
  readonly places: Int32Array;
  readonly similarities: Float32Array;
}

/** Predicted classes [queries]. Throws Interrupted when the signal asks. */
export async function classifyByNeighbours(
  runtime: Runtime,
  train: LabelledRows,
  queries: Rows,
  classes: number,
  { k = neighbourDefaults.k, temperature = neighbourDefaults.temperature, ...search }: NeighbourOptions = {},
): Promise<Int32Array> {
  const nearest = await nearestRows(runtime, train, queries, Math.min(k, train.labels.length), search);
  return votes(nearest, train.labels, classes, temperature);
}

const queriesAtOnce = 64;
const rowsAtOnce = 10_000;

/** Exact nearest neighbours by cosine similarity; of equally near rows the earlier. Rows need not be normalised. */
export async function nearestRows(
  runtime: Runtime,
  { features, width }: Pick<LabelledRows, "features" | "width">,
  queries: Rows,
  k: number,
  { onProgress, signal }: SearchOptions = {},
): Promise<Nearest> {
  const [total, count] = [features.length / width, queries.length / width];
  const asked = unitRows(queries, width);
  const found: Nearest = emptyNearest(k, count);
  for (let from = 0; from < total; from += rowsAtOnce) {
    const train = unitRows(features.subarray(from * width, (from + rowsAtOnce) * width), width);
    const rows = train.length / width;
    await withProgram(runtime, traceNearest(rows, width, Math.min(k, rows)), async (program) => {
      for (const block of blocksOf(asked, width)) {
        if (signal?.aborted) throw new Interrupted();
        const { values, places } = await program.run({ queries: block.queries, train });
        const near = { k: Math.min(k, rows), similarities: numbers(values), places: Int32Array.from(places, Number) };
        merge(found, near, block.first, block.count, from);
        const passes = Math.ceil(total / rowsAtOnce);
        onProgress?.((from / rowsAtOnce) * count + block.first + block.count, passes * count);
      }
    });
  }
  return found;
}

function emptyNearest(k: number, queries: number): Nearest {
  const similarities = new Float32Array(queries * k).fill(Number.NEGATIVE_INFINITY);
  return { k, places: new Int32Array(queries * k), similarities };
}

function traceNearest(rows: number, width: number, k: number): Record<string, Tensor> {
  const similarity = matmul(input("queries", [queriesAtOnce, width]), input("train", [rows, width]), {
    transposeB: true,
  });
  const [values, places] = topK(similarity, k);
  return { values, places };
}

/** Queries in blocks of one size; what the last block lacks is filled with what stood there before. */
function* blocksOf(asked: Float32Array, width: number) {
  const queries = new Float32Array(queriesAtOnce * width);
  for (let first = 0; first * width < asked.length; first += queriesAtOnce) {
    const part = asked.subarray(first * width, (first + queriesAtOnce) * width);
    queries.set(part);
    yield { queries, first, count: part.length / width };
  }
}

/** Merges what was found among the rows from `offset` on into the lists of the queries `first` to `first + count`. */
function merge(found: Nearest, near: Nearest, first: number, count: number, offset: number): void {
  for (let query = 0; query < count; query++) {
    const start = (first + query) * found.k;
    const places = found.places.slice(start, start + found.k);
    const similarities = found.similarities.slice(start, start + found.k);
    let [old, fresh] = [0, query * near.k];
    for (let rank = 0; rank < found.k; rank++) {
      const isFresh = fresh < (query + 1) * near.k && near.similarities[fresh] > similarities[old];
      found.similarities[start + rank] = isFresh ? near.similarities[fresh] : similarities[old];
      found.places[start + rank] = isFresh ? offset + near.places[fresh++] : places[old++];
    }
  }
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

function numbers(values: ArrayLike<number | bigint>): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values, Number);
}
