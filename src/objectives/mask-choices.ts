// Masks as a program takes them: indices, additive attention masks where sets are padded, and each target token's
// weight in the loss. Sets are ordered block (or context) outermost; a micro-batch takes its pictures out of each.

import { type MaskBatch, padTo, type TokenSets } from "../masks/index.ts";
import type { Choice } from "./objective.ts";

/** Added to the scores of padding: exp() of it is exactly zero in float32. */
const never = -1e9;

export interface MaskChoiceOptions {
  readonly batch: number;
  /** Features of a token: the loss is a mean over them too. */
  readonly width: number;
  /** Whether attention masks are part of the program; without, nothing may be padded. */
  readonly padded: boolean;
}

/**
 * The choices of pictures `from` to before `to`, out of masks whose context sets are [contexts * batch] rows.
 *
 * @returns contextTokens [contexts * n, tokens], targetTokens [blocks * n, tokens],
 *   weights [blocks * contexts * n, tokens] (they add up to 1 / width over the whole
 *   batch), and with padding contextMask and predictorMask, [rows, 1, 1, tokens]
 */
export function maskChoices(
  masks: MaskBatch,
  options: MaskChoiceOptions,
  from: number,
  to: number,
): Record<string, Choice> {
  const contexts = setsOf(masks.context, options.batch).map((sets) => rowsOf(sets, from, to));
  const longest = Math.max(...masks.targets.map(({ tokens }) => tokens));
  const blocks = masks.targets.map((sets) => padTo(rowsOf(sets, from, to), longest));
  const pairs = blocks.flatMap((block) => contexts.map((context) => ({ block, context })));
  const share =
    1 / (options.width * contexts.length * masks.targets.reduce((sum, { lengths }) => sum + total(lengths), 0));
  const choices: Record<string, Choice> = {
    contextTokens: indexChoice(contexts),
    targetTokens: indexChoice(blocks),
    weights: tokenChoice(
      pairs.map(({ block }) => [block]),
      (real) => (real ? share : 0),
    ),
  };
  if (!options.padded) return choices;
  return {
    ...choices,
    contextMask: attentionMask(contexts.map((context) => [context])),
    predictorMask: attentionMask(pairs.map(({ block, context }) => [context, block])),
  };
}

/** One TokenSets a context. */
function setsOf({ indices, lengths, tokens }: TokenSets, batch: number): TokenSets[] {
  return Array.from({ length: lengths.length / batch }, (_, i) => ({
    indices: indices.subarray(i * batch * tokens, (i + 1) * batch * tokens),
    lengths: lengths.subarray(i * batch, (i + 1) * batch),
    tokens,
  }));
}

function rowsOf({ indices, lengths, tokens }: TokenSets, from: number, to: number): TokenSets {
  return { indices: indices.subarray(from * tokens, to * tokens), lengths: lengths.subarray(from, to), tokens };
}

function indexChoice(sets: readonly TokenSets[]): Choice {
  const tokens = Math.max(...sets.map((set) => set.tokens));
  const rows = sets.reduce((sum, { lengths }) => sum + lengths.length, 0);
  const values = new Int32Array(rows * tokens);
  let row = 0;
  for (const set of sets) {
    for (let i = 0; i < set.lengths.length; i++, row++) {
      values.set(set.indices.subarray(i * set.tokens, (i + 1) * set.tokens), row * tokens);
    }
  }
  return { shape: [rows, tokens], dtype: "i32", values };
}

/** A number for each token of sequences that join several sets end to end; `of` is told whether the token is real. */
function tokenChoice(sequences: readonly (readonly TokenSets[])[], of: (real: boolean) => number): Choice {
  const tokens = Math.max(...sequences.map((sets) => sets.reduce((sum, set) => sum + set.tokens, 0)));
  const rows = sequences.reduce((sum, [{ lengths }]) => sum + lengths.length, 0);
  const values = new Float32Array(rows * tokens).fill(of(false));
  let row = 0;
  for (const sets of sequences) {
    for (let i = 0; i < sets[0].lengths.length; i++, row++) {
      let start = row * tokens;
      for (const set of sets) {
        values.fill(of(true), start, start + set.lengths[i]);
        start += set.tokens;
      }
    }
  }
  return { shape: [rows, tokens], dtype: "f32", values };
}

function attentionMask(sequences: readonly (readonly TokenSets[])[]): Choice {
  const choice = tokenChoice(sequences, (real) => (real ? 0 : never));
  const [rows, tokens] = choice.shape;
  return { ...choice, shape: [rows, 1, 1, tokens] };
}

function total(lengths: Int32Array): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}
