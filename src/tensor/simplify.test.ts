import { expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { gelu } from "./activation.ts";
import { attention } from "./attention.ts";
import { cast } from "./comparison.ts";
import { linear, matmul } from "./contraction.ts";
import { add, div, mul, neg, sub } from "./elementwise.ts";
import { emit } from "./emit.ts";
import { gradients } from "./gradients.ts";
import { constant, input, reachableNodes, type Tensor } from "./graph.ts";
import { interpret } from "./interpret.ts";
import { concat, expand, pad, reshape, slice, stopGradient, transpose } from "./movement.ts";
import { operations } from "./operations.ts";
import { max, mean, sum, sumOfSquares } from "./reduction.ts";
import { elements } from "./shapes.ts";
import { simplifications } from "./simplifications.ts";
import { simplify } from "./simplify.ts";
import { verify } from "./verify.ts";

const x = input("x", [2, 3]);
const cube = input("cube", [2, 3, 4]);
const typesOf = (y: Tensor) => emit(simplify({ y })).nodes.map(({ type }) => type);

test("equal sub-expressions are computed once", () => {
  expect(typesOf(add(mul(x, x), mul(x, x)))).toEqual(["Mul", "Add"]);
});

test.each<[string, Tensor, string[]]>([
  ["adding zero", add(x, 0), ["Identity"]],
  ["multiplying by one", mul(1, x), ["Identity"]],
  ["two scales", mul(mul(x, 2), 3), ["Mul"]],
  ["a division by a number, negated", neg(div(x, 4)), ["Mul"]],
  ["a reshape there and back", reshape(reshape(x, [6]), [2, 3]), ["Identity"]],
  ["two transposes", transpose(transpose(x)), ["Identity"]],
  ["a transpose that moves nothing", transpose(input("column", [3, 1])), ["Reshape"]],
  ["an expand before an elementwise operation", sub(x, expand(input("row", [3]), [2, 3])), ["Sub"]],
  ["a stopped gradient", mul(stopGradient(x), x), ["Mul"]],
  ["a sum over an axis of one", sum(input("thin", [2, 1, 3]), { axes: 1 }), ["Reshape"]],
  ["a transpose before a product", matmul(transpose(x), x), ["Gemm"]],
  ["the scale of a product", mul(matmul(x, x, { transposeB: true }), 0.5), ["Gemm"]],
  ["a dense layer before a GELU", gelu(linear(x, input("w", [4, 3]), input("b", [4]))), ["Gemm", "Add", "Gelu"]],
  ["a scaled factor of a product", matmul(x, mul(reshape(x, [3, 2]), 2)), ["Reshape", "Gemm"]],
  ["scaled and reshaped factors of a product", matmul(mul(x, 3), reshape(mul(x, 2), [3, 2])), ["Reshape", "Gemm"]],
  ["a sum of rows", sum(x, { axes: 0 }), ["Gemm", "Reshape"]],
  [
    "a scale behind a reshape of a product",
    mul(reshape(matmul(x, x, { transposeB: true }), [4]), 0.5),
    ["Gemm", "Reshape"],
  ],
  ["a scale before a number", mul(mul(0.5, x), 3), ["Mul"]],
  ["a sum of numbers", add(x, add(constant(2), constant(3))), ["Add"]],
  ["a reshaped number", add(x, reshape(constant(2, [3]), [1, 3])), ["Add"]],
  ["a transpose that only moves axes of one", transpose(input("thin", [2, 1, 3]), [1, 0, 2]), ["Reshape"]],
  ["a product with a transposed right", matmul(x, transpose(input("w", [4, 3]))), ["Gemm"]],
  ["a mean over an axis of one", mean(input("thin", [2, 1, 3]), { axes: 1, keep: true }), ["Identity"]],
  ["nothing padded", pad(x, { axis: 0, before: 0, after: 0 }), ["Identity"]],
  ["a slice of everything", slice(x, { axis: 1, from: 0, to: 3 }), ["Identity"]],
  ["a cast to the same", cast(x, "f32"), ["Identity"]],
  ["one part joined", concat([x], 0), ["Identity"]],
  ["a sum over the first axes", sum(cube, { axes: [0, 1] }), ["Reshape", "Gemm", "Reshape"]],
  ["a sum over the first axis, kept", sum(cube, { axes: 0, keep: true }), ["Reshape", "Gemm", "Reshape"]],
  ["a sum over other axes", sum(cube, { axes: [0, 2] }), ["ReduceSum"]],
  ["a sum of everything", sum(cube), ["ReduceSum"]],
  ["scales whose product leaves float32", mul(mul(x, 1e30), 1e30), ["Mul", "Mul"]],
  ["a division by a number whose inverse leaves float32", div(x, 1e-39), ["Div"]],
  ["the largest of one", max(input("one", [2, 1]), { axes: 1 }), ["Reshape"]],
  ["squares of one", sumOfSquares(input("one", [2, 1]), { axes: 1 }), ["Mul", "Reshape"]],
  ["a long product of nothing", matmul(input("none", [256, 0]), input("y", [256, 4]), { transposeA: true }), ["Gemm"]],
  ["a sum of nothing", sum(input("none", [2, 0, 3]), { axes: [0, 1] }), ["ReduceSum"]],
])("%s costs what it must and means the same", (_, y, types) => {
  expect(typesOf(y)).toEqual(types);
  const random = randomStream(3, "values");
  const values = Object.fromEntries(
    reachableNodes([y]).flatMap((node) =>
      node.kind === "input"
        ? [[node.name, Array.from({ length: elements(node.outputs[0].shape) }, () => random.uniform() - 0.5)]]
        : [],
    ),
  );
  const [[expected], [got]] = [y, simplify({ y }).y].map((graph) => interpret([graph], values));
  for (const [at, value] of expected.entries()) expect(got[at]).toBeCloseTo(value, 12);
});

test("a product over many rows is summed in halves with the narrower matrix first, the rows' sum as well", () => {
  const [tall, other] = [input("tall", [300, 2]), input("other", [300, 3])];
  const product = matmul(tall, other, { transposeA: true, scale: 0.5 });
  const turned = matmul(other, tall, { transposeA: true, scale: 0.5 });
  const inHalves = ["Reshape", "Reshape", "FusedMatMul", "Reshape", "Gemm", "Reshape"];
  expect(typesOf(product)).toEqual(inHalves);
  expect(typesOf(turned)).toEqual([...inHalves, "Transpose"]);
  expect(typesOf(sum(tall, { axes: 0 }))).toEqual(["Reshape", "MatMul", "Reshape", "Gemm", "Reshape"]);
  const values = Object.fromEntries(
    [tall, other].map(({ shape, node }, i) => [
      node.kind === "input" ? node.name : "",
      Array.from({ length: elements(shape) }, (_, at) => Math.sin(i + at)),
    ]),
  );
  const graph = { product, turned, sum: mul(sum(tall, { axes: 0 }), 3) };
  const [expected, got] = [graph, simplify(graph)].map((each) => interpret(Object.values(each), values));
  got.forEach((array, i) => {
    for (const [at, value] of array.entries()) expect(value).toBeCloseTo(expected[i][at], 10);
  });
});

test("every rule stands under the name of an operation", () => {
  expect(Object.keys(simplifications).filter((name) => !operations.has(name))).toEqual([]);
});

test("a layer that somebody else reads as well is not computed twice", () => {
  const layer = linear(x, input("w", [4, 3]), input("b", [4]));
  expect(typesOf(mul(gelu(layer), layer))).toEqual(["Gemm", "Add", "Gelu", "Mul"]);
  const [q, k, v] = ["q", "k", "v"].map((name) => {
    return linear(input("tokens", [2, 3, 4]), input(`${name}.weight`, [4, 4]), input(`${name}.bias`, [4]));
  });
  const types = typesOf(mul(attention(q, k, v, { heads: 2 }), q));
  expect(types.filter((type) => type === "Gemm")).toHaveLength(3);
  expect(types.filter((type) => type === "Add")).toHaveLength(3);
});

test("a GELU is made again for the gradient of the layer behind it, which then keeps only its input", () => {
  const [first, second] = [input("w1", [4, 3]), input("w2", [5, 4])];
  const hidden = gelu(linear(x, first));
  const y = linear(hidden, second);
  const slopes = gradients(sum(mul(y, y)), [first, second]);
  const graph = { y, first: slopes[0], second: slopes[1] };
  const { nodes } = emit(simplify(graph));
  const [activation] = nodes.filter(({ type }) => type === "Gelu").flatMap(({ outputs }) => outputs);
  expect(nodes.filter(({ inputs }) => inputs.includes(activation))).toHaveLength(1);
  expect(nodes.filter(({ type }) => type === "Erf")).toHaveLength(1);
  const values = Object.fromEntries(
    Object.entries({ x: 6, w1: 12, w2: 20 }).map(([name, count]) => [
      name,
      Array.from({ length: count }, (_, at) => Math.sin(name.length + at)),
    ]),
  );
  const [expected, got] = [graph, simplify(graph)].map((each) => interpret(Object.values(each), values));
  got.forEach((array, i) => {
    for (const [at, value] of array.entries()) expect(value).toBeCloseTo(expected[i][at], 12);
  });
});

test.each<[string, Tensor]>([
  ["a factor expanded in one axis, the other in another", mul(input("a", [1, 4]), expand(input("b", [3, 1]), [3, 1]))],
  ["an expanded addend larger than the other", add(input("a", [1, 4]), expand(input("b", [4]), [3, 4]))],
  ["the gradient of a broadcast product", gradients(sum(mul(x, input("row", [1, 3]))), [x])[0]],
  ["constants of different shapes", add(constant(2, [1, 4]), constant(3, [3, 1]))],
  ["scales of whole numbers", mul(mul(input("i", [3], "i32"), constant(2, [], "i32")), constant(3, [], "i32"))],
  ["a quotient of whole numbers", div(input("i", [3], "i32"), constant(2, [], "i32"))],
])("%s keeps shape and type", (_, y) => {
  const after = simplify({ y });
  expect([after.y.shape, after.y.dtype]).toEqual([y.shape, y.dtype]);
  expect(verify([after.y])).toEqual([]);
});

test("a GELU whose input nobody else reads is computed once, whoever reads it", () => {
  const hidden = gelu(x);
  expect(typesOf(add(hidden, neg(hidden)))).toEqual(["Gelu", "Neg", "Add"]);
});

test("scales that are no numbers are not taken for each other", () => {
  const scaled = [Number.NaN, Number.POSITIVE_INFINITY].map((scale) => matmul(x, transpose(x), { scale }));
  expect(typesOf(add(scaled[0], scaled[1]))).toEqual(["Gemm", "Gemm", "Add"]);
});

test("attention is one operator by itself, and shares its probabilities with its gradient", () => {
  const [q, k, v] = ["q", "k", "v"].map((name) => {
    const weight = input(`${name}.weight`, [4, 4]);
    return linear(input("tokens", [2, 3, 4]), weight, input(`${name}.bias`, [4]));
  });
  const y = attention(q, k, v, { heads: 2 });
  expect(typesOf(y).filter((type) => type === "MultiHeadAttention")).toHaveLength(1);
  // The biases of the layers before it are its own.
  expect(typesOf(y)).not.toContain("Add");
  const [slope] = gradients(sum(mul(y, y)), [q]);
  const types = emit(simplify({ y, slope })).nodes.map(({ type }) => type);
  expect(types).not.toContain("MultiHeadAttention");
  expect(types.filter((type) => type === "Softmax")).toHaveLength(1);
});

test.each<[string, number, (i: number, layer: Tensor) => Tensor]>([
  ["whose rows were cut otherwise", 3, (_, layer) => reshape(layer, [1, 4, 8])],
  ["of which one has no bias", 2, (i, layer) => (i === 0 ? input("q", [1, 2, 16]) : reshape(layer, [1, 2, 16]))],
])("attention of dense layers %s keeps their biases where they are", (_, additions, shaped) => {
  const [q, k, v] = [0, 1, 2].map((i) =>
    shaped(i, linear(input(`x${i}`, [2, 3]), input(`w${i}`, [16, 3]), input(`b${i}`, [16]))),
  );
  const y = attention(q, k, v, { heads: 2 });
  expect(typesOf(y)).toContain("MultiHeadAttention");
  expect(typesOf(y).filter((type) => type === "Add")).toHaveLength(additions);
  expect(verify(Object.values(simplify({ y })))).toEqual([]);
});

test("a simplified graph is sound and means the same", () => {
  const weight = input("weight", [4, 3]);
  const y = mean(mul(linear(add(mul(x, 2), 0), weight), 3));
  const [slope] = gradients(y, [weight]);
  const before = { y, slope: neg(div(slope, 2)) };
  const after = simplify(before);
  const values = { x: [1, 2, 3, 4, 5, 6], weight: Array.from({ length: 12 }, (_, i) => Math.sin(i)) };
  expect(verify(Object.values(after))).toEqual([]);
  const [expected, got] = [before, after].map((graph) => interpret(Object.values(graph), values));
  expect(got.map((array) => [...array].map((value) => value.toFixed(12)))).toEqual(
    expected.map((array) => [...array].map((value) => value.toFixed(12))),
  );
});
