// Inputs for every operation of the table, at random shapes. An operation without samples fails the walk.

import type { RandomStream } from "../../src/random/index.ts";
import {
  abs,
  add,
  affine,
  and,
  argMax,
  attention,
  biasedAttention,
  cast,
  concat,
  cos,
  div,
  equal,
  erf,
  exp,
  expand,
  floor,
  gather,
  gelu,
  greater,
  greaterEqual,
  input,
  layerNorm,
  less,
  lessEqual,
  log,
  logSoftmax,
  matmul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  neg,
  not,
  or,
  pad,
  pow,
  reciprocal,
  relu,
  reshape,
  type Shape,
  scatterAdd,
  sigmoid,
  sign,
  sin,
  slice,
  softmax,
  split,
  sqrt,
  stopGradient,
  sub,
  sum,
  sumOfSquares,
  type Tensor,
  tanh,
  topK,
  transpose,
  where,
} from "../../src/tensor/index.ts";

/** One call of an operation: its outputs, and values for its inputs. */
export interface Sample {
  readonly outputs: readonly Tensor[];
  readonly values: Record<string, number[]>;
}

/** Makes inputs with values while a sample is written. */
class Draw {
  readonly values: Record<string, number[]> = {};
  readonly #random: RandomStream;
  constructor(random: RandomStream) {
    this.#random = random;
  }
  size(from = 1, to = 4): number {
    return from + this.#random.integer(to - from + 1);
  }
  shape(rank = this.size(1, 3)): number[] {
    return Array.from({ length: rank }, () => this.size());
  }
  /** A shape that broadcasts with `shape`. */
  narrower(shape: Shape): number[] {
    const cut = shape.slice(this.#random.integer(shape.length + 1));
    return cut.map((size) => (this.#random.uniform() < 0.4 ? 1 : size));
  }
  #input(shape: Shape, dtype: "f32" | "i32" | "bool", value: () => number): Tensor {
    const name = `x${Object.keys(this.values).length}`;
    this.values[name] = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value);
    return input(name, shape, dtype);
  }
  numbers(shape: Shape = this.shape()): Tensor {
    return this.#input(shape, "f32", () => this.#random.normal());
  }
  /** Away from zero, where some functions bend. */
  awayFromZero(shape: Shape = this.shape()): Tensor {
    return this.#input(shape, "f32", () => (0.3 + this.#random.uniform()) * (this.#random.uniform() < 0.5 ? -1 : 1));
  }
  positive(shape: Shape = this.shape()): Tensor {
    return this.#input(shape, "f32", () => 0.3 + 2 * this.#random.uniform());
  }
  indices(shape: Shape, bound: number): Tensor {
    return this.#input(shape, "i32", () => this.#random.integer(bound));
  }
  truths(shape: Shape = this.shape()): Tensor {
    return this.#input(shape, "bool", () => this.#random.integer(2));
  }
}

type Case = (draw: Draw) => Tensor | readonly Tensor[];

const broadcasting =
  (operation: (a: Tensor, b: Tensor) => Tensor, second: "numbers" | "awayFromZero" | "positive" = "numbers"): Case =>
  (draw) => {
    const shape = draw.shape();
    const a = second === "positive" ? draw.positive(shape) : draw.numbers(shape);
    return operation(a, draw[second](draw.narrower(shape)));
  };
const unary =
  (operation: (x: Tensor) => Tensor, kind: "numbers" | "awayFromZero" | "positive" = "numbers"): Case =>
  (draw) =>
    operation(draw[kind]());
const comparing =
  (operation: (a: Tensor, b: Tensor) => Tensor): Case =>
  (draw) => {
    const shape = draw.shape();
    return operation(draw.indices(shape, 3), draw.indices(draw.narrower(shape), 3));
  };
const logical =
  (operation: (a: Tensor, b: Tensor) => Tensor): Case =>
  (draw) => {
    const shape = draw.shape();
    return operation(draw.truths(shape), draw.truths(draw.narrower(shape)));
  };
const reducing = (operation: typeof sum): Case[] => [
  (draw) => operation(draw.numbers()),
  (draw) => operation(draw.numbers(draw.shape(3)), { axes: [0, -1], keep: true }),
  (draw) => operation(draw.numbers(draw.shape(3)), { axes: 1 }),
  (draw) => operation(draw.numbers(draw.shape(3)), { axes: [0, 1] }),
];

const flags = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));
const swappedIf = (transposed: boolean, rows: number, columns: number) =>
  transposed ? [columns, rows] : [rows, columns];

