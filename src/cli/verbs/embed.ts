// `jepa embed`: pictures in, a file of vectors out.
import { type Command, command } from "../command.ts";
import { choice, text, toggle } from "../flags.ts";
import { blockFlag, modelFlag, openingFlags, requireModel, requireOutput } from "../model-flags.ts";

/** `jepa embed`: writes vectors of pictures. */
export const embed: Command = command({
  name: "embed",
  group: "use",
  summary: "Turn pictures into vectors, a row a picture",
  description:
    "The mean of the last layer's patches, in float32. Beside the file, FILE.json lists the rows' pictures and what was skipped. A killed run of the same command goes on where it was.",
  arguments: [
    { name: "pictures", describe: "files, folders, cifar10, or - for paths on standard input", need: "many" },
  ],
  examples: [
    {
      line: "jepa embed pictures --model builtin:ijepa-cifar10 --out vectors.npy",
      comment: "a folder, with the model that comes with jepa",
    },
    {
      line: "jepa embed - --model demo --out vectors.parquet",
      comment: "paths from a pipe: find . -name x.jpg | jepa embed -",
    },
  ],
  flags: {
    model: modelFlag,
    out: text("the file to write: .npy, .jsonl or .parquet", { placeholder: "file" }),
    layer: blockFlag("last (default, with the final norm), or the number of a block"),
    tokens: choice("pooled (default), or patches: every patch's vector, in .npy", ["pooled", "patches"]),
    force: toggle("replace what is there"),
    ...openingFlags,
  },
  load: async () => ({
    ...(await import("../../embedding/index.ts")),
    ...(await import("../encoder-world.ts")),
  }),
  run: async (library, { words, flags }, terminal) => {
    const source = requireModel(flags.model);
    const output = requireOutput(flags.out);
    const { layer = "last", tokens = "pooled", force } = flags;
    const { encoder } = await library.openNamedEncoder(source, flags, terminal);
    const { model } = encoder;
    const collection = await library.collect(words, terminal.environment);
    try {
      const written = await library.embedCollection(encoder, collection.pictures, {
        output,
        layer,
        tokens,
        force,
        signal: terminal.signal,
        onSkipped: ({ path, skipped }) => terminal.warning(`${path} is skipped: ${skipped}`),
        onProgress: library.embeddingProgress(terminal),
      });
      terminal.result({
        json: { ...written, model: model.name, fingerprint: model.fingerprint },
        text: () =>
          [
            `${written.rows} ${written.rows === 1 ? "row" : "rows"} of ${written.shape.slice(1).join(" x ")}: ${written.output}`,
            written.list,
          ].join("\n"),
      });
    } finally {
      await collection.close();
      await encoder.close();
    }
    return 0;
  },
});
