// `jepa classify train`: from pictures in class folders to a head that names the class of others.
import { type Command, command } from "../command.ts";
import { number, text, toggle } from "../flags.ts";
import { modelFlag, openingFlags, requireModel, requireTarget } from "../model-flags.ts";
import { tableText } from "../table.ts";

/** `jepa classify train`: fits a linear probe and writes it. */
export const classifyTrain: Command = command({
  name: "classify train",
  group: "use",
  summary: "Learn classes from folders of pictures, on a frozen model",
  description:
    "A linear probe on the mean of the last layer's patches. Penalty and temperature are chosen by cross-validation. The head is a folder: head.safetensors, head.json, reliability.png.",
  arguments: [{ name: "folder", describe: "a folder whose sub-folders are the classes", need: "required" }],
  examples: [
    { line: "jepa classify train ./pictures --model demo --to my-head", comment: "your own run" },
    { line: "jepa classify train ./photos --model my-model --to my-head", comment: "an exported one" },
  ],
  flags: {
    model: modelFlag,
    to: text("where the head appears", { placeholder: "folder" }),
    force: toggle("replace the head that is there"),
    folds: number("parts of the cross-validation, 5 by default", { minimum: 2, maximum: 100, whole: true }),
    seed: number("decides the parts, 0 by default", { minimum: 0, maximum: 2 ** 31, whole: true }),
    ...openingFlags,
  },
  load: async () => ({
    ...(await import("../../embedding/index.ts")),
    ...(await import("../../evaluation/index.ts")),
    ...(await import("../classifier-world.ts")),
    ...(await import("../evaluation-world.ts")),
    ...(await import("../encoder-world.ts")),
  }),
  run: async (library, { words: [folder], flags }, terminal) => {
    const source = requireModel(flags.model);
    const to = requireTarget(flags.to, "my-head");
    const { force, folds, seed } = flags;
    await library.requireHeadPlace(to, force);
    const { runtime, encoder } = await library.openNamedEncoder(source, flags, terminal);
    try {
      const { skipped, part, ...trained } = await library.trainClassifier(runtime, encoder, folder, {
        folds,
        seed,
        signal: terminal.signal,
        onProgress: library.progressOn(terminal),
        onSkipped: ({ path, skipped: why }) => terminal.warning(`${path} is skipped: ${why}`),
      });
      if (part === "train") terminal.notice(`learned from the training part of ${folder} only`);
      const head = { ...trained, model: await library.headModel(source, flags, encoder.model) };
      await library.writeHead(head, { to, force });
      const { weights: _, bias: __, ...about } = head;
      const { captions, headings, rows } = library.classifierTable(head);
      terminal.result({
        json: { folder: to, ...about, skipped },
        text: () => [...captions, tableText(headings.map(numeric), rows), to].join("\n"),
      });
    } finally {
      await encoder.close();
    }
    return 0;
  },
});

function numeric(heading: string): { heading: string; align: "right" } {
  return { heading, align: "right" };
}