const products: Case[] = flags.flatMap(({ transposeA, transposeB }) => [
  (draw: Draw) => {
    const [m, k, n] = draw.shape(3);
    const a = draw.numbers(swappedIf(transposeA, m, k));
    return matmul(a, draw.numbers(swappedIf(transposeB, k, n)), { transposeA, transposeB, scale: 0.5 });
  },
  (draw: Draw) => {
    const [m, k, n, outer, inner] = draw.shape(5);
    const a = draw.numbers([outer, inner, ...swappedIf(transposeA, m, k)]);
    return matmul(a, draw.numbers([outer, inner, ...swappedIf(transposeB, k, n)]), { transposeA, transposeB });
  },
  (draw: Draw) => {
    const [m, k, n, outer] = draw.shape(4);
    const a = draw.numbers([outer, ...swappedIf(transposeA, m, k)]);
    return matmul(a, draw.numbers(swappedIf(transposeB, k, n)), { transposeA, transposeB, scale: 2 });
  },
]);

export const cases: Readonly<Record<string, readonly Case[]>> = {
  abs: [unary(abs, "awayFromZero")],
  add: [broadcasting(add), (draw) => add(draw.numbers(), 2)],
  affine: flags.map(({ transposeA, transposeB }) => (draw: Draw) => {
    const [m, k, n] = draw.shape(3);
    const a = draw.numbers(swappedIf(transposeA, m, k));
    const b = draw.numbers(swappedIf(transposeB, k, n));
    return affine(a, b, draw.numbers([[m, n], [n], [1, n], [m, 1], []][draw.size(0, 4)]), {
      transposeA,
      transposeB,
      scale: 0.7,
    });
  }),
  and: [logical(and)],
  argMax: [(draw) => argMax(draw.numbers(draw.shape(2)), 0), (draw) => argMax(draw.numbers())],
  attention: [
    (draw) => {
      const [batch, queries, keys, heads, size] = draw.shape(5);
      const width = heads * size;
      const kv = [0, 1].map(() => draw.numbers([batch, keys, width]));
      return attention(draw.numbers([batch, queries, width]), kv[0], kv[1], { heads });
    },
    (draw) => {
      const [batch, queries, keys, heads, size] = draw.shape(5);
      const width = heads * size;
      const kv = [0, 1].map(() => draw.numbers([batch, keys, width]));
      const mask = draw.numbers([draw.size(0, 1) ? 1 : batch, 1, draw.size(0, 1) ? 1 : queries, keys]);
      return attention(draw.numbers([batch, queries, width]), kv[0], kv[1], { heads, mask });
    },
  ],
  biasedAttention: [
    (draw) => {
      const [batch, queries, keys, heads, size] = draw.shape(5);
      const width = heads * size;
      const [q, k, v] = [queries, keys, keys].map((tokens) => draw.numbers([batch, tokens, width]));
      const biases = [0, 1, 2].map(() => draw.numbers([width]));
      const mask = draw.size(0, 1) ? draw.numbers([batch, 1, 1, keys]) : undefined;
      return biasedAttention([q, k, v], biases, mask === undefined ? { heads } : { heads, mask });
    },
  ],
  cast: [(draw) => cast(draw.indices(draw.shape(), 5), "f32"), (draw) => cast(draw.truths(), "i32")],
  concat: [
    (draw) => {
      const [a, b, c] = draw.shape(3);
      return concat([draw.numbers([a, 2, c]), draw.numbers([a, b, c])], 1);
    },
  ],
  cos: [unary(cos)],
  div: [broadcasting(div, "awayFromZero")],
  equal: [comparing(equal)],
  erf: [unary(erf)],
  exp: [unary(exp)],
  expand: [
    (draw) => {
      const shape = draw.shape();
      return expand(draw.numbers(draw.narrower(shape)), shape);
    },
  ],
  floor: [unary((x) => floor(mul(x, 3)))],
  gather: [
    (draw) => {
      const [a, b, c] = draw.shape(3);
      return gather(draw.numbers([a, b, c]), draw.indices([3, 2], b), 1);
    },
    (draw) => gather(draw.numbers([4, 3]), draw.indices([5], 4)),
  ],
  gelu: [unary(gelu)],
  greater: [comparing(greater)],
  greaterEqual: [comparing(greaterEqual)],
  layerNorm: [
    (draw) => {
      const shape = draw.shape().with(-1, draw.size(3, 6));
      const width = shape[shape.length - 1];
      return layerNorm(draw.numbers(shape), {
        scale: draw.numbers([width]),
        shift: draw.numbers([width]),
        epsilon: 1e-3,
      });
    },
    (draw) => layerNorm(draw.numbers([2, 5]), { epsilon: 1e-5 }),
  ],
  less: [comparing(less)],
  lessEqual: [comparing(lessEqual)],
  log: [unary(log, "positive")],
  logSoftmax: [unary(logSoftmax)],
  matmul: products,
  max: reducing(max),
  maximum: [broadcasting(maximum)],
  mean: reducing(mean),
  min: reducing(min),
  minimum: [broadcasting(minimum)],
  mul: [broadcasting(mul), (draw) => mul(draw.numbers(), 3)],
  neg: [unary(neg)],
  not: [(draw) => not(draw.truths())],
  or: [logical(or)],
  pad: [(draw) => pad(draw.numbers(draw.shape(3)), { axis: 1, before: draw.size(0, 2), after: draw.size(0, 2) })],
  pow: [broadcasting(pow, "positive")],
  reciprocal: [unary(reciprocal, "awayFromZero")],
  relu: [unary(relu, "awayFromZero")],
  reshape: [(draw) => reshape(draw.numbers([2, 3, draw.size()]), [3, -1])],
  scatterAdd: [
    (draw) => {
      const [a, b, c] = draw.shape(3);
      return scatterAdd(draw.indices([3], b), draw.numbers([a, 3, c]), b, 1);
    },
  ],
  sigmoid: [unary(sigmoid)],
  sign: [unary(sign, "awayFromZero")],
  sin: [unary(sin)],
  slice: [
    (draw) => slice(draw.numbers([3, 5, 2]), { axis: 1, from: draw.size(0, 2), to: draw.size(3, 5) }),
    (draw) => slice(draw.numbers([draw.size(), 7]), { axis: 1, from: draw.size(0, 2), to: -1, step: draw.size(2, 3) }),
  ],
  softmax: [unary(softmax)],
  split: [(draw) => split(draw.numbers([2, 6]), [1, 2, 3], 1), (draw) => split(draw.numbers([4, draw.size()]), [1, 3])],
  sqrt: [unary(sqrt, "positive")],
  // No gradient flows to its input, so differences have nothing to compare: see gradients.test.ts.
  stopGradient: [(draw) => stopGradient(cast(draw.indices(draw.shape(), 5), "f32"))],
  sub: [broadcasting(sub)],
  sum: reducing(sum),
  sumOfSquares: reducing(sumOfSquares),
  tanh: [unary(tanh)],
  topK: [(draw) => topK(draw.numbers([3, 6]), draw.size(1, 6)), (draw) => topK(draw.numbers([5, 2, 3]), 2, 0)],
  transpose: [
    (draw) => transpose(draw.numbers(draw.shape(4)), [2, 0, 3, 1]),
    (draw) => transpose(draw.numbers(draw.shape(3))),
  ],
  where: [
    (draw) => {
      const shape = draw.shape();
      return where(draw.truths(shape), draw.numbers(draw.narrower(shape)), draw.numbers(shape));
    },
  ],
};

export function sampleOf(make: Case, random: RandomStream): Sample {
  const draw = new Draw(random);
  const made = make(draw);
  return { outputs: "node" in made ? [made] : made, values: draw.values };
}
