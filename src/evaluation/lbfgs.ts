// Limited-memory BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5) for smooth functions of some thousand variables whose
// value and gradient are expensive: the two-loop recursion over the last steps, a backtracking search with the Armijo condition.

export interface Evaluated {
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface MinimiseOptions {
  readonly iterations: number;
  /** Stops when no component of the gradient is larger. */
  readonly tolerance: number;
  readonly memory?: number;
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/** The point that the search ends at, with its value. */
export async function minimise(
  evaluate: (x: Float64Array) => Promise<Evaluated>,
  start: Float64Array,
  { iterations, tolerance, memory = 10 }: MinimiseOptions,
): Promise<{ readonly x: Float64Array; readonly value: number; readonly iterations: number }> {
  let x = start;
  let at = await evaluate(x);
  const pairs: Pair[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (at.gradient.every((slope) => Math.abs(slope) <= tolerance))
      return { x, value: at.value, iterations: iteration };
    const direction = quasiNewton(at.gradient, pairs);
    const moved = await search(evaluate, x, at, direction, pairs.length === 0 ? 1 / norm(at.gradient) : 1);
    if (moved === undefined) return { x, value: at.value, iterations: iteration };
    remember(
      pairs,
      moved.x.map((value, i) => value - x[i]),
      moved.at.gradient.map((value, i) => value - at.gradient[i]),
      memory,
    );
    x = moved.x;
    at = moved.at;
  }
  return { x, value: at.value, iterations };
}

/** Minus the gradient times the approximate inverse Hessian. */
function quasiNewton(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((slope) => -slope);
  const weights: number[] = [];
  for (const { step, change, curvature } of [...pairs].reverse()) {
    const weight = dot(step, direction) / curvature;
    weights.push(weight);
    addTo(direction, change, -weight);
  }
  const last = pairs.at(-1);
  if (last) scaleBy(direction, last.curvature / dot(last.change, last.change));
  for (const { step, change, curvature } of pairs) {
    const weight = weights.pop() ?? 0;
    addTo(direction, step, weight - dot(change, direction) / curvature);
  }
  return direction;
}

async function search(
  evaluate: (x: Float64Array) => Promise<Evaluated>,
  x: Float64Array,
  at: Evaluated,
  direction: Float64Array,
  first: number,
): Promise<{ x: Float64Array; at: Evaluated } | undefined> {
  const slope = dot(at.gradient, direction);
  let length = first;
  for (let attempt = 0; attempt < 30; attempt++, length /= 2) {
    const tried = x.map((value, i) => value + length * direction[i]);
    const there = await evaluate(tried);
    if (there.value <= at.value + 1e-4 * length * slope) return { x: tried, at: there };
  }
  return undefined;
}

function remember(pairs: Pair[], step: Float64Array, change: Float64Array, memory: number): void {
  const curvature = dot(step, change);
  if (curvature <= 1e-12 * dot(change, change)) return;
  pairs.push({ step, change, curvature });
  if (pairs.length > memory) pairs.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function addTo(into: Float64Array, a: Float64Array, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i] += factor * a[i];
}

function scaleBy(into: Float64Array, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i] *= factor;
}
