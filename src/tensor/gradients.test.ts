import { expect, test } from "vitest";
import { add, exp, mul, pow, sin, square } from "./elementwise.ts";
import { gradients } from "./gradients.ts";
import { constant, input } from "./graph.ts";
import { interpret } from "./interpret.ts";
import { stopGradient } from "./movement.ts";
import { layerNorm, softmax } from "./normalisation.ts";
import { sum } from "./reduction.ts";

const x = input("x", [3]);
const at = { x: [0.5, -1, 2] };

test("a value used twice gets the sum of both gradients", () => {
  const [slope] = gradients(sum(add(mul(x, x), x)), [x]);
  expect([...interpret([slope], at)[0]]).toEqual([2, -1, 5]);
});

test("no gradient flows through stopGradient, and the other paths keep theirs", () => {
  const [slope] = gradients(sum(mul(stopGradient(x), x)), [x]);
  expect([...interpret([slope], at)[0]]).toEqual(at.x);
});

test("a tensor that the output does not depend on has a zero gradient of its own shape", () => {
  const other = input("other", [2, 2]);
  const [slope] = gradients(sum(x), [other]);
  expect(slope.shape).toEqual([2, 2]);
  expect([...interpret([slope], { other: [1, 2, 3, 4] })[0]]).toEqual([0, 0, 0, 0]);
});

test("a seed weighs the outputs: the vector-Jacobian product", () => {
  const [slope] = gradients(square(x), [x], constant([1, 10, 100], [3]));
  expect([...interpret([slope], at)[0]]).toEqual([1, -20, 400]);
});

test("gradients reach inner tensors, not only inputs", () => {
  const inner = mul(x, 3);
  const [slope] = gradients(sum(square(inner)), [inner]);
  expect([...interpret([slope], at)[0]]).toEqual([3, -6, 12]);
});

test("gradients of gradients: the second derivative of x^3 is 6x, of exp(sin x) what calculus says", () => {
  const [first] = gradients(sum(pow(x, 3)), [x]);
  const [second] = gradients(sum(first), [x]);
  const positive = { x: [0.5, 1, 2] };
  interpret([second], positive)[0].forEach((value, i) => {
    expect(value).toBeCloseTo(6 * positive.x[i], 10);
  });
  const [slope] = gradients(sum(exp(sin(x))), [x]);
  const [bend] = gradients(sum(slope), [x]);
  interpret([bend], at)[0].forEach((value, i) => {
    const t = at.x[i];
    expect(value).toBeCloseTo(Math.exp(Math.sin(t)) * (Math.cos(t) ** 2 - Math.sin(t)), 10);
  });
});

test("softmax and layer norm are blind to a shift: their gradients along it add up to zero", () => {
  const weights = constant([1, -2, 0.5], [3]);
  for (const y of [softmax(x), layerNorm(x)]) {
    const [slope] = gradients(sum(mul(y, weights)), [x]);
    const total = interpret([slope], at)[0].reduce((a, b) => a + b, 0);
    expect(Math.abs(total)).toBeLessThan(1e-12);
  }
});

test("an output that is no scalar needs a seed, and the error says so", () => {
  expect(() => gradients(x, [x])).toThrow(/gradients\(\).*a scalar.*\[3\].*give a seed/);
  expect(() => gradients(x, [x], constant(1, [2]))).toThrow(/a seed of \[3\]/);
});
