// Claims: every hit has its place, rank, name and similarity on the sheet, and its row in the table; pictures keep
// their aspect.
import { expect, test } from "vitest";
import { drawingPng, standaloneSvg } from "./drawing.ts";
import { serialise } from "./markup.ts";
import { duplicateSheet, hitSheet } from "./similar-sheet.ts";

const raster = (width: number, height: number) => ({
  pixels: new Uint8Array(width * height * 3).fill(90),
  width,
  height,
});
const hits = Array.from({ length: 13 }, (_, i) => ({
  name: `hit${i}.png`,
  similarity: 0.99 - i / 100,
  picture: raster(20, 10),
}));

test("hits stand beside and below the query, each in a place of its own", () => {
  const drawing = hitSheet({ query: { name: "q.png", picture: raster(10, 20) }, hits, searched: "100 pictures" });
  expect(drawing.title).toBe("Nearest to q.png: hit0.png, similarity 0.990");
  expect(drawing.table?.rows).toHaveLength(13);
  expect(drawing.table?.rows[12]).toEqual(["13", "0.8700", "hit12.png"]);
  const images = drawing.marks.filter(({ name }) => name === "image").map(({ attributes }) => attributes);
  expect(images).toHaveLength(14);
  expect(new Set(images.map(({ x, y }) => `${x} ${y}`)).size).toBe(14);
  expect(Number(images[0].height)).toBeCloseTo(2 * Number(images[0].width));
  expect(Number(images[1].width)).toBeCloseTo(2 * Number(images[1].height));
  for (const { x, y, width, height } of images) {
    expect(Number(x) + Number(width)).toBeLessThanOrEqual(drawing.width + 0.001);
    expect(Number(y) + Number(height)).toBeLessThanOrEqual(drawing.height);
  }
});

test("a picture that cannot be read keeps its place; a name is text, not markup", () => {
  const drawing = hitSheet({
    query: { name: "<q>" },
    hits: [{ name: "gone.png", similarity: 0.5 }],
    searched: "1 picture",
  });
  const text = drawing.marks.map(serialise).join("");
  expect(text).toContain("not readable now");
  expect(standaloneSvg(drawing)).not.toContain("<q>");
});

test("groups follow one another, and the sheet is a PNG", async () => {
  const drawing = duplicateSheet({ groups: [hits.slice(0, 7), hits.slice(7, 9)], compared: "100 pictures compared" });
  expect(drawing.title).toBe("2 groups of near-identical pictures");
  expect(drawing.caption).toMatch(/^9 pictures/);
  expect(drawing.table?.rows.map(([group]) => group).join("")).toBe("111111122");
  const png = await drawingPng(drawing, 1);
  expect(png.subarray(1, 4).toString()).toBe("PNG");
});
