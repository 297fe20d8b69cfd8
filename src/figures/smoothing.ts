// What a noisy series shows: a local linear fit with Gaussian weights (Cleveland & Devlin 1988), which unlike a running
// average neither lags behind nor flattens the two ends; and a thinned raw line that keeps every peak.

/** Points of a line. */
export interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Only the points whose y is a number; x keeps its ascending order. */
export function finitePoints(x: ArrayLike<number>, y: ArrayLike<number>): Points {
  const kept = Array.from({ length: x.length }, (_, i) => i).filter((i) => Number.isFinite(y[i]));
  return { x: Float64Array.from(kept, (i) => x[i]), y: Float64Array.from(kept, (i) => y[i]) };
}

/**
 * The local linear fit of `points` at each of `places` (ascending),
 * within the range of the raw values; `bandwidth` in units of x.
 */
export function smoothedAt({ x, y }: Points, places: Float64Array, bandwidth: number): Float64Array {
  const least = y.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const most = y.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  let first = 0;
  return places.map((place) => {
    while (first < x.length - 1 && x[first] < place - 3 * bandwidth) first++;
    return Math.min(Math.max(fitAt({ x, y }, place, first, bandwidth), least), most);
  });
}

/** Weighted least squares line through the points from `first` to three bandwidths after `place`, read at `place`. */
function fitAt({ x, y }: Points, place: number, first: number, bandwidth: number): number {
  let [weights, ofX, ofY, ofXX, ofXY] = [0, 0, 0, 0, 0];
  for (let i = first; i < x.length && (x[i] <= place + 3 * bandwidth || i === first); i++) {
    const away = (x[i] - place) / bandwidth;
    const weight = Math.exp(-0.5 * away * away);
    weights += weight;
    ofX += weight * away;
    ofY += weight * y[i];
    ofXX += weight * away * away;
    ofXY += weight * away * y[i];
  }
  const spread = weights * ofXX - ofX * ofX;
  // One point, or all at one place: a line has no slope there and the weighted mean is the fit.
  if (spread <= 1e-9 * weights * weights) return ofY / weights;
  return (ofXX * ofY - ofX * ofXY) / spread;
}

/** At most 2 * `buckets` points: the lowest and highest y of each stretch, in order, so that no peak is lost. */
export function thinned(points: Points, buckets: number): Points {
  const total = points.x.length;
  if (total <= 2 * buckets) return points;
  const kept: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket * total) / buckets);
    const end = Math.floor(((bucket + 1) * total) / buckets);
    let [lowest, highest] = [start, start];
    for (let i = start; i < end; i++) {
      if (points.y[i] < points.y[lowest]) lowest = i;
      if (points.y[i] > points.y[highest]) highest = i;
    }
    kept.push(...(lowest === highest ? [lowest] : [lowest, highest].sort((a, b) => a - b)));
  }
  return { x: Float64Array.from(kept, (i) => points.x[i]), y: Float64Array.from(kept, (i) => points.y[i]) };
}
