import { expect, test } from "vitest";
import { filled, initialValues, normal } from "./initial.ts";
import { parameterBook } from "./scope.ts";

test("the path of a scope is the parameter's name, and asking again gives the same tensor", () => {
  const book = parameterBook();
  const scope = book.root.at("encoder").at("blocks").at(0).at("attn");
  const first = scope.parameter("proj.weight", [4, 4], normal(0.02));
  expect(first.node).toMatchObject({ kind: "input", name: "encoder.blocks.0.attn.proj.weight" });
  expect(scope.parameter("proj.weight", [4, 4], normal(0.02))).toBe(first);
  expect([...book.declarations.keys()]).toEqual(["encoder.blocks.0.attn.proj.weight"]);
});

test("parts of a parameter are leaves of their own at their places in it", () => {
  const book = parameterBook();
  const parts = book.root.parts("qkv.weight", [6, 2], 3, filled(0));
  expect(parts.map(({ shape }) => shape)).toEqual([
    [2, 2],
    [2, 2],
    [2, 2],
  ]);
  expect([...book.leaves.values()].map(({ name, offset }) => [name, offset])).toEqual([
    ["qkv.weight", 0],
    ["qkv.weight", 4],
    ["qkv.weight", 8],
  ]);
});

test("one name cannot have two shapes", () => {
  const { root } = parameterBook();
  root.parameter("weight", [2, 3], filled(0));
  expect(() => root.parameter("weight", [3, 2], filled(0))).toThrow(
    /internal: weight declared as \[2,3\] and as \[3,2\]/,
  );
});

test("initial values depend on seed and name only, and a teacher starts as its student", () => {
  const shape = [64, 64];
  const of = (name: string, seed: number) => initialValues({ name, shape, initial: normal(0.02) }, seed);
  expect(of("encoder.a", 1)).toEqual(of("encoder.a", 1));
  expect(of("target_encoder.a", 1)).toEqual(of("encoder.a", 1));
  expect(of("encoder.b", 1)).not.toEqual(of("encoder.a", 1));
  expect(of("encoder.a", 2)).not.toEqual(of("encoder.a", 1));
  const values = of("encoder.a", 1);
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  // 4,096 draws: the deviation's own standard error is 1.1%, five of them 5.5%.
  expect(Math.abs(deviation / 0.02 - 1)).toBeLessThan(0.055);
});
