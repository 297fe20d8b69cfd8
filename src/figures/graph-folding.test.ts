import { expect, test } from "vitest";
import { type Graph, type GraphBox, graphTotals } from "./graph.ts";
import { foldBlocks } from "./graph-folding.ts";

const tensor = { shape: [2, 8], dtype: "f32" };

function box(scope: string, operation = "affine", flops = 10): GraphBox {
  const facts = { flops, parameters: 5, gradients: 0, gives: [tensor], repeats: 1 };
  const operations = [{ name: operation, count: 1 }];
  return { id: `${scope} ${operation}`, kind: "layer", scope, name: "", pass: "forward", operations, ...facts };
}

/** Boxes one after the other. */
function chain(...boxes: GraphBox[]): Graph {
  const arrows = boxes.slice(1).map(({ id }, i) => ({ from: boxes[i].id, to: id, tensors: [tensor] }));
  return { boxes, arrows };
}

const blocks = (numbers: readonly number[]) =>
  numbers.flatMap((i) => [box(`net.blocks.${i}.norm`), box(`net.blocks.${i}.mlp`)]);
const seen = ({ boxes, arrows }: Graph) => [
  boxes.map(({ scope, repeats }) => `${scope} ${repeats}`),
  arrows.map(({ from, to }) => `${from.split(" ")[0]} > ${to.split(" ")[0]}`),
];

test("equal blocks one after the other become the first of them, joined to what comes before and after", () => {
  const graph = chain(box("net.embed"), ...blocks([0, 1, 2]), box("net.norm"));
  const folded = foldBlocks(graph);
  expect(seen(folded)).toEqual([
    ["net.embed 1", "net.blocks.0.norm 3", "net.blocks.0.mlp 3", "net.norm 1"],
    ["net.embed > net.blocks.0.norm", "net.blocks.0.norm > net.blocks.0.mlp", "net.blocks.0.mlp > net.norm"],
  ]);
  expect(graphTotals(folded.boxes)).toEqual(graphTotals(graph.boxes));
});

test("a block that differs in any number stays apart, and only neighbours are folded", () => {
  const odd = [box("net.blocks.2.norm"), box("net.blocks.2.mlp", "affine", 11)];
  const graph = chain(...blocks([0, 1]), ...odd, ...blocks([3, 4]));
  expect(foldBlocks(graph).boxes.map(({ scope, repeats }) => `${scope} ${repeats}`)).toEqual([
    ...["net.blocks.0.norm 2", "net.blocks.0.mlp 2"],
    ...["net.blocks.2.norm 1", "net.blocks.2.mlp 1"],
    ...["net.blocks.3.norm 2", "net.blocks.3.mlp 2"],
  ]);
});

test("a block whose boxes are joined otherwise stays apart", () => {
  const graph = chain(...blocks([0, 1]));
  const arrows = [...graph.arrows, { from: graph.boxes[2].id, to: graph.boxes[3].id, tensors: [tensor, tensor] }];
  expect(foldBlocks({ ...graph, arrows }).boxes.every(({ repeats }) => repeats === 1)).toBe(true);
});

test("numbers with a gap, and equal numbers of two stacks, are not one run", () => {
  const graph = chain(box("a.0.mlp"), box("a.2.mlp"), box("b.0.mlp"), box("b.1.mlp"));
  expect(foldBlocks(graph).boxes.map(({ scope, repeats }) => `${scope} ${repeats}`)).toEqual([
    "a.0.mlp 1",
    "a.2.mlp 1",
    "b.0.mlp 2",
  ]);
});

test("where folding would close a circle nothing is folded", () => {
  const graph = chain(box("a.0.mlp"), box("between"), box("a.1.mlp"));
  expect(foldBlocks(graph)).toBe(graph);
});
