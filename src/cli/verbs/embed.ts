// `jepa embed`: pictures in, a file of vectors out.
import { type Command, command } from "../command.ts";
import { choice, text, toggle } from "../flags.ts";
import {
  blockFlag,
  encoderFlag,
  headsFlag,
  modelFlag,
  normaliseFlag,
  requireModel,
  requireOutput,
  sizeFlag,
} from "../model-flags.ts";
import { runsFlag } from "../runs-folder.ts";
import { deviceFlag, threadsFlag } from "../training-flags.ts";

/** Work that takes longer is announced with its time. */
const longSeconds = 60;

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
    size: sizeFlag,
    normalise: normaliseFlag,
    encoder: encoderFlag,
    heads: headsFlag,
    force: toggle("replace what is there"),
    runs: runsFlag,
    device: deviceFlag,
    threads: threadsFlag,
  },
  load: async () => ({
    ...(await import("../../hub/index.ts")),
    ...(await import("../../embedding/index.ts")),
    ...(await import("../engine-means.ts")),
    ...(await import("../model-world.ts")),
    ...(await import("../../figures/index.ts")),
  }),
  run: async (library, { words, flags }, terminal) => {
    const source = requireModel(flags.model);
    const output = requireOutput(flags.out);
    const { size, layer = "last", tokens = "pooled", force } = flags;
    const model = await library.openModel(source, library.modelOptions(flags, terminal));
    const collection = await library.collect(words, terminal.environment);
    for (const notice of model.notices) terminal.notice(notice);
    const encoder = library.openEncoder(await library.openEngine(flags), model, { size });
    const start = terminal.world.now();
    let announced = false;
    try {
      const written = await library.embedCollection(encoder, collection.pictures, {
        output,
        layer,
        tokens,
        force,
        signal: terminal.signal,
        onSkipped: ({ path, skipped }) => terminal.warning(`${path} is skipped: ${skipped}`),
        onProgress: (done, total, before) => {
          const perPicture = (terminal.world.now() - start) / 1000 / (done - before);
          const left = perPicture * (total - done);
          if (!announced && left > longSeconds)
            terminal.notice(`${total - done} pictures will take about ${library.duration(left / 60)}`);
          announced = true;
          const rate = `${(1 / perPicture).toFixed(1)} pictures/s`;
          terminal.progress({ done, total, text: `${done} of ${total}  ${rate}  ${library.duration(left / 60)} left` });
        },
      });
      terminal.result({
        json: { ...written, model: model.name, fingerprint: model.fingerprint },
        text: () =>
          [`${written.rows} rows of ${written.shape.slice(1).join(" x ")}: ${written.output}`, written.list].join("\n"),
      });
    } finally {
      await collection.close();
      await encoder.close();
    }
    return 0;
  },
});
