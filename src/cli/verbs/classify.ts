// `jepa classify`: what pictures show, by a head.
import type { ClassifiedPicture } from "../../evaluation/index.ts";
import { type Command, command } from "../command.ts";
import { number, text } from "../flags.ts";
import { modelWords } from "../model-flags.ts";
import { runsFlag } from "../runs-folder.ts";
import { tableText } from "../table.ts";
import { deviceFlag, threadsFlag } from "../training-flags.ts";

/** `jepa classify`: names the likeliest classes of pictures. */
export const classify: Command = command({
  name: "classify",
  group: "use",
  summary: "Name the classes of pictures, with probabilities",
  description:
    "By a head of jepa classify train, whose model is opened with it, or by a model directory with a classification head (IJepaForImageClassification). Pictures in a folder called train are ./train.",
  arguments: [
    { name: "pictures", describe: "files, folders, cifar10, or - for paths on standard input", need: "many" },
  ],
  examples: [
    { line: "jepa classify ./pictures --with my-head", comment: "the three likeliest classes of each" },
    { line: "jepa classify a.jpg b.jpg --with my-head --top 1 --json", comment: "for a script" },
  ],
  flags: {
    with: text("the head: a folder of classify train, or a model directory", { placeholder: "head" }),
    model: text(`instead of the model that the head names: ${modelWords}`, { placeholder: "model" }),
    top: number("classes told for each picture, 3 by default", { minimum: 1, maximum: 100_000, whole: true }),
    runs: runsFlag,
    device: deviceFlag,
    threads: threadsFlag,
  },
  load: async () => ({
    ...(await import("../../embedding/index.ts")),
    ...(await import("../../evaluation/index.ts")),
    ...(await import("../../figures/index.ts")),
    ...(await import("../classifier-world.ts")),
    ...(await import("../evaluation-world.ts")),
    ...(await import("../encoder-world.ts")),
  }),
  run: async (library, { words, flags }, terminal) => {
    const opened = await library.openClassifier(library.requireHead(flags.with), flags, terminal);
    const { classifier, model, size } = opened;
    const { encoder } = await library.openEncoderOf(model, { ...flags, size }, terminal);
    const collection = await library.collect(words, terminal.environment);
    const told = library.progressOn(terminal);
    try {
      const classified = await library.classifyPictures(encoder, classifier, collection.pictures, {
        top: flags.top,
        signal: terminal.signal,
        onProgress: (done, total) => told("classifying", done, total),
        onSkipped: ({ path, skipped }) => terminal.warning(`${path} is skipped: ${skipped}`),
      });
      terminal.result({
        json: { model: model.name, fingerprint: model.fingerprint, ...classified },
        text: () => guessTable(classified.pictures, library.percent),
      });
    } finally {
      await collection.close();
      await encoder.close();
    }
    return 0;
  },
});

/** A line a picture: its likeliest class with its probability, then the next ones. */
function guessTable(pictures: readonly ClassifiedPicture[], percent: (share: number) => string): string {
  const told = pictures[0]?.guesses.length ?? 0;
  const next = Array.from({ length: told - 1 }, (_, i) => ({ heading: i === 0 ? "next" : "" }));
  const columns = [{ heading: "picture" }, { heading: "class" }, { heading: "probability", align: "right" } as const];
  const rows = pictures.map(({ path, guesses: [first, ...others] }) => [
    path,
    first.class,
    percent(first.probability),
    ...others.map((guess) => `${guess.class} ${percent(guess.probability)}`),
  ]);
  return tableText([...columns, ...next], rows);
}
