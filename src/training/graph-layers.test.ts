// Claims: an operation is in the layer whose parameters it uses; the others stand in
// what they join or lie between; what only brings a layer's input into shape is part
// of it; a gradient's operations are in the layer they differentiate.

import { describe, expect, test } from "vitest";
import { block, dense, normal, parameterBook } from "../nn/index.ts";
import {
  add,
  gather,
  gelu,
  gradients,
  input,
  mul,
  reshape,
  simplify,
  sum,
  type Tensor,
  tanh,
} from "../tensor/index.ts";
import { commonPath, layerBetween, ownersOf, placesOf } from "./graph-layers.ts";
import { gradientName, totalName } from "./programs.ts";

/** `name layer` of each operation, in order. */
function layersOf(book: ReturnType<typeof parameterBook>, outputs: Readonly<Record<string, Tensor>>): string[] {
  return [...placesOf(outputs, ownersOf(book))].map(([{ operation }, { layer, pass }]) =>
    [operation.name, layer, pass === "backward" ? "backward" : ""].join(" ").trimEnd(),
  );
}

const x = input("x", [6, 8]);

test("operations of a transformer block are where their parameters and neighbours say", () => {
  const book = parameterBook();
  const y = dense(book.root.at("head"), block(book.root.at("blocks").at(0), x, { batch: 2, heads: 2 }), 4);
  const places = layersOf(book, { y }).filter((place) => !place.startsWith("reshape"));
  expect(places).toEqual([
    "layerNorm blocks.0.norm1",
    ...["affine", "affine", "affine"].map((name) => `${name} blocks.0.attn.qkv`),
    "attention blocks.0.attn",
    "affine blocks.0.attn.proj",
    "add blocks.0",
    "layerNorm blocks.0.norm2",
    "affine blocks.0.mlp.fc1",
    "gelu blocks.0.mlp",
    "affine blocks.0.mlp.fc2",
    "add blocks.0",
    "affine head",
  ]);
});

test("a change of shape belongs to the layer it leads into, else to the one it comes from", () => {
  const book = parameterBook();
  const first = dense(book.root.at("first"), reshape(x, [3, 16]), 4);
  const y = add(reshape(first, [12]), 1);
  expect(layersOf(book, { y })).toEqual(["reshape first", "affine first", "reshape first", "add"]);
});

test("what no layer comes before or after is outside, and says on which side", () => {
  const book = parameterBook();
  const y = tanh(dense(book.root.at("net").at("layer"), mul(x, 2), 4));
  const places = [...placesOf({ y }, ownersOf(book)).values()];
  expect(places.at(0)).toMatchObject({ layer: "", side: "before", own: false });
  expect(places.at(-1)).toMatchObject({ layer: "", side: "after", own: false });
  expect(places.some(({ layer, own }) => layer === "net.layer" && own)).toBe(true);
});

test("a parameter that stands beside layers is a layer of its own", () => {
  const book = parameterBook();
  const net = book.root.at("net");
  const table = net.parameter("positions", [5, 8], normal(1), { trained: false });
  const y = dense(net.at("layer"), add(x, gather(table, input("places", [6], "i32"))), 4);
  expect(layersOf(book, { y })).toEqual(
    expect.arrayContaining(["gather net.positions", "add net", "affine net.layer"]),
  );
  expect(ownersOf(book).get("net.positions")).toEqual({ layer: "net.positions", role: "table" });
});

test("an operation on parameters alone is in their layer, and what uses its result too", () => {
  const book = parameterBook();
  const weight = book.root.at("a").parameter("weight", [8], normal(1));
  const y = mul(dense(book.root.at("b"), x, 8), tanh(weight));
  expect(layersOf(book, { y }).slice(-2)).toEqual(["tanh a", "mul a"]);
});

describe("gradients", () => {
  const book = parameterBook();
  const loss = sum(dense(book.root.at("net").at("fc2"), gelu(dense(book.root.at("net").at("fc1"), x, 8)), 4));
  const leaves = [...book.leaves.values()];
  const slopes = gradients(
    loss,
    leaves.map(({ tensor }) => tensor),
  );
  const outputs: Record<string, Tensor> = { "term loss": loss };
  leaves.forEach(({ feed, tensor }, i) => {
    outputs[gradientName(feed)] = add(input(totalName(feed), tensor.shape), slopes[i]);
  });

  test("are backward, each in the layer it differentiates", () => {
    const places = [...placesOf(outputs, ownersOf(book))];
    const forward = new Set(placesOf({ loss }, ownersOf(book)).keys());
    for (const [node, { pass }] of places) expect(pass).toBe(forward.has(node) ? "forward" : "backward");
    // One product for the gradient of each weight and one for what flows on from fc2; nothing flows on from fc1.
    const products = places.filter(([{ operation }, { pass }]) => operation.name === "matmul" && pass === "backward");
    expect(products.map(([, { layer }]) => layer).sort()).toEqual(["net.fc1", "net.fc2", "net.fc2"]);
  });

  test("stay in their layers when the graph is simplified", () => {
    const places = [...placesOf(simplify(outputs), ownersOf(book)).values()];
    const layers = places.filter(({ pass, own }) => pass === "backward" && own).map(({ layer }) => layer);
    expect([...new Set(layers)].sort()).toEqual(["net.fc1", "net.fc2"]);
  });
});

test("between layers the deepest path counts that holds what is joined, or what comes before and after", () => {
  expect(layerBetween(["a.0", "a.0.attn.proj"], ["a.1.norm1", "a.1.norm2"])).toBe("a.0");
  expect(layerBetween(["a.0", "a.1.attn.proj"], ["a.1.norm2"])).toBe("a.1");
  expect(layerBetween(["a.0.mlp.fc1"], ["a.0.mlp.fc2"])).toBe("a.0.mlp");
  expect(layerBetween(["encoder.norm"], ["predictor.embed"])).toBe("");
  expect(layerBetween(["a.norm"], ["b"], true)).toBe("a.norm");
  expect(layerBetween([], ["a"])).toBe("");
});

test("a common path ends between names, not within one", () => {
  expect(commonPath("a.blocks.1", "a.blocks.12")).toBe("a.blocks");
  expect(commonPath("a.b", "a.b.c")).toBe("a.b");
  expect(commonPath("", "a")).toBe("");
});
