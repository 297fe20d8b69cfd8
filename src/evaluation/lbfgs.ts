// Limited-memory BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5) for smooth functions of some
// thousand variables whose value and gradient are expensive: the two-loop recursion over the last
// steps, then backtracking until the value falls as promised. Where the caller knows roughly how the
// function curves, that knowledge replaces the scaled identity at the recursion's middle.

/** Gives the value at `x` and writes the gradient there into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => Promise<number>;

export interface MinimiseOptions {
  readonly iterations: number;
  /** Stops when five iterations together lower the value by no more than this share of it. */
  readonly tolerance: number;
  /** Multiplies a vector by an approximate inverse of the Hessian, in place. */
  readonly precondition?: ((vector: Float64Array) => void) | undefined;
}

/** Where the search ended. */
export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

interface Point {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/** What one step taught about the curvature: the step, the gradient's change along it, their product. */
interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

const memory = 10;
const patience = 5;
const attempts = 12;
/** Share of the fall that the slope promises which a step must bring. */
const sufficient = 1e-4;

/** Searches from `start` downwards; also ends where no step along the direction lowers the value any more. */
export async function minimise(
  objective: Objective,
  start: Float64Array,
  { iterations, tolerance, precondition }: MinimiseOptions,
): Promise<Minimum> {
  let at = await pointAt(objective, start);
  const values = [at.value];
  const pairs: Pair[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (hasSettled(values, tolerance)) break;
    const direction = descent(at.gradient, pairs, precondition);
    const isFirst = pairs.length === 0 && precondition === undefined;
    const next = await search(objective, at, direction, isFirst ? 1 / norm(at.gradient) : 1);
    if (next === undefined) break;
    remember(pairs, at, next);
    values.push(next.value);
    at = next;
  }
  return { x: at.x, value: at.value, iterations: values.length - 1 };
}

async function pointAt(objective: Objective, x: Float64Array): Promise<Point> {
  const gradient = new Float64Array(x.length);
  return { x, value: await objective(x, gradient), gradient };
}

function hasSettled(values: readonly number[], tolerance: number): boolean {
  const before = values.at(-1 - patience);
  const now = values[values.length - 1];
  return before !== undefined && before - now <= tolerance * Math.abs(now);
}

/** Minus the gradient times the approximate inverse Hessian. */
function descent(
  gradient: Float64Array,
  pairs: readonly Pair[],
  precondition: MinimiseOptions["precondition"],
): Float64Array {
  const direction = gradient.map((slope) => -slope);
  const weights: number[] = [];
  for (const { step, change, curvature } of pairs.toReversed()) {
    const weight = dot(step, direction) / curvature;
    weights.push(weight);
    addTo(direction, change, -weight);
  }
  const last = pairs.at(-1);
  if (precondition !== undefined) precondition(direction);
  else if (last !== undefined) scaleBy(direction, last.curvature / dot(last.change, last.change));
  for (const { step, change, curvature } of pairs) {
    const weight = weights.pop() ?? 0;
    addTo(direction, step, weight - dot(change, direction) / curvature);
  }
  return direction;
}

/** The first of ever shorter steps that lowers the value as the slope promises. */
async function search(
  objective: Objective,
  at: Point,
  direction: Float64Array,
  first: number,
): Promise<Point | undefined> {
  const slope = dot(at.gradient, direction);
  let length = first;
  for (let attempt = 0; attempt < attempts; attempt++, length /= 2) {
    const there = await pointAt(
      objective,
      at.x.map((value, i) => value + length * direction[i]),
    );
    const isPromised = there.value <= at.value + sufficient * length * slope;
    if (isPromised || isLevelWithin(at, there, direction, slope)) return there;
  }
  return undefined;
}

/** Values in float32 cannot be told apart near the minimum. */
const rounding = 1e-6;

/**
 * Whether a step that changed the value by rounding only lowered
 * the slope: Hager and Zhang's approximate Wolfe condition (2005).
 */
function isLevelWithin(at: Point, there: Point, direction: Float64Array, slope: number): boolean {
  const isLevel = there.value <= at.value + rounding * Math.abs(at.value);
  return isLevel && dot(there.gradient, direction) <= (2 * sufficient - 1) * slope;
}

/** Keeps the newest pairs; one without positive curvature would make the approximation indefinite. */
function remember(pairs: Pair[], from: Point, to: Point): void {
  const step = to.x.map((value, i) => value - from.x[i]);
  const change = to.gradient.map((value, i) => value - from.gradient[i]);
  const curvature = dot(step, change);
  if (curvature <= 1e-12 * dot(change, change)) return;
  pairs.push({ step, change, curvature });
  if (pairs.length > memory) pairs.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
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
