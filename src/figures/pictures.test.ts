import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { colourMaps } from "./colour-maps.ts";
import { embedded } from "./drawing.ts";
import { featureColours } from "./feature-colours.ts";
import { type Content, type Element, serialise } from "./markup.ts";
import { type MaskSample, maskPicture } from "./mask-picture.ts";
import { neighbourPicture } from "./neighbours.ts";
import { regionFill, regionOutline } from "./panels.ts";

const grid = { rows: 4, columns: 4 };
const picture = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => (i * 37) % 256);
const sample: MaskSample = {
  picture,
  context: [0, 1, 4, 5],
  targets: [
    [10, 11, 14, 15],
    [2, 3, 6, 7],
  ],
};

test("the outline of any region has as many sides as patches that meet its outside", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 15 }), { minLength: 1 }), (patches) => {
      const neighbours = (patch: number) =>
        [
          patch % 4 > 0 ? patch - 1 : -1,
          patch % 4 < 3 ? patch + 1 : -1,
          patch - 4,
          patch + 4 > 15 ? -1 : patch + 4,
        ].filter((other) => patches.includes(other)).length;
      const sides = patches.reduce((sum, patch) => sum + 4 - neighbours(patch), 0);
      const outline = regionOutline(patches, grid, { x: 0, y: 0, size: 4 }, {});
      expect(String(outline.attributes.d).match(/M/g)).toHaveLength(sides);
    }),
  );
});

test("the fill of a region covers each of its patches once, also where an index is repeated as padding", () => {
  const { attributes } = regionFill([5, 6, 5, 9, 5], grid, { x: 0, y: 0, size: 4 }, {});
  expect(attributes.d).toBe("M1 1h2v1h-2zM1 2h1v1h-1z");
});

test("patches in no mask are greyed and the others keep their pixels", async () => {
  const [, masked] = await imagesOf(maskPicture({ size: 8, grid, samples: [sample] }).marks);
  const pixel = (x: number, y: number) => [...masked.subarray((y * 8 + x) * 3, (y * 8 + x) * 3 + 3)];
  expect(pixel(0, 0)).toEqual([...picture.subarray(0, 3)]);
  const [red, green, blue] = pixel(0, 7);
  expect([green, blue]).toEqual([red, red]);
});

test("each target block has a colour, a pattern and a number of its own, in the picture and in the legend", () => {
  const written = serialise(embedded(maskPicture({ size: 8, grid, samples: [sample] })));
  for (const block of [1, 2]) {
    expect(written).toContain(`<pattern id="masks-pattern-${block}"`);
    expect(written.match(new RegExp(`url\\(#masks-pattern-${block}\\)`, "g"))).toHaveLength(2);
    expect(written).toMatch(new RegExp(`class="on-white">${block}</text>`));
  }
  const colours = [...written.matchAll(/<circle[^>]*stroke="(#[0-9a-f]{6})"/g)].map(([, colour]) => colour);
  expect(new Set(colours).size).toBe(2);
});

test("numbers of blocks that share their corner stand apart", () => {
  const twice = { ...sample, targets: [sample.targets[0], sample.targets[0], sample.targets[0]] };
  const written = serialise(embedded(maskPicture({ size: 8, grid, samples: [twice] })));
  const places = [...written.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => `${x} ${y}`);
  expect(new Set(places).size).toBe(3);
});

test("the title and table of masks count true tokens, and the caption tells whether context and targets overlap", () => {
  const drawing = maskPicture({ size: 8, grid, samples: [sample] });
  expect(drawing.title).toBe("From 25% of a picture the model predicts 2 blocks of 4 patches each");
  expect(drawing.table?.rows).toEqual([["1", "4", "4, 4", "4"]]);
  expect(drawing.caption).toContain("it holds no patch of any target block");
  const overlapping = maskPicture({ size: 8, grid, samples: [{ ...sample, context: [0, 10] }] });
  expect(overlapping.caption).toContain("it overlaps some target blocks");
});

test("one scale serves all pictures: equal coordinates get equal colours wherever they are", () => {
  const coordinates = Float32Array.from({ length: 2 * 100 * 3 }, (_, i) => Math.floor(i / 3) % 100);
  const [first, second] = colourMaps(coordinates, { rows: 10, columns: 10 });
  expect(first.pixels).toEqual(second.pixels);
  // The 2nd and 98th percentiles of 0..99 are 2 and 97, in each component alike.
  expect([...first.pixels.subarray(0, 9)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect([...first.pixels.subarray(-9)].every((value) => value === 255)).toBe(true);
  expect(first.pixels[3 * 50]).toBe(Math.round((255 * 48) / 95));
});

test("features without any spread are one colour, not a fault", () => {
  const [map] = colourMaps(new Float32Array(48).fill(0.7), grid);
  expect(new Set(map.pixels)).toEqual(new Set([0]));
});

test("the explained variance of each encoder is printed beside its row and in the title", () => {
  const encoder = (name: string, share: number[]) => ({ name, share, coordinates: new Float32Array(48) });
  const encoders = [encoder("trained", [0.2, 0.12, 0.08]), encoder("untrained", [0.5, 0.2, 0.1])];
  const drawing = featureColours({ size: 8, grid, pictures: [picture], encoders, fittedOn: 4096 });
  expect(drawing.title).toBe(
    "Three directions hold 40% of the trained encoder's and 80% of the untrained encoder's patch variance",
  );
  expect(serialise(embedded(drawing))).toContain(">(20 + 12 + 8)</text>");
  expect(drawing.caption).toContain("fitted on 4,096 patches");
});

test("right and wrong neighbours differ by mark and frame, not by colour alone", () => {
  const hit = (label: string) => ({ picture, label, similarity: 0.9 });
  const rows = [{ query: { picture, label: "cat" }, hits: [hit("cat"), hit("dog"), hit("cat")] }];
  const drawing = neighbourPicture({ size: 8, rows, queries: "test pictures", searched: "10 pictures" });
  const written = serialise(embedded(drawing));
  expect(drawing.title).toBe("2 of 3 nearest neighbours share the query's class (67%)");
  expect(written.match(/d="M1 6l3 3.5l6-8"/g)).toHaveLength(2);
  expect(written.match(/stroke-dasharray="5 3"/g)).toHaveLength(1);
  expect(drawing.table?.rows.at(1)).toEqual(["1, cat", "2", "dog (other)", "0.900"]);
});

test("neighbours without labels claim nothing about right and wrong", () => {
  const rows = [{ query: { picture }, hits: [{ picture, similarity: 1 }] }];
  const drawing = neighbourPicture({ size: 8, rows, queries: "pictures", searched: "10 pictures" });
  expect(drawing.title).toBe("What the encoder finds alike");
  expect(serialise(embedded(drawing))).not.toContain("series-");
});

/** The pixels of every image in a tree, decoded, in the order drawn. */
async function imagesOf(marks: readonly Content[]): Promise<Uint8Array[]> {
  const isElement = (content: Content): content is Element => typeof content !== "string";
  const images = (elements: readonly Content[]): Element[] =>
    elements.filter(isElement).flatMap((mark) => (mark.name === "image" ? [mark] : images(mark.children)));
  return Promise.all(
    images(marks).map(async ({ attributes }) => {
      const encoded = String(attributes.href).slice("data:image/png;base64,".length);
      return new Uint8Array(await sharp(Buffer.from(encoded, "base64")).removeAlpha().raw().toBuffer());
    }),
  );
}
