// Second step of a layered layout: the order of what stands on one level, so that few lines cross.
// Barycentre sweeps down and up (Sugiyama, Tagawa & Toda 1981), then swaps of neighbours while they help.

/**
 * Something on a level: a node, or the place where a long line passes.
 * `up` and `down` are what it is joined to on the levels beside.
 */
export interface Stop {
  readonly level: number;
  readonly up: readonly number[];
  readonly down: readonly number[];
}

type Levels = readonly (readonly number[])[];
type Side = "up" | "down";

const rounds = 16;

/**
 * Orders each level; `levels` holds numbers of stops in the
 * order they are first put, and decides where nothing else does.
 */
export function orderLevels(stops: readonly Stop[], levels: Levels): number[][] {
  let order = levels.map((level) => [...level]);
  let best = order;
  let fewest = crossings(stops, order);
  for (let round = 0; round < rounds && fewest > 0; round++) {
    order = swept(stops, order, round % 2 === 0 ? "up" : "down");
    order = swapped(stops, order);
    const count = crossings(stops, order);
    if (count < fewest) [best, fewest] = [order, count];
  }
  return best;
}

/** How many pairs of lines cross. */
export function crossings(stops: readonly Stop[], levels: Levels): number {
  const at = placesIn(stops, levels);
  let total = 0;
  for (const level of levels) {
    const ends = level.flatMap((stop) => stops[stop].down.map((other) => at[other]).sort((a, b) => a - b));
    for (let i = 0; i < ends.length; i++) {
      for (let k = i + 1; k < ends.length; k++) if (ends[k] < ends[i]) total++;
    }
  }
  return total;
}

/** Each level in turn sorted by the mean place of what its stops are joined to on the level before it. */
function swept(stops: readonly Stop[], levels: Levels, side: Side): number[][] {
  const at = placesIn(stops, levels);
  const order = levels.map((level) => [...level]);
  const turns = side === "up" ? [...order.keys()] : [...order.keys()].reverse();
  for (const level of turns) {
    const means = new Map(
      order[level].map((stop) => [
        stop,
        mean(
          stops[stop][side].map((other) => at[other]),
          at[stop],
        ),
      ]),
    );
    order[level].sort((a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0));
    order[level].forEach((stop, place) => {
      at[stop] = place;
    });
  }
  return order;
}

/** Neighbours on a level change places where fewer lines cross then. */
function swapped(stops: readonly Stop[], levels: Levels): number[][] {
  const order = levels.map((level) => [...level]);
  const at = placesIn(stops, order);
  for (let improved = true, passes = 0; improved && passes < 8; passes++) {
    improved = false;
    for (const level of order) {
      for (let i = 0; i + 1 < level.length; i++) {
        const [left, right] = [stops[level[i]], stops[level[i + 1]]];
        if (crossingsOfPair(left, right, at) <= crossingsOfPair(right, left, at)) continue;
        [level[i], level[i + 1]] = [level[i + 1], level[i]];
        [at[level[i]], at[level[i + 1]]] = [i, i + 1];
        improved = true;
      }
    }
  }
  return order;
}

function crossingsOfPair(left: Stop, right: Stop, at: readonly number[]): number {
  const between = (side: Side) =>
    left[side].reduce((sum, a) => sum + right[side].filter((b) => at[b] < at[a]).length, 0);
  return between("up") + between("down");
}

function placesIn(stops: readonly Stop[], levels: Levels): number[] {
  const at = stops.map(() => 0);
  for (const level of levels) {
    level.forEach((stop, place) => {
      at[stop] = place;
    });
  }
  return at;
}

function mean(values: readonly number[], otherwise: number): number {
  return values.length === 0 ? otherwise : values.reduce((sum, value) => sum + value, 0) / values.length;
}
