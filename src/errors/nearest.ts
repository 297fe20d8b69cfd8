// "Did you mean": the candidate at the least edit distance, if that is near enough to be a slip of the hand.
// Distance: Damerau 1964, restricted form (insertion, deletion, substitution, swap of two neighbours; each costs 1).

/**
 * The candidate that `word` was probably meant to be, or undefined where none is near.
 *
 * Case is ignored. Nearest is a candidate that holds the whole word ("gpu": webgpu before cpu), if the word has three
 * letters or more; else near means at most a third of the longer word's letters, and at least one, are wrong. Of equally
 * near candidates the first is taken.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const [typed, meant] = [word.toLowerCase(), candidate.toLowerCase()];
    const isPart = typed.length >= shortestPart && meant.length > typed.length && meant.includes(typed);
    const distance = isPart ? lessThanASlip : editDistance(typed, meant);
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (distance <= allowed && distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** Letters of a word that is taken for a part of a longer one. */
const shortestPart = 3;
const lessThanASlip = 0.5;

function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
