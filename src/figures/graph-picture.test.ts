import sharp from "sharp";
import { expect, test } from "vitest";
import { drawingPng, embedded } from "./drawing.ts";
import { blockOf, blocksText, type GraphBox, type GraphFigure, shapeText, tensorsText } from "./graph.ts";
import { graphDot } from "./graph-dot.ts";
import { graphPicture } from "./graph-picture.ts";
import { serialise } from "./markup.ts";

const tensor = (...shape: number[]) => ({ shape, dtype: "f32" });
const empty = {
  scope: "",
  name: "",
  pass: "forward",
  operations: [],
  flops: 0,
  parameters: 0,
  gradients: 0,
  repeats: 1,
} as const;

function layer(scope: string, facts: Partial<GraphBox> = {}): GraphBox {
  const operations = [{ name: "affine", count: 1 }];
  return { ...empty, id: scope, kind: "layer", scope, operations, flops: 100, gives: [tensor(2, 8)], ...facts };
}

const boxes: GraphBox[] = [
  { ...empty, id: "input x", kind: "input", name: "x<&>", gives: [{ shape: [2, 3], dtype: "i32" }] },
  layer("net.blocks.0.norm", { repeats: 4 }),
  layer("net.blocks.0.mlp", {
    repeats: 4,
    parameters: 1234,
    operations: [
      { name: "affine", count: 2 },
      { name: "gelu", count: 1 },
    ],
  }),
  {
    ...layer("net.blocks.0"),
    id: "net.blocks.0 add",
    kind: "operations",
    operations: [{ name: "add", count: 1 }],
    flops: 1,
    repeats: 4,
  },
  layer("other.head", { pass: "backward", gradients: 2, gives: [tensor()] }),
  { ...empty, id: "output y", kind: "output", name: "y", gives: [tensor()] },
];
const arrow = (from: string, to: string, ...tensors: GraphBox["gives"]) => ({ from, to, tensors });
const figure: GraphFigure = {
  ...{ name: "g", title: "Most of it is in net", caption: "c", boxes },
  arrows: [
    arrow("input x", "net.blocks.0.norm", ...boxes[0].gives),
    arrow("net.blocks.0.norm", "net.blocks.0.mlp", tensor(2, 8)),
    arrow("net.blocks.0.mlp", "net.blocks.0 add", tensor(2, 8)),
    arrow("net.blocks.0.norm", "net.blocks.0 add", tensor(2, 8)),
    arrow("net.blocks.0 add", "other.head", tensor(2, 8), tensor(2, 8)),
    arrow("other.head", "output y", tensor()),
  ],
};
const svg = (drawn: GraphFigure) => serialise(embedded(graphPicture(drawn)));
const textsIn = (written: string) => [...written.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text);

test("every layer is told by words: name, operations, parameters, share of the FLOPs", () => {
  const texts = textsIn(svg(figure));
  // 100 of 4 * (100 + 100 + 1) + 100 FLOPs
  expect(texts).toEqual(expect.arrayContaining(["mlp", "3 operations · 1,234 parameters", "11.1%"]));
  expect(texts).toEqual(expect.arrayContaining(["other.", "head", "backward · affine · gives 2 gradients"]));
});

test("a repeated block has a frame with its path and how often it stands, and totals count it as often", () => {
  const texts = textsIn(svg(figure));
  expect(texts).toEqual(
    expect.arrayContaining(["net.blocks.0–3", "× 4", "21 operations, 4,936 parameters, 9.04e−4 MFLOPs"]),
  );
});

test("a block that is one box says itself for how many it stands", () => {
  const texts = textsIn(svg({ ...figure, boxes: [layer("net.blocks.0", { repeats: 12 })], arrows: [] }));
  expect(texts).toEqual(expect.arrayContaining(["net.blocks.0–11", "× 12", "each 8.3%"]));
});

test("arrows say shapes, once where several leave a box together; pills say theirs, escaped", () => {
  const written = svg(figure);
  const texts = textsIn(written);
  expect(texts.filter((text) => text === "2×8")).toHaveLength(2);
  expect(texts).toEqual(expect.arrayContaining(["2 of 2×8", "scalar", "x&lt;&amp;&gt;", "i32 2×3"]));
  expect(written).not.toContain("NaN");
});

test("an addition between layers is a sign in a circle, what only a gradient needs is dashed", () => {
  const written = svg(figure);
  expect(written.match(/<circle/g)).toHaveLength(1);
  expect(textsIn(written)).toContain("+");
  expect(written.match(/stroke-dasharray="5 3"/g)).toHaveLength(1);
});

test("an input stands at each of its users, a value from far above becomes a note", () => {
  const far = Array.from({ length: 12 }, (_, i) => layer(`a.l${i}`));
  const arrows = far.slice(1).map(({ id }, i) => arrow(far[i].id, id, tensor(2)));
  const drawn = {
    ...{ ...figure, boxes: [boxes[0], ...far] },
    arrows: [...arrows, arrow("a.l0", "a.l11", tensor(7)), arrow("input x", "a.l0"), arrow("input x", "a.l5")],
  };
  const texts = textsIn(svg(drawn));
  expect(texts.filter((text) => text === "i32 2×3")).toHaveLength(2);
  expect(texts).toEqual(expect.arrayContaining(["from above", "a.l0: 7"]));
});

test("the table holds every box with its numbers", () => {
  const { table } = graphPicture(figure);
  expect(table?.rows).toHaveLength(boxes.length);
  expect(table?.rows[2]).toEqual(["net.blocks.0.mlp (× 4)", "2 affine, gelu", "1e−4", "1,234", "2×8"]);
});

test("a graph without arrows, and one without work, are drawn all the same", async () => {
  const drawing = graphPicture({ ...figure, boxes: [layer("a", { flops: 0 })], arrows: [] });
  const { width = 0 } = await sharp(await drawingPng(drawing, 1)).metadata();
  expect(width).toBe(Math.round(drawing.width) + 40);
});

test("a dot file names each box once, in a cluster for each block, with quotes and line breaks escaped", () => {
  const text = graphDot({ ...figure, title: 'a "b"\\' });
  expect(text.startsWith('digraph "g" {\n  label="a \\"b\\"\\\\"')).toBe(true);
  expect(text.match(/subgraph/g)).toHaveLength(1);
  expect(text).toContain('"net.blocks.0.mlp × 4\\n2 affine, gelu\\n1,234 parameters\\n11.1% of the FLOPs"');
  expect(text.match(/->/g)).toHaveLength(figure.arrows.length);
  // Outside quotes braces and brackets pair up.
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, "");
  for (const [open, close] of ["{}", "[]"]) expect(bare.split(open).length).toBe(bare.split(close).length);
});

test("shapes and blocks are written as they are read", () => {
  expect([shapeText(tensor(2, 3)), shapeText({ shape: [4], dtype: "i32" }), shapeText(tensor())]).toEqual([
    "2×3",
    "i32 4",
    "scalar",
  ]);
  expect(tensorsText([tensor(2), tensor(3), tensor(2)])).toBe("2 of 2, 3");
  expect([blockOf("a.blocks.10.mlp.2.x"), blockOf("a.blocks"), blockOf("a.b2.c")]).toEqual([
    "a.blocks.10",
    undefined,
    undefined,
  ]);
  expect([blocksText("a.3", 4), blocksText("a.3", 1)]).toEqual(["a.3–6", "a.3"]);
});
