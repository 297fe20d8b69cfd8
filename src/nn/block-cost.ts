// What a transformer block costs, for choosing between shapes before anything is traced.

/**
 * Multiplications of a transformer block on a sequence of `seen` tokens whose `answered` last ones it answers (all of
 * them, but in a block that is asked for less): keys and values of all; queries, the projection and the perceptron of
 * these; then scores and sums of attention.
 */
export function costOfBlock(
  seen: number,
  answered: number,
  { width, ratio }: { readonly width: number; readonly ratio: number },
): number {
  return 2 * seen * width * width + answered * width * ((2 + 2 * ratio) * width + 2 * seen);
}
