// Pictures as vectors, a part of them in memory at a time: what files of vectors, indexes and probes have in common.

import { decodingFault } from "../data/index.ts";
import { Interrupted, UserError } from "../errors/index.ts";
import type { CollectedPicture } from "./collection.ts";
import type { Encoder } from "./encoder.ts";
import type { Outcome } from "./row-journal.ts";
import type { Layer } from "./trace-encoder.ts";

export interface PartsOptions {
  readonly layer: Layer;
  /** "pooled": a vector a picture; "patches": one for every patch. */
  readonly tokens: "pooled" | "patches";
  /** Pictures of the whole, where these are what an earlier call left of it: the same program makes the same bits. */
  readonly total?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Some of the pictures, next to each other in their order. */
export interface EmbeddedPart {
  /** What became of each. */
  readonly outcomes: readonly Outcome[];
  /** Vectors of those that could be read, one after another. */
  readonly rows: Float32Array;
}

/** Runs up to which a program that starts sooner is done sooner, by measure of ViT-S to ViT-H. */
const briefRuns = 32;

/**
 * Embeds pictures in their order, as many at once as suits the encoder. One program serves, and few pictures don't pay
 * for the places of many.
 *
 * @throws Interrupted where `signal` says so, between two parts; UserError where the model gives numbers that are not
 *   finite
 */
export async function* embeddedParts(
  encoder: Encoder,
  pictures: readonly CollectedPicture[],
  { layer, tokens, total = pictures.length, signal }: PartsOptions,
): AsyncGenerator<EmbeddedPart, void, undefined> {
  const places = Math.max(1, Math.min(encoder.batch, total));
  const options = { layer, patches: tokens === "patches", places, brief: total <= briefRuns * places };
  for (let from = 0; from < pictures.length; from += places) {
    if (signal?.aborted) throw new Interrupted();
    const read = await Promise.all(pictures.slice(from, from + places).map((picture) => readPicture(encoder, picture)));
    const bytes = read.flatMap((each) => each.bytes ?? []);
    const outcomes = read.map(({ outcome }) => outcome);
    const { pooled, patches } = bytes.length === 0 ? nothing : await encoder.run(bytes, options);
    const rows = options.patches ? patches : pooled;
    if (!rows.every(Number.isFinite)) throw notFinite(encoder);
    yield { outcomes, rows };
  }
}

const nothing = { pooled: new Float32Array(0), patches: new Float32Array(0) };

function notFinite({ model }: Encoder): UserError {
  return new UserError({
    where: model.name,
    expected: "a model whose vectors are finite numbers",
    received: "NaN or infinity",
    remedy: "use another model or an earlier checkpoint: this one's weights are broken",
  });
}

async function readPicture(encoder: Encoder, picture: CollectedPicture): Promise<ReadPicture> {
  const { path } = picture;
  const version = await picture.version?.();
  try {
    return { outcome: { path, version }, bytes: await encoder.reader.read(await picture.open()) };
  } catch (error) {
    return { outcome: { path, version, skipped: decodingFault(error) } };
  }
}

interface ReadPicture {
  readonly outcome: Outcome;
  readonly bytes?: Uint8Array;
}
