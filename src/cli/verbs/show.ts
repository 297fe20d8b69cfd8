// `jepa show`: a picture and what an encoder makes of its patches, as a PNG.
import { basename, extname } from "node:path";
import type { PatchPlace, PatchViews } from "../../embedding/index.ts";
import { UserError } from "../../errors/index.ts";
import { type Command, command } from "../command.ts";
import { choice, type Flag, text, toggle } from "../flags.ts";
import { blockFlag, modelFlag, openingFlags, requireModel } from "../model-flags.ts";

const patchFlag: Flag<PatchPlace | undefined> = {
  describe: "patch that others are compared with: row and column, from 0 at the left top",
  placeholder: "row,column",
  variable: undefined,
  read: (given, where) => {
    const word = given.at(-1);
    if (word === undefined) return undefined;
    const [, row, column] = /^(\d{1,5}),(\d{1,5})$/.exec(word) ?? [];
    if (row !== undefined) return { row: Number(row), column: Number(column) };
    const remedy = "give one, such as --patch 3,5";
    throw new UserError({ where, expected: "a row and a column from 0", received: word, remedy });
  },
};

/** `jepa show`: draws what an encoder makes of a picture's patches. */
export const show: Command = command({
  name: "show",
  group: "use",
  summary: "Draw what an encoder sees in a picture",
  description:
    "A PNG of the picture as the model sees it and its patches' principal components; with --patch their similarity to one, with --attention where a block looks, from that patch or on average.",
  arguments: [{ name: "picture", describe: "a JPEG, PNG, WebP or AVIF", need: "required" }],
  examples: [
    { line: "jepa show photo.jpg --model demo", comment: "photo-features.png" },
    { line: "jepa show photo.jpg --model demo --patch 3,5 --attention last", comment: "and what one patch is like" },
  ],
  flags: {
    model: modelFlag,
    patch: patchFlag,
    features: choice(
      "content (default): without what a plain picture of the same mean colour gives, mostly places; or whole",
      ["content", "whole"],
    ),
    attention: blockFlag("block whose attention is drawn, mean and each head: a number from 1, or last"),
    out: text("the .png to write, <picture>-features.png by default", { placeholder: "file" }),
    force: toggle("replace what is there"),
    ...openingFlags,
  },
  load: async () => ({
    ...(await import("../../embedding/index.ts")),
    ...(await import("../encoder-world.ts")),
    ...(await import("../../figures/index.ts")),
  }),
  run: async (library, { words: [picture], flags }, terminal) => {
    const source = requireModel(flags.model);
    const name = basename(picture);
    const { features, patch, attention, force, out = `${basename(name, extname(name))}-features.png` } = flags;
    await library.checkPicturePath(out, { force });
    const { encoder } = await library.openNamedEncoder(source, flags, terminal);
    const { model } = encoder;
    try {
      const views = await library.patchViews(encoder, picture, {
        features,
        patch,
        attention,
        signal: terminal.signal,
      });
      const drawing = library.patchPicture({ ...views, name, model: model.name });
      await library.writePicture(out, drawing);
      const { fingerprint } = model;
      terminal.result({
        json: { file: out, picture, model: model.name, fingerprint, ...figures(views) },
        text: () => [`${drawing.title}:`, out].join("\n"),
      });
    } finally {
      await encoder.close();
    }
    return 0;
  },
});

/** The numbers of the drawing; maps are lists of rows. */
function figures({
  picture,
  grid,
  taken,
  share,
  similarity,
  attention,
}: PatchViews): Readonly<Record<string, unknown>> {
  const map = (values: Float32Array) =>
    Array.from({ length: grid.rows }, (_, row) =>
      Array.from(values.subarray(row * grid.columns, (row + 1) * grid.columns), (value) =>
        Number(value.toPrecision(6)),
      ),
    );
  const { height, width } = picture;
  return {
    size: { height, width },
    grid,
    taken: taken ?? null,
    share: Array.from(share),
    together: share.reduce((sum, part) => sum + part, 0),
    similarity: similarity === undefined ? null : { patch: similarity.patch, values: map(similarity.values) },
    attention:
      attention === undefined
        ? null
        : {
            block: attention.block,
            from: attention.from ?? null,
            mean: map(attention.mean),
            heads: attention.heads.map(map),
          },
  };
}
