// Claims: boxes hold every operation once, have no cycle, and add
// up to what the graph costs; depth says how much is told apart.

import { describe, expect, test } from "vitest";
import { type Graph, graphTotals } from "../figures/index.ts";
import { block, dense, parameterBook } from "../nn/index.ts";
import { add, elements, flopsOf, gradients, input, reachableNodes, sum, type Tensor } from "../tensor/index.ts";
import { graphBoxes } from "./graph-boxes.ts";
import { ownersOf } from "./graph-layers.ts";
import { gradientName, totalName } from "./programs.ts";

const x = input("x", [6, 8]);

function network() {
  const book = parameterBook();
  const net = book.root.at("net");
  let y: Tensor = x;
  for (const i of [0, 1]) y = block(net.at("blocks").at(i), y, { batch: 2, heads: 2 });
  return { book, y: dense(net.at("head"), y, 4) };
}

const { book, y } = network();
const layers = (depth: number) => graphBoxes({ y }, ownersOf(book), { depth, single: false });
const idsOf = ({ boxes }: Graph) => boxes.map(({ id }) => id);

/** Boxes in an order in which no arrow points back; fails the test where there is none. */
function expectNoCycle({ boxes, arrows }: Graph): void {
  const open = new Set(boxes.map(({ id }) => id));
  for (let before = Number.NaN; open.size > 0 && open.size !== before; ) {
    before = open.size;
    for (const id of open) if (!arrows.some(({ from, to }) => to === id && open.has(from))) open.delete(id);
  }
  expect([...open]).toEqual([]);
}

describe("depth", () => {
  test("4 gives a box for each layer of a block, and one for each addition between them", () => {
    const block = ["norm1", "attn", "+", "norm2", "mlp", "+"];
    const names = [0, 1].flatMap((i) =>
      block.map((name, at) => `net.blocks.${i}${name === "+" ? ` add${at === 5 ? " 2" : ""}` : `.${name}`}`),
    );
    expect(idsOf(layers(4))).toEqual(["input x", ...names, "net.head", "output y"]);
  });

  test("3 gives a box for each block, 1 a box for the whole", () => {
    expect(idsOf(layers(3))).toEqual(["input x", "net.blocks.0", "net.blocks.1", "net.head", "output y"]);
    expect(layers(1).arrows.map(({ from, to }) => `${from} > ${to}`)).toEqual(["input x > net", "net > output y"]);
  });
});

test.each([1, 2, 3, 4, 5])("at depth %i boxes add up to the graph and have no cycle", (depth) => {
  const graph = layers(depth);
  const parameters = [...book.declarations.values()].reduce((total, { shape }) => total + elements(shape), 0);
  const operations = reachableNodes([y]).filter(({ kind }) => kind === "operation").length;
  expect(graphTotals(graph.boxes)).toEqual({ operations, flops: flopsOf([y]), parameters });
  expectNoCycle(graph);
});

test("each operation can be a box, and arrows then carry each value's shape", () => {
  const graph = graphBoxes({ y }, ownersOf(book), { depth: 4, single: true });
  expect(graph.boxes.filter(({ kind }) => kind === "operations").map(({ operations }) => operations[0].count)).toEqual(
    reachableNodes([y]).flatMap(({ kind }) => (kind === "operation" ? [1] : [])),
  );
  const softmax = graph.boxes.find(({ operations }) => operations[0]?.name === "attention");
  expect(graph.arrows.filter(({ to }) => to === softmax?.id)).toHaveLength(3);
  expectNoCycle(graph);
});

test("a layer that is used on two inputs is two boxes, its parameters counted once", () => {
  const twice = parameterBook();
  const layer = twice.root.at("net").at("layer");
  const [a, b] = ["a", "b"].map((name) => dense(layer, input(name, [2, 8]), 8));
  const { boxes } = graphBoxes({ y: add(a, b) }, ownersOf(twice), { depth: 4, single: false });
  const used = boxes.filter(({ kind }) => kind === "layer");
  expect(used.map(({ id, parameters }) => [id, parameters])).toEqual([
    ["net.layer", 72],
    ["net.layer 2", 0],
  ]);
});

test("gradients leave from their layer's box in the backward pass, and bring no pills of their own", () => {
  const leaves = [...book.leaves.values()];
  const slopes = gradients(
    sum(y),
    leaves.map(({ tensor }) => tensor),
  );
  const outputs: Record<string, Tensor> = { loss: sum(y) };
  leaves.forEach(({ feed, tensor }, i) => {
    outputs[gradientName(feed)] = add(input(totalName(feed), tensor.shape), slopes[i]);
  });
  const graph = graphBoxes(outputs, ownersOf(book), { depth: 4, single: false });
  expect(graph.boxes.filter(({ kind }) => kind === "input" || kind === "output").map(({ name }) => name)).toEqual([
    "x",
    "loss",
  ]);
  expect(graph.boxes.reduce((total, box) => total + box.gradients, 0)).toBe(leaves.length);
  const backward = graph.boxes.filter(({ pass, kind }) => pass === "backward" && kind === "layer");
  expect(backward.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["net.blocks.0.attn backward", "net.head backward"]),
  );
  expectNoCycle(graph);
});
