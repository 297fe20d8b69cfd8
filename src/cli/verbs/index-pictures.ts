// `jepa index`: pictures made findable by what they look like.
import { type Command, command } from "../command.ts";
import { toggle } from "../flags.ts";
import { defaultIndexFolder, inFlag } from "../index-flags.ts";
import { modelFlag, openingFlags, requireModel } from "../model-flags.ts";

/** `jepa index`: makes an index of pictures, or brings it up to date. */
export const indexVerb: Command = command({
  name: "index",
  group: "use",
  summary: "Make or update an index of pictures",
  description:
    "New pictures are embedded, changed ones again, and pictures that are no longer there forgotten, also those given before. A killed run of the same command goes on where it was. An index is of one model; another one is refused.",
  arguments: [{ name: "pictures", describe: "files or folders, or - for paths on standard input", need: "many" }],
  examples: [
    { line: "jepa index ./pictures --model demo", comment: "make ./index, or update it" },
    { line: "jepa index a.jpg photos --model demo --in found", comment: "several, kept elsewhere" },
  ],
  flags: {
    model: modelFlag,
    in: inFlag,
    force: toggle("begin the index anew, with this model and these pictures"),
    ...openingFlags,
  },
  load: async () => ({
    ...(await import("../../embedding/index.ts")),
    ...(await import("../encoder-world.ts")),
    ...(await import("../index-world.ts")),
  }),
  run: async (library, { words, flags }, terminal) => {
    const source = requireModel(flags.model);
    const { size, encoder: which, heads, normalise, runs, force } = flags;
    const { encoder } = await library.openNamedEncoder(source, flags, terminal);
    const { model } = encoder;
    try {
      const update = await library.indexPictures(encoder, words, {
        folder: flags.in ?? defaultIndexFolder,
        opening: { source, runs, encoder: which, heads, normalise, size },
        force,
        signal: terminal.signal,
        onSkipped: ({ path, reason }) => terminal.warning(`${path} is skipped: ${reason}`),
        onProgress: library.embeddingProgress(terminal),
      });
      terminal.result({
        json: { ...update, model: model.name, fingerprint: model.fingerprint },
        text: () => library.updateText(update),
      });
    } finally {
      await encoder.close();
    }
    return 0;
  },
});
