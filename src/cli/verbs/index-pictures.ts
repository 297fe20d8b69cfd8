// `jepa index`: pictures made findable by what they look like.
import { type Command, command } from "../command.ts";
import { toggle } from "../flags.ts";
import { defaultIndexFolder, inFlag } from "../index-flags.ts";
import { encoderFlag, headsFlag, modelFlag, normaliseFlag, requireModel, sizeFlag } from "../model-flags.ts";
import { runsFlag } from "../runs-folder.ts";
import { deviceFlag, threadsFlag } from "../training-flags.ts";

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
    size: sizeFlag,
    normalise: normaliseFlag,
    encoder: encoderFlag,
    heads: headsFlag,
    force: toggle("begin the index anew, with this model and these pictures"),
    runs: runsFlag,
    device: deviceFlag,
    threads: threadsFlag,
  },
  load: async () => ({
    ...(await import("../../hub/index.ts")),
    ...(await import("../../embedding/index.ts")),
    ...(await import("../engine-means.ts")),
    ...(await import("../model-world.ts")),
    ...(await import("../index-world.ts")),
  }),
  run: async (library, { words, flags }, terminal) => {
    const source = requireModel(flags.model);
    const { size, encoder: which, heads, normalise, runs, force } = flags;
    const model = await library.openModel(source, library.modelOptions(flags, terminal));
    for (const notice of model.notices) terminal.notice(notice);
    const encoder = library.openEncoder(await library.openEngine(flags), model, { size });
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
